"""The health page: green only by a report in time, grey without one, and no network call."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from common import clock
from operations.console import health
from operations.console.health import Check, Health, look
from operations.doctor.results import problem, warning
from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.models import CallbackEvent, PullRun
from payments.tests.building import NOON, make_deposit, receive, success_body
from payments.tests.statement_rows import add_file
from users.models import User
from wallet.audit import seal_ledger

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(minutes=5)


def run(sql: str, *values: Any) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def check(label: str) -> Check:
    """Return a check, read afresh."""
    cache.clear()
    [found] = [each for group in look(NOW).groups for each in group.checks if each.label == label]
    return found


def worker(age: timedelta = timedelta(seconds=5)) -> None:
    """Store a worker that reported so long ago."""
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", NOW - age)


def job(status: str, age: timedelta) -> None:
    """Store a job of the worker."""
    run(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
        " VALUES ('default', 'a', %s::procrastinate_job_status, %s)",
        status, NOW - age,
    )  # fmt: skip


def pull(outcome: str = "complete", age: timedelta = timedelta(hours=1)) -> None:
    """Store a pull that ended so long ago."""
    ended_at = NOW - age
    PullRun.objects.create(
        outcome=outcome,
        window_begin=ended_at - timedelta(hours=2),
        window_end=ended_at,
        requests=1,
        rows=int(outcome == "complete"),
        known=int(outcome == "complete"),
        credited=0,
        filled=0,
        held=0,
        unreadable=0,
        failed=0,
        started_at=ended_at,
        finished_at=ended_at,
    )


class TestNothingIsHeard:
    def test_nothing_of_an_empty_database_is_green_but_what_was_looked_at(self) -> None:
        states = {each.label: each.state for group in look(NOW).groups for each in group.checks}

        for label in ("Callbacks", "Statement", "Heartbeat", "Jobs", "Seals"):
            assert states[label] == "unknown", label
        assert states["M-PESA's list of payments"] == "unknown"
        assert states["Totals"] == states["Suspense and its cases"] == "good"
        assert states["Functions and guards"] == states["Migrations"] == "good"

    def test_what_is_late_is_grey_whatever_it_said(self, settings: Any) -> None:
        settings.PULL_ENABLED = True
        worker(timedelta(seconds=61))
        pull(age=timedelta(hours=4))
        add_file(imported_at=NOW - timedelta(hours=37))
        make_deposit(created_at=NOON - timedelta(hours=3))
        receive(success_body(), now=NOW - timedelta(hours=2))

        for label in ("Heartbeat", "Jobs", "M-PESA's list of payments", "Statement", "Callbacks"):
            assert check(label).state == "unknown", label

    def test_a_slow_database_is_grey(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "_FACTS", "SELECT pg_sleep(2)")
        monkeypatch.setattr(health, "_MOST_MS", 20)

        assert check("Heartbeat").says == "not known: the database did not answer"
        assert check("Totals").state == "unknown"


class TestInTime:
    def test_what_reports_in_time_is_green(self, settings: Any) -> None:
        settings.PULL_ENABLED = True
        worker()
        pull()
        add_file()
        make_deposit()
        receive(success_body())
        seal_ledger(now=NOW)

        for label in (
            "Heartbeat", "Jobs", "M-PESA's list of payments", "Statement", "Callbacks", "Seals",
        ):  # fmt: skip
            assert check(label).state == "good", label
        assert check("Callbacks").at == CallbackEvent.objects.get().received_at


class TestFound:
    def test_failed_jobs_are_wrong_even_without_a_worker(self) -> None:
        job("failed", timedelta(minutes=1))
        assert (check("Jobs").state, check("Jobs").says) == (
            "wrong", "0 wait, 1 failed, 0 without a worker",
        )  # fmt: skip

        worker()
        assert check("Jobs").state == "wrong"

    def test_a_job_without_its_worker_is_wrong(self) -> None:
        worker()
        job("doing", timedelta(minutes=1))

        assert check("Jobs").says == "0 wait, 0 failed, 1 without a worker"
        assert check("Jobs").state == "wrong"

    @pytest.mark.parametrize(("minutes", "state"), [(4, "good"), (6, "warn"), (-9, "good")])
    def test_a_job_that_is_long_due(self, minutes: int, state: str) -> None:
        worker()
        job("todo", timedelta(minutes=minutes))

        assert check("Jobs").state == state

    @pytest.mark.parametrize("outcome", ["broken", "failed"])
    def test_a_pull_that_ended_badly(self, outcome: str) -> None:
        pull(outcome)

        assert check("M-PESA's list of payments").state == "wrong"

    def test_a_statement_with_a_difference(self) -> None:
        add_file(difference=-250)

        found = check("Statement")

        assert found.state == "wrong"
        assert "\u2212250.00" in found.says

    def test_a_callback_that_is_not_settled(self) -> None:
        make_deposit()
        receive(success_body())
        CallbackEvent.objects.create(has_token=True, headers={}, raw_body=b"{}", verdict="received")

        assert check("Callbacks").state == "wrong"

    def test_deposits_without_a_callback_are_grey_and_say_so(self) -> None:
        make_deposit()

        assert check("Callbacks").says == "not known: none for the latest deposits"

    def test_entries_that_nobody_seals(self) -> None:
        make_deposit(created_at=NOW - timedelta(minutes=17))
        receive(success_body(), now=NOW - timedelta(minutes=16))

        assert check("Seals").state == "wrong"

    def test_seals_without_a_worker_are_grey(self) -> None:
        make_deposit()
        receive(success_body())
        seal_ledger(now=NOW)

        assert check("Seals").state == "unknown"

    def test_totals_that_differ(self) -> None:
        make_deposit()
        receive(success_body())
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE wallet_ledgeraccount SET balance = balance + 1 WHERE kind = 'customer'")
        run("SET LOCAL session_replication_role = DEFAULT")

        assert check("Totals").state == "wrong"
        assert "check_ledger" in check("Totals").says

    def test_totals_that_do_not_come(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "find_book", lambda _now: None)

        assert check("Totals").state == "unknown"

    def test_suspense_that_differs_from_its_cases(self) -> None:
        make_deposit()
        receive(success_body(amount=300))
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE payments_suspensecase SET amount = 299")
        run("SET LOCAL session_replication_role = DEFAULT")

        found = check("Suspense and its cases")
        assert found.state == "wrong"
        assert "300.00" in found.says
        assert "299.00" in found.says

    def test_the_doctors_levels(self) -> None:
        found = [
            health._of_doctor(make("indexes", "one", "mend it")) for make in (warning, problem)
        ]

        assert [each.state for each in found] == ["warn", "wrong"]
        assert found[0].says == "one: mend it"


class TestPage:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW)

    def test_it_shows_each_check_in_words(self) -> None:
        page = superuser().get("/admin/health/").content.decode()

        assert "Not known: no worker reports" in page
        assert ": not known.</span>" in page
        assert ": in order.</span>" in page

    def test_details_take_their_rights_and_states_do_not(self) -> None:
        add_file(difference=-250)
        page = sign_in(make_operator("view_claim")).get("/admin/health/").content.decode()

        assert "250.00" not in page
        assert "Your rights do not include the details" in page
        assert ": wrong.</span>" in page

    def test_it_is_kept_for_a_moment(self) -> None:
        first = look(NOW)
        worker()

        assert look(NOW + timedelta(seconds=5)) == first

    def test_counts(self) -> None:
        found = Health(
            [health.Group("x", [Check("a", "good", ""), Check("b", "warn", ""),
                                Check("c", "wrong", ""), Check("d", "unknown", "")])],
            NOW,
        )  # fmt: skip

        assert (found.total, found.wrong, found.unknown) == (4, 2, 1)
        assert found.for_operator(User()) == found
