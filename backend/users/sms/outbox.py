"""The outbox of SMS: written with what it tells of, and sent by the worker, outside a transaction.

A message is claimed, sent without a connection, and then noted. One whose sender was killed is sent
once more after the claim has run out, so the customer gets it once or twice, and never not at all
while there is time. What may have been sent is not sent again, what surely was not is.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db import transaction as db_transaction
from django.db.models import F, Q

from common import clock
from common.db import delete_in_batches, release_connection
from users.code_models import MAX_SENDINGS, TextMessage
from users.models import Erasure, User
from users.phone import mask_phone_number
from users.sms.sealing import Unreadable, seal, unseal
from users.sms.sender import Receipt, Sent, get_sender, is_configured

logger = logging.getLogger(__name__)

#: Longer than any sending lasts; after it another worker takes the message over.
CLAIM = timedelta(seconds=40)
#: How soon a message is tried again that surely did not go out.
AGAIN = timedelta(seconds=5)
#: How many one run of the task sends, so that it ends.
_BATCH = 50
#: Rows without a text are kept for as long as somebody may ask what was sent.
_KEPT = timedelta(days=30)
_STATUS = TextMessage.Status
_ENDS_AS = {
    Sent.TAKEN: _STATUS.SENT,
    Sent.REJECTED: _STATUS.REJECTED,
    Sent.UNKNOWN: _STATUS.UNKNOWN,
}
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('users sms', 0))"


class OutboxFull(Exception):
    """SMS_MAX_PER_HOUR messages were written within the last hour; `args[0]`: seconds to wait."""


def take_turn(*, now: datetime) -> None:
    """Let one transaction at a time write to the outbox, and only while the hour's money lasts.

    Raises:
        OutboxFull: it does not, for anybody.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TURN)
    hour_ago = now - timedelta(hours=1)
    written = TextMessage.objects.filter(created_at__gt=hour_ago).exclude(status=_STATUS.WITHHELD)
    times = list(written.order_by("-created_at").values_list("created_at", flat=True)[: _most()])
    if len(times) >= _most():
        raise OutboxFull(max(1, round((times[-1] - hour_ago).total_seconds())))


def _most() -> int:
    return int(settings.SMS_MAX_PER_HOUR)


def write(
    text: str,
    *,
    user: User | None,
    phone_number: str,
    send_for: timedelta,
    now: datetime,
    is_withheld: bool = False,
) -> TextMessage:
    """Store a message to be sent, about an account or none; or withhold it, at the same cost.

    To be called in the transaction of what the message tells of.
    """
    sealed = seal(text)
    return TextMessage.objects.create(
        user=user,
        phone_number=phone_number,
        sealed_text="" if is_withheld else sealed,
        status=_STATUS.WITHHELD if is_withheld else _STATUS.WAITING,
        created_at=now,
        send_before=now + send_for,
        next_at=now,
        ended_at=now if is_withheld else None,
    )


def send_due() -> int:
    """Send the messages that are due, oldest first, and return how many were handed over."""
    if not is_configured():
        return 0
    handed_over = 0
    for _ in range(_BATCH):
        message = _claim(clock.now())
        if message is None:
            break
        handed_over += _send(message)
    return handed_over


def purge(*, now: datetime) -> None:
    """Delete messages that ended 30 days ago; those withheld, which are about strangers, a day.

    Of erased customers all: an erasure leaves those that were being written or sent just then.
    """
    ended = Q(ended_at__lt=now - _KEPT)
    withheld = Q(status=_STATUS.WITHHELD, ended_at__lt=now - timedelta(days=1))
    delete_in_batches(TextMessage.objects.filter(ended | withheld))
    delete_in_batches(TextMessage.objects.filter(user__in=Erasure.objects.values("user")))


def _claim(now: datetime) -> TextMessage | None:
    """Take one message that is due; end those that may not be sent any more on the way."""
    due = Q(status=_STATUS.WAITING, next_at__lte=now) | Q(
        status=_STATUS.SENDING, claimed_until__lte=now
    )
    with db_transaction.atomic():
        for message in (
            TextMessage.objects.select_for_update(skip_locked=True)
            .filter(due, ended_at__isnull=True)
            .order_by("next_at", "pk")[:_BATCH]
        ):
            if message.sendings >= MAX_SENDINGS:
                _end(message, _STATUS.UNKNOWN, now, failure="killed twice while sending")
            elif message.send_before <= now:
                # A worker that had it may have sent it.
                was_begun = message.sendings > 0
                _end(message, _STATUS.UNKNOWN if was_begun else _STATUS.EXPIRED, now)
            else:
                message.status, message.claimed_until = _STATUS.SENDING, now + CLAIM
                message.sendings += 1
                message.save(update_fields=["status", "claimed_until", "sendings"])
                return message
    return None


def _send(message: TextMessage) -> bool:
    try:
        text = unseal(message.sealed_text)
    except Unreadable:
        receipt = Receipt(Sent.REJECTED, failure="no key opens the text")
    else:
        # While the gateway answers, no connection is held.
        release_connection()
        receipt = get_sender().send(message.phone_number, text)
    _note(message, receipt, clock.now())
    return receipt.sent is Sent.TAKEN


def _note(message: TextMessage, receipt: Receipt, now: datetime) -> None:
    """Store what became of a message, unless another worker has taken it over since."""
    ours = TextMessage.objects.filter(
        pk=message.pk, status=_STATUS.SENDING, claimed_until=message.claimed_until
    )
    if receipt.sent is Sent.NOT_SENT:
        ours.update(
            status=_STATUS.WAITING,
            claimed_until=None,
            sendings=F("sendings") - 1,
            next_at=now + AGAIN,
            failure=receipt.failure[:64],
        )
    else:
        ours.update(
            status=_ENDS_AS[receipt.sent],
            claimed_until=None,
            sealed_text="",
            ended_at=now,
            reference=receipt.reference[:64],
            failure=receipt.failure[:64],
        )
    if receipt.failure:
        logger.warning(
            "SMS to %s: %s",
            mask_phone_number(message.phone_number),
            receipt.failure,
            extra={"sms": message.pk, "outcome": receipt.sent.value},
        )


def _end(message: TextMessage, status: str, now: datetime, *, failure: str = "") -> None:
    message.status, message.ended_at, message.claimed_until = status, now, None
    message.sealed_text, message.failure = "", failure or message.failure
    message.save(update_fields=["status", "ended_at", "claimed_until", "sealed_text", "failure"])
