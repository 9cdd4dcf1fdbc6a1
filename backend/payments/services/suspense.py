"""Decisions of operators about a payment held in suspense.

A payment is given to a customer, shared out among several, or dismissed: M-Pesa has no such
payment, paid it back, or a status query had credited it before. Where M-Pesa's own record says
another amount, it is corrected first. One operator decides up to the limit of one
(payments.conf.approval_limit), in sum over what they alone make into customers' money in a Nairobi
day, and gives a payment to the deposit's own customer only. Anything else takes two: one proposes
exactly that, another approves. The SQL functions hold these rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import pghistory
from django.db import transaction as db_transaction

from common.db import call_function
from payments import conf
from payments.models import SuspenseCase, Transaction
from users import proposals
from users.models import Proposal, User


class CaseAlreadyResolved(Exception):
    """The case was decided before."""


class OwnMoney(Exception):
    """The customer is the operator: operators decide nothing about their own money."""


class ApprovalMissing(Exception):
    """It is above the limit of one operator, or with what they decided alone today; or it gives a
    payment to another customer. And no second operator approved exactly that.
    """


class UnfitCustomer(Exception):
    """The customer may not get a payment of another customer's deposit.

    `args[0]` says why: operator, blocked, unverified or paused.
    """


class ReasonMissing(ValueError):
    """The operator gave no reason; a decision about money needs one in writing."""


class UnfitDeposit(Exception):
    """The payment cannot be the one that a status query credited to this deposit.

    The deposit is not COMPLETED, has a receipt, or another amount or short code; or the payment's
    receipt is registered for another deposit.
    """


class UnfitShares(Exception):
    """They are not two to five customers, each once, with amounts that add up to the payment to the
    cent; or the case holds no money.
    """


class UnfitAmount(Exception):
    """The case cannot be corrected to this amount. `args[0]` says why.

    no_money (nothing is held), already_corrected, bad_amount, or same_amount.
    """


@dataclass(frozen=True)
class Dismissal:
    """What is decided about a payment that nobody gets.

    `deposit_id`: only for belongs_to_deposit.
    """

    decision: SuspenseCase.Decision
    deposit_id: int | None = None

    @property
    def detail(self) -> str:
        """Return it as a proposal says it, and as the SQL function compares it."""
        return self.decision + ("" if self.deposit_id is None else f":{self.deposit_id}")

    @classmethod
    def read(cls, detail: str) -> "Dismissal":
        """Read it from a proposal."""
        decision, _, deposit_id = detail.partition(":")
        return cls(SuspenseCase.Decision(decision), int(deposit_id) if deposit_id else None)


@dataclass(frozen=True)
class Share:
    """What one customer gets of a payment, in KES."""

    user_id: int
    amount: Decimal


@dataclass(frozen=True)
class Split:
    """The shares of a payment, in the order of the customers' ids."""

    shares: tuple[Share, ...]

    @classmethod
    def of(cls, shares: Iterable[Share]) -> "Split":
        """Return the shares in their order."""
        return cls(tuple(sorted(shares, key=lambda share: share.user_id)))

    @property
    def detail(self) -> str:
        """Return them as a proposal says them, and as the SQL function compares them."""
        return ",".join(f"{share.user_id}:{share.amount:.2f}" for share in self.shares)

    @classmethod
    def read(cls, detail: str) -> "Split":
        """Read them from a proposal."""
        pairs = (share.split(":") for share in detail.split(","))
        return cls.of(Share(int(user_id), Decimal(amount)) for user_id, amount in pairs)


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_GIVE = """
WITH decided AS (
    SELECT * FROM suspense_give(%(case_id)s, %(user_id)s, %(operator_id)s, %(note)s, %(limit)s,
                                %(now)s)
) SELECT * FROM decided
"""
_DISMISS = """
WITH decided AS (
    SELECT * FROM suspense_dismiss(%(case_id)s, %(decision)s, %(deposit_id)s, %(operator_id)s,
                                   %(note)s, %(limit)s, %(now)s)
) SELECT * FROM decided
"""
_CORRECT = """
WITH decided AS (
    SELECT * FROM suspense_correct(%(case_id)s, %(amount)s, %(operator_id)s, %(source)s, %(note)s,
                                   %(limit)s, %(now)s)
) SELECT * FROM decided
"""
_SPLIT = """
WITH decided AS (
    SELECT * FROM suspense_split(%(case_id)s, %(user_ids)s::bigint[], %(amounts)s::numeric[],
                                 %(operator_id)s, %(note)s, %(now)s)
) SELECT * FROM decided
"""


def resolve_suspense_case(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> None:
    """Give a payment held in suspense to a customer by new postings, once.

    The deposit becomes COMPLETED only if the true amount is the requested one and `user` is the
    deposit's own. A case without an amount (its receipt was registered before) is closed without
    postings.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the customer is the operator.
        ApprovalMissing: the customer is not the deposit's own, or it is above the limit of one
            operator.
        UnfitCustomer: the customer is not the deposit's own, and may not get it.
        CaseAlreadyResolved: the case was decided before.
    """
    _decide(_GIVE, case, operator, reason, now, user_id=user.pk)


def dismiss_suspense_case(
    *, case: SuspenseCase, dismissal: Dismissal, operator: User, reason: str, now: datetime
) -> None:
    """Close a case whose payment nobody gets: its money goes back to where it came from, once.

    The deposit of a payment that M-Pesa paid back becomes FAILED; about the deposit of one that is
    not in M-Pesa's books M-Pesa is asked again. `belongs_to_deposit` fills in the deposit's
    receipt.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the payment, or the deposit, is the operator's.
        UnfitDeposit: see the class.
        ApprovalMissing: it is above the limit of one operator.
        CaseAlreadyResolved: the case was decided before.
    """
    _decide(
        _DISMISS,
        case,
        operator,
        reason,
        now,
        decision=dismissal.decision.value,
        deposit_id=dismissal.deposit_id,
    )


def correct_suspense_case(
    *,
    case: SuspenseCase,
    amount: Decimal,
    operator: User,
    reason: str,
    now: datetime,
    source: str = "portal",
) -> None:
    """Correct the amount of an open case, in KES, to what M-Pesa's own record says; once.

    `source`: which record that is, portal or statement.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the payment is the operator's.
        UnfitAmount: see the class.
        ApprovalMissing: it is above the limit of one operator.
        CaseAlreadyResolved: the case was decided before.
    """
    _decide(_CORRECT, case, operator, reason, now, amount=amount, source=source)


def split_suspense_case(
    *, case: SuspenseCase, split: Split, operator: User, reason: str, now: datetime
) -> None:
    """Share a payment out among customers, once; all of them get theirs, or nobody does.

    The deposit becomes COMPLETED if its own customer gets just what it asked for.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the payment, or a share, is the operator's, or a share is the proposer's.
        UnfitShares: see the class.
        UnfitCustomer: a customer other than the deposit's own may not get a payment.
        ApprovalMissing: no other operator proposed exactly that.
        CaseAlreadyResolved: the case was decided before.
    """
    user_ids = [share.user_id for share in split.shares]
    amounts = [share.amount for share in split.shares]
    _decide(_SPLIT, case, operator, reason, now, user_ids=user_ids, amounts=amounts)


def needs_second_operator(amount: Decimal | None) -> bool:
    """Return whether a decision about this amount, in KES, is above the limit of one operator."""
    return (amount or 0) > conf.approval_limit()


def list_above_day(cases: Sequence[SuspenseCase], *, operator: User, now: datetime) -> set[int]:
    """Return the ids of the cases that the operator may not decide alone, by their day's sum.

    What counts: the cases that they gave away or corrected upward, and the rows that they settled
    of their own statements, on the Nairobi day of `now`. Only to show it: the SQL functions decide.
    """
    if not cases:
        return set()
    alone = call_function(
        "SELECT array_agg(decided_alone(%(operator_id)s, id, %(now)s) ORDER BY nth) AS kes"
        " FROM unnest(%(case_ids)s::bigint[]) WITH ORDINALITY AS item(id, nth)",
        {"operator_id": operator.pk, "case_ids": [case.pk for case in cases], "now": now},
    )["kes"]
    return {
        case.pk
        for case, kes in zip(cases, alone, strict=True)
        if case.true_amount is not None and needs_second_operator(case.true_amount + kes)
    }


def propose_resolution(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose to give a payment to a customer; the deposit's own gets any, whatever their account.

    Raises:
        OwnMoney: the customer is the operator.
        UnfitCustomer: the customer is not the deposit's own, and may not get it.
        CaseAlreadyResolved: the case was decided before.
        proposals.AlreadyProposed, proposals.ReasonMissing: see the classes.
    """
    if user.pk == operator.pk:
        raise OwnMoney
    case = _open_case(case)
    if case.transaction is None or case.transaction.user_id != user.pk:
        objection = call_function(
            "SELECT suspense_objection(%(user_id)s, %(now)s) AS why",
            {"user_id": user.pk, "now": now},
        )["why"]
        if objection is not None:
            raise UnfitCustomer(objection)
    return proposals.propose(
        kind=Proposal.Kind.RESOLVE_CASE,
        subject_id=case.pk,
        customer=user,
        operator=operator,
        reason=reason,
        now=now,
    )


def propose_dismissal(
    *, case: SuspenseCase, dismissal: Dismissal, operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose to dismiss a case.

    Raises:
        OwnMoney, CaseAlreadyResolved: see the classes.
        proposals.AlreadyProposed, proposals.ReasonMissing: see the classes.
    """
    _refuse_own(_open_case(case), operator, dismissal.deposit_id)
    return proposals.propose(
        kind=Proposal.Kind.DISMISS_CASE,
        subject_id=case.pk,
        detail=dismissal.detail,
        operator=operator,
        reason=reason,
        now=now,
    )


def propose_correction(
    *, case: SuspenseCase, amount: Decimal, operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose to correct the amount of a case, in KES.

    Raises:
        OwnMoney, CaseAlreadyResolved: see the classes.
        UnfitAmount: the case holds no money, or was corrected already.
        proposals.AlreadyProposed, proposals.ReasonMissing: see the classes.
    """
    _refuse_own(_open_case(case), operator)
    if case.amount is None:
        raise UnfitAmount("no_money")
    if case.corrected_amount is not None:
        raise UnfitAmount("already_corrected")
    return proposals.propose(
        kind=Proposal.Kind.CORRECT_CASE,
        subject_id=case.pk,
        detail=f"{amount:.2f}",
        operator=operator,
        reason=reason,
        now=now,
    )


def propose_split(
    *, case: SuspenseCase, split: Split, operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose to share a payment out among customers.

    Raises:
        OwnMoney: the payment, or a share, is the operator's.
        UnfitShares: see the class.
        UnfitCustomer: a customer other than the deposit's own may not get a payment.
        CaseAlreadyResolved: the case was decided before.
        proposals.AlreadyProposed, proposals.ReasonMissing: see the classes.
    """
    case = _open_case(case)
    _refuse_own(case, operator)
    user_ids = [share.user_id for share in split.shares]
    if operator.pk in user_ids:
        raise OwnMoney
    own_id = None if case.transaction is None else case.transaction.user_id
    speaks_against = call_function(
        "SELECT shares_objection(%(amount)s::numeric, %(user_ids)s::bigint[],"
        " %(amounts)s::numeric[]) AS shares,"
        " (SELECT min(suspense_objection(user_id, %(now)s))"
        " FROM unnest(%(user_ids)s::bigint[]) AS share(user_id)"
        " WHERE user_id IS DISTINCT FROM %(own_id)s::bigint) AS customer",
        {
            "amount": case.true_amount,
            "user_ids": user_ids,
            "amounts": [share.amount for share in split.shares],
            "own_id": own_id,
            "now": now,
        },
    )
    if speaks_against["shares"] is not None:
        raise UnfitShares
    if speaks_against["customer"] is not None:
        raise UnfitCustomer(speaks_against["customer"])
    return proposals.propose(
        kind=Proposal.Kind.SPLIT_CASE,
        subject_id=case.pk,
        detail=split.detail,
        operator=operator,
        reason=reason,
        now=now,
    )


def approve_case_decision(
    *, proposal: Proposal, operator: User, reason: str, now: datetime
) -> None:
    """Approve a proposal about a case and carry it out, both or neither.

    Raises:
        proposals.SameOperator: the operator proposed it, or is the customer.
        proposals.ProposalDecided, proposals.ReasonMissing: see the classes.
        UnfitCustomer: the customer may not get the payment any more; the proposal stays open.
        OwnMoney, UnfitDeposit, UnfitAmount, UnfitShares: see the classes; the proposal stays open.
        CaseAlreadyResolved: the case was decided before.
    """
    with db_transaction.atomic():
        approved = proposals.approve(proposal.pk, operator=operator, reason=reason, now=now)
        case = SuspenseCase.objects.get(pk=approved.subject_id)
        decision: dict[str, Any] = {
            "case": case, "operator": operator, "reason": reason, "now": now,
        }  # fmt: skip
        match approved.kind:
            case Proposal.Kind.RESOLVE_CASE:
                customer = cast("User", approved.customer)  # users_proposal_says_what
                resolve_suspense_case(user=customer, **decision)
            case Proposal.Kind.DISMISS_CASE:
                dismiss_suspense_case(dismissal=Dismissal.read(approved.detail), **decision)
            case Proposal.Kind.SPLIT_CASE:
                split_suspense_case(split=Split.read(approved.detail), **decision)
            case _:
                correct_suspense_case(amount=Decimal(approved.detail), **decision)


def _open_case(case: SuspenseCase) -> SuspenseCase:
    found = SuspenseCase.objects.select_related("transaction").get(id=case.id)
    if found.status != SuspenseCase.Status.OPEN:
        raise CaseAlreadyResolved
    return found


def _refuse_own(case: SuspenseCase, operator: User, deposit_id: int | None = None) -> None:
    is_own = call_function(
        "SELECT suspense_is_own(%(case_id)s, %(operator_id)s) AS is_own",
        {"case_id": case.pk, "operator_id": operator.pk},
    )["is_own"]
    deposits = Transaction.objects.filter(user=operator)
    if is_own or (deposit_id is not None and deposits.filter(pk=deposit_id).exists()):
        raise OwnMoney


def _decide(
    sql: str, case: SuspenseCase, operator: User, reason: str, now: datetime, **more: Any
) -> None:
    if not reason.strip():
        raise ReasonMissing
    decision = {
        "case_id": case.pk,
        "operator_id": operator.pk,
        "note": reason.strip(),
        "limit": conf.approval_limit(),
        "now": now,
        **more,
    }
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        outcome = call_function(sql, decision)["outcome"]
    _raise_unless_done(outcome)


def _raise_unless_done(outcome: str) -> None:
    match outcome:
        case "resolved" | "dismissed" | "corrected" | "split":
            return
        case "own_money":
            raise OwnMoney
        case "not_approved":
            raise ApprovalMissing
        case "already_resolved" | "no_such_case":
            raise CaseAlreadyResolved
        case "unfit_deposit":
            raise UnfitDeposit
        case "bad_shares":
            raise UnfitShares
        case "no_money" | "already_corrected" | "bad_amount" | "same_amount":
            raise UnfitAmount(outcome)
    raise UnfitCustomer(outcome)
