"""The worker's periodic tasks for every app: each only calls services.

Any number of workers may run. The sixth field of a schedule is seconds. `queueing_lock` allows one
waiting job per task. The queue stores a task's name with each job and schedule, and during a
deployment workers of two releases share the queue: so a task keeps the name that the first release
gave it, even where its function has moved.
"""

import logging
from collections.abc import Callable
from itertools import chain

from django.db import DatabaseError, connection
from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app

from common import clock
from common.db import unlimited_statements
from operations import alerts, stalled_jobs
from operations.needs import NO_CALLBACKS, list_needs
from operations.task_runs import Found, watched
from payments import audit as deposits_audit
from payments import services
from payments.services import housekeeping, pull_requests, retention, statement_uploads
from payments.services.statements import purge_statement_rows
from risk import sightings
from users import codes
from users.account_proposals import expire_one_time_passwords
from users.services import purge_sign_ins
from users.sms import outbox
from wallet import audit as wallet_audit
from wallet.audit import seal_ledger

logger = logging.getLogger(__name__)

#: The most faults of the ledger that are logged and kept one by one.
_FAULTS_NAMED = 20


@app.periodic(cron="* * * * * */2")
@app.task(
    name="payments.tasks.reconcile_deposits", queueing_lock="reconcile_deposits", pass_context=False
)
@watched
def reconcile_deposits(timestamp: int) -> None:
    """Send the status queries that are due, and settle the answers."""
    try:
        services.reconcile_due_deposits(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */15")
@app.task(name="operations.tasks.hurry_queries", queueing_lock="hurry_queries")
@watched
def hurry_queries(timestamp: int) -> None:
    """While prompts go out and no callback comes, ask M-Pesa about them at once."""
    try:
        now = clock.now()
        if list_needs(now=now, kinds=[NO_CALLBACKS]):
            services.hurry_queries(now=now)
    finally:
        connection.close()


@app.periodic(cron="* * * * * */10")
@app.task(name="payments.tasks.replay_callbacks", queueing_lock="replay_callbacks")
@watched
def replay_callbacks(timestamp: int) -> None:
    """Replay callbacks that were stored but could not be settled."""
    try:
        housekeeping.replay_open_callbacks(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */5")
@app.task(name="payments.tasks.look_at_claims", queueing_lock="look_at_claims")
@watched
def look_at_claims(timestamp: int) -> None:
    """Look whether M-Pesa has reported the payments that customers claim to have made."""
    try:
        services.look_at_open_claims(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */15")
@app.task(name="payments.tasks.seal_entries", queueing_lock="seal_ledger")
@watched
def seal_entries(timestamp: int) -> None:
    """Add the newest journal entries to the hash chain."""
    try:
        seal_ledger(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="7 * * * *")
@app.task(name="operations.tasks.pull_payments", queueing_lock="pull_payments")
@watched
def pull_payments(timestamp: int) -> None:
    """Ask M-Pesa for its own list of payments, once an hour, where PULL_ENABLED says so."""
    try:
        services.pull_recent_payments(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */5")
@app.task(name="operations.tasks.pull_as_requested", queueing_lock="pull_as_requested")
@watched
def pull_as_requested(timestamp: int) -> None:
    """Pull now, where an operator asked for it."""
    try:
        pull_requests.pull_as_requested(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */15")
@app.task(name="operations.tasks.ask_about_receipts", queueing_lock="ask_about_receipts")
@watched
def ask_about_receipts(timestamp: int) -> None:
    """Ask M-Pesa about one receipt, where an initiator is set: of a claim, one that our books lack,
    of an open case, or an old one.
    """
    try:
        services.ask_next(now=clock.now())
    finally:
        connection.close()


# `lock`: one at a time, for it may take minutes, and a worker runs few tasks at once.
@app.periodic(cron="* * * * * */2")
@app.task(
    name="operations.tasks.import_statement_uploads",
    queueing_lock="import_statement_uploads",
    lock="import_statement_uploads",
)
@watched
def import_statement_uploads(timestamp: int) -> None:
    """Import the oldest statement that an operator uploaded, if one waits."""
    try:
        statement_uploads.import_next_upload(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */2")
@app.task(name="operations.tasks.send_text_messages", queueing_lock="send_text_messages")
@watched
def send_text_messages(timestamp: int) -> None:
    """Send the SMS that wait in the outbox."""
    try:
        outbox.send_due()
    finally:
        connection.close()


_PURGES: tuple[Callable[..., object], ...] = (
    housekeeping.purge_junk_callbacks,
    housekeeping.purge_idempotency_keys,
    purge_statement_rows,
    expire_one_time_passwords,
    purge_sign_ins,
    codes.purge,
    outbox.purge,
    sightings.purge,
)


@app.periodic(cron="* * * * * 23")
@app.task(name="operations.tasks.tell_operators", queueing_lock="tell_operators")
@watched
def tell_operators(timestamp: int) -> None:
    """Tell operators what waits for them, and show a watcher outside that the worker runs."""
    try:
        alerts.tell_operators(now=clock.now())
        alerts.send_heartbeat()
    finally:
        connection.close()


@app.periodic(cron="41 23 * * *")
@app.task(name="operations.tasks.check_ledger", queueing_lock="check_ledger")
@watched
def check_ledger(timestamp: int) -> Found:
    """Recompute the whole ledger, as manage.py check_ledger does, in the night of Nairobi (UTC+3).

    Returns what it found: home, /metrics and operators are told.
    """
    try:
        # It reads every entry, which may take longer than any other statement may.
        with unlimited_statements():
            faults = list(chain(wallet_audit.find_problems(), deposits_audit.find_problems()))
    finally:
        connection.close()
    named = [f"{fault.row}: {fault.problem}" for fault in faults[:_FAULTS_NAMED]]
    for name in named:
        logger.error("check_ledger: %s", name)
    return Found(len(faults), "\n".join(named))


@app.periodic(cron="17 * * * *")
@app.task(name="payments.tasks.purge", queueing_lock="purge")
@watched
def purge(timestamp: int) -> None:
    """Delete old strangers' callbacks, idempotency keys, rows of statements, sign-ins, codes,
    SMS, sightings.

    One that fails keeps none of the others from being done; the job then fails with its error.
    """
    errors: list[Exception] = []
    try:
        for purge_some in _PURGES:
            try:
                purge_some(now=clock.now())
            except DatabaseError as error:
                errors.append(error)
    finally:
        connection.close()
    if errors:
        raise ExceptionGroup("not everything was purged", errors)


@app.periodic(cron="27 0 * * *")
@app.task(name="operations.tasks.cut_old_records", queueing_lock="cut_old_records")
@watched
def cut_old_records(timestamp: int) -> None:
    """Cut what is past the age that docs/retention.md gives it, in the night of Nairobi (UTC+3)."""
    try:
        # The oldest rows are found by their order, which may read many that are cut already.
        with unlimited_statements():
            retention.cut_old_records(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * 7")
@app.task(
    name="operations.tasks.take_up_stalled_jobs",
    queueing_lock="take_up_stalled_jobs",
    pass_context=True,
)
async def take_up_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Take up again, or end, the jobs of workers that died; once a minute."""
    await stalled_jobs.take_up_stalled_jobs(context.app.job_manager)


@app.periodic(cron="37 0 * * *")
@app.task(name="payments.tasks.remove_old_jobs", queueing_lock="remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that failed or were cancelled three days ago; successful ones are gone
    already."""
    await builtin_tasks.remove_old_jobs(
        context, max_hours=72, remove_failed=True, remove_cancelled=True, remove_aborted=True
    )
