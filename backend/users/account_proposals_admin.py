"""Admin of proposals about accounts: the second operator approves passwords and rights, or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import localtime

from common import clock
from common.admin import ModelAdmin, ReadOnlyAdmin, ask, sent_form
from users import account_proposals, erasure, proposals
from users.account_forms import ReasonForm
from users.current import signed_in_user
from users.models import AccountProposal
from users.proposal_states import StateFilter

_REFUSED = {
    proposals.AlreadyProposed: "it is proposed already",
    proposals.ProposalDecided: "it was decided already",
    proposals.ProposalExpired: "it expired after 24 hours: propose it again",
    proposals.SameOperator: "who proposed it, or whose account it is, does not approve it;"
    " nobody rejects what is about themselves",
    account_proposals.NothingChanges: "these are the present rights",
    account_proposals.RightsChangedSince: "the rights have changed since: reject it, and propose"
    " them again",
    account_proposals.SuperusersOnly: "only a superuser approves what is about a superuser",
    account_proposals.ApprovedNumber: "you approved this account's number, so another operator"
    " sets its password",
}
#: Everything that a proposal, or its approval, is refused for.
ERRORS: tuple[type[Exception], ...] = (
    *_REFUSED,
    account_proposals.RightsExclude,
    erasure.Hindered,
)


def why(error: Exception) -> str:
    """Return what the operator reads about a proposal that was refused."""
    if isinstance(error, account_proposals.RightsExclude):
        return f"nobody may hold both: {error}"
    if isinstance(error, erasure.Hindered):
        return f"this prevents it: {error}"
    return _REFUSED[type(error)]


@contextmanager
def proposing(page: ModelAdmin, request: HttpRequest) -> Iterator[None]:
    """Tell the operator what became of a proposal that is made inside."""
    try:
        yield
    except ERRORS as error:
        page.message_user(request, f"Not proposed: {why(error)}", messages.ERROR)
    else:
        text = "Proposed: nothing has changed yet; another operator approves it"
        page.message_user(request, text, messages.WARNING)


def told_change(form: Any, proposed: set[str]) -> str:
    """Return the text of the admin's own log: the fields that changed, or are proposed, and why."""
    fields = [name for name in form.changed_data if name != "reason"]
    changed = [f"proposed {name}" if name in proposed else name for name in fields]
    return f"{', '.join(changed) or 'nothing'}: {form.cleaned_data['reason']}"


@admin.register(AccountProposal)
class AccountProposalAdmin(ReadOnlyAdmin):
    """Proposals of passwords and rights, with actions for the second operator."""

    list_display = ("id", "proposed_at", "what", "proposed_by", "state", "decided_by")
    list_filter = (StateFilter, "kind")
    fields = (
        "kind", "what", "proposed_by", "proposed_at", "reason", "state", "decided_by",
        "decided_at", "decision_reason",
    )  # fmt: skip
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AccountProposal]":
        found: QuerySet[AccountProposal] = super().get_queryset(request)
        return found.filter(kind__in=AccountProposal.OF_ACCOUNTS)

    @admin.display(description="state")
    def state(self, proposal: AccountProposal) -> str:
        """Return how it stands, and until when it can be approved."""
        now = clock.now()
        until = f", until {localtime(proposal.expires_at):%-d %b %H:%M}"
        return proposal.state(now) + (until if proposal.is_waiting(now) else "")

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the operator may look; who decides may."""
        may_look = request.user.has_perm("users.view_accountproposal")
        return may_look or self.has_decide_permission(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: the right to change these proposals."""
        return request.user.has_perm("users.change_accountproposal")

    @admin.action(description="Approve, with a reason", permissions=["decide"])
    def approve(
        self, request: HttpRequest, queryset: "QuerySet[AccountProposal]"
    ) -> HttpResponse | None:
        """Ask for the reason, then carry the proposal out; one at a time."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one proposal", messages.ERROR)
            return None
        form = ReasonForm(sent_form(request))
        proposal = queryset.get()
        if not form.is_valid():
            return self._ask(request, queryset, form, "Approve a proposal")
        reason = form.cleaned_data["reason"]
        try:
            done = account_proposals.approve(
                proposal=proposal, operator=signed_in_user(request), reason=reason, now=clock.now()
            )
        except ERRORS as error:
            self.message_user(request, f"Proposal {proposal.pk}: {why(error)}", messages.ERROR)
            return None
        self.log_change(request, proposal, f"approved: {reason}")
        if done.password is None:
            told = "; the customer gets the one-time password by SMS" if done.is_texted else ""
            self.message_user(request, f"Proposal {proposal.pk}: done{told}", messages.SUCCESS)
            return None
        return self._show_password(request, proposal, done.password)

    @admin.action(description="Reject, with a reason", permissions=["decide"])
    def reject(
        self, request: HttpRequest, queryset: "QuerySet[AccountProposal]"
    ) -> HttpResponse | None:
        """Ask for the reason, then reject each proposal."""
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            return self._ask(request, queryset, form, "Reject proposals")
        reason = form.cleaned_data["reason"]
        for proposal in queryset:
            try:
                account_proposals.reject(
                    proposal=proposal,
                    operator=signed_in_user(request),
                    reason=reason,
                    now=clock.now(),
                )
            except (proposals.ProposalDecided, proposals.SameOperator) as error:
                self.message_user(request, f"Proposal {proposal.pk}: {why(error)}", messages.ERROR)
            else:
                self.log_change(request, proposal, f"rejected: {reason}")
                self.message_user(request, f"Proposal {proposal.pk}: rejected", messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, queryset: Any, form: Any, title: str) -> HttpResponse:
        template = "users/decide_account_proposals.html"
        return ask(self, request, template, form, title=title, rows=queryset)

    def _show_password(
        self, request: HttpRequest, proposal: AccountProposal, password: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "One-time password",
            "what": proposal.what,
            "password": password,
        }
        response = TemplateResponse(request, "users/one_time_password.html", context)
        response["Cache-Control"] = "no-store"
        return response
