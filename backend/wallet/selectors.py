"""Reads of the ledger. Nothing here writes."""

from decimal import Decimal

from django.db.models import Case, F, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from common.days import DaySpan
from wallet.models import LedgerAccount, Posting
from wallet.statement import MOST_LINES, Movement, Statement, build_statement

_SIGNED = Case(When(side=Posting.Side.CREDIT, then=F("amount")), default=-F("amount"))
# A deposit credited by an operator has its code on the case, until the deposit has it, too.
_MPESA_CODE = Coalesce(
    "entry__deposit__mpesa_receipt_number", "entry__resolved_case__mpesa_receipt_number"
)


def get_balance(user_id: int) -> Decimal:
    """Return the customer's balance in KES; zero for somebody without any movement."""
    balance = (
        LedgerAccount.objects.filter(user_id=user_id).values_list("balance", flat=True).first()
    )
    return balance if balance is not None else Decimal("0.00")


def _lines_of(user_id: int) -> "QuerySet[Posting]":
    # By the account's id, not by a join: the view's two sides are then walked by their indexes.
    account = LedgerAccount.objects.filter(user_id=user_id).values("id")
    return Posting.objects.filter(account=Subquery(account))


def list_postings(user_id: int) -> "QuerySet[Posting]":
    """Return the customer's statement, newest first, each with its signed amount.

    `signed_amount` is positive for money in.
    """
    return (
        _lines_of(user_id)
        .select_related("entry", "entry__deposit")
        .annotate(signed_amount=_SIGNED)
        .order_by("-id")
    )


def get_statement(user_id: int, span: DaySpan) -> Statement:
    """Return the customer's movements over whole days, with the balances around them.

    One statement of SQL reads lines and opening balance, hence from one snapshot: a payment that
    is credited meanwhile is in both or in neither.

    Raises:
        StatementTooLong: it has more lines than a file may have.
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
        .order_by("entry__created_at", "id")[: MOST_LINES + 1]
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
