"""A backup that was reported is known, and one that was not is missed: home, health, /metrics."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from operations import backups
from operations.console.health import Check, look
from operations.models import TaskRun
from operations.needs import Need, list_needs
from operations.needs_metrics import NeedsCollector
from payments.tests.building import NOON

pytestmark = pytest.mark.django_db
_HOUR = timedelta(hours=1)


def missed(now: datetime = NOON) -> Need | None:
    """Return the line of the home, where there is one."""
    found = {need.kind.name: need for need in list_needs(now=now)}
    return found.get("backup")


def check(now: datetime = NOON) -> Check:
    """Return the check of the health page."""
    cache.clear()
    [found] = [
        each for group in look(now).groups for each in group.checks if each.label == "Backup"
    ]
    return found


@pytest.fixture
def _money_is_real(settings: Any) -> None:
    settings.MPESA_DEBUG, settings.MPESA_ENVIRONMENT = False, "production"


class TestReport:
    def test_one_that_comes_late_or_twice_makes_the_newest_no_older(self) -> None:
        for hours in (3, 3, 9):
            backups.report(NOON - hours * _HOUR, now=NOON)

        run = TaskRun.objects.get()
        assert (run.task, run.succeeded_at, run.failed_at) == ("backup", NOON - 3 * _HOUR, None)

    def test_one_that_failed_leaves_the_last_good_one(self) -> None:
        backups.report(NOON - 3 * _HOUR, now=NOON)
        backups.report(NOON - _HOUR, now=NOON, is_good=False)

        run = TaskRun.objects.get()
        assert (run.succeeded_at, run.failed_at) == (NOON - 3 * _HOUR, NOON - _HOUR)

    def test_one_of_tomorrow_would_blind_the_watch(self) -> None:
        with pytest.raises(backups.InFuture):
            backups.report(NOON + _HOUR, now=NOON)

        assert not TaskRun.objects.exists()


class TestMissed:
    def test_it_waits_for_an_operator_until_the_next_one(self) -> None:
        backups.report(NOON - 26 * _HOUR, now=NOON)
        assert missed() is None

        need = missed(NOON + timedelta(seconds=1))
        assert need is not None
        assert (need.count, need.oldest_at) == (1, NOON - 26 * _HOUR)
        assert not need.kind.pages
        backups.report(NOON, now=NOON)
        assert missed(NOON + timedelta(seconds=1)) is None

    def test_one_that_failed_is_no_backup(self) -> None:
        backups.report(NOON, now=NOON, is_good=False)

        assert missed() is not None

    def test_where_no_money_is_real_nobody_waits_for_a_first_one(self) -> None:
        assert missed() is None

    @pytest.mark.usefixtures("_money_is_real")
    def test_where_money_is_real_the_first_one_is_missed(self) -> None:
        need = missed()

        assert need is not None
        assert need.oldest_at is None

    @pytest.mark.usefixtures("_money_is_real")
    def test_where_somebody_else_watches_it_nothing_waits(self, settings: Any) -> None:
        settings.BACKUP_WITHIN_HOURS = 0
        backups.report(NOON - 400 * _HOUR, now=NOON)

        assert missed() is None
        assert check().state == "unknown"

    def test_prometheus_gets_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        backups.report(NOON - 27 * _HOUR, now=NOON)
        registry = CollectorRegistry()
        registry.register(NeedsCollector())

        with time_machine.travel(NOON, tick=False):
            text = generate_latest(registry).decode()

        assert 'kibeezy_needs_person{kind="backup"} 1.0' in text


class TestHealth:
    def test_it_is_good_by_a_report_in_time_only(self) -> None:
        assert check().state == "unknown"

        backups.report(NOON - 2 * _HOUR, now=NOON, is_good=False)
        assert check().state == "wrong"
        backups.report(NOON - 3 * _HOUR, now=NOON)
        assert check().state == "warn"
        backups.report(NOON - _HOUR, now=NOON)
        assert (check().state, check().at) == ("good", NOON - _HOUR)
        assert check(NOON + 26 * _HOUR).state == "wrong"


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        with time_machine.travel(NOON, tick=False):
            call_command("report_backup", *arguments, stdout=out)
        return out.getvalue()

    def test_now_or_when_it_began(self) -> None:
        assert "is known" in self.run()
        assert TaskRun.objects.get().succeeded_at == NOON
        assert "failed" in self.run("--failed", "--at", "2026-11-01T02:00:00+03:00")
        assert TaskRun.objects.get().failed_at is not None

    @pytest.mark.parametrize("at", ["yesterday", "2026-11-01T02:00:00", "2026-13-01T02:00:00Z"])
    def test_a_time_without_its_zone_is_refused(self, at: str) -> None:
        with pytest.raises(CommandError, match="zone"):
            self.run("--at", at)

    def test_a_time_to_come_is_refused(self) -> None:
        with pytest.raises(CommandError, match="not over"):
            self.run("--at", "2099-01-01T00:00:00Z")
