"""What operators are told: once, again until it is taken, at the right hour, and never twice."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import respx
from django.db import connection
from django.test import Client

from operations import alerts, messenger
from operations.models import Alert
from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.models import SuspenseCase
from payments.tests.building import NOON, make_deposit, receive, success_body
from wallet.audit import seal_ledger

pytestmark = pytest.mark.django_db(transaction=True)

URL = "json://127.0.0.1:9/secret-key"
#: Nairobi's noon.
NIGHT = NOON.replace(hour=23)


class Outbox:
    """Takes messages in apprise's place; `failure` is what it answers to the next ones."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.failure = ""
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, title: str, body: str) -> str:
        """Keep the message."""
        assert connection.connection is None, "a connection is held while a message goes out"
        self.sent.append((title, body))
        self.meanwhile()
        return self.failure


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Outbox:
    """Tell one address, and keep what it is told."""
    settings.ALERT_URLS = [URL]
    found = Outbox()
    monkeypatch.setattr(messenger, "send", found.send)
    return found


def run(sql: str, *values: Any) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@contextmanager
def worker_away(now: datetime) -> Iterator[None]:
    """Let the worker's last heartbeat be ten minutes old, then be fresh."""
    run("DELETE FROM procrastinate_workers")
    run(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
        now - timedelta(minutes=10),
    )
    yield
    run("UPDATE procrastinate_workers SET last_heartbeat = 'infinity'")


def hold() -> SuspenseCase:
    """Hold a payment of KES 300 in suspense since NOON."""
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES ('infinity')")
    make_deposit()
    receive(success_body(amount=300))
    seal_ledger(now=NOON)
    return SuspenseCase.objects.get()


def tell(now: datetime) -> tuple[str, ...]:
    """Let the worker look, and return what it told."""
    return alerts.tell_operators(now=now).told


class TestWhatPages:
    def test_it_is_told_at_once_and_again_until_it_is_taken(self, outbox: Outbox) -> None:
        at = NIGHT
        with worker_away(at):
            assert tell(at) == ("worker",)
            assert tell(at + timedelta(minutes=29)) == ()
            assert tell(at + timedelta(minutes=30)) == ("worker",)
            operator = make_operator()
            assert alerts.take(_kind("worker"), operator=operator, now=at + timedelta(minutes=31))
            assert tell(at + timedelta(hours=4)) == ()
            assert tell(at + timedelta(hours=5)) == ("worker",)

        assert len(outbox.sent) == 3

    def test_what_is_mended_goes_without_a_word(self, outbox: Outbox) -> None:
        operator = make_operator()
        with worker_away(NOON):
            tell(NOON)
            alerts.take(_kind("worker"), operator=operator, now=NOON)

        assert tell(NOON + timedelta(minutes=1)) == ()
        alert = Alert.objects.get(kind="worker")
        assert (alert.since, alert.taken_by, alert.told_times) == (None, None, 1)
        assert not alerts.take(_kind("worker"), operator=operator, now=NOON)

    def test_what_comes_and_goes_is_told_once_in_that_time(self, outbox: Outbox) -> None:
        for minute in range(0, 29, 2):
            with worker_away(NOON + timedelta(minutes=minute)):
                tell(NOON + timedelta(minutes=minute))
            tell(NOON + timedelta(minutes=minute + 1))

        assert len(outbox.sent) == 1


class TestWhatCanWait:
    def test_it_is_told_once_it_is_late_and_once_a_day(self, outbox: Outbox) -> None:
        hold()

        assert tell(NOON + timedelta(hours=23)) == ()
        assert tell(NOON + timedelta(hours=24)) == ("suspense",)
        assert tell(NOON + timedelta(hours=47)) == ()
        assert tell(NOON + timedelta(hours=48)) == ("suspense",)

    @pytest.mark.parametrize(
        ("hours", "hour_utc", "is_told"),
        [
            ((21, 7), 18, False),
            ((21, 7), 3, False),
            ((21, 7), 4, True),
            ((21, 7), 17, True),
            ((0, 6), 0, False),
            ((0, 6), 22, False),
            ((0, 6), 3, True),
            (None, 0, True),
        ],
    )
    def test_quiet_hours_are_nairobis(
        self, settings: Any, hours: tuple[int, int] | None, hour_utc: int, is_told: bool
    ) -> None:
        settings.ALERT_QUIET_HOURS = hours
        hold()

        told = tell((NOON + timedelta(days=3)).replace(hour=hour_utc))

        assert (told == ("suspense",)) == is_told


class TestMessage:
    def test_it_says_what_how_much_since_when_and_where(self, outbox: Outbox) -> None:
        hold()
        now = NOON + timedelta(hours=25)
        with worker_away(now):
            tell(now)

        ((title, body),) = outbox.sent
        assert title == "[Mock] Payments held in suspense: 1, and 1 more"
        first, second = body.split("\n\n")
        assert first.splitlines() == [
            "Payments held in suspense: 1, KES 300.00, oldest 25 h",
            "another amount than asked for",
            "http://127.0.0.1:8000/admin/payments/suspensecase/?status__exact=OPEN&o=1",
        ]
        assert second.startswith("The worker does not report: 1, oldest 10 min")

    def test_it_names_no_customer(self, outbox: Outbox) -> None:
        case = hold()
        tell(NOON + timedelta(hours=25))

        ((title, body),) = outbox.sent
        for secret in (case.deposit.user.phone_number, case.mpesa_receipt_number):
            assert secret not in title + body


class TestFailure:
    def test_it_is_told_again_when_the_claim_has_run_out(self, outbox: Outbox) -> None:
        outbox.failure = "not taken by number 1 (json) of ALERT_URLS"
        with worker_away(NOON):
            report = alerts.tell_operators(now=NOON)
            alert = Alert.objects.get(kind="worker")
            assert (report.is_sent, alert.told_at, alert.failure) == (False, None, outbox.failure)
            assert tell(NOON + timedelta(minutes=1)) == ()
            outbox.failure = ""
            assert "worker" in tell(NOON + timedelta(minutes=3))

        alert.refresh_from_db()
        assert (alert.failed_at, alert.failure) == (None, "")

    def test_of_one_killed_while_it_sends_another_takes_over(self, outbox: Outbox) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        outbox.meanwhile = die
        with worker_away(NOON):
            with pytest.raises(KeyboardInterrupt):
                tell(NOON)
            outbox.meanwhile = lambda: None
            assert tell(NOON + timedelta(minutes=1)) == ()
            assert tell(NOON + timedelta(minutes=3)) == ("worker",)

    def test_two_workers_at_once_tell_it_once(self, outbox: Outbox) -> None:
        barrier = threading.Barrier(2, timeout=30)

        def look() -> None:
            barrier.wait()
            try:
                tell(NOON)
            finally:
                connection.close()

        with worker_away(NOON):
            looks = [threading.Thread(target=look) for _ in range(2)]
            for each in looks:
                each.start()
            for each in looks:
                each.join(30)

        assert len(outbox.sent) == 1


def test_without_an_address_nobody_is_told_and_it_is_known_since_when(
    outbox: Outbox, settings: Any
) -> None:
    settings.ALERT_URLS = []
    with worker_away(NOON):
        assert alerts.tell_operators(now=NOON) == alerts.TellReport((), None)
        assert Alert.objects.get(kind="worker").since == NOON

    assert outbox.sent == []


class TestHeartbeat:
    def test_the_address_is_visited(self, settings: Any) -> None:
        settings.ALERT_HEARTBEAT_URL = "https://hc.example/abc"
        with respx.mock:
            route = respx.get("https://hc.example/abc").respond(200)
            alerts.send_heartbeat()
        assert route.call_count == 1

    def test_an_answer_that_is_no_yes_is_an_error(self, settings: Any) -> None:
        settings.ALERT_HEARTBEAT_URL = "https://hc.example/abc"
        with respx.mock:
            respx.get("https://hc.example/abc").respond(404)
            with pytest.raises(alerts.HeartbeatFailed, match=r"^HTTPStatusError$"):
                alerts.send_heartbeat()

    def test_without_an_address_nothing_is_visited(self, settings: Any) -> None:
        settings.ALERT_HEARTBEAT_URL = None
        with respx.mock(assert_all_called=False) as router:
            alerts.send_heartbeat()
        assert not router.calls


class TestTaking:
    def _tell(self) -> None:
        with worker_away(NOON):
            tell(NOON)
            run("UPDATE procrastinate_workers SET last_heartbeat = '-infinity'")

    def _post(self, client: Client, kind: str = "worker") -> int:
        return client.post(f"/admin/alerts/{kind}/take/").status_code

    def test_the_home_says_who_was_told_and_who_looks_after_it(self) -> None:
        with worker_away(NOON):
            tell(NOON)
            client = superuser()
            assert "I look after it" in client.get("/admin/").content.decode()

            assert self._post(client) == 302

            assert "looks after it since" in client.get("/admin/").content.decode()
        assert Alert.objects.get(kind="worker").taken_by is not None

    def test_it_takes_the_right_to_see_it(self) -> None:
        with worker_away(NOON):
            tell(NOON)
            assert self._post(sign_in(make_operator("view_suspensecase"))) == 404
        assert Alert.objects.get(kind="worker").taken_by is None

    def test_an_unknown_kind_and_a_get_are_refused(self) -> None:
        client = superuser()
        assert self._post(client, "weather") == 404
        assert client.get("/admin/alerts/worker/take/").status_code == 405

    def test_what_is_over_is_not_taken(self) -> None:
        client = superuser()
        page = client.post("/admin/alerts/worker/take/", follow=True)
        assert "Nothing waits any more" in page.content.decode()


def _kind(name: str) -> Any:
    found = alerts.find_kind(name)
    assert found is not None
    return found
