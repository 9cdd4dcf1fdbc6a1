"""The checks of the system page: what each last heard, and whether that is in time.

A check is green only by a report that is in time. Without one it is not known, whatever it said
last. Nothing is asked over the network: every check reads what workers and callbacks left in the
database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection

from common.db import time_limit
from operations import backups
from operations.book import find_book
from operations.console.amounts import kes
from operations.doctor.connections import check_migrations
from operations.doctor.functions import check_functions
from operations.doctor.results import DoctorResult, Level, run_checks
from operations.doctor.statements import check_indexes
from operations.stalled_jobs import STALLED_AFTER_S
from payments.models import PullRun
from users.models import User

_KEY = "operations:health"
_KEPT_FOR_S = 15
_MOST_MS = 2_000
_WORKER_WITHIN = timedelta(seconds=STALLED_AFTER_S)
_JOBS_WITHIN = timedelta(minutes=5)
_CALLBACK_WITHIN = timedelta(hours=1)
_PULL_WITHIN = timedelta(hours=3)
_STATEMENT_WITHIN = timedelta(hours=36)
_SEALED_WITHIN = timedelta(minutes=15)
_UNKNOWN = "not known"

# Finished jobs are deleted within days, so the queue's tables are small; each of the others is the
# last row of an index.
_FACTS = """
SELECT (SELECT max(last_heartbeat) FROM procrastinate_workers) AS heartbeat_at,
       (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat >= %(now)s - interval '60 seconds') AS workers,
       jobs.due, jobs.oldest_due_at, jobs.failed, jobs.stalled,
       (SELECT received_at FROM payments_callbackevent ORDER BY id DESC LIMIT 1) AS callback_at,
       (SELECT count(*) FROM payments_callbackevent WHERE verdict = 'received') AS unsettled,
       (SELECT max(created_at) FROM payments_transaction) AS deposit_at,
       (SELECT sealed_at FROM wallet_ledgerseal ORDER BY last_entry_id DESC LIMIT 1) AS sealed_at,
       (SELECT created_at FROM wallet_journalentry
         WHERE id > coalesce((SELECT max(last_entry_id) FROM wallet_ledgerseal), 0)
         ORDER BY id LIMIT 1) AS unsealed_at,
       pull.outcome AS pull_outcome, pull.finished_at AS pull_at, pull.rows AS pull_rows,
       file.id AS file_id, file.imported_at, file.difference
  FROM (SELECT count(*) FILTER (WHERE is_due) AS due,
               min(coalesce(scheduled_at, deferred_at)) FILTER (WHERE is_due) AS oldest_due_at,
               count(*) FILTER (WHERE status = 'failed') AS failed,
               count(*) FILTER (WHERE status = 'doing' AND (heartbeat IS NULL
                   OR heartbeat < %(now)s - interval '60 seconds')) AS stalled
          FROM (SELECT job.status, job.scheduled_at, worker.last_heartbeat AS heartbeat,
                       job.status = 'todo' AND (job.scheduled_at IS NULL
                                                OR job.scheduled_at <= %(now)s) AS is_due,
                       (SELECT max(event.at) FROM procrastinate_events AS event
                         WHERE event.job_id = job.id AND event.type = 'deferred') AS deferred_at
                  FROM procrastinate_jobs AS job
                  LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id) AS job
       ) AS jobs
  LEFT JOIN (SELECT * FROM payments_pullrun ORDER BY id DESC LIMIT 1) AS pull ON true
  LEFT JOIN (SELECT * FROM payments_statementimport WHERE state = 'ready'
              ORDER BY id DESC LIMIT 1) AS file ON true
"""
_HELD = """
SELECT coalesce((SELECT sum(CASE posting.side WHEN 'credit' THEN posting.amount
                                              ELSE -posting.amount END)
                   FROM wallet_posting AS posting
                  WHERE posting.account_id = (SELECT id FROM wallet_ledgeraccount
                                               WHERE code = 'suspense')), 0) AS held,
       (SELECT coalesce(sum(coalesce(corrected_amount, amount)), 0)
          FROM payments_suspensecase WHERE status = 'OPEN') AS cases
"""


_BACKED_UP = f"""
SELECT max(succeeded_at) AS at, max(failed_at) AS failed_at FROM operations_taskrun
 WHERE task = '{backups.TASK}'
"""  # noqa: S608  # our own constant


@dataclass(frozen=True)
class Check:
    """A check. `state` is good, warn, wrong or unknown; `at` is when it last heard something.

    `right` is what an operator needs to read `says`; the state is for every operator.
    """

    label: str
    state: str
    says: str
    at: datetime | None = None
    right: str = ""


@dataclass(frozen=True)
class Group:
    """The checks of one subject."""

    title: str
    checks: list[Check]


@dataclass(frozen=True)
class Health:
    """All checks as they were at `looked_at`."""

    groups: list[Group]
    looked_at: datetime

    def count(self, state: str) -> int:
        """Return how many checks are in a state."""
        return sum(check.state == state for group in self.groups for check in group.checks)

    @property
    def wrong(self) -> int:
        """How many found something that has to be mended."""
        return self.count("wrong") + self.count("warn")

    @property
    def unknown(self) -> int:
        """How many know nothing in time."""
        return self.count("unknown")

    @property
    def total(self) -> int:
        """How many checks there are."""
        return sum(len(group.checks) for group in self.groups)

    def for_operator(self, operator: User) -> "Health":
        """Return the checks without the words that the operator has no right to."""
        groups = [
            Group(group.title, [_hidden(check, operator) for check in group.checks])
            for group in self.groups
        ]
        return Health(groups, self.looked_at)


def _hidden(check: Check, operator: User) -> Check:
    if not check.right or operator.has_perm(check.right):
        return check
    return Check(check.label, check.state, "your rights do not include the details", check.at)


def look(now: datetime) -> Health:
    """Return the checks, at most 15 seconds old."""
    known = cache.get(_KEY)
    if isinstance(known, Health):
        return known
    health = Health(
        [
            Group("M-PESA", _guarded(_mpesa_checks, now, _MPESA_LABELS)),
            Group("Worker", _guarded(_worker_checks, now, _WORKER_LABELS)),
            Group("Ledger", _guarded(_ledger_checks, now, _LEDGER_LABELS)),
            Group("Database", [*_guarded(_backup_check, now, (_BACKUP,)), *_database_checks()]),
        ],
        now,
    )
    cache.set(_KEY, health, _KEPT_FOR_S)
    return health


_MPESA_LABELS = ("Callbacks", "M-PESA's list of payments", "Statement")
_WORKER_LABELS = ("Heartbeat", "Jobs")
_BACKUP = "Backup"
_LEDGER_LABELS = ("Seals", "Totals", "Suspense and its cases")


def _guarded(
    find: Callable[[datetime], Iterator[Check]], now: datetime, labels: tuple[str, ...]
) -> list[Check]:
    """Return the checks; not known, each, where the database does not answer in time."""
    try:
        with time_limit(_MOST_MS):
            return list(find(now))
    except DatabaseError:
        return [
            Check(label, "unknown", f"{_UNKNOWN}: the database did not answer") for label in labels
        ]


def _ask(sql: str, now: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now})
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _is_late(at: datetime | None, within: timedelta, now: datetime) -> bool:
    return at is None or now - at > within


def _mpesa_checks(now: datetime) -> Iterator[Check]:
    facts = _ask(_FACTS, now)
    yield _callbacks(facts, now)
    yield _pull(facts, now)
    yield _statement(facts, now)


def _callbacks(facts: dict[str, Any], now: datetime) -> Check:
    at, right = facts["callback_at"], "payments.view_callbackevent"
    if facts["unsettled"]:
        says = f"{facts['unsettled']} stored and not settled"
        return Check("Callbacks", "wrong", says, at, right)
    if not _is_late(at, _CALLBACK_WITHIN, now):
        return Check("Callbacks", "good", "they come, and are settled", at, right)
    is_quiet = _is_late(facts["deposit_at"], _CALLBACK_WITHIN, now)
    why = "no deposit was asked for lately" if is_quiet else "none for the latest deposits"
    return Check("Callbacks", "unknown", f"{_UNKNOWN}: {why}", at, right)


def _pull(facts: dict[str, Any], now: datetime) -> Check:
    label, right, at = "M-PESA's list of payments", "payments.view_pullrun", facts["pull_at"]
    if facts["pull_outcome"] in (PullRun.Outcome.BROKEN, PullRun.Outcome.FAILED):
        return Check(label, "wrong", f"the last pull was {facts['pull_outcome']}", at, right)
    if not settings.PULL_ENABLED:
        return Check(label, "unknown", f"{_UNKNOWN}: it is not asked for here", at, right)
    if _is_late(at, _PULL_WITHIN, now):
        return Check(label, "unknown", f"{_UNKNOWN}: no pull for three hours", at, right)
    return Check(label, "good", f"{facts['pull_rows']} rows in the last pull", at, right)


def _statement(facts: dict[str, Any], now: datetime) -> Check:
    right, at = "payments.view_statementimport", facts["imported_at"]
    if at is None:
        return Check("Statement", "unknown", f"{_UNKNOWN}: none was imported", None, right)
    difference: Decimal = facts["difference"]
    name = f"statement {facts['file_id']}"
    if _is_late(at, _STATEMENT_WITHIN, now):
        says = f"{_UNKNOWN}: none for 36 hours; {name} had a difference of {kes(difference)}"
        return Check("Statement", "unknown", says, at, right)
    if difference:
        says = f"{name}: our books have {kes(difference)} more than M-PESA's"
        return Check("Statement", "wrong", says, at, right)
    return Check("Statement", "good", f"{name}: no difference", at, right)


def _worker_checks(now: datetime) -> Iterator[Check]:
    facts = _ask(_FACTS, now)
    at = facts["heartbeat_at"]
    if _is_late(at, _WORKER_WITHIN, now):
        says = f"{_UNKNOWN}: no worker reports; no query, replay or purge runs"
        yield Check("Heartbeat", "unknown", says, at)
        yield Check("Jobs", "wrong" if facts["failed"] else "unknown", _say_jobs(facts), at)
        return
    yield Check("Heartbeat", "good", f"{facts['workers']} alive", at)
    is_waiting = facts["due"] and now - facts["oldest_due_at"] > _JOBS_WITHIN
    is_wrong = facts["failed"] or facts["stalled"]
    state = "wrong" if is_wrong else "warn" if is_waiting else "good"
    yield Check("Jobs", state, _say_jobs(facts), at)


def _say_jobs(facts: dict[str, Any]) -> str:
    return f"{facts['due']} wait, {facts['failed']} failed, {facts['stalled']} without a worker"


def _ledger_checks(now: datetime) -> Iterator[Check]:
    facts = _ask(_FACTS, now)
    yield _seals(facts, now)
    yield _totals(now)
    held = _ask(_HELD, now)
    label, right = "Suspense and its cases", "wallet.view_journalentry"
    if held["held"] == held["cases"]:
        yield Check(label, "good", f"{kes(held['held'])} in both", now, right)
    else:
        says = f"the account holds {kes(held['held'])}, its open cases {kes(held['cases'])}"
        yield Check(label, "wrong", says, now, right)


def _seals(facts: dict[str, Any], now: datetime) -> Check:
    right, at = "wallet.view_ledgerseal", facts["sealed_at"]
    unsealed_at = facts["unsealed_at"]
    if unsealed_at is not None and now - unsealed_at > _SEALED_WITHIN:
        says = "entries of more than 15 minutes are not sealed"
        return Check("Seals", "wrong", says, at, right)
    if _is_late(facts["heartbeat_at"], _WORKER_WITHIN, now):
        return Check("Seals", "unknown", f"{_UNKNOWN}: no worker reports", at, right)
    if at is None:
        return Check("Seals", "unknown", f"{_UNKNOWN}: nothing was sealed yet", None, right)
    return Check("Seals", "good", "every entry is sealed in time", at, right)


def _totals(now: datetime) -> Check:
    right, book = "wallet.view_journalentry", find_book(now)
    if book is None:
        says = f"{_UNKNOWN}: they did not come in time"
        return Check("Totals", "unknown", says, None, right)
    if book.difference:
        says = f"they differ by {kes(book.difference)}; run check_ledger"
        return Check("Totals", "wrong", says, book.looked_at, right)
    return Check("Totals", "good", "both sides agree", book.looked_at, right)


_STATES = {Level.OK: "good", Level.WARNING: "warn", Level.PROBLEM: "wrong"}
_NAMES = {
    "migrations": "Migrations",
    "functions": "Functions and guards",
    "functions.leftover": "Functions in no file",
    "indexes": "Indexes",
}


def _backup_check(now: datetime) -> Iterator[Check]:
    """Yield whether a backup was reported in time; one that failed since is a warning."""
    facts = _ask(_BACKED_UP, now)
    at, failed_at, hours = facts["at"], facts["failed_at"], settings.BACKUP_WITHIN_HOURS
    right = "operations.view_taskrun"
    if not hours:
        says = f"{_UNKNOWN}: BACKUP_WITHIN_HOURS is 0, so somebody else watches it"
        yield Check(_BACKUP, "unknown", says, at, right)
    elif at is None:
        says = f"{_UNKNOWN}: none was ever reported"
        yield Check(_BACKUP, "wrong" if failed_at else "unknown", says, None, right)
    elif _is_late(at, timedelta(hours=hours), now):
        yield Check(_BACKUP, "wrong", f"none was whole for {hours} hours", at, right)
    elif failed_at is not None and failed_at > at:
        yield Check(_BACKUP, "warn", "the last one failed; it is tried again", at, right)
    else:
        yield Check(_BACKUP, "good", "the last one is whole", at, right)


def _database_checks() -> list[Check]:
    """Return those of the doctor that read nothing but the database's catalogue."""
    found = run_checks([
        ("migrations", check_migrations),
        ("functions", check_functions),
        ("indexes", check_indexes),
    ])  # fmt: skip
    return [_of_doctor(result) for result in found]


def _of_doctor(result: DoctorResult) -> Check:
    says = f"{result.says}: {result.fix}" if result.fix else result.says
    return Check(_NAMES.get(result.check, result.check), _STATES[result.level], says)
