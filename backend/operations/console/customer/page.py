"""The admin of accounts, with one page for each customer; the form of an account is beside it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from common import clock
from kyc.admin import CustomerAdmin
from operations.console.customer import facts
from operations.console.deposit.actions import PageAction
from operations.console.deposit.answer import State
from operations.console.lists import CustomerColumns
from users.current import signed_in_user
from users.models import User

_IDENTITY = {
    User.KycStatus.VERIFIED: State("wallet", "Verified"),
    User.KycStatus.PENDING: State("transit", "Not verified yet"),
    User.KycStatus.REJECTED: State("wrong", "Rejected"),
}


class CustomerPageAdmin(CustomerColumns, CustomerAdmin):
    """Accounts, and the page of one: money, limits, sign-ins, identity, statement."""

    def get_urls(self) -> list[URLPattern]:
        """Return Django's addresses after that of the form."""
        form = self.admin_site.admin_view(self.edit_view)
        own = path("<path:object_id>/edit/", form, name="users_user_edit")
        return [own, *super().get_urls()]

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form of an account, or save it."""
        answer: HttpResponse = super().change_view(request, object_id)
        return answer

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the customer's page. A form that was opened here before the release is saved."""
        if request.method not in {"GET", "HEAD"}:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request):
            raise PermissionDenied
        is_id = object_id.isascii() and object_id.isdecimal() and len(object_id) < 19
        user = facts.find(int(object_id)) if is_id else None
        if user is None:
            message = "No account has this id."
            raise Http404(message)
        known = facts.read(user, operator=signed_in_user(request), now=clock.now())
        name = user.full_name or str(user)
        context = {
            **self.admin_site.each_context(request),
            "title": name,
            "opts": self.opts,
            "customer": user,
            "known": known,
            "identity": _IDENTITY[User.KycStatus(user.kyc_status)],
            "page_actions": self._page_actions(request, user),
            "statement_lines": list(reversed(known.statement.lines)) if known.statement else [],
            "statement_days": facts.STATEMENT_DAYS,
            "most_deposits": facts.MOST_DEPOSITS,
        }
        return TemplateResponse(request, "console/customer.html", context)

    def _page_actions(self, request: HttpRequest, user: User) -> list[PageAction]:
        """Return what may be done about the account, and why the rest may not."""
        may_edit = self.has_change_permission(request, user)
        why = "Takes the right to change accounts; another operator's takes every right."
        edit, renew = "Edit the account…", "Set a new password…"
        may_propose = request.user.has_perm("users.propose_password")
        page_actions = [
            PageAction(edit, "Name, switched off or on, rights.", reverse(_EDIT, args=[user.pk]))
            if may_edit
            else PageAction(edit, why),
            PageAction(
                renew, "Proposed; another operator approves it. Ends every sign-in.",
                reverse(_PASSWORD, args=[user.pk]),
            )
            if may_propose and request.user.pk != user.pk
            else PageAction(
                renew, "Takes the right to propose passwords, and is not for one's own."
            ),
        ]  # fmt: skip
        if request.user.has_perm("risk.view_ownlimits"):
            limits = reverse("admin:risk_ownlimits_changelist")
            url = f"{limits}?user__id__exact={user.pk}"
            page_actions.append(PageAction("Their own limits", "Caps, pause, exclusion.", url))
        history = reverse("admin:users_user_history", args=[user.pk])
        return [*page_actions, PageAction("What operators did", "The admin's own log.", history)]


_EDIT = "admin:users_user_edit"
# pragma: allowlist nextline secret
_PASSWORD = "admin:auth_user_password_change"  # noqa: S105  # an address


def register() -> None:
    """Put this page in the place of the plain form of kyc."""
    admin.site.unregister(User)
    admin.site.register(User, CustomerPageAdmin)
