"""The worker's tasks, the commands beside them, and what they keep in bounds."""

import asyncio
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from procrastinate.contrib.django import app

from common import clock
from payments import tasks
from payments.models import CallbackEvent, IdempotencyKey, Transaction
from payments.services import housekeeping
from payments.tests.building import (
    NOON,
    broken_table,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import CANCELLED, PAID, ScriptedGateway
from risk.models import Sighting
from risk.sightings import Origin, record
from users.models import User
from wallet.models import LedgerSeal

pytestmark = pytest.mark.django_db(transaction=True)


def run(name: str, *arguments: str) -> str:
    """Run a management command and return what it printed."""
    out = StringIO()
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def fresh(customer: User) -> Transaction:
    """Store a deposit that is a minute old by the clock that tasks read."""
    past = clock.now() - timedelta(minutes=1)
    return make_deposit(customer, created_at=past, updated_at=past, next_query_at=past)


class TestTasks:
    def test_due_deposits_are_asked_about(
        self, gateway: ScriptedGateway, fresh: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID

        tasks.reconcile_deposits(timestamp=0)

        assert money(fresh.user) == (500, 0)

    def test_stored_callbacks_are_settled(self, deposit: Transaction) -> None:
        with broken_table("wallet_journalentry"):
            receive(success_body())

        tasks.replay_callbacks(timestamp=0)

        assert money(deposit.user) == (500, 0)

    def test_entries_are_sealed(self, deposit: Transaction) -> None:
        receive(success_body())

        tasks.seal_entries(timestamp=0)

        assert LedgerSeal.objects.count() == 1

    def test_what_is_past_its_time_is_deleted(self, deposit: Transaction) -> None:
        receive(success_body("ws_CO_nobody"), token=None, now=clock.now() - timedelta(days=8))
        receive(success_body("ws_CO_nobody"), token=None, now=clock.now())
        IdempotencyKey.objects.create(
            user=deposit.user,
            key="old",
            fingerprint="",
            claim="00000000-0000-4000-8000-000000000000",
            claimed_at=NOON,
            created_at=clock.now() - timedelta(days=2),
        )

        here = Origin(address_hash="a" * 64)
        record(user_id=deposit.user_id, origin=here, now=clock.now() - timedelta(days=31))

        tasks.purge(timestamp=0)

        assert not Sighting.objects.exists()
        assert CallbackEvent.objects.count() == 1
        assert not IdempotencyKey.objects.exists()


class TestPurging:
    def test_callbacks_to_a_deposits_own_address_are_evidence(self, deposit: Transaction) -> None:
        receive(success_body())

        assert housekeeping.purge_junk_callbacks(now=NOON + timedelta(days=365)) == 0

    def test_the_newest_ten_thousand_are_kept(self) -> None:
        CallbackEvent.objects.bulk_create(
            CallbackEvent(has_token=False, raw_body=b"{}", received_at=NOON) for _ in range(10_003)
        )

        assert housekeeping.purge_junk_callbacks(now=NOON) == 3
        assert CallbackEvent.objects.count() == 10_000


class TestReconcileCommand:
    def test_says_what_it_did(self, gateway: ScriptedGateway, fresh: Transaction) -> None:
        gateway.on_query = lambda _: CANCELLED

        output = run("reconcile")

        assert f"deposit {fresh.pk}: failed\n" in output
        assert "asked about 1 deposits (1 failed); 0 handed to people" in output

    def test_says_that_nothing_was_due(self, gateway: ScriptedGateway) -> None:
        assert run("reconcile") == "asked about 0 deposits (none due); 0 handed to people\n"


class TestReplayCommand:
    @pytest.fixture
    def event(self, deposit: Transaction) -> CallbackEvent:
        """Store a callback that could not be settled."""
        with broken_table("wallet_journalentry"):
            receive(success_body())
        return CallbackEvent.objects.get()

    def test_settles_what_is_open(self, event: CallbackEvent) -> None:
        assert run("replay_callbacks") == f"callback {event.pk}: applied\n"
        assert run("replay_callbacks") == ""

    def test_takes_ids(self, event: CallbackEvent) -> None:
        receive(success_body())

        output = run("replay_callbacks", "--id", str(event.pk))

        assert output == f"callback {event.pk}: duplicate\n"

    def test_may_take_all(self, event: CallbackEvent, customer: User) -> None:
        run("replay_callbacks")

        assert run("replay_callbacks", "--all") == f"callback {event.pk}: duplicate\n"
        assert money(customer) == (500, 0)

    def test_names_what_fails_again(self, event: CallbackEvent) -> None:
        with broken_table("wallet_journalentry"):
            output = run("replay_callbacks")

        assert output.startswith(f"callback {event.pk}: failed again: broken by a test")


class TestSchedules:
    @pytest.mark.parametrize(
        ("task", "cron"),
        [
            (tasks.reconcile_deposits, "* * * * * */2"),
            (tasks.replay_callbacks, "* * * * * */10"),
            (tasks.seal_entries, "* * * * * */15"),
            (tasks.purge, "17 * * * *"),
            (tasks.remove_old_jobs, "37 0 * * *"),
        ],
    )
    def test_an_ask_starts_at_most_five_seconds_late(self, task: Any, cron: str) -> None:
        periodic_tasks = app.periodic_registry.periodic_tasks.values()
        crons = {periodic.task.name: periodic.cron for periodic in periodic_tasks}

        assert crons[task.name] == cron


def test_jobs_that_ended_badly_are_kept_for_three_days() -> None:
    asked: list[dict[str, Any]] = []

    async def delete_old_jobs(**wanted: Any) -> None:
        asked.append(wanted)

    manager = SimpleNamespace(delete_old_jobs=delete_old_jobs)
    context: Any = SimpleNamespace(app=SimpleNamespace(job_manager=manager))

    asyncio.run(tasks.remove_old_jobs.func(context, 0))

    assert asked[0]["nb_hours"] == 72
    assert asked[0]["include_failed"]
