"""The lists that operators work in: columns and filters in the words of the pages they lead to.

Each replaces the columns of another app's page and nothing else. At 1366 px all columns are in
sight: a list says who, how much, how it stands and why, and its page says the rest.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from common import clock
from operations.ages import say_age
from operations.console.amounts import kes
from operations.console.columns import (
    DECISIONS,
    NONE,
    DecisionFilter,
    KindFilter,
    ReasonFilter,
    say_time,
    show_code,
    show_customer,
    show_operator,
    show_state,
)
from operations.console.deposit import answer
from operations.console.deposit.answer import State
from operations.console.reasons import say_why_held
from payments import case_facts
from payments.admin import UnansweredDepositAdmin
from payments.daraja.result_codes import describe_result
from payments.models import SuspenseCase, Transaction, UnansweredDeposit
from payments.suspense_admin import ProposalAdmin, SuspenseCaseAdmin
from users.models import Proposal, User
from users.phone import mask_phone_number


class _DepositColumns:
    """Columns of lists whose rows are deposits."""

    @admin.display(description="deposit", ordering="id")
    def number(self, txn: Transaction) -> str:
        """Return the deposit's number as the telephone says it."""
        return f"#{txn.pk}"

    @admin.display(description="asked, Nairobi", ordering="created_at")
    def asked_at(self, txn: Transaction) -> str:
        """Return when the customer asked for it, to the second."""
        return say_time(txn.created_at)

    @admin.display(description="customer")
    def customer(self, txn: Transaction) -> SafeString | str:
        """Return whose it is; the number is the one that the prompt went to."""
        return show_customer(txn.user, txn.phone_number)

    @admin.display(description="KES")
    def amount_kes(self, txn: Transaction) -> str:
        """Return what was asked for."""
        return kes(txn.amount)


class DepositColumns(_DepositColumns):
    """Columns of the list of deposits."""

    @admin.display(description="money")
    def money(self, txn: Transaction) -> SafeString:
        """Return where the money is."""
        return show_state(answer.state_of(txn))

    @admin.display(description="M-PESA code")
    def code(self, txn: Transaction) -> SafeString | str:
        """Return M-PESA's code, once it is known."""
        return show_code(txn.mpesa_receipt_number)

    @admin.display(description="M-PESA said")
    def result(self, txn: Transaction) -> str:
        """Return M-PESA's result code with what it means."""
        code = txn.result_code
        return f"{code}, {describe_result(code).title}" if code else NONE

    list_display: Any = ("number", "asked_at", "customer", "amount_kes", "money", "code", "result")


class LookForAdmin(_DepositColumns, UnansweredDepositAdmin):
    """Deposits without an outcome, with what to look for in M-PESA's statement."""

    list_select_related = ("user",)
    list_display: Any = (
        "number",
        "asked_at",
        "customer",
        "amount_kes",
        "reference",
        "waits",
        "why",
    )

    @admin.display(description="look for")
    def reference(self, txn: Transaction) -> SafeString | str:
        """Return the account reference, which the statement has as well."""
        return show_code(txn.account_reference)

    @admin.display(description="waiting")
    def waits(self, txn: Transaction) -> str:
        """Return for how long."""
        return say_age(clock.now() - txn.created_at)

    @admin.display(description="why")
    def why(self, txn: Transaction) -> str:
        """Return why nobody knows what became of it."""
        never = txn.checkout_request_id is None
        return "The prompt was never answered" if never else "No clear answer for 24 hours"


class CaseListAdmin(SuspenseCaseAdmin):
    """Cases, with the customer, the amount that is held, and why."""

    list_display: Any = (
        "number", "held_since", "amount_kes", "why", "customer", "about", "code", "outcome",
    )  # fmt: skip
    list_filter: ClassVar[Any] = ("status", ReasonFilter, DecisionFilter)
    list_select_related = ("transaction__user", "payment__proposed_user")

    @admin.display(description="case", ordering="id")
    def number(self, case: SuspenseCase) -> str:
        """Return the case's number."""
        return f"Case {case.pk}"

    @admin.display(description="held since", ordering="opened_at")
    def held_since(self, case: SuspenseCase) -> SafeString | str:
        """Return since when, and of an open case for how long."""
        since = say_time(case.opened_at)
        if case.status != SuspenseCase.Status.OPEN:
            return since
        age = say_age(clock.now() - case.opened_at)
        return format_html('{} <small class="soft">for {}</small>', since, age)

    @admin.display(description="KES")
    def amount_kes(self, case: SuspenseCase) -> str:
        """Return what is held by M-PESA's own record, or by the report."""
        return NONE if case.true_amount is None else kes(case.true_amount)

    @admin.display(description="why")
    def why(self, case: SuspenseCase) -> str:
        """Return why it is held, in the words of the home."""
        said = say_why_held(case)
        return f"{said[0].upper()}{said[1:]}"

    @admin.display(description="customer")
    def customer(self, case: SuspenseCase) -> SafeString | str:
        """Return the deposit's customer, or whom the payment by hand seems to be for."""
        if case.transaction is not None:
            return show_customer(case.transaction.user)
        payment = getattr(case, "payment", None)
        meant = payment.proposed_user if payment else None
        return format_html("{}, it seems", show_customer(meant)) if meant else NONE

    @admin.display(description="deposit")
    def about(self, case: SuspenseCase) -> SafeString | str:
        """Return a link to the deposit."""
        if case.transaction_id is None:
            return "by hand"
        url = reverse("admin:payments_transaction_change", args=[case.transaction_id])
        return format_html('<a href="{}">#{}</a>', url, case.transaction_id)

    @admin.display(description="M-PESA code")
    def code(self, case: SuspenseCase) -> SafeString | str:
        """Return the payment's code."""
        return show_code(case.mpesa_receipt_number)

    @admin.display(description="state")
    def outcome(self, case: SuspenseCase) -> SafeString:
        """Return whether it waits, or what was decided."""
        if case.status == SuspenseCase.Status.OPEN:
            return show_state(State(answer.HELD.name, "Held"))
        return show_state(State("none", DECISIONS.get(case.decision, case.decision)))


class ProposalListAdmin(ProposalAdmin):
    """Proposals about money, with how much it is about and who proposed it."""

    list_display: Any = ("number", "proposed", "what_said", "amount_kes", "by", "how", "second")
    list_filter: ClassVar[Any] = (*ProposalAdmin.list_filter[:1], KindFilter)
    list_select_related = ("proposed_by", "decided_by", "customer")
    # The amount is of another row, by the kind: one small query each.
    list_per_page = 50

    @admin.display(description="proposal", ordering="id")
    def number(self, proposal: Proposal) -> str:
        """Return the proposal's number."""
        return f"Proposal {proposal.pk}"

    @admin.display(description="proposed, Nairobi", ordering="proposed_at")
    def proposed(self, proposal: Proposal) -> str:
        """Return when it was proposed."""
        return say_time(proposal.proposed_at)

    @admin.display(description="what")
    def what_said(self, proposal: Proposal) -> str:
        """Return what is proposed."""
        return f"{proposal.what[0].upper()}{proposal.what[1:]}"

    @admin.display(description="KES")
    def amount_kes(self, proposal: Proposal) -> str:
        """Return how much money it is about."""
        return kes(case_facts.amount_of(proposal))

    @admin.display(description="proposed by")
    def by(self, proposal: Proposal) -> str:
        """Return who proposed it."""
        return show_operator(proposal.proposed_by)

    @admin.display(description="state", ordering="status")
    def how(self, proposal: Proposal) -> str:
        """Return how it stands, and until when it can be approved."""
        now = clock.now()
        until = f" until {localtime(proposal.expires_at):%-d %b %H:%M}"
        return proposal.state(now).capitalize() + (until if proposal.is_waiting(now) else "")

    @admin.display(description="decided by")
    def second(self, proposal: Proposal) -> str:
        """Return who decided it."""
        return show_operator(proposal.decided_by)


class CustomerColumns:
    """Columns of the list of accounts, the newest first: no other order has an index."""

    @admin.display(description="customer")
    def who(self, user: User) -> str:
        """Return the name, or that there is none."""
        return user.full_name or "No name"

    @admin.display(description="phone")
    def phone(self, user: User) -> str:
        """Return the number with its middle masked."""
        return mask_phone_number(user.phone_number)

    @admin.display(description="identity")
    def identity(self, user: User) -> str:
        """Return what is known of who they are, and the level of limits that it gives."""
        status = user.get_kyc_status_display()
        return f"{status}, {user.get_tier_display().lower()}" if status == "Verified" else status

    @admin.display(description="account")
    def status(self, user: User) -> str:
        """Return whether the account is an operator's, and whether it is switched off."""
        kind = "Operator" if user.is_staff else "Customer"
        return kind if user.is_active else f"{kind}, switched off"

    @admin.display(description="with us since")
    def since(self, user: User) -> str:
        """Return when the account was made."""
        return say_time(user.created_at)

    list_display: Any = ("who", "phone", "identity", "status", "since")
    list_display_links: Any = ("who",)


def register() -> None:
    """Put these lists in the place of those of payments."""
    for model, page in (
        (UnansweredDeposit, LookForAdmin),
        (SuspenseCase, CaseListAdmin),
        (Proposal, ProposalListAdmin),
    ):
        admin.site.unregister(model)
        admin.site.register(model, page)
