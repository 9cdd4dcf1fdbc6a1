"""Lets two operators decide about accounts, for tests of what follows."""

from typing import Any

import pghistory
from django.contrib.auth.hashers import make_password
from django.db import transaction as db_transaction
from django.utils import timezone

from users import account_proposals, proposals
from users.models import AccountChange, Proposal, User

WHY = "they called, ID seen"


def proposer() -> User:
    """Return an operator who proposes, always the same."""
    found = User.objects.filter(phone_number="254700000077").first()
    return found or User.objects.create_superuser("254700000077", "a-good-password")


def approved_password(user: User, operator: User) -> int:
    """Return an approved proposal of a password, which nobody has carried out."""
    change, by = AccountChange.objects.create(user=user), proposer()
    proposal = proposals.propose(
        kind=Proposal.Kind.SET_PASSWORD, subject_id=change.pk, detail=f"user {user.pk}",
        operator=by, reason=WHY, now=timezone.now(),
    )  # fmt: skip
    with db_transaction.atomic():
        proposals.approve(proposal.pk, operator=operator, reason=WHY, now=timezone.now())
    return proposal.pk


def set_hash(user: User, operator: User, password_hash: str) -> None:
    """Store a password's hash as an approved one-time password."""
    proposal = approved_password(user, operator)
    until = timezone.now() + account_proposals.ONE_TIME_PASSWORD_LIVES
    with (
        db_transaction.atomic(),
        pghistory.context(operator=operator.pk, reason=WHY, proposal=proposal),
    ):
        User.objects.filter(pk=user.pk).update(
            password=password_hash, one_time_password_until=until
        )


def set_password(user: User, operator: User, password: str) -> None:
    """Set a password that the test chose, as an approved one-time password."""
    set_hash(user, operator, make_password(password))


def propose(user: User, by: User, **after: Any) -> Proposal:
    """Propose rights; what `after` leaves out stays as it is."""
    return account_proposals.propose_rights_of_user(
        user=user,
        after={**account_proposals.rights_of_user(user), **after},
        operator=by,
        reason=WHY,
        now=timezone.now(),
    )


def approve(proposal: Proposal, by: User) -> str | None:
    """Approve a proposal about an account; return its one-time password."""
    done = account_proposals.approve(proposal=proposal, operator=by, reason=WHY, now=timezone.now())
    return done.password
