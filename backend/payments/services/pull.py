"""Pulls M-Pesa's own list of payments, and settles what no callback or confirmation told us.

The list has the last 48 hours only. An empty list looks like one that M-Pesa does not keep for this
short code, so it is compared with what we know, and every pull is recorded (PullRun).
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from common import clock
from common.db import (
    call_function,
    discard_stale_connection,
    is_worth_repeating,
    release_connection,
)
from payments import conf
from payments.gateway import (
    GatewayError,
    PaymentGateway,
    PulledPage,
    PulledPayment,
    PullRegistered,
)
from payments.models import PulledRow, PullRun
from payments.services.paybill import as_payment

logger = logging.getLogger(__name__)

Outcome = PullRun.Outcome
#: How far back M-Pesa's list goes.
MAX_WINDOW = timedelta(hours=48)
#: What the worker asks for every hour, so that each payment lies in two windows.
USUAL_WINDOW = timedelta(hours=2)
#: A payment may be this young and not yet in the list.
_LISTED_AFTER = timedelta(minutes=5)
#: A list that is not at its end after this many requests is not M-Pesa's.
MAX_REQUESTS = 500
#: Pages in a row without anything new that end the list. One or two may be ones read before.
_IDLE_PAGES = 3
_DETAIL_LENGTH = 255


#: The count of each verdict of the SQL function pull_record.
_COUNT_BY_VERDICT = {
    PulledRow.Verdict.APPLIED: "credited",
    PulledRow.Verdict.FILLED: "filled",
    PulledRow.Verdict.HELD: "held",
    "duplicate": "known",
    PulledRow.Verdict.UNREADABLE: "unreadable",
    PulledRow.Verdict.FAILED: "failed",
}


@dataclass
class PullReport:
    """What one pull found; every row is counted once. `outcome` as payments.models.PullRun."""

    begin: datetime
    end: datetime
    outcome: PullRun.Outcome = Outcome.FAILED
    #: The PullRun in which it is recorded, once it is.
    run_id: int | None = None
    detail: str = ""
    requests: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(_COUNT_BY_VERDICT.values(), 0)
    )

    @property
    def rows(self) -> int:
        """Return how many rows came."""
        return sum(self.counts.values())

    @property
    def is_good(self) -> bool:
        """Return whether the whole list came, and every row of it was understood and settled."""
        is_whole = self.outcome in {Outcome.COMPLETE, Outcome.QUIET}
        return is_whole and not self.counts["unreadable"]


def pull_payments(
    *, now: datetime, window: timedelta, gateway: PaymentGateway | None = None
) -> PullReport:
    """Ask M-Pesa for the payments of the last `window`, settle each, and record the pull.

    It may run twice, at the same time as itself or any callback, or be killed: each row is settled
    in a transaction of its own, once per receipt. `gateway`: by default the one configured.

    Raises:
        ValueError: `window` is longer than M-Pesa's list goes back, or not positive.
        DatabaseError: the pull could not be recorded.
        TransactionIsOpen: the caller's transaction would last as long as the requests.
    """
    if not timedelta() < window <= MAX_WINDOW:
        raise ValueError("M-Pesa's list goes back 48 hours")
    started_at = clock.now()
    report = PullReport(begin=now - window, end=now)
    reader = _PageReader(gateway or conf.get_gateway(), report)
    try:
        for row in reader.rows():
            report.counts[_settle(row, now)] += 1
        report.outcome = _judge(report)
    except GatewayError as error:
        report.detail = error.detail
    except _TooLong:
        report.detail = f"the list did not end within {MAX_REQUESTS} requests"
    _log(report)
    report.run_id = _record(report, started_at).pk
    return report


def pull_recent_payments(*, now: datetime) -> PullReport | None:
    """Pull as the worker does: what no good pull has covered, and two hours at least.

    None where the list is not asked for (PULL_ENABLED).
    """
    if not conf.pulls_payments():
        return None
    begin = min(now - USUAL_WINDOW, _covered_until(now))
    return pull_payments(now=now, window=min(now - begin, MAX_WINDOW))


def register_pull(*, gateway: PaymentGateway | None = None) -> PullRegistered:
    """Have M-Pesa keep the list for our short code. Needed once; again it changes nothing.

    Raises:
        GatewayError: M-Pesa did not say that it keeps the list.
        TransactionIsOpen: the caller's transaction would last as long as the request.
    """
    release_connection()
    # The address has no token, so whatever M-Pesa posts there moves nothing.
    return (gateway or conf.get_gateway()).register_pull(
        settings.PULL_NOMINATED_NUMBER, settings.MPESA_CALLBACK_URL
    )


def _covered_until(now: datetime) -> datetime:
    """Return until when good pulls cover the last 48 hours without a gap."""
    covered = now - MAX_WINDOW
    good = PullRun.objects.filter(
        outcome__in=[Outcome.COMPLETE, Outcome.QUIET], window_end__gt=covered
    )
    for begin, end in good.order_by("window_begin").values_list("window_begin", "window_end"):
        if begin > covered:
            break
        covered = max(covered, end)
    return covered


class _TooLong(Exception):
    """The list did not end."""


class _PageReader:
    """Asks for one page after the other, and yields each row once.

    M-Pesa's own pages disagree about what the offset counts: rows, or pages from 0 or 1
    (docs/daraja.md §14). So both are tried: first the offset grows by the rows received, then by
    one. Read in the wrong way, a pull only meets pages that it has seen, or skips some that the
    other one finds.
    """

    def __init__(self, gateway: PaymentGateway, report: PullReport) -> None:
        self._gateway = gateway
        self._report = report
        self._seen: set[str] = set()
        #: The keys of each page by its offset.
        self._pages: dict[int, set[str]] = {}

    def rows(self) -> Iterator[PulledPayment]:
        """Yield the rows that were not yielded before.

        Raises:
            GatewayError: a page could not be had.
            _TooLong: there are more pages than any list has.
        """
        first = self._ask(0)
        yield from self._new(first)
        if not first.rows:
            return
        yield from self._by_rows(len(first.rows))
        yield from self._by_pages(first.total_pages or 0)

    def _by_rows(self, offset: int) -> Iterator[PulledPayment]:
        while True:
            page = self._ask(offset)
            new = list(self._new(page))
            if not new:
                return
            yield from new
            offset += len(page.rows)

    def _by_pages(self, total: int) -> Iterator[PulledPayment]:
        """Yield what is new on the pages 1, 2, 3 …: `total` of them at least."""
        idle = 0
        offset = 0
        while idle < _IDLE_PAGES or offset < total:
            offset += 1
            if offset in self._pages:
                new = []
            else:
                new = list(self._new(self._ask(offset)))
                yield from new
            keys = self._pages[offset]
            # Part of the first page and nothing else: the offset counts rows, and all were read.
            is_end = not keys or (not new and keys < self._pages[0])
            if is_end and offset >= total:
                return
            idle = 0 if new else idle + 1

    def _ask(self, offset: int) -> PulledPage:
        if self._report.requests >= MAX_REQUESTS:
            raise _TooLong
        release_connection()
        page = self._gateway.pull_transactions(self._report.begin, self._report.end, offset)
        if not self._report.requests:
            # The first page's text. The last page is empty, and its text reads as if nobody had
            # paid.
            self._report.detail = page.description
        self._report.requests += 1
        self._pages[offset] = {_key(row) for row in page.rows}
        return page

    def _new(self, page: PulledPage) -> Iterator[PulledPayment]:
        for row in page.rows:
            key = _key(row)
            if key not in self._seen:
                self._seen.add(key)
                yield row


def _key(row: PulledPayment) -> str:
    if row.notice is not None and row.notice.receipt is not None:
        return row.notice.receipt
    return json.dumps(row.raw, sort_keys=True)


_RECORD_ROW = """
SELECT * FROM pull_record(%(payment)s::jsonb, %(raw)s::jsonb, %(is_kyc_required)s, %(now)s)
"""


def _settle(row: PulledPayment, now: datetime) -> str:
    """Settle a row and return the name of its count. An error of one row does not stop the rest."""
    parameters = {
        "payment": row.notice and json.dumps(as_payment(row.notice)),
        "raw": json.dumps(row.raw),
        "is_kyc_required": settings.KYC_REQUIRED,
        "now": now,
    }
    try:
        recorded = _with_one_retry(parameters)
    except DatabaseError:
        logger.exception("a row of M-Pesa's list could not be settled; the next pull tries again")
        return "failed"
    if recorded["note"]:
        logger.error("a row of M-Pesa's list was not settled: %s", recorded["note"])
    return _COUNT_BY_VERDICT[recorded["verdict"]]


def _with_one_retry(parameters: dict[str, Any]) -> dict[str, Any]:
    """Record a row; once more where the connection was lost or it met a deadlock."""
    try:
        return call_function(_RECORD_ROW, parameters)
    except DatabaseError as error:
        if not is_worth_repeating(error):
            raise
        discard_stale_connection()
        return call_function(_RECORD_ROW, parameters)


_MISSES = "SELECT pull_misses(%(begin)s, %(end)s) AS misses"


def _judge(report: PullReport) -> PullRun.Outcome:
    """Return the outcome of a list that came to its end."""
    if report.counts["failed"]:
        return Outcome.FAILED
    if report.rows:
        return Outcome.COMPLETE
    known = call_function(_MISSES, {"begin": report.begin, "end": report.end - _LISTED_AFTER})
    return Outcome.BROKEN if known["misses"] else Outcome.QUIET


def _log(report: PullReport) -> None:
    level = logging.INFO if report.is_good else logging.ERROR
    logger.log(
        level,
        "pull from %s to %s: %s, %s (%s)",
        report.begin.isoformat(),
        report.end.isoformat(),
        report.outcome,
        ", ".join(f"{name} {count}" for name, count in report.counts.items()),
        report.detail,
    )


def _record(report: PullReport, started_at: datetime) -> PullRun:
    return PullRun.objects.create(
        window_begin=report.begin,
        window_end=report.end,
        outcome=report.outcome,
        detail=report.detail[:_DETAIL_LENGTH],
        requests=report.requests,
        rows=report.rows,
        started_at=started_at,
        **report.counts,
    )
