"""Admin of groups and of the history of rights: a group's rights are everything its members may do.

So two operators change one, each with a reason, and none is renamed or deleted.
"""

from typing import Any

import pghistory
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from pghistory.models import Context

from common import clock
from common.admin import ReadOnlyAdmin
from users import account_proposals
from users.account_forms import GroupForm
from users.account_proposals_admin import proposing, told_change
from users.current import signed_in_user
from users.models import RightsHistory, User

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """The groups of operators: permissions are proposed, and a second operator approves them."""

    form = GroupForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.propose_rights")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("users.propose_rights")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return False: a group without members and rights does no harm."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        """Keep a group's name: approvals, and the next `migrate`, go by it."""
        return () if obj is None else ("name",)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """Store a new group, without any permission; an old one stays as it is."""
        if not change:
            with pghistory.context(operator=request.user.pk, reason=form.cleaned_data["reason"]):
                super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Propose the permissions in place of saving them."""
        if "permissions" not in form.changed_data:
            return
        wanted = {"permissions": [right.pk for right in form.cleaned_data["permissions"]]}
        with proposing(self, request):
            account_proposals.propose_rights_of_group(
                group=form.instance,
                after=wanted,
                operator=signed_in_user(request),
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return the text of the admin's own log: what was proposed, and the reason."""
        return told_change(form, {"permissions"})


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


def _row(change: RightsHistory) -> dict[str, Any]:
    row: dict[str, Any] = change.new_row or change.old_row or {}
    return row


def _context(change: RightsHistory) -> dict[str, Any]:
    if change.context_id is None:
        return {}
    found = Context.objects.filter(pk=change.context_id).first()
    return found.metadata if found else {}
