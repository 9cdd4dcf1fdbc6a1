"""Decisions that take two operators: one proposes, another approves or rejects, once.

What an approval sets in motion is the caller's, in the same transaction. The database refuses an
approval by the proposer, or by the customer whom it is about (`users_proposal_two_operators`),
and one that comes too late (`Proposal.CAN_BE_APPROVED_FOR`).
"""

from datetime import datetime

import pghistory
from django.db import IntegrityError
from django.db import transaction as db_transaction

from common.db import broken_constraint
from users.models import Proposal, ProposalQuerySet, User

_ONCE = "users_proposal_once"
_EXPIRED = "Expired after 24 hours, and proposed again."


class AlreadyProposed(Exception):
    """A proposal about the same row is open, or was approved."""


class ProposalDecided(Exception):
    """The proposal was approved or rejected already."""


class ProposalExpired(Exception):
    """The proposal is too old to be approved; what it is about may be proposed again."""


class SameOperator(Exception):
    """The operator proposed it, or is the customer of it, and may not approve it."""


class ReasonMissing(ValueError):
    """The operator gave no reason, or one that is too short for what is proposed."""


def propose(
    *,
    kind: Proposal.Kind,
    subject_id: int,
    operator: User,
    reason: str,
    now: datetime,
    customer: User | None = None,
    detail: str = "",
) -> Proposal:
    """Store a proposal; nothing else changes until another operator approves it.

    `customer` gets what is decided; without one, `detail` says what is (Proposal.Kind). One about
    the same row that expired is rejected with that reason.

    Raises:
        ReasonMissing: the reason is empty.
        SameOperator: the operator is the customer.
        AlreadyProposed: another one about the same row is waiting or approved.
    """
    if customer is not None and operator.pk == customer.pk:
        raise SameOperator
    written = _written(reason)
    try:
        with db_transaction.atomic():
            old = Proposal.objects.filter(kind=kind, subject_id=subject_id)
            reject_expired(old, operator=operator, now=now)
            return Proposal.objects.create(
                kind=kind,
                subject_id=subject_id,
                customer=customer,
                detail=detail,
                proposed_by=operator,
                proposed_at=now,
                reason=written,
            )
    except IntegrityError as error:
        if broken_constraint(error) != _ONCE:
            raise
        raise AlreadyProposed from error


def approve(proposal_id: int, *, operator: User, reason: str, now: datetime) -> Proposal:
    """Approve a proposal and return it, locked; call it in the transaction that carries it out.

    Raises:
        ReasonMissing, ProposalDecided, ProposalExpired: as they say.
        SameOperator: the operator proposed it, or is its customer.
    """
    proposal = _lock(proposal_id)
    if not proposal.is_waiting(now):
        raise ProposalExpired
    if operator.pk in (proposal.proposed_by_id, proposal.customer_id):
        raise SameOperator
    return _decide(proposal, Proposal.Status.APPROVED, operator, reason, now)


def reject(proposal_id: int, *, operator: User, reason: str, now: datetime) -> Proposal:
    """Reject a proposal and return it; the row that it is about may be proposed again.

    Raises:
        ReasonMissing, ProposalDecided: as they say.
    """
    with db_transaction.atomic():
        return _decide(_lock(proposal_id), Proposal.Status.REJECTED, operator, reason, now)


def reject_expired(found: ProposalQuerySet, *, operator: User, now: datetime) -> None:
    """Reject those of the proposals that expired, as the operator who proposes it again does."""
    for proposal in found.expired(now).select_for_update(no_key=True).order_by("pk"):
        _decide(proposal, Proposal.Status.REJECTED, operator, _EXPIRED, now)


def _lock(proposal_id: int) -> Proposal:
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal_id)
    if proposal.status != Proposal.Status.OPEN:
        raise ProposalDecided
    return proposal


def _decide(
    proposal: Proposal, status: Proposal.Status, operator: User, reason: str, now: datetime
) -> Proposal:
    proposal.status, proposal.decision_reason = status, _written(reason)
    proposal.decided_by, proposal.decided_at = operator, now
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        proposal.save(update_fields=["status", "decision_reason", "decided_by", "decided_at"])
    return proposal


def _written(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()[:255]
