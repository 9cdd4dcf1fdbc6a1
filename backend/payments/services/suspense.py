"""Resolving a suspense case: decisions of operators about a payment held in suspense.

One operator gives a payment to the deposit's own customer. To give it to somebody else takes two:
one proposes, another approves. The SQL function holds both rules.
"""

from datetime import datetime

import pghistory
from django.db import transaction as db_transaction

from common.db import call_function
from payments.models import SuspenseCase
from users import proposals
from users.models import Proposal, User


class CaseAlreadyResolved(Exception):
    """The case was decided before."""


class OwnMoney(Exception):
    """The customer is the operator: operators decide nothing about their own money."""


class ApprovalMissing(Exception):
    """The customer is not the deposit's own, and no second operator approved that."""


class UnfitCustomer(Exception):
    """The customer may not get a payment of another customer's deposit.

    `args[0]` says why: operator, blocked, unverified or paused.
    """


class ReasonMissing(ValueError):
    """The operator gave no reason; a decision about money needs one in writing."""


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_RESOLVE = """
WITH decided AS (
    SELECT * FROM suspense_resolve(%(case_id)s, %(user_id)s, %(operator_id)s, %(note)s, %(now)s)
) SELECT * FROM decided
"""


def resolve_suspense_case(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> None:
    """Give a payment held in suspense to a customer by new postings, once.

    The deposit becomes COMPLETED only if the amount is the requested one and `user` is the
    deposit's own. A case without an amount (its receipt was registered before) is closed without
    postings.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the customer is the operator.
        ApprovalMissing, UnfitCustomer: the customer is not the deposit's own.
        CaseAlreadyResolved: the case was decided before.
    """
    if not reason.strip():
        raise ReasonMissing
    decision = {
        "case_id": case.pk,
        "user_id": user.pk,
        "operator_id": operator.pk,
        "note": reason.strip(),
        "now": now,
    }
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        resolved = call_function(_RESOLVE, decision)
    _raise_unless_resolved(resolved["outcome"])


def propose_resolution(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose to give a payment to a customer who is not the deposit's own.

    Raises:
        OwnMoney: the customer is the operator.
        UnfitCustomer: the customer may not get it.
        CaseAlreadyResolved: the case was decided before.
        proposals.AlreadyProposed, proposals.ReasonMissing: as they say.
    """
    if user.pk == operator.pk:
        raise OwnMoney
    if SuspenseCase.objects.get(pk=case.pk).status != SuspenseCase.Status.OPEN:
        raise CaseAlreadyResolved
    objection = call_function(
        "SELECT suspense_objection(%(user_id)s, %(now)s) AS why", {"user_id": user.pk, "now": now}
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


def approve_resolution(*, proposal: Proposal, operator: User, reason: str, now: datetime) -> None:
    """Approve the proposal and give the payment to its customer, both or neither.

    Raises:
        proposals.SameOperator: the operator proposed it, or is the customer.
        proposals.ProposalDecided, proposals.ReasonMissing: as they say.
        UnfitCustomer: the customer may not get it any more; the proposal stays open.
        CaseAlreadyResolved: the case was decided before.
    """
    with db_transaction.atomic():
        approved = proposals.approve(proposal.pk, operator=operator, reason=reason, now=now)
        resolve_suspense_case(
            case=SuspenseCase.objects.get(pk=approved.subject_id),
            user=approved.customer,
            operator=operator,
            reason=reason,
            now=now,
        )


def _raise_unless_resolved(outcome: str) -> None:
    if outcome == "resolved":
        return
    if outcome == "own_money":
        raise OwnMoney
    if outcome == "not_approved":
        raise ApprovalMissing
    if outcome in ("already_resolved", "no_such_case"):
        raise CaseAlreadyResolved
    raise UnfitCustomer(outcome)
