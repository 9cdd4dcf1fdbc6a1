"""`manage.py alerts`: what it prints, and its exit status."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import clock
from operations import messenger
from operations.models import Alert
from operations.tests.console.operators import make_operator

pytestmark = pytest.mark.django_db


def run(action: str) -> str:
    """Run the command, and return what it printed."""
    out = StringIO()
    call_command("alerts", action, stdout=out, stderr=out)
    return out.getvalue()


class TestShow:
    def test_nothing_waits(self, settings: Any) -> None:
        settings.ALERT_URLS = []

        assert run("show").splitlines() == [
            "told: nobody (ALERT_URLS is empty)",
            "nothing waits, as of the last look of the worker",
        ]

    def test_each_alert_says_who_knows(self, settings: Any) -> None:
        settings.ALERT_URLS = ["slack://secret/a/b", "mailto://example.com"]
        now = clock.now()
        Alert.objects.create(kind="worker", since=now, told_at=now, told_times=2)
        Alert.objects.create(kind="ledger", since=now, taken_by=make_operator(), taken_at=now)
        Alert.objects.create(kind="callbacks", since=now, failed_at=now, failure="not taken by 1")
        Alert.objects.create(kind="pull", since=now)
        Alert.objects.create(kind="suspense")

        shown = run("show")

        assert "told: slack, mailto\n" in shown
        assert "secret" not in shown
        assert "worker: for 0 s, told 2 times, last at " in shown
        assert "ledger: for 0 s, taken by Grace Wairimu at " in shown
        assert "callbacks: for 0 s, not told: not taken by 1" in shown
        assert "pull: for 0 s, not told yet" in shown
        assert "suspense" not in shown


class TestTest:
    def test_without_an_address_it_is_an_error(self, settings: Any) -> None:
        settings.ALERT_URLS = []
        with pytest.raises(CommandError, match="set ALERT_URLS"):
            run("test")

    @pytest.mark.parametrize("failure", ["", "not taken by number 1 (json) of ALERT_URLS"])
    def test_every_address_is_tried(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch, failure: str
    ) -> None:
        settings.ALERT_URLS = ["json://127.0.0.1:1/"]
        monkeypatch.setattr(messenger, "send", lambda *_: failure)
        if failure:
            with pytest.raises(SystemExit, match="1"):
                run("test")
            return

        assert "taken by all 1 addresses" in run("test")
