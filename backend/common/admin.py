"""What admin pages have in common: they show, and change only what is decided, with a reason."""

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
    """A list and a page to read. Whatever is decided here goes through a service."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def reason_field(help_text: str = "") -> forms.CharField:
    """Ask why, in writing: blanks alone are no reason."""
    return forms.CharField(
        max_length=255, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text
    )


def sent_form(request: HttpRequest) -> Any:
    """Return what an action's form was sent with; None: it is to be shown first."""
    return request.POST if "reason" in request.POST else None


def ask(
    page: ModelAdmin, request: HttpRequest, template: str, form: forms.Form, **context: Any
) -> TemplateResponse:
    """Show the `rows` about to be decided under a `title`, and ask for the reason.

    The template extends common/decide.html.
    """
    shown = {
        **page.admin_site.each_context(request),
        "form": form,
        "action": request.POST["action"],
        **context,
    }
    return TemplateResponse(request, template, shown)
