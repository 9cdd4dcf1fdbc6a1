"""Thin periodic tasks of the worker, of every app: each makes service calls, no more.

Any number of workers may run. The sixth field of a schedule is seconds. `queueing_lock` keeps one
waiting job per task. A task's name is stored with each job and with its periodic schedule, so it
stays what the first release called it, wherever the function lies: the queue holds jobs of the
version before, and workers of both versions run side by side during a deployment.
"""

from django.db import connection
from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app

from common import clock
from payments import services
from payments.services import housekeeping
from risk import sightings
from users.services import purge_sign_ins
from wallet.audit import seal_ledger


@app.periodic(cron="* * * * * */2")
@app.task(
    name="payments.tasks.reconcile_deposits", queueing_lock="reconcile_deposits", pass_context=False
)
def reconcile_deposits(timestamp: int) -> None:
    """Ask M-Pesa about the deposits that are due."""
    try:
        services.reconcile_due_deposits(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */10")
@app.task(name="payments.tasks.replay_callbacks", queueing_lock="replay_callbacks")
def replay_callbacks(timestamp: int) -> None:
    """Settle callbacks that were stored while something was broken."""
    try:
        housekeeping.replay_open_callbacks(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */15")
@app.task(name="payments.tasks.seal_entries", queueing_lock="seal_ledger")
def seal_entries(timestamp: int) -> None:
    """Add the newest journal entries to the hash chain."""
    try:
        seal_ledger(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="17 * * * *")
@app.task(name="payments.tasks.purge", queueing_lock="purge")
def purge(timestamp: int) -> None:
    """Delete what is past its time."""
    try:
        housekeeping.purge_junk_callbacks(now=clock.now())
        housekeeping.purge_idempotency_keys(now=clock.now())
        purge_sign_ins(now=clock.now())
        sightings.purge(now=clock.now())
    finally:
        connection.close()


@app.periodic(cron="37 0 * * *")
@app.task(name="payments.tasks.remove_old_jobs", queueing_lock="remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that ended badly three days ago; those that went well are gone at once."""
    await builtin_tasks.remove_old_jobs(
        context, max_hours=72, remove_failed=True, remove_cancelled=True, remove_aborted=True
    )
