"""Reads the sums behind the figures: one statement each, over whole Nairobi days.

What was read is kept for a minute, so that a page that is looked at again costs nothing. A deposit
without a callback token is a payment by hand: nobody was prompted for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection

from common.days import DaySpan
from common.db import time_limit

_KEPT_FOR_S = 60
_MOST_MS = 5_000
#: The upper ends of the classes of times from prompt to credit, in seconds.
TIMES_S = (5, 10, 20, 30, 60, 120, 900, 3600)
#: Deposits are in transit for a day at most; older ones are still PENDING.
_SETTLED_WITHIN = "interval '2 days'"

# Nairobi has no summer time, so its days and hours are counted from the period's first midnight:
# that costs a third of asking each row for its local date.
_DAYS = """
SELECT (day AT TIME ZONE 'Africa/Nairobi')::date, prompts, paid, failed, amount
  FROM (SELECT date_bin('1 day', created_at, %(begin)s) AS day, count(*) AS prompts,
               count(*) FILTER (WHERE status = 'COMPLETED') AS paid,
               count(*) FILTER (WHERE status = 'FAILED') AS failed,
               coalesce(sum(amount) FILTER (WHERE status = 'COMPLETED'), 0) AS amount
          FROM payments_transaction
         WHERE created_at >= %(begin)s AND created_at < %(end)s AND callback_token_hash IS NOT NULL
         GROUP BY 1) AS counted
 ORDER BY day
"""
_CODES = """
SELECT status, CASE WHEN status = 'FAILED' THEN coalesce(result_code, '') ELSE '' END AS code,
       count(*)
  FROM payments_transaction
 WHERE created_at >= %(begin)s AND created_at < %(end)s AND callback_token_hash IS NOT NULL
 GROUP BY status, code ORDER BY count(*) DESC, status, code
"""
_TIMES = """
WITH paid AS (
    SELECT greatest(extract(epoch FROM completed_at - created_at), 0)::float8 AS took_s
      FROM payments_transaction
     WHERE created_at >= %(begin)s AND created_at < %(end)s AND callback_token_hash IS NOT NULL
       AND status = 'COMPLETED')
SELECT width_bucket(took_s, %(times)s::float8[]) AS class, count(*),
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY took_s) FROM paid)
  FROM paid GROUP BY class ORDER BY class
"""
_HOURS = """
SELECT extract(isodow FROM hour AT TIME ZONE 'Africa/Nairobi')::int AS weekday,
       extract(hour FROM hour AT TIME ZONE 'Africa/Nairobi')::int AS hour_of_day,
       sum(prompts)::int, sum(paid)::int
  FROM (SELECT date_bin('1 hour', created_at, %(begin)s) AS hour, count(*) AS prompts,
               count(*) FILTER (WHERE status = 'COMPLETED') AS paid
          FROM payments_transaction
         WHERE created_at >= %(begin)s AND created_at < %(end)s AND callback_token_hash IS NOT NULL
         GROUP BY 1) AS counted
 GROUP BY weekday, hour_of_day ORDER BY weekday, hour_of_day
"""
_ACCOUNT = "SELECT id FROM wallet_ledgeraccount WHERE code = 'suspense'"
# Both indexes of postings begin with the account. What was held before the period is one row
# without a day.
_HELD = """
SELECT CASE WHEN created_at >= %(begin)s
            THEN (created_at AT TIME ZONE 'Africa/Nairobi')::date END AS day,
       coalesce(sum(amount) FILTER (WHERE credit_account_id = %(account)s), 0),
       coalesce(sum(amount) FILTER (WHERE debit_account_id = %(account)s), 0)
  FROM wallet_journalentry
 WHERE (credit_account_id = %(account)s OR debit_account_id = %(account)s)
   AND created_at < %(end)s
 GROUP BY day ORDER BY day NULLS FIRST
"""
# Each deposit goes into transit at its prompt, and leaves with its credit; one that failed, with
# its last change. Sums by the minute: the running sum is what is in transit at a minute's end, and
# of each day the highest is kept. One that was settled in the minute of its prompt, as most are,
# changes no sum.
_TRANSIT = f"""
WITH asked AS (
    SELECT date_bin('1 minute', greatest(created_at, %(begin)s), %(begin)s) AS asked_at, amount,
           date_bin('1 minute', settled_at, %(begin)s) AS settled_at
      FROM payments_transaction,
           LATERAL (SELECT CASE status WHEN 'COMPLETED' THEN completed_at
                                       WHEN 'FAILED' THEN updated_at END AS settled_at) AS ended
     WHERE created_at >= %(begin)s - {_SETTLED_WITHIN} AND created_at < %(end)s
       AND callback_token_hash IS NOT NULL
       AND (settled_at IS NULL
            OR settled_at >= %(begin)s
               AND date_bin('1 minute', settled_at, %(begin)s)
                   <> date_bin('1 minute', created_at, %(begin)s))
     UNION ALL
    SELECT %(begin)s, amount, NULL FROM payments_transaction
     WHERE status = 'PENDING' AND created_at < %(begin)s - {_SETTLED_WITHIN}
       AND callback_token_hash IS NOT NULL
), minutes AS (
    SELECT at, sum(amount) AS amount, sum(deposits) AS deposits
      FROM (SELECT asked_at AS at, amount, 1 AS deposits FROM asked
             UNION ALL
            SELECT settled_at, -amount, -1 FROM asked WHERE settled_at < %(end)s) AS moved
     GROUP BY at
), running AS (
    SELECT at, sum(amount) OVER (ORDER BY at) AS amount,
           sum(deposits) OVER (ORDER BY at) AS deposits
      FROM minutes
)
SELECT (date_bin('1 day', at, %(begin)s) AT TIME ZONE 'Africa/Nairobi')::date AS day, max(amount),
       (array_agg(amount ORDER BY at DESC))[1], (array_agg(deposits ORDER BY at DESC))[1]::int
  FROM running GROUP BY 1 ORDER BY 1
"""  # noqa: S608  # our own constant


@dataclass(frozen=True)
class DayOfPrompts:
    """A day's prompts by how they ended, and the sum of those paid in KES."""

    day: date
    prompts: int
    paid: int
    failed: int
    amount: Decimal

    @property
    def unknown(self) -> int:
        """How many have no known end."""
        return self.prompts - self.paid - self.failed


@dataclass(frozen=True)
class Code:
    """How many prompts ended with a result code; `code` is empty where M-PESA gave none."""

    status: str
    code: str
    prompts: int


@dataclass(frozen=True)
class Times:
    """How many deposits were credited within each class of TIMES_S, the last above all of them.

    `median_s` is None where none was.
    """

    counts: list[int]
    median_s: float | None


@dataclass(frozen=True)
class Hour:
    """The prompts of an hour (0 to 23) of a weekday (1 is Monday) over the whole period."""

    weekday: int
    hour: int
    prompts: int
    paid: int


@dataclass(frozen=True)
class DayOfMoney:
    """KES of a day: what came into suspense and left it, and what it held at the day's end."""

    day: date | None
    came: Decimal
    left: Decimal


@dataclass(frozen=True)
class DayInTransit:
    """KES in transit: the highest of a day, and what was left at its last change, with deposits."""

    day: date
    highest: Decimal
    at_end: Decimal
    deposits_at_end: int


def list_days(span: DaySpan) -> list[DayOfPrompts]:
    """Return the days that had prompts."""
    return [DayOfPrompts(*row) for row in _rows("days", _DAYS, span)]


def list_codes(span: DaySpan) -> list[Code]:
    """Return how the prompts ended, most frequent first."""
    return [Code(*row) for row in _rows("codes", _CODES, span)]


def find_times(span: DaySpan) -> Times:
    """Return how long paid prompts took to be credited."""
    rows = _rows("times", _TIMES, span, times=list(TIMES_S))
    counts = {number: count for number, count, _ in rows}
    median_s = rows[0][2] if rows else None
    return Times([counts.get(number, 0) for number in range(len(TIMES_S) + 1)], median_s)


def list_hours(span: DaySpan) -> list[Hour]:
    """Return the hours of the week that had prompts."""
    return [Hour(*row) for row in _rows("hours", _HOURS, span)]


def list_held(span: DaySpan) -> list[DayOfMoney]:
    """Return what came into suspense and left it by day; first, without a day, all before."""

    def with_account() -> dict[str, Any]:
        # By its number, not by a join: the planner then knows that few entries are of it.
        with connection.cursor() as cursor:
            cursor.execute(_ACCOUNT)
            row = cursor.fetchone()
        return {"account": row[0] if row else 0}

    return [DayOfMoney(*row) for row in _rows("held", _HELD, span, with_account)]


def list_in_transit(span: DaySpan) -> list[DayInTransit]:
    """Return the money in transit of the days on which it changed."""
    return [DayInTransit(*row) for row in _rows("transit", _TRANSIT, span)]


def _rows(
    name: str,
    sql: str,
    span: DaySpan,
    look_up: Callable[[], dict[str, Any]] | None = None,
    **values: Any,
) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, at most a minute old.

    Raises:
        DatabaseError: the database did not answer in time.
    """
    key = f"operations:charts:{name}:{span.first}:{span.last}"
    known = cache.get(key)
    if known is not None:
        return list(known)
    with time_limit(_MOST_MS), connection.cursor() as cursor:
        values |= {"begin": span.begins_at, "end": span.ends_before}
        cursor.execute(sql, values | (look_up() if look_up else {}))
        rows = list(cursor.fetchall())
    cache.set(key, rows, _KEPT_FOR_S)
    return rows
