"""Reads what operators see of one customer, each kind by an index and a few rows at most.

Balance, limits and statement are read by the selectors that answer the customer.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils import timezone
from knox.models import AuthToken

from common.days import NAIROBI, DaySpan
from kyc.models import KycSubmission
from operations.console.deposit.answer import State, state_of
from payments.allowance import RemainingAllowance, get_remaining_allowance
from payments.models import Claim, SuspenseCase, Transaction
from payments.selectors import list_debts
from risk.models import Sighting
from risk.selectors import OwnLimitsNow, get_own_limits
from users.models import PhoneChange, User
from wallet.selectors import get_statement
from wallet.statement import Statement, StatementTooLong

#: Deposits on the page; the list has all of them.
MOST_DEPOSITS = 20
#: The most rows of any other kind.
MOST = 10
STATEMENT_DAYS = 30
#: Every kind that takes a right of its own: its name on the page, and the right.
RIGHTS = {
    "deposits": "payments.view_transaction",
    "statement": "wallet.view_journalentry",
    "suspense cases": "payments.view_suspensecase",
    "claims": "payments.view_claim",
    "debts": "payments.view_debt",
    "identity": "kyc.view_kycsubmission",
    "phone changes": "users.view_phonechange",
    "API tokens": "knox.view_authtoken",
    "addresses and devices": "risk.view_sighting",
}


@dataclass(frozen=True)
class DepositLine:
    """A deposit of the list, where its money is, and how long it took to the wallet, if it did."""

    txn: Transaction
    state: State
    took: timedelta | None


@dataclass(frozen=True)
class Event:
    """A change of the account, or of its password: when, what, by which operator, why."""

    at: datetime
    what: str
    who: str
    why: str


@dataclass(kw_only=True)
class Customer:
    """What the page shows. `held` is the money in open cases that seem to be theirs, in KES.

    `why_not` says why they may not deposit now; "" where they may. `hidden` names the kinds that
    the operator has no right to see.
    """

    user: User
    now: datetime
    balance: Decimal
    held: Decimal | None
    owed: Decimal | None
    allowance: RemainingAllowance
    own: OwnLimitsNow
    why_not: str = ""
    deposits: list[DepositLine] = field(default_factory=list)
    cases: list[SuspenseCase] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    debts: list[Any] = field(default_factory=list)
    statement: Statement | None = None
    submissions: list[KycSubmission] = field(default_factory=list)
    phone_changes: list[PhoneChange] = field(default_factory=list)
    tokens: list[Any] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @property
    def used_of_day(self) -> float:
        """The share of today's limit that is used, 0 to 1."""
        limit = self.allowance.own_daily_limit or self.allowance.daily_limit
        return min(self.allowance.used_today / limit, 1) if limit else 1.0


def find(user_id: int) -> User | None:
    """Return the customer with account number and wallet; None for an unknown id."""
    found = User.objects.select_related("ledger_account", "paybill_account")
    return found.filter(pk=user_id).first()


def read(user: User, *, operator: User, now: datetime) -> Customer:
    """Return what the operator may see of a customer that find() returned."""
    hidden = [kind for kind, right in RIGHTS.items() if not operator.has_perm(right)]
    wallet = getattr(user, "ledger_account", None)
    customer = Customer(
        user=user,
        now=now,
        balance=Decimal("0.00") if wallet is None else wallet.balance,
        held=None,
        owed=None,
        allowance=get_remaining_allowance(user, now),
        own=get_own_limits(user, now),
        hidden=hidden,
    )
    seen = set(RIGHTS) - set(hidden)
    _read_money(customer, seen)
    _read_account(customer, seen)
    customer.why_not = _why_not(customer)
    return customer


def _read_money(customer: Customer, seen: set[str]) -> None:
    user = customer.user
    newest = list(user.transactions.order_by("-created_at", "-id")[:MOST_DEPOSITS])
    if "deposits" in seen:
        customer.deposits = [_line(txn) for txn in newest]
    if "suspense cases" in seen:
        customer.cases = _cases(user, newest)
        is_open = SuspenseCase.Status.OPEN
        open_cases = [case for case in customer.cases if case.status == is_open]
        customer.held = sum((case.true_amount or Decimal(0) for case in open_cases), Decimal(0))
    if "debts" in seen:
        customer.debts = [debt for debt in list_debts().filter(customer=user) if debt.left > 0]
        customer.owed = sum((debt.left for debt in customer.debts), Decimal(0))
    if "claims" in seen:
        customer.claims = list(user.claims.order_by("-id")[:MOST])
    if "statement" in seen:
        customer.statement = _statement(customer)


def _line(txn: Transaction) -> DepositLine:
    took = None if txn.completed_at is None else txn.completed_at - txn.created_at
    return DepositLine(txn, state_of(txn), took)


def _cases(user: User, newest: list[Transaction]) -> list[SuspenseCase]:
    """Return the open cases that seem to be the customer's, and those of the newest deposits."""
    # Open cases are few and have an index of their own.
    theirs = Q(transaction__user=user) | Q(payment__proposed_user=user)
    open_cases = SuspenseCase.objects.filter(theirs, status=SuspenseCase.Status.OPEN)
    of_newest = SuspenseCase.objects.filter(transaction__in=[txn.pk for txn in newest])
    found = {case.pk: case for query in (open_cases, of_newest) for case in query[: MOST * 2]}
    return sorted(found.values(), key=lambda case: -case.pk)


def _statement(customer: Customer) -> Statement | None:
    today = timezone.localtime(customer.now, NAIROBI).date()
    try:
        return get_statement(
            customer.user.pk, DaySpan(today - timedelta(days=STATEMENT_DAYS - 1), today)
        )
    except StatementTooLong:
        return None


def _read_account(customer: Customer, seen: set[str]) -> None:
    user = customer.user
    if "identity" in seen:
        customer.submissions = list(user.kyc_submissions.order_by("-id")[:MOST])
    if "phone changes" in seen:
        customer.phone_changes = list(user.phone_changes.order_by("-id")[:MOST])
    if "API tokens" in seen:
        customer.tokens = list(AuthToken.objects.filter(user=user).order_by("-created")[:MOST])
    if "addresses and devices" in seen:
        # Sorted here: by its index of ages the database might read many of other customers.
        sightings = Sighting.objects.filter(user=user).order_by()[: MOST * 20]
        newest = sorted(sightings, key=lambda each: each.last_seen_at, reverse=True)
        customer.sightings = newest[:MOST]
    customer.events = _events(user)


def _events(user: User) -> list[Event]:
    """Return the newest changes of account and password, with operator and reason."""
    rows = []
    for name in ("UserHistory", "PasswordHistory"):
        history = apps.get_model("users", name)._default_manager
        newest = history.filter(pgh_obj_id=user.pk).select_related("pgh_context")
        rows += list(newest.order_by("-pgh_id")[: MOST + 1])
    told = [(row, row.pgh_context.metadata if row.pgh_context else {}) for row in rows]
    # A log-in that renews the hash of the same password changes nothing that anybody asks about.
    told = [(row, context) for row, context in told if "renewed_hash_of" not in context]
    operators = User.objects.in_bulk(
        {context["operator"] for _, context in told if "operator" in context}
    )
    events = []
    for row, context in told:
        who = operators.get(context.get("operator"))
        name = "" if who is None else who.full_name or str(who)
        events.append(Event(row.pgh_created_at, _what(row), name, context.get("reason") or ""))
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST]


def _what(row: Any) -> str:
    if not hasattr(row, "kyc_status"):
        return "The password was changed"
    if row.pgh_label == "insert":
        return "The account was made"
    rights = ", an operator" if row.is_staff else ""
    active = "" if row.is_active else ", switched off"
    return f"{row.full_name or 'No name'}: {row.kyc_status.lower()}, {row.tier}{active}{rights}"


def _why_not(customer: Customer) -> str:
    """Return why the customer may not deposit now, the strictest reason first; "": they may."""
    own, allowance = customer.own, customer.allowance
    prompt = customer.user.transactions.filter(
        status=Transaction.Status.PENDING, prompt_expires_at__gt=customer.now
    )
    reasons = (
        (not customer.user.is_active, "The account is switched off."),
        (own.excluded_until is not None, "They have excluded themselves."),
        (own.paused_until is not None, "They have paused deposits."),
        (allowance.identity_required, "Their identity is not verified."),
        (allowance.remaining_today < allowance.min_amount, "Nothing is left of a limit."),
    )
    said = next((words for is_so, words in reasons if is_so), "")
    if not said and prompt.exists():
        said = "A prompt may be open on the phone."
    return said
