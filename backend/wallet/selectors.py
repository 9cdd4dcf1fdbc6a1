"""Reads balances, postings and statements from the ledger; nothing here writes."""

from decimal import Decimal

from django.db.models import Case, F, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from common.days import DaySpan
from users.models import User
from wallet.models import LedgerAccount, Posting
from wallet.statement import MAX_LINES, Movement, Statement, build_statement

_SIGNED = Case(When(side=Posting.Side.CREDIT, then=F("amount")), default=-F("amount"))
# The M-Pesa receipt of a posting. For money that an operator credited it may be only on the
# suspense case, not yet on the deposit.
_MPESA_CODE = Coalesce(
    "entry__deposit__mpesa_receipt_number", "entry__resolved_case__mpesa_receipt_number"
)


def get_balance(user_id: int) -> Decimal:
    """Return the customer's balance in KES; zero if the customer has no account yet."""
    balance = (
        LedgerAccount.objects.filter(user_id=user_id).values_list("balance", flat=True).first()
    )
    return balance if balance is not None else Decimal("0.00")


def _lines_of(user_id: int) -> "QuerySet[Posting]":
    # The account's id is read first, not by a join or a subquery: PostgreSQL plans for the very
    # number. Nearly every debit is of one account, M-Pesa's, so for a number that it does not know
    # yet it would expect a large part of the ledger, and read all of it.
    account_id = LedgerAccount.objects.filter(user_id=user_id).values_list("id", flat=True).first()
    if account_id is None:
        return Posting.objects.none()
    return Posting.objects.filter(account_id=account_id)


def list_postings(user_id: int) -> "QuerySet[Posting]":
    """Return the customer's postings, newest first, annotated with `signed_amount`.

    `signed_amount` is positive for money in, negative for money out.
    """
    return (
        _lines_of(user_id)
        .select_related("entry", "entry__deposit")
        .annotate(signed_amount=_SIGNED)
        .order_by("-id")
    )


def get_statement(user_id: int, span: DaySpan) -> Statement:
    """Return the customer's movements over whole days, with opening and closing balance.

    One SQL query reads lines and opening balance, so that both come from one snapshot: a
    deposit that is credited meanwhile cannot be in only one of them.

    Raises:
        StatementTooLong: the span has more than MAX_LINES movements.
    """
    mine = _lines_of(user_id)
    before = mine.filter(entry__created_at__lt=span.begins_at)
    rows = list(
        mine.filter(entry__created_at__gte=span.begins_at, entry__created_at__lt=span.ends_before)
        .annotate(
            signed_amount=_SIGNED,
            mpesa_code=_MPESA_CODE,
            opening=Subquery(
                before.order_by().values("account").annotate(total=Sum(_SIGNED)).values("total")
            ),
        )
        .select_related("entry")
        .order_by("entry__created_at", "id")[: MAX_LINES + 1]
    )
    opening = rows[0].opening if rows else before.aggregate(total=Sum(_SIGNED))["total"]
    movements = (
        Movement(
            at=row.entry.created_at,
            key=row.entry.key,
            description=row.entry.description,
            mpesa_code=row.mpesa_code,
            amount=row.signed_amount,
        )
        for row in rows
    )
    return build_statement(span=span, opening=opening or Decimal("0.00"), movements=movements)


def get_derived_balance(account: LedgerAccount) -> Decimal:
    """Return an account's balance recomputed from its postings: credits less debits, in KES."""
    sums = account.postings.aggregate(
        credits=Sum("amount", filter=Q(side=Posting.Side.CREDIT), default=Value(Decimal("0.00"))),
        debits=Sum("amount", filter=Q(side=Posting.Side.DEBIT), default=Value(Decimal("0.00"))),
    )
    return Decimal(sums["credits"] - sums["debits"])


def find_verified_name(user: User) -> str | None:
    """Return the name by which the customer was verified; None while no verification stands."""
    if user.kyc_status != User.KycStatus.VERIFIED:
        return None
    # The submissions belong to the kyc app, which this app may not import: the user's relation
    # reads them.
    valid = user.kyc_submissions.filter(status="VERIFIED", revoked_at__isnull=True)
    return valid.order_by("-id").values_list("full_name", flat=True).first()
