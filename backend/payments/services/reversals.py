"""Recording that M-Pesa took a payment back which a customer had been credited with."""

from datetime import datetime

import pghistory
from django.db import IntegrityError

from common.db import broken_constraint, call_function
from payments.models import Reversal, Transaction
from payments.services.suspense import OwnMoney, ReasonMissing
from users.models import User
from wallet.models import JournalEntry


class AlreadyReversed(Exception):
    """An entry is reversed once."""


class NotReversible(Exception):
    """The entry did not credit a customer for a deposit."""


class MoneySpent(Exception):
    """The wallet no longer holds the amount: a balance never falls below zero."""


# WITH, not SELECT: pghistory names operator and reason to statements that may write, and takes a
# SELECT for a read.
_REVERSE = """
WITH decided AS (
    SELECT * FROM payment_reverse(%(entry_id)s, %(operator_id)s, %(reason)s, %(now)s)
) SELECT * FROM decided
"""


def find_credit(txn: Transaction, mpesa_receipt_number: str) -> JournalEntry:
    """Return the entry that credited a customer with one of this deposit's payments.

    A deposit that a query credited has no receipt: then the code is taken for its own, unless a
    case of it has that code.

    Raises:
        NotReversible: no customer was credited with it.
    """
    case = txn.suspense_cases.filter(mpesa_receipt_number=mpesa_receipt_number).first()
    if case is not None:
        entry = case.resolution_entry
    elif txn.mpesa_receipt_number in {mpesa_receipt_number, None}:
        entry = txn.credit_entry
    else:
        entry = None
    if entry is None:
        raise NotReversible
    return entry


def reverse_credit(*, entry: JournalEntry, operator: User, reason: str, now: datetime) -> Reversal:
    """Take a credit out of the customer's wallet again, once per entry.

    Both the credit and its reversal stay on the statement; the deposit stays COMPLETED and is
    marked `reversed`.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the wallet is the operator's own.
        AlreadyReversed: it was reversed before.
        NotReversible: the entry is no credit of a deposit.
        MoneySpent: the wallet no longer holds the amount.
    """
    if not reason.strip():
        raise ReasonMissing
    decision = {
        "entry_id": entry.pk,
        "operator_id": operator.pk,
        "reason": reason.strip()[:255],
        "now": now,
    }
    try:
        with pghistory.context(operator=operator.pk, reason=reason.strip()):
            reversed_ = call_function(_REVERSE, decision)
    except IntegrityError as error:
        if broken_constraint(error) == "wallet_balance":
            raise MoneySpent from error
        raise
    match reversed_["outcome"]:
        case "reversed":
            return Reversal.objects.get(entry=entry)
        case "own_money":
            raise OwnMoney
        case "already_reversed":
            raise AlreadyReversed
    raise NotReversible
