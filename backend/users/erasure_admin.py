"""Admin of customers' wishes to be erased: propose it, or say what prevents it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from common import clock
from common.admin import ModelAdmin, ReadOnlyAdmin, ask, reason_field, sent_form
from users import erasure, proposals
from users.account_forms import ReasonForm
from users.account_proposals_admin import proposing
from users.current import signed_in_user
from users.models import ErasureRequest, User

#: What operators read before they propose.
CONSEQUENCE = (
    "Once another operator approves it, the account is closed for good, and name and number are"
    " erased. Payments, and the identity as it was handed in, are kept for the years that the law"
    " asks for, by the account's id (docs/retention.md). The number may sign up afresh."
)
_DECLINE = "The account stays as it is. The customer reads your answer: say what has to end first."


class AnswerForm(ReasonForm):
    """Asks for the answer that the customer reads."""

    reason = reason_field("The customer reads it.")


def propose_all(
    page: ModelAdmin, request: HttpRequest, queryset: Any, users: "list[User]"
) -> HttpResponse | None:
    """Ask for the reason, then propose to erase each of these customers."""
    form = ReasonForm(sent_form(request))
    if not form.is_valid():
        return ask(
            page, request, "users/decide_erasures.html", form,
            title="Propose to close accounts", consequence=CONSEQUENCE, rows=queryset,
        )  # fmt: skip
    reason = form.cleaned_data["reason"]
    for user in users:
        with proposing(page, request):
            erasure.propose(
                user=user, operator=signed_in_user(request), reason=reason, now=clock.now()
            )
            page.log_change(request, user, f"proposed to close the account: {reason}")
    return None


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """The wishes, with actions to propose the erasure or to decline."""

    list_display = ("id", "asked_at", "answer_by", "user", "status", "stands_against")
    list_filter = ("status", "asked_at")
    actions = ("propose", "decline")

    @admin.display(description="answer by")
    def answer_by(self, wish: ErasureRequest) -> Any:
        """Return until when the law wants an answer."""
        return wish.asked_at + erasure.ANSWER_WITHIN

    @admin.display(description="prevented by")
    def stands_against(self, wish: ErasureRequest) -> str:
        """Return what has to end before the customer can be erased."""
        if wish.status != ErasureRequest.Status.OPEN:
            return "-"
        found = erasure.find_hindrances(wish.user, now=clock.now())
        return " ".join(erasure.WORDS[word] for word in found) or "nothing"

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may propose an erasure."""
        return request.user.has_perm("users.propose_erasure")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may answer: it takes the right to change requests."""
        return request.user.has_perm("users.change_erasurerequest")

    @admin.action(description="Propose to close the account", permissions=["propose"])
    def propose(
        self, request: HttpRequest, queryset: "QuerySet[ErasureRequest]"
    ) -> HttpResponse | None:
        """Ask for the reason, then propose to erase each customer."""
        return propose_all(self, request, queryset, [wish.user for wish in queryset])

    @admin.action(description="Decline, with an answer", permissions=["decide"])
    def decline(
        self, request: HttpRequest, queryset: "QuerySet[ErasureRequest]"
    ) -> HttpResponse | None:
        """Ask for the answer, then give it to each customer."""
        form = AnswerForm(sent_form(request))
        if not form.is_valid():
            return ask(
                self, request, "users/decide_erasures.html", form,
                title="Decline to close accounts", consequence=_DECLINE, rows=queryset,
            )  # fmt: skip
        for wish in queryset:
            self._decline_one(request, wish, form.cleaned_data["reason"])
        return None

    def _decline_one(self, request: HttpRequest, wish: ErasureRequest, answer: str) -> None:
        try:
            erasure.decline(
                wish.pk, operator=signed_in_user(request), answer=answer, now=clock.now()
            )
        except (erasure.RequestEnded, proposals.SameOperator):
            text = f"Request {wish.pk}: it has ended already, or is your own"
            self.message_user(request, text, messages.WARNING)
            return
        self.log_change(request, wish, f"declined: {answer}")
        self.message_user(request, f"Request {wish.pk}: answered", messages.SUCCESS)
