"""Base classes of the admin pages: read-only lists, and forms that ask operators for a reason."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator as AnyPaginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property

# Django's admin classes take their type parameter in stubs only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    Paginator = AnyPaginator[Any]
else:
    Paginator = AnyPaginator
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class BoundedPaginator(Paginator):
    """Counts no further than a few thousand rows: to count all of a large table is to read it.

    A longer list shows as many pages; what lies behind them is found by a search or a filter.
    """

    most = 5_000

    @cached_property
    def count(self) -> int:
        """The number of rows, at most `most`."""
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by().values("pk")[: self.most].count()
        return len(self.object_list)


class PlainList(ChangeList):
    """A list without boxes to tick: Django shows them also where no action can be chosen."""

    def __init__(self, request: HttpRequest, model: Any, list_display: Any, *rest: Any) -> None:
        columns = [name for name in list_display if name != "action_checkbox"]
        super().__init__(request, model, columns, *rest)


class BoundedAdmin(ModelAdmin):
    """An admin page whose list never counts a whole table."""

    paginator = BoundedPaginator
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the list's class: plain where its rows are decided on their own pages."""
        has_bar = self.actions_on_top or self.actions_on_bottom
        return super().get_changelist(request, **kwargs) if has_bar else PlainList


class ReadOnlyAdmin(BoundedAdmin):
    """An admin page without add, change or delete: an operator's decisions go through services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Offer on the page of a row what its list offers, so that nobody goes back to tick it."""
        if obj is not None and self.actions_on_top:
            names = {"verbose_name": self.opts.verbose_name}
            found = [action for action in self.get_actions(request).values() if action]
            context["decisions"] = [(name, description % names) for _, name, description in found]
        return super().render_change_form(request, context, add, change, form_url, obj)


#: A reason that is shorter says nothing to its reader a year later.
SHORTEST_REASON = 10


def reason_field(help_text: str = "") -> forms.CharField:
    """Return the form field for an operator's reason, of ten characters or more without blanks at
    its ends.
    """
    return forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=255,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
    )


def sent_form(request: HttpRequest) -> Any:
    """Return the POST data of a submitted action form; None if the form has to be shown first."""
    return request.POST if "reason" in request.POST else None


def ask(
    page: ModelAdmin, request: HttpRequest, template: str, form: forms.Form, **context: Any
) -> TemplateResponse:
    """Render an admin action's form, which asks for the reason before the action runs.

    The template extends common/decide.html, which needs `title` and `rows` in `context`.
    """
    shown = {
        **page.admin_site.each_context(request),
        "form": form,
        # A page that asks at an address of its own sends no name of an action.
        "action": request.POST.get("action", ""),
        **context,
    }
    return TemplateResponse(request, template, shown)
