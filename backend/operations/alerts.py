"""Tells operators what waits for them (operations.needs), without storms.

What pages is told as soon as it appears, and again until somebody takes it; everything else only
once it is late, once a day, and not in the quiet hours. What is mended goes without a word.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import httpx
from django.conf import settings
from django.db import connection
from django.db import transaction as db_transaction
from django.urls import reverse

from common.db import release_connection
from operations import messenger
from operations.ages import say_age
from operations.console.environment import get_stamp
from operations.models import Alert
from operations.needs import KINDS, Kind, Need, list_needs
from users.models import User

logger = logging.getLogger(__name__)

#: For so long no message about an alert goes out after an operator took it.
TAKEN_FOR = timedelta(hours=4)
_TICKET_EVERY = timedelta(days=1)
#: Longer than any sending lasts; after it another worker takes over.
_CLAIM = timedelta(minutes=3)
_NAIROBI = ZoneInfo("Africa/Nairobi")
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('operations alerts', 0))"


class HeartbeatFailed(Exception):
    """ALERT_HEARTBEAT_URL did not answer well; `args[0]` is the kind of error."""


@dataclass(frozen=True)
class TellReport:
    """What one look told: the names of the kinds, and whether the message went out (None: there
    was nothing to tell, or nobody to tell it to).
    """

    told: tuple[str, ...]
    is_sent: bool | None


def tell_operators(*, now: datetime) -> TellReport:
    """Tell what is due in one message; at most two workers at once never tell the same twice.

    One that is killed while it sends leaves its alerts claimed, and they are told a few minutes
    later, perhaps for the second time. While it sends, no connection is held.
    """
    due = _claim_due(now)
    if not due:
        return TellReport((), None)
    release_connection()
    failure = messenger.send(_title(due), _body(due, now))
    names = tuple(need.kind.name for need in due)
    _note(names, failure, now)
    if failure:
        logger.error("operators could not be told of %s: %s", ", ".join(names), failure)
    return TellReport(names, not failure)


def send_heartbeat() -> None:
    """Visit ALERT_HEARTBEAT_URL, where one is set: its watcher knows that the worker runs.

    Raises:
        HeartbeatFailed: it did not answer well; the next minute tries again.
    """
    if settings.ALERT_HEARTBEAT_URL:
        release_connection()
        try:
            httpx.get(settings.ALERT_HEARTBEAT_URL, timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            # Its text has the whole address, which may be a secret, and would be logged.
            raise HeartbeatFailed(type(error).__name__) from None


def take(kind: Kind, *, operator: User, now: datetime) -> bool:
    """Say that an operator looks after a kind; return False where nothing of it waits any more."""
    taken = Alert.objects.filter(kind=kind.name, since__isnull=False).update(
        taken_by=operator, taken_at=now
    )
    return bool(taken)


def _claim_due(now: datetime) -> list[Need]:
    """Bring the alerts up to date, and claim what is due to be told."""
    with db_transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TURN)
        # Read behind the lock: else a worker could tell what another has seen to be mended.
        found = {need.kind.name: need for need in list_needs(now=now)}
        alerts = {alert.kind: alert for alert in Alert.objects.select_for_update()}
        _forget_mended(alerts.values(), found)
        due = []
        for need in found.values():
            alert = alerts.get(need.kind.name) or Alert(kind=need.kind.name)
            was_known = alert.since is not None
            alert.since = alert.since or now
            is_due = bool(settings.ALERT_URLS) and _is_due(need, alert, now)
            if is_due:
                alert.claimed_until = now + _CLAIM
                due.append(need)
            if is_due or not was_known:
                alert.save()
        return due


def _forget_mended(alerts: Iterable[Alert], found: dict[str, Need]) -> None:
    mended = [alert.kind for alert in alerts if alert.since and alert.kind not in found]
    if mended:
        Alert.objects.filter(kind__in=mended).update(since=None, taken_by=None, taken_at=None)


def _is_due(need: Need, alert: Alert, now: datetime) -> bool:
    if alert.claimed_until is not None and now < alert.claimed_until:
        return False
    if alert.taken_at is not None and now - alert.taken_at < TAKEN_FOR:
        return False
    told_ago = None if alert.told_at is None else now - alert.told_at
    if need.kind.pages:
        repeat = timedelta(minutes=settings.ALERT_REPEAT_MINUTES)
        # Of a cause that comes and goes, too, no more than one message in that time.
        return told_ago is None or told_ago >= repeat
    is_late = need.oldest_at is None or now - need.oldest_at >= need.kind.within
    return is_late and not _is_quiet(now) and (told_ago is None or told_ago >= _TICKET_EVERY)


def _is_quiet(now: datetime) -> bool:
    if settings.ALERT_QUIET_HOURS is None:
        return False
    begin, end = settings.ALERT_QUIET_HOURS
    at = now.astimezone(_NAIROBI).time()
    first, last = time(begin), time(end)
    return first <= at < last if first <= last else at >= first or at < last


def _note(names: tuple[str, ...], failure: str, now: datetime) -> None:
    alerts = Alert.objects.filter(kind__in=names)
    if failure:
        # Told again at the next look after the claim has run out.
        alerts.update(failed_at=now, failure=failure[:255])
        return
    with db_transaction.atomic():
        for alert in alerts.select_for_update():
            alert.told_at, alert.claimed_until = now, None
            alert.told_times += 1
            alert.failed_at, alert.failure = None, ""
            alert.save()


def _title(due: list[Need]) -> str:
    first = f"{due[0].kind.title}: {due[0].count}"
    more = f", and {len(due) - 1} more" if due[1:] else ""
    return f"[{get_stamp().label}] {first}{more}"


def _body(due: list[Need], now: datetime) -> str:
    return "\n\n".join(_paragraph(need, now) for need in due)


def _paragraph(need: Need, now: datetime) -> str:
    """Say what, how many, how much, since when, and where; nothing about any customer."""
    age = "" if need.oldest_at is None else f", oldest {say_age(now - need.oldest_at)}"
    amount = f", KES {need.amount:,.2f}" if need.amount else ""
    said = f"{need.kind.title}: {need.count}{amount}{age}\n{need.why}"
    return f"{said}\n{_console_url(need.kind)}"


def _console_url(kind: Kind) -> str:
    # The console is on the host that M-Pesa reports to.
    return urljoin(settings.MPESA_CALLBACK_URL, reverse(kind.url_name) + kind.query)


def find_kind(name: str) -> Kind | None:
    """Return the kind of need of that name, or None."""
    return next((kind for kind in KINDS if kind.name == name), None)
