"""The worker's tasks: what each one sets off, under which name, and how often."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import respx
from django.db import OperationalError, connection
from django.db import transaction as db_transaction
from procrastinate.contrib.django import app

from common import clock
from operations import tasks
from operations.models import Alert, TaskRun
from operations.needs import list_needs
from payments.models import (
    CallbackEvent,
    Claim,
    IdempotencyKey,
    PullRun,
    StatementUpload,
    Transaction,
    TransactionQuery,
)
from payments.services import make_claim
from payments.services.pull_requests import request_pull
from payments.services.statement_uploads import keep_upload
from payments.tests.building import (
    NOON,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.conftest import customer, deposit, gateway
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from payments.tests.statement_files import FIRST, LAST, write_statement
from risk.models import Sighting
from risk.sightings import RequestSource, record
from users.models import User
from wallet.models import LedgerSeal

__all__ = ["customer", "deposit", "gateway"]

_HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db(transaction=True)


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

    def test_claims_end_with_the_payments_that_mpesa_reported(self, deposit: Transaction) -> None:
        claimed_at = NOON - timedelta(minutes=1)
        make_claim(user=deposit.user, text="UKK51ZDR4F", now=claimed_at)
        receive(success_body(receipt="UKK51ZDR4F"))

        tasks.look_at_claims(timestamp=0)

        assert Claim.objects.get().status == Claim.Status.CREDITED

    def test_entries_are_sealed(self, deposit: Transaction) -> None:
        receive(success_body())

        tasks.seal_entries(timestamp=0)

        assert LedgerSeal.objects.count() == 1

    def test_mpesas_list_is_asked_for(self, gateway: ScriptedGateway, settings: Any) -> None:
        tasks.pull_payments(timestamp=0)
        assert gateway.pulls == []
        settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False

        tasks.pull_payments(timestamp=0)

        assert PullRun.objects.get().outcome == "quiet"

    def test_a_pull_that_an_operator_asked_for(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False
        tasks.pull_as_requested(timestamp=0)
        assert not PullRun.objects.exists()
        request_pull(hours=3, reason="a customer calls", operator=customer, now=clock.now())

        tasks.pull_as_requested(timestamp=0)

        assert PullRun.objects.get().request.reason == "a customer calls"

    def test_mpesa_is_asked_about_a_claimed_receipt(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False
        tasks.ask_about_receipts(timestamp=0)
        assert gateway.transaction_queries == []
        now = clock.now()
        code = f"{chr(ord('A') + now.year - 2006)}{chr(ord('A') + now.month - 1)}1ZZZZZZZ"
        Claim.objects.create(
            user=customer, receipt=code, readings=[code], created_at=now - timedelta(minutes=3),
            ends_at=now + timedelta(days=1), next_look_at=now,
        )  # fmt: skip

        tasks.ask_about_receipts(timestamp=0)

        assert TransactionQuery.objects.get().receipt == code
        assert [receipt for receipt, _, _ in gateway.transaction_queries] == [code]

    def test_uploaded_statements_are_imported(self, customer: User, tmp_path: Path) -> None:
        path = write_statement(tmp_path, FIRST, LAST)
        with path.open("rb") as file:
            keep_upload(file=file, name=path.name, uploaded_by=customer, now=clock.now())

        tasks.import_statement_uploads(timestamp=0)

        assert StatementUpload.objects.get().statement is not None

    def test_expired_rows_are_deleted(self, deposit: Transaction) -> None:
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

        here = RequestSource(address_hash="a" * 64)
        record(user_id=deposit.user_id, source=here, now=clock.now() - timedelta(days=31))

        tasks.purge(timestamp=0)

        assert not Sighting.objects.exists()
        assert CallbackEvent.objects.count() == 1
        assert not IdempotencyKey.objects.exists()

    def test_a_purge_that_fails_stops_no_other(
        self, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def reach_the_time_limit(**_: Any) -> None:
            raise OperationalError("canceling statement due to statement timeout")

        monkeypatch.setattr(tasks, "_PURGES", (reach_the_time_limit, *tasks._PURGES[1:]))
        here = RequestSource(address_hash="a" * 64)
        record(user_id=deposit.user_id, source=here, now=clock.now() - timedelta(days=31))

        with pytest.raises(ExceptionGroup, match="not everything was purged"):
            tasks.purge(timestamp=0)

        assert not Sighting.objects.exists()

    def test_operators_are_told_and_the_watcher_outside_is_visited(self, settings: Any) -> None:
        settings.ALERT_HEARTBEAT_URL = "https://hc.example/abc"
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")
        with respx.mock:
            route = respx.get("https://hc.example/abc").respond(200)
            tasks.tell_operators(timestamp=0)

        assert route.call_count == 1
        assert Alert.objects.get(kind="worker").since is not None

    def test_the_ledger_is_checked_and_its_faults_are_counted(self, deposit: Transaction) -> None:
        receive(success_body())
        tasks.check_ledger(timestamp=0)
        assert TaskRun.objects.get(task="check_ledger").found == 0

        with db_transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE wallet_ledgeraccount SET balance = 501 WHERE kind = 'customer'")
        tasks.check_ledger(timestamp=0)

        run = TaskRun.objects.get(task="check_ledger")
        assert run.found == 1
        assert re.fullmatch(r"account wallet:\d+: kept balance .*difference 1\.00", run.details)
        waiting = {need.kind.name: need.counts for need in list_needs(now=clock.now())}
        assert waiting["ledger"]["faults"] == 1

    def test_a_check_of_the_ledger_leaves_the_limits_of_the_connection(self) -> None:
        tasks.check_ledger(timestamp=0)

        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            (limit,) = cursor.fetchone()
        configured = connection.settings_dict["OPTIONS"].get("statement_timeout_ms", 0)
        assert limit in (f"{configured // 1000}s", f"{configured}ms", "0")
        assert (limit == "0") == (configured == 0)

    def test_silent_m_pesa_is_asked_at_once(self, gateway: ScriptedGateway, customer: User) -> None:
        now = clock.now()
        for number in range(5):
            at = now - timedelta(minutes=2)
            make_deposit(
                make_customer(f"25471234500{number}"), created_at=at, updated_at=at,
                next_query_at=now + timedelta(minutes=10), checkout_request_id=f"ws_CO_{number}",
                callback_token_hash=f"{number:064}",
            )  # fmt: skip
        gateway.on_query = lambda _: PAID

        tasks.hurry_queries(timestamp=0)
        due = Transaction.objects.filter(next_query_at__lte=clock.now())
        assert due.count() == 5
        tasks.reconcile_deposits(timestamp=0)

        # As many as the rate of all workers lets through at once.
        assert Transaction.objects.filter(status="COMPLETED").count() >= 1

    def test_while_callbacks_come_nothing_is_hurried(self, deposit: Transaction) -> None:
        Transaction.objects.filter(pk=deposit.pk).update(next_query_at=clock.now() + _HOUR)

        tasks.hurry_queries(timestamp=0)

        deposit.refresh_from_db()
        assert deposit.next_query_at is not None
        assert deposit.next_query_at > clock.now()


class TestSchedules:
    @pytest.mark.parametrize(
        ("task", "cron"),
        [
            (tasks.reconcile_deposits, "* * * * * */2"),
            (tasks.replay_callbacks, "* * * * * */10"),
            (tasks.look_at_claims, "* * * * * */5"),
            (tasks.seal_entries, "* * * * * */15"),
            (tasks.pull_payments, "7 * * * *"),
            (tasks.pull_as_requested, "* * * * * */5"),
            (tasks.ask_about_receipts, "* * * * * */15"),
            (tasks.import_statement_uploads, "* * * * * */2"),
            (tasks.purge, "17 * * * *"),
            (tasks.hurry_queries, "* * * * * */15"),
            (tasks.tell_operators, "* * * * * 23"),
            (tasks.check_ledger, "41 23 * * *"),
            (tasks.remove_old_jobs, "37 0 * * *"),
            (tasks.take_up_stalled_jobs, "* * * * * 7"),
        ],
    )
    def test_an_ask_starts_at_most_five_seconds_late(self, task: Any, cron: str) -> None:
        periodic_tasks = app.periodic_registry.periodic_tasks.values()
        crons = {periodic.task.name: periodic.cron for periodic in periodic_tasks}

        assert crons[task.name] == cron

    def test_jobs_that_an_older_version_queued_are_still_found(self) -> None:
        names = {name for name in app.tasks if "builtin_tasks" not in name}

        assert names == {
            "payments.tasks.reconcile_deposits",
            "payments.tasks.replay_callbacks",
            "payments.tasks.look_at_claims",
            "payments.tasks.seal_entries",
            "operations.tasks.pull_payments",
            "operations.tasks.pull_as_requested",
            "operations.tasks.ask_about_receipts",
            "operations.tasks.hurry_queries",
            "operations.tasks.tell_operators",
            "operations.tasks.check_ledger",
            "operations.tasks.cut_old_records",
            "operations.tasks.import_statement_uploads",
            "operations.tasks.send_text_messages",
            "payments.tasks.purge",
            "payments.tasks.remove_old_jobs",
            "operations.tasks.take_up_stalled_jobs",
        }


def test_jobs_that_ended_badly_are_kept_for_three_days() -> None:
    asked: list[dict[str, Any]] = []

    async def delete_old_jobs(**wanted: Any) -> None:
        asked.append(wanted)

    manager = SimpleNamespace(delete_old_jobs=delete_old_jobs)
    context: Any = SimpleNamespace(app=SimpleNamespace(job_manager=manager))

    asyncio.run(tasks.remove_old_jobs.func(context, 0))

    assert asked[0]["nb_hours"] == 72
    assert asked[0]["include_failed"]
