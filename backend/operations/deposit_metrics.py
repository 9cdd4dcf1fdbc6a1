"""Deposits, money and the watch itself in /metrics: figures of the database, the same from every
process. Each statement reads the newest rows by an index, or a table of a few rows.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from common import clock
from operations.book import find_book

#: Deposits that were asked for in this time; every figure named `recent` is of them.
_RECENT = "10 minutes"
_QUANTILES = (0.5, 0.95, 0.99)
#: The last one is the longest.
_CREDIT_QUANTILES = (0.5, 0.95, 1)
_MOST_CREDITS = 1000
_WAYS = ("callback", "query", "by_hand", "other")

_OUTCOMES = f"""
SELECT status, coalesce(result_code, ''), count(*), coalesce(sum(amount), 0)
  FROM payments_transaction WHERE created_at > %(now)s - interval '{_RECENT}'
 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  # our own constant
_SECONDS = f"""
SELECT percentile_cont(ARRAY[{", ".join(map(str, _QUANTILES))}])
       WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - created_at))
  FROM payments_transaction
 WHERE created_at > %(now)s - interval '{_RECENT}' AND status = 'COMPLETED'
"""  # noqa: S608  # our own constants
# What brought a credit is told by what was stored at its moment: a callback, or a receipt, which a
# status query's answer does not name. "other" is M-PESA's own records and operators. Of the newest
# entries only, whatever comes in ten minutes; nothing finds entries by their time.
_CREDITS = f"""
SELECT credit.way, count(*), percentile_cont(ARRAY[{", ".join(map(str, _CREDIT_QUANTILES))}])
       WITHIN GROUP (ORDER BY credit.seconds)
  FROM (SELECT CASE
                   WHEN txn.callback_token_hash IS NULL AND payment.receipt IS NOT NULL
                       THEN 'by_hand'
                   WHEN EXISTS (SELECT 1 FROM payments_callbackevent AS event
                                 WHERE event.transaction_id = txn.id AND event.has_token
                                   AND event.verdict = 'applied'
                                   AND event.processed_at = txn.completed_at) THEN 'callback'
                   WHEN EXISTS (SELECT 1 FROM payments_receipt AS receipt
                                 WHERE receipt.transaction_id = txn.id
                                   AND receipt.booked_at <= txn.completed_at) THEN 'other'
                   ELSE 'query' END AS way,
               greatest(0, extract(epoch FROM txn.completed_at - CASE
                   WHEN txn.callback_token_hash IS NULL
                       THEN coalesce(payment.paid_at, txn.created_at)
                   ELSE txn.created_at END)) AS seconds
          FROM (SELECT id FROM wallet_journalentry ORDER BY id DESC LIMIT {_MOST_CREDITS}) AS entry
          JOIN payments_transaction AS txn ON txn.credit_entry_id = entry.id
          LEFT JOIN payments_paybillpayment AS payment ON payment.transaction_id = txn.id
         WHERE txn.completed_at > %(now)s - interval '{_RECENT}') AS credit
 GROUP BY credit.way
"""  # noqa: S608  # our own constants
# The oldest deposit that a status query may still end; those handed to operators are no longer
# asked about.
_STATE = """
SELECT (SELECT count(*) FROM payments_transaction WHERE next_query_at IS NOT NULL),
       (SELECT created_at FROM payments_transaction WHERE next_query_at IS NOT NULL
         ORDER BY created_at LIMIT 1),
       (SELECT received_at FROM payments_callbackevent WHERE has_token ORDER BY id DESC LIMIT 1),
       (SELECT count(*) FROM wallet_journalentry
         WHERE id > (SELECT coalesce(max(last_entry_id), 0) FROM wallet_ledgerseal)),
       (SELECT coalesce(bool_or(paused_until > %(now)s), false) FROM payments_querypace)
"""
_STATEMENT = """
SELECT last_row_at, difference FROM payments_statementimport
 WHERE state = 'ready' AND last_row_at IS NOT NULL ORDER BY last_row_at DESC LIMIT 1
"""
_TASKS = "SELECT task, succeeded_at, failed_at, found FROM operations_taskrun ORDER BY task"


class DepositCollector(Collector):
    """Reads its figures at each scrape; without a database they are left out."""

    def describe(self) -> Iterator[Metric]:
        """Return nothing: without it the registry would call `collect` when the app starts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        now = clock.now()
        try:
            found = {
                name: _read(statement, now)
                for name, statement in (
                    ("outcomes", _OUTCOMES), ("seconds", _SECONDS), ("credits", _CREDITS),
                    ("state", _STATE), ("statement", _STATEMENT), ("tasks", _TASKS),
                )
            }  # fmt: skip
            book = find_book(now)
        except (DatabaseError, PoolTimeout):
            return
        yield from _deposits(found["outcomes"], found["seconds"])
        yield from _credits(found["credits"])
        yield from _state(found["state"][0], now)
        yield from _statement(found["statement"], now)
        yield from _tasks(found["tasks"])
        if book is not None:
            yield _gauge(
                "kibeezy_suspense_kes", "Money held in suspense, in KES.", book.in_suspense
            )
            yield _gauge(
                "kibeezy_ledger_difference_kes",
                "What M-PESA holds by our book, less wallets and suspense: 0 or a fault.",
                book.difference,
            )


def _read(statement: str, now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now})
        return list(cursor.fetchall())


def _gauge(name: str, says: str, value: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))


def _deposits(outcomes: list[tuple[Any, ...]], seconds: list[tuple[Any, ...]]) -> Iterator[Metric]:
    count = GaugeMetricFamily(
        "kibeezy_deposits_recent",
        f"Deposits asked for in the last {_RECENT}, by status and M-PESA's result code.",
        labels=["status", "result_code"],
    )
    amount = GaugeMetricFamily(
        "kibeezy_deposits_recent_kes", "The money of these, in KES.", labels=["status"]
    )
    sums: dict[str, float] = {"PENDING": 0.0, "COMPLETED": 0.0, "FAILED": 0.0}
    for status, result_code, deposits, kes in outcomes:
        count.add_metric([status, result_code], deposits)
        sums[status] += float(kes)
    for status, kes in sums.items():
        amount.add_metric([status], kes)
    yield from (count, amount)
    ((taken,),) = seconds
    if taken is not None:
        took = GaugeMetricFamily(
            "kibeezy_deposit_seconds",
            f"From the tap to the credit, of the last {_RECENT}, by quantile.",
            labels=["quantile"],
        )
        for quantile, value in zip(_QUANTILES, taken, strict=True):
            took.add_metric([str(quantile)], float(value))
        yield took


def _credits(rows: list[tuple[Any, ...]]) -> Iterator[Metric]:
    count = GaugeMetricFamily(
        "kibeezy_credits_recent",
        f"Deposits credited in the last {_RECENT}, by what brought the credit; of the newest "
        f"{_MOST_CREDITS} journal entries.",
        labels=["way"],
    )
    took = GaugeMetricFamily(
        "kibeezy_credit_seconds",
        "From the tap to the credit of these, by quantile; of a payment by hand, from the payment.",
        labels=["way", "quantile"],
    )
    found = {way: (credited, seconds) for way, credited, seconds in rows}
    for way in _WAYS:
        credited, seconds = found.get(way, (0, ()))
        count.add_metric([way], credited)
        for quantile, value in zip(_CREDIT_QUANTILES, seconds, strict=False):
            took.add_metric([way, str(quantile)], float(value))
    yield from (count, took)


def _state(row: tuple[Any, ...], now: datetime) -> Iterator[Metric]:
    pending, oldest_at, callback_at, unsealed, is_paused = row
    yield _gauge("kibeezy_deposits_pending", "Deposits that are still asked about.", pending)
    yield _gauge(
        "kibeezy_deposits_pending_oldest_seconds",
        "Age of the oldest of them, 0 without any.",
        (now - oldest_at).total_seconds() if oldest_at else 0,
    )
    if callback_at is not None:
        yield _gauge(
            "kibeezy_callback_last_timestamp_seconds",
            "When the last callback came to a deposit's own address.",
            callback_at.timestamp(),
        )
    yield _gauge("kibeezy_seal_lag_entries", "Journal entries that are not sealed yet.", unsealed)
    yield _gauge(
        "kibeezy_queries_paused", "1 while status queries rest, since M-PESA is overloaded.",
        is_paused,
    )  # fmt: skip


def _statement(rows: list[tuple[Any, ...]], now: datetime) -> Iterator[Metric]:
    for last_row_at, difference in rows:
        yield _gauge(
            "kibeezy_statement_age_seconds",
            "Age of the newest row of M-PESA's imported statements.",
            (now - last_row_at).total_seconds(),
        )
        yield _gauge(
            "kibeezy_statement_difference_kes",
            "Our book less M-PESA's, in that statement, as it was imported.",
            difference,
        )


def _tasks(rows: list[tuple[Any, ...]]) -> Iterator[Metric]:
    succeeded = GaugeMetricFamily(
        "kibeezy_task_succeeded_timestamp_seconds",
        "When each periodic task last ended well.",
        labels=["task"],
    )
    is_failing = GaugeMetricFamily(
        "kibeezy_task_failing", "1 where its last run failed.", labels=["task"]
    )
    for task, succeeded_at, failed_at, found in rows:
        if succeeded_at is not None:
            succeeded.add_metric([task], succeeded_at.timestamp())
        failing = failed_at is not None and (succeeded_at is None or failed_at > succeeded_at)
        is_failing.add_metric([task], float(failing))
        if task == "check_ledger" and found is not None:
            yield _gauge(
                "kibeezy_ledger_faults", "Faults that the nightly check of the ledger found.", found
            )
    yield from (succeeded, is_failing)
