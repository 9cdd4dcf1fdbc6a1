"""Admin of groups and of the history of rights: a group's rights are everything its members may do.

So only operators with every right change a group, each time with a reason, and none is deleted.
"""

from typing import TYPE_CHECKING, Any

import pghistory
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from pghistory.models import Context

from common.admin import ReadOnlyAdmin, reason_field
from users.models import RightsHistory, User

# Django's forms and admin classes take their type parameter in stubs only.
if TYPE_CHECKING:
    GroupModelForm = forms.ModelForm[Group]
else:
    GroupModelForm = forms.ModelForm

admin.site.unregister(Group)


class GroupForm(GroupModelForm):
    """Changes a group's name and rights."""

    reason = reason_field("Internal; kept in the history of rights.")

    class Meta:
        model = Group
        fields = ("name", "permissions")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """The groups of operators."""

    form = GroupForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _has_every_right(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return _has_every_right(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return False: a group without members and rights does no harm."""
        return False

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """Save the name; triggers store operator and reason in the history of rights."""
        with pghistory.context(operator=request.user.pk, reason=form.cleaned_data["reason"]):
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rights, with the same context."""
        with pghistory.context(operator=request.user.pk, reason=form.cleaned_data["reason"]):
            super().save_related(request, form, formsets, change)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return the text of the admin's own log: the changed fields and the reason."""
        changed = ", ".join(name for name in form.changed_data if name != "reason")
        return f"{changed or 'nothing'}: {form.cleaned_data['reason']}"


@admin.register(RightsHistory)
class RightsHistoryAdmin(ReadOnlyAdmin):
    """Every grant and every loss of a right, with operator and reason where the admin did it."""

    list_display = ("id", "changed_at", "operation", "about", "right", "operator", "reason")
    list_filter = ("operation", "table_name", "changed_at")
    list_per_page = 50

    @admin.display(description="group or user")
    def about(self, change: RightsHistory) -> str:
        """Return whose rights changed."""
        row = _row(change)
        if "user_id" in row:
            user = User.objects.filter(pk=row["user_id"]).first()
            return f"user {row['user_id']} ({user})"
        return f"group {row.get('group_id', row['id'])}"

    @admin.display(description="what")
    def right(self, change: RightsHistory) -> str:
        """Return the right, the group, or the group's name."""
        row = _row(change)
        if "permission_id" in row:
            return str(Permission.objects.filter(pk=row["permission_id"]).first())
        return str(row.get("name", f"group {row.get('group_id')}"))

    @admin.display(description="operator")
    def operator(self, change: RightsHistory) -> str:
        """Return who did it; the database role where it was not the admin."""
        operator_id = _context(change).get("operator")
        operator = operator_id and User.objects.filter(pk=operator_id).first()
        return str(operator or change.database_role)

    @admin.display(description="reason")
    def reason(self, change: RightsHistory) -> str:
        """Return the reason; "-" where none was asked."""
        return _context(change).get("reason") or "-"


def _has_every_right(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _row(change: RightsHistory) -> dict[str, Any]:
    row: dict[str, Any] = change.new_row or change.old_row or {}
    return row


def _context(change: RightsHistory) -> dict[str, Any]:
    if change.context_id is None:
        return {}
    found = Context.objects.filter(pk=change.context_id).first()
    return found.metadata if found else {}
