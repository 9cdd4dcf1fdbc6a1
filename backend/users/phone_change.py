"""Changes of an account's phone number: the customer requests, an operator decides.

The number is the log-in name and prompts go to it. So a change needs a reason and an operator who
is not the account's owner, and it ends all sessions and tokens.
"""

import logging
import math
from datetime import datetime

import pghistory
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.db.models import F

from common.db import broken_constraint, refused_as
from users.errors import NewPhoneNumberTaken, NumberWaits, PhoneChangePending
from users.models import PhoneChange, User
from users.recovery import waits_until
from users.services import confirm_password, is_taken_number

logger = logging.getLogger(__name__)

_ONE_PENDING = "users_phonechange_one_pending"
_PENDING = PhoneChange.Status.PENDING
#: What the guard `number_apart` says.
_APART = "who set the password approves no number"
#: What the guard `after_recovery` says.
_WAITS = "its password was recovered just now"


class NotPending(Exception):
    """The request was decided or withdrawn already."""


class OwnRequest(Exception):
    """The operator is the customer of the request, and may not decide it."""


class SameOperator(Exception):
    """The operator set a password of the account, or created it, and approves no number for it."""


def find_latest_change(user: User) -> PhoneChange | None:
    """Return the user's newest request, or None."""
    return PhoneChange.objects.filter(user=user).first()


def request_change(
    user: User, *, new_phone_number: str, password: str, now: datetime
) -> PhoneChange:
    """Store a request for another phone number; the account does not change yet.

    Raises:
        ValidationError: the password is wrong.
        NumberWaits: the password was recovered a short while ago (users.recovery).
        PhoneChangePending: the user's last request is undecided.
        NewPhoneNumberTaken: another account has the number.
    """
    confirm_password(user, password, field="password")
    until = waits_until(user, now=now)
    if until is not None:
        raise NumberWaits(retry_after_s=math.ceil((until - now).total_seconds()))
    if PhoneChange.objects.filter(user=user, status=_PENDING).exists():
        raise PhoneChangePending
    if User.objects.filter(phone_number=new_phone_number).exists():
        raise NewPhoneNumberTaken
    try:
        with refused_as(NumberWaits, _WAITS), db_transaction.atomic():
            return PhoneChange.objects.create(
                user=user,
                old_phone_number=user.phone_number,
                new_phone_number=new_phone_number,
                requested_at=now,
            )
    except IntegrityError as error:
        if broken_constraint(error) != _ONE_PENDING:
            raise
        raise PhoneChangePending from error


def withdraw_change(user: User, *, now: datetime) -> None:
    """Cancel the user's undecided request; without one do nothing."""
    PhoneChange.objects.filter(user=user, status=_PENDING).update(
        status=PhoneChange.Status.CANCELLED, decided_at=now
    )


def approve_change(change_id: int, *, operator: User, reason: str, now: datetime) -> None:
    """Give the account its new number; this ends its sessions and tokens (trigger `tokens_end`).

    Raises:
        NotPending, OwnRequest, SameOperator: it is not this operator's to decide, or not any more.
        NewPhoneNumberTaken: another account has the number; the request stays undecided.
    """
    with (
        refused_as(SameOperator, _APART),
        # The recovery has withdrawn the request, too.
        refused_as(NotPending, _WAITS),
        db_transaction.atomic(),
        pghistory.context(operator=operator.pk, reason=reason),
    ):
        change = _decided(
            change_id, PhoneChange.Status.APPROVED, operator=operator, reason=reason, now=now
        )
        _give_number(change)
    logger.info("phone number changed", extra={"user": change.user_id, "operator": operator.pk})


def reject_change(change_id: int, *, operator: User, reason: str, now: datetime) -> None:
    """Reject the request; the number stays, and the customer reads the reason.

    Raises:
        NotPending, OwnRequest: it is not this operator's to decide, or not any more.
    """
    with db_transaction.atomic():
        _decided(change_id, PhoneChange.Status.REJECTED, operator=operator, reason=reason, now=now)


def _decided(
    change_id: int, status: PhoneChange.Status, *, operator: User, reason: str, now: datetime
) -> PhoneChange:
    """Lock the request, check it, store the decision; a second operator's gets an error."""
    change = PhoneChange.objects.select_for_update().get(pk=change_id)
    if change.status != _PENDING:
        raise NotPending
    if change.user_id == operator.pk:
        raise OwnRequest
    change.status, change.reason = status, reason
    change.decided_by, change.decided_at = operator, now
    change.save(update_fields=["status", "reason", "decided_by", "decided_at"])
    return change


def _give_number(change: PhoneChange) -> None:
    # Check first: PostgreSQL logs an UPDATE that violates a constraint, with all its values.
    if User.objects.filter(phone_number=change.new_phone_number).exists():
        raise NewPhoneNumberTaken
    try:
        with db_transaction.atomic():
            User.objects.filter(pk=change.user_id).update(
                phone_number=change.new_phone_number, session_epoch=F("session_epoch") + 1
            )
    except IntegrityError as error:
        if not is_taken_number(error):
            raise
        raise NewPhoneNumberTaken from error
