"""What an approved proposal sets in motion, by its kind."""

from datetime import datetime

from payments.services.reversals import approve_reversal
from payments.services.suspense import approve_case_decision
from users.models import Proposal, User


def approve_proposal(*, proposal: Proposal, operator: User, reason: str, now: datetime) -> None:
    """Approve a proposal about money and carry it out, both or neither.

    Raises:
        ValueError: the proposal is about an account; users.account_proposals approves those.
        what approve_reversal and approve_case_decision raise; the proposal then stays open.
    """
    if proposal.kind in Proposal.OF_ACCOUNTS:
        raise ValueError(proposal.kind)
    is_reversal = proposal.kind == Proposal.Kind.REVERSE_CREDIT
    approve = approve_reversal if is_reversal else approve_case_decision
    approve(proposal=proposal, operator=operator, reason=reason, now=now)
