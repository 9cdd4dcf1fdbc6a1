"""Base classes of the admin pages: read-only lists, and forms that ask operators for a reason."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

# Django's admin classes take their type parameter in stubs only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """An admin page without add, change or delete: an operator's decisions go through services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


#: A reason that is shorter says nothing to its reader a year later.
_SHORTEST_REASON = 10


def reason_field(help_text: str = "") -> forms.CharField:
    """Return the form field for an operator's reason, of ten characters or more without blanks at
    its ends.
    """
    return forms.CharField(
        min_length=_SHORTEST_REASON,
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
