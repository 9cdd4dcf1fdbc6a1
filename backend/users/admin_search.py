"""The search box of the admin's lists: exact values over indexes; the console's search reads words.

Django's own search joins its fields by OR, and reads every row of the table for it.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, IntegerField, Model, QuerySet
from django.http import HttpRequest

from common.admin import ModelAdmin
from users.phone import InvalidPhoneNumber, parse_phone_number

#: The most rows that one field may find; filters are for more.
_MOST = 1_000


class ExactSearch(ModelAdmin):
    """Finds the rows that have exactly what was typed in one of `search_fields`.

    Each field is asked by a statement of its own, so it needs an index. Phone numbers may be typed
    in any spelling, codes in small letters.
    """

    search_help_text = "Whole numbers and codes; for names, use the search above."

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Return the rows that are meant, each once; all where nothing was typed."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        found: set[Any] = set()
        for path in self.get_search_fields(request):
            path = path.removeprefix("=")
            field = _field(self.model, path)
            for value in _meanings(field, term):
                is_list = isinstance(field, ArrayField)
                asked = {f"{path}__contains": [value]} if is_list else {path: value}
                rows = self.model._base_manager.filter(**asked).order_by()
                found.update(rows.values_list("pk", flat=True)[:_MOST])
        return queryset.filter(pk__in=found), False


def _field(model: type[Model], path: str) -> "Field[Any, Any]":
    """Return the field at the end of a path over relations."""
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return model._meta.get_field(name)  # type: ignore[return-value]


def _meanings(field: "Field[Any, Any]", term: str) -> list[Any]:
    """Return what the term can be as a value of a field; nothing where it cannot be one."""
    if isinstance(field, IntegerField):
        digits = term.removeprefix("#")
        is_number = digits.isascii() and digits.isdecimal() and len(digits) < 19
        return [int(digits)] if is_number else []
    if field.name.endswith("phone_number"):
        try:
            return [parse_phone_number(term)]
        except InvalidPhoneNumber:
            return []
    return list({term, term.upper(), term.lower()})
