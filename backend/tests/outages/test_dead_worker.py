"""A job whose worker died is taken up again, or ended, and seen in the metrics meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from procrastinate import App
from procrastinate.contrib.django import app as django_app
from procrastinate.exceptions import ConnectorException

from config.worker import _queue_connector
from operations import tasks
from operations.queue_metrics import QueueCollector
from operations.stalled_jobs import Found, take_up_stalled_jobs
from payments.services import look_at_open_claims, make_claim
from payments.tests.building import NOON, make_customer


@pytest.fixture(autouse=True)
def _empty_queue(transactional_db: None) -> Iterator[None]:
    """Empty the queue's tables, which no flush does."""
    yield
    _sql("DELETE FROM procrastinate_jobs")
    _sql("DELETE FROM procrastinate_workers")


def _run(work: Callable[[App], Coroutine[Any, Any, Any]]) -> Any:
    """Run something with the queue as the worker opens it."""

    async def opened() -> Any:
        with django_app.replace_connector(_queue_connector()) as app:
            async with app.open_async():
                return await work(app)

    return asyncio.run(opened())


async def _begin_and_die(app: App) -> int:
    """Do what a worker does until SIGKILL: register, take a job, and never say another word."""
    manager = app.job_manager
    worker_id = await manager.register_worker()
    job = await manager.fetch_job(queues=None, worker_id=worker_id)
    assert job is not None
    assert job.id is not None
    return job.id


def _queue(attempts: int = 0) -> int:
    job_id = int(
        django_app.configure_task(tasks.seal_entries.name, queueing_lock="seal_ledger").defer(
            timestamp=0
        )
    )
    _sql(f"UPDATE procrastinate_jobs SET attempts = {attempts} WHERE id = {job_id}")
    return job_id


def _sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def _pass_time() -> None:
    _sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")


def _status(job_id: int) -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", [job_id])
        status, attempts = cursor.fetchone()
    return status, attempts


def _take_up() -> Any:
    return _run(lambda app: take_up_stalled_jobs(app.job_manager))


class TestTakeUp:
    def test_a_dead_workers_job_is_queued_again(self) -> None:
        job_id = _queue()
        assert _run(_begin_and_die) == job_id
        _pass_time()

        assert _take_up() == Found(1, 0)

        assert _status(job_id) == ("todo", 1)
        assert _take_up() == Found(0, 0)

    def test_a_job_whose_worker_was_removed_is_queued_again(self) -> None:
        job_id = _queue()
        _run(_begin_and_die)
        _sql("DELETE FROM procrastinate_workers")

        assert _take_up() == Found(1, 0)
        assert _status(job_id) == ("todo", 1)

    def test_a_job_of_a_living_worker_is_not_queued_again(self) -> None:
        job_id = _queue()
        _run(_begin_and_die)

        assert _take_up() == Found(0, 0)
        assert _status(job_id) == ("doing", 0)

    def test_a_waiting_job_of_the_same_task_replaces_the_stalled_one(self) -> None:
        job_id = _queue()
        _run(_begin_and_die)
        _pass_time()
        waiting_id = _queue()

        assert _take_up() == Found(0, 1)

        assert _status(job_id)[0] == "failed"
        assert _status(waiting_id) == ("todo", 0)

    def test_a_job_that_was_under_way_when_three_workers_died_is_ended(self) -> None:
        job_id = _queue(attempts=2)
        _run(_begin_and_die)
        _pass_time()

        assert _take_up() == Found(0, 1)
        assert _status(job_id)[0] == "failed"

    def test_a_job_that_another_worker_took_up_meanwhile_is_left_to_that_worker(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job_id = _queue()
        _run(_begin_and_die)
        _pass_time()

        async def too_late(*_: Any, **__: Any) -> None:
            raise ConnectorException

        async def raced(app: App) -> Found:
            monkeypatch.setattr(app.job_manager, "retry_job", too_late)
            monkeypatch.setattr(app.job_manager, "finish_job", too_late)
            return await take_up_stalled_jobs(app.job_manager)

        assert _run(raced) == Found(0, 0)
        assert _status(job_id) == ("doing", 0)

    def test_the_periodic_task_takes_up_stalled_jobs(self) -> None:
        job_id = _queue()
        _run(_begin_and_die)
        _pass_time()

        async def run_task(app: App) -> None:
            await tasks.take_up_stalled_jobs.func(type("Context", (), {"app": app})(), 0)

        _run(run_task)

        assert _status(job_id) == ("todo", 1)


class TestMetrics:
    def _lines(self) -> list[str]:
        text = Client().get("/metrics").content.decode()
        return [line for line in text.splitlines() if line.startswith(("queue_", "worker"))]

    def test_a_stalled_job_is_seen(self) -> None:
        _queue()
        assert 'queue_jobs{status="todo"} 1.0' in self._lines()
        _run(_begin_and_die)
        lines = self._lines()
        assert 'queue_jobs{status="doing"} 1.0' in lines
        assert "queue_jobs_stalled 0.0" in lines
        assert "workers_alive 1.0" in lines
        assert any(line.startswith("worker_heartbeat_age_seconds ") for line in lines)
        _pass_time()

        lines = self._lines()

        assert "queue_jobs_stalled 1.0" in lines
        assert "workers_alive 0.0" in lines
        age_s = float(lines[-1].split()[1])
        assert age_s >= 120

    def test_claims_that_wait_for_an_operator_are_counted(self) -> None:
        make_claim(user=make_customer(), text="UKK51ZDR4F", now=NOON)
        assert "claims_waiting 0.0" in Client().get("/metrics").content.decode()

        look_at_open_claims(now=NOON + timedelta(days=4))

        assert "claims_waiting 1.0" in Client().get("/metrics").content.decode()

    def test_one_worker_alive_does_not_hide_three_dead_ones(self) -> None:
        for _ in range(3):
            _sql("INSERT INTO procrastinate_workers DEFAULT VALUES")
        _pass_time()
        _sql("INSERT INTO procrastinate_workers DEFAULT VALUES")

        assert "workers_alive 1.0" in self._lines()

    def test_without_a_worker_there_is_no_heartbeat(self) -> None:
        assert not any(line.startswith("worker_heartbeat") for line in self._lines())

    def test_without_a_database_the_other_metrics_are_there(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise OperationalError

        with monkeypatch.context() as away:
            away.setattr(connection, "cursor", refuse)

            assert list(QueueCollector().collect()) == []
            assert b"http_requests" in Client().get("/metrics").content
