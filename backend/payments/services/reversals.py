"""Reversals: record that M-Pesa took back a payment that had been credited to a customer."""

from datetime import datetime

import pghistory
from django.db import IntegrityError

from common.db import broken_constraint, call_function
from payments.models import Reversal, Transaction
from payments.services.suspense import OwnMoney, ReasonMissing
from users.models import User
from wallet.models import JournalEntry


class AlreadyReversed(Exception):
    """The journal entry was reversed before."""


class NotReversible(Exception):
    """The entry did not credit a customer for a deposit."""


class MoneySpent(Exception):
    """The wallet no longer holds the amount: a balance never falls below zero."""


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_REVERSE = """
WITH decided AS (
    SELECT * FROM payment_reverse(%(entry_id)s, %(operator_id)s, %(reason)s, %(now)s)
) SELECT * FROM decided
"""


def find_credit(txn: Transaction, mpesa_receipt_number: str) -> JournalEntry:
    """Return the entry that credited a customer with one of this deposit's payments.

    A deposit that a status query credited has no receipt: any code then stands for its payment,
    unless one of its suspense cases has that code.

    Raises:
        NotReversible: no customer was credited with this payment.
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
    """Debit the customer's wallet by an earlier credit, once per journal entry.

    The credit and its reversal both stay on the statement; the deposit stays COMPLETED, with the
    review reason `reversed`.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the wallet is the operator's own.
        AlreadyReversed: the entry was reversed before.
        NotReversible: the entry did not credit a customer for a deposit.
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
