"""Reads of the ledger. Nothing here writes."""

from decimal import Decimal

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from wallet.models import LedgerAccount, Posting

_SIGNED = Case(When(side=Posting.Side.CREDIT, then=F("amount")), default=-F("amount"))


def get_balance(user_id: int) -> Decimal:
    """Return the customer's balance in KES; zero for somebody without any movement."""
    balance = (
        LedgerAccount.objects.filter(user_id=user_id).values_list("balance", flat=True).first()
    )
    return balance if balance is not None else Decimal("0.00")


def list_postings(user_id: int) -> "QuerySet[Posting]":
    """Return the customer's statement, newest first, each with its signed amount.

    `signed_amount` is positive for money in.
    """
    return (
        Posting.objects.filter(account__user_id=user_id)
        .select_related("entry", "entry__deposit")
        .annotate(signed_amount=_SIGNED)
        .order_by("-id")
    )


def get_derived_balance(account: LedgerAccount) -> Decimal:
    """Return an account's balance recomputed from its postings: credits less debits, in KES."""
    sums = account.postings.aggregate(
        credits=Sum("amount", filter=Q(side=Posting.Side.CREDIT), default=Value(Decimal("0.00"))),
        debits=Sum("amount", filter=Q(side=Posting.Side.DEBIT), default=Value(Decimal("0.00"))),
    )
    return Decimal(sums["credits"] - sums["debits"])
