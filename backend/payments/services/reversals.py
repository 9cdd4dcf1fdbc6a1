"""Reversals: record that M-Pesa took back a payment that had been credited to a customer.

What the customer has spent of it becomes a debt, if the operator agrees to its size; debts are
collected out of the wallet later.
"""

from datetime import datetime
from decimal import Decimal

import pghistory
from django.db import transaction as db_transaction

from common.db import call_function
from payments import conf
from payments.models import Debt, Repayment, Reversal, SuspenseCase, Transaction
from payments.services.suspense import ApprovalMissing, OwnMoney, ReasonMissing
from users import proposals
from users.models import Proposal, User
from wallet.models import JournalEntry

_NOTHING = Decimal("0.00")


class AlreadyReversed(Exception):
    """The journal entry was reversed before."""


class NotReversible(Exception):
    """The entry did not credit a customer for a deposit."""


class MoneySpent(Exception):
    """The wallet no longer holds the amount: a balance never falls below zero.

    `args[0]` is what it lacks, in KES.
    """


class NothingToCollect(Exception):
    """The debt is repaid, or the debtor's wallet is empty: `args[0]` is repaid or empty_wallet."""


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_REVERSE = """
WITH decided AS (
    SELECT * FROM payment_reverse_owing(%(entry_id)s, %(operator_id)s, %(reason)s, %(most_owed)s,
                                        %(limit)s, %(now)s)
) SELECT * FROM decided
"""
_COLLECT = """
WITH decided AS (
    SELECT * FROM debt_collect(%(debt_id)s, %(operator_id)s, %(reason)s, %(now)s)
) SELECT * FROM decided
"""


def find_credit(txn: Transaction, mpesa_receipt_number: str) -> JournalEntry:
    """Return the entry that credited a customer with one of this deposit's payments.

    A deposit that a status query credited has no receipt: any code then stands for its payment,
    unless one of its suspense cases has that code. Of a payment that was shared out it is the share
    of the deposit's own customer.

    Raises:
        NotReversible: no customer was credited with this payment.
    """
    case = txn.suspense_cases.filter(mpesa_receipt_number=mpesa_receipt_number).first()
    # Whatever was decided about a case of it before, and perhaps taken back.
    is_of_payment = txn.mpesa_receipt_number == mpesa_receipt_number
    if is_of_payment and txn.credit_entry is not None:
        entry: JournalEntry | None = txn.credit_entry
    elif case is not None and case.share_count is not None:
        own = case.shares.filter(customer=txn.user_id).select_related("entry").first()
        entry = None if own is None else own.entry
    elif case is not None:
        entry = case.resolution_entry
    elif txn.mpesa_receipt_number in {mpesa_receipt_number, None}:
        entry = txn.credit_entry
    else:
        entry = None
    if entry is None:
        raise NotReversible
    return entry


def find_credit_of_case(case: SuspenseCase, number: int | None = None) -> JournalEntry:
    """Return the entry that gave a case's payment to a customer; of a shared one, share `number`.

    Raises:
        NotReversible: no customer got it, or it has no such share.
    """
    if case.share_count is not None:
        share = (
            case.shares.filter(number=number or 0).select_related("entry__credit_account").first()
        )
        if share is None:
            raise NotReversible
        return share.entry
    entry = case.resolution_entry
    if entry is None or entry.credit_account.user_id is None:
        raise NotReversible
    return entry


def reverse_credit(
    *,
    entry: JournalEntry,
    operator: User,
    reason: str,
    now: datetime,
    most_owed: Decimal = _NOTHING,
) -> Reversal:
    """Debit the customer's wallet by an earlier credit, once per journal entry.

    The credit and its reversal both stay on the statement; the deposit stays COMPLETED, with the
    review reason `reversed`. What the wallet no longer holds, up to `most_owed` KES, becomes a debt
    of the customer; the wallet ends at zero.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the wallet is the operator's own.
        ApprovalMissing: it is above the limit of one operator.
        AlreadyReversed: the entry was reversed before.
        NotReversible: the entry did not credit a customer for a payment.
        MoneySpent: the wallet lacks more than `most_owed`.
    """
    if not reason.strip():
        raise ReasonMissing
    decision = {
        "entry_id": entry.pk,
        "operator_id": operator.pk,
        "reason": reason.strip()[:255],
        "most_owed": most_owed,
        "limit": conf.approval_limit(),
        "now": now,
    }
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        reversed_ = call_function(_REVERSE, decision)
    match reversed_["outcome"]:
        case "reversed":
            return Reversal.objects.get(entry=entry)
        case "own_money":
            raise OwnMoney
        case "not_approved":
            raise ApprovalMissing
        case "already_reversed":
            raise AlreadyReversed
        case "spent":
            raise MoneySpent(reversed_["shortfall"])
    raise NotReversible


def propose_reversal(
    *,
    entry: JournalEntry,
    operator: User,
    reason: str,
    now: datetime,
    most_owed: Decimal = _NOTHING,
) -> Proposal:
    """Propose to reverse a credit; what the wallet lacks then may become a debt up to `most_owed`.

    Raises:
        OwnMoney: the wallet is the operator's own.
        NotReversible: the entry did not credit a customer.
        AlreadyReversed: the entry was reversed before.
        proposals.AlreadyProposed, proposals.ReasonMissing: see the classes.
    """
    if entry.credit_account.user_id is None:
        raise NotReversible
    if entry.credit_account.user_id == operator.pk:
        raise OwnMoney
    if Reversal.objects.filter(entry=entry).exists():
        raise AlreadyReversed
    return proposals.propose(
        kind=Proposal.Kind.REVERSE_CREDIT,
        subject_id=entry.pk,
        detail=f"owing:{most_owed:.2f}",
        operator=operator,
        reason=reason,
        now=now,
    )


def approve_reversal(*, proposal: Proposal, operator: User, reason: str, now: datetime) -> None:
    """Approve a proposal to reverse a credit and carry it out, both or neither.

    Raises:
        proposals.SameOperator, proposals.ProposalDecided, proposals.ReasonMissing: see the classes.
        OwnMoney, AlreadyReversed, NotReversible, MoneySpent: see the classes. The proposal then
            stays open.
    """
    with db_transaction.atomic():
        approved = proposals.approve(proposal.pk, operator=operator, reason=reason, now=now)
        reverse_credit(
            entry=JournalEntry.objects.get(pk=approved.subject_id),
            operator=operator,
            reason=reason,
            now=now,
            most_owed=Decimal(approved.detail.removeprefix("owing:")),
        )


def collect_debt(*, debt: Debt, operator: User, reason: str, now: datetime) -> Repayment:
    """Take what the debtor's wallet holds, up to what is left of the debt.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the debt is the operator's own.
        NothingToCollect: see the class.
    """
    if not reason.strip():
        raise ReasonMissing
    collected = call_function(
        _COLLECT,
        {"debt_id": debt.pk, "operator_id": operator.pk, "reason": reason.strip(), "now": now},
    )
    match collected["outcome"]:
        case "collected":
            return Repayment.objects.get(entry_id=collected["entry_id"])
        case "own_money":
            raise OwnMoney
    raise NothingToCollect(collected["outcome"])
