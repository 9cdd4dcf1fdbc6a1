"""The console's home: what waits for this operator, the ledger's totals, and the checks behind."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from operations.ages import say_age
from operations.book import Book, find_book
from operations.models import Alert
from operations.needs import KINDS, Kind, Need, list_needs
from users.models import User

#: From this share of its time on a line says that it will soon be late.
_SOON = 0.5
#: Kinds that say whether the others are looked after at all: without them no line is no all-clear.
_WATCHED = ("worker", "ledger")


@dataclass(frozen=True)
class Line:
    """A line of the queue. `used` is the share of the time within which it should be done, 0 to 1;
    `state` is late, soon or early; `alert` is what operators were told of it, None for nothing.
    """

    need: Need
    url: str
    age: str
    used: float
    state: str
    alert: Alert | None


@dataclass(frozen=True)
class Check:
    """Something that was looked at for an all-clear; `state` is good, wrong or unknown."""

    label: str
    state: str
    says: str


@dataclass(frozen=True)
class Home:
    """What the home shows. `is_clear`: nothing waits, and all checks say so."""

    lines: list[Line]
    checks: list[Check]
    book: Book | None
    is_book_shown: bool
    is_clear: bool
    total: int
    looked_at: datetime


def look(operator: User, *, now: datetime) -> Home:
    """Return what the operator may see of what waits, and what was looked at."""
    seen = [kind for kind in KINDS if operator.has_perm(kind.right)]
    watched = [kind for kind in KINDS if kind.name in _WATCHED and kind not in seen]
    found = list_needs(now=now, operator_id=operator.pk, kinds=[*seen, *watched])
    told = Alert.objects.filter(since__isnull=False).select_related("taken_by")
    alerts = {alert.kind: alert for alert in told}
    lines = [_line(need, now, alerts.get(need.kind.name)) for need in found if need.kind in seen]
    book = find_book(now)
    checks = _checks(found, [*seen, *watched], book)
    return Home(
        lines=lines,
        checks=checks,
        book=book,
        is_book_shown=operator.has_perm("wallet.view_journalentry"),
        is_clear=not lines and all(check.state == "good" for check in checks),
        total=sum(line.need.count for line in lines),
        looked_at=now,
    )


def _line(need: Need, now: datetime, alert: Alert | None) -> Line:
    age = None if need.oldest_at is None else now - need.oldest_at
    used = 1.0 if age is None else min(max(age / need.kind.within, 0.0), 1.0)
    state = "late" if used >= 1 else "soon" if used >= _SOON else "early"
    url = reverse(need.kind.url_name) + need.kind.query
    return Line(need, url, "unknown" if age is None else say_age(age), used, state, alert)


def _checks(found: list[Need], kinds: list[Kind], book: Book | None) -> list[Check]:
    waiting = {need.kind.name: need.count for need in found}
    checks = [
        Check(kind.title, "wrong", str(waiting[kind.name]))
        if kind.name in waiting
        else Check(kind.title, "good", "none")
        for kind in kinds
    ]
    return [*checks, _check_book(book)]


def _check_book(book: Book | None) -> Check:
    label = "Totals of the ledger"
    if book is None:
        return Check(label, "unknown", "not known")
    return Check(label, "wrong", "differ") if book.difference else Check(label, "good", "agree")
