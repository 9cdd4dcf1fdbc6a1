"""Pulls that operators ask for: kept at once, done by a worker.

A pull may take minutes and asks M-Pesa many times, so that no request of an operator waits for it.
Two workers at the same one do no harm, since each row of the list is settled once.
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db import transaction as db_transaction

from common.db import call_function
from common.masking import mask_text
from payments import conf
from payments.gateway import PaymentGateway
from payments.models import PullRequest
from payments.services.pull import pull_payments
from users.models import User

logger = logging.getLogger(__name__)

State = PullRequest.State
#: After so long a worker that began with a request is taken for killed, and another begins.
SILENT_FOR = timedelta(minutes=10)
#: How often a request is begun.
MOST_ATTEMPTS = 3


class PullsOff(Exception):
    """M-Pesa's list is not asked for (PULL_ENABLED), or the mock, which keeps none, is in use."""


class PullUnderWay(Exception):
    """Another pull that an operator asked for has not ended yet."""


def request_pull(*, hours: int, reason: str, operator: User, now: datetime) -> PullRequest:
    """Have the worker pull the last `hours` (1 to 48), and record who asked and why.

    Raises:
        PullsOff: nothing was stored.
        PullUnderWay: nothing was stored.
    """
    if not conf.pulls_payments():
        raise PullsOff
    try:
        with db_transaction.atomic():
            asked = PullRequest.objects.create(
                asked_by=operator, reason=mask_text(reason.strip()), hours=hours, asked_at=now
            )
    except IntegrityError as error:
        if find_waiting() is None:
            raise
        raise PullUnderWay from error
    logger.info("pull request %s: the last %s hours", asked.pk, hours)
    return asked


def find_waiting() -> PullRequest | None:
    """Return the request that has not ended yet, if any."""
    return PullRequest.objects.filter(state=State.WAITING).first()


_TAKE = """
WITH taken AS (
    UPDATE payments_pullrequest SET attempts = attempts + 1, taken_at = %(now)s
     WHERE id = (SELECT id FROM payments_pullrequest
                  WHERE state = 'waiting' AND (taken_at IS NULL OR taken_at <= %(silent_since)s)
                  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
) SELECT (SELECT id FROM taken) AS id
"""


def pull_as_requested(
    *, now: datetime, gateway: PaymentGateway | None = None
) -> PullRequest | None:
    """Pull as the waiting request says; None where none waits that no worker is at.

    An error that keeps the pull from being recorded is raised, and the request is taken up again
    after `SILENT_FOR`, `MOST_ATTEMPTS` times in all.
    """
    taken = call_function(_TAKE, {"now": now, "silent_since": now - SILENT_FOR})
    if taken["id"] is None:
        return None
    asked = PullRequest.objects.get(pk=taken["id"])
    if asked.attempts > MOST_ATTEMPTS or not conf.pulls_payments():
        _end(asked, State.BROKEN_OFF, None, now)
    else:
        report = pull_payments(now=now, window=timedelta(hours=asked.hours), gateway=gateway)
        _end(asked, State.DONE, report.run_id, now)
    asked.refresh_from_db()
    return asked


def _end(asked: PullRequest, state: str, run_id: int | None, now: datetime) -> None:
    # A worker that was taken for killed may have ended it meanwhile.
    ended = PullRequest.objects.filter(pk=asked.pk, state=State.WAITING).update(
        state=state, run_id=run_id, ended_at=max(now, asked.asked_at)
    )
    if ended:
        logger.info("pull request %s: %s", asked.pk, state)
