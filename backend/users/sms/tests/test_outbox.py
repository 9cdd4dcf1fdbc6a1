"""The outbox: sent once or, after a kill, twice; never without end, and never in a transaction."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from common import clock
from users.code_models import TextMessage
from users.models import User
from users.sms import outbox
from users.sms.sender import Receipt, Sent
from users.tests.texting import FAKE, FakeSender

_NUMBER = "254712345678"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def sms(settings: Any) -> Iterator[None]:
    """Send SMS into a list."""
    settings.SMS_SENDER = FAKE
    FakeSender.inbox.clear()
    FakeSender.answers.clear()
    yield
    FakeSender.inbox.clear()


@pytest.fixture
def asha(transactional_db: Any) -> User:
    """A customer."""
    return User.objects.create_user(_NUMBER, "a-fine-long-passphrase")


def write(user: User | None, *, now: datetime | None = None, minutes: int = 10) -> TextMessage:
    """Write a message."""
    return outbox.write(
        "Hello",
        user=user,
        phone_number=_NUMBER,
        send_for=timedelta(minutes=minutes),
        now=now or clock.now(),
        is_withheld=user is None,
    )


def is_ahead(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let the clock be ahead."""
    later = clock.now() + by
    patch.setattr(clock, "now", lambda: later)


class _Killed(BaseException):
    """The worker dies while it sends."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what kills the next sending after the message went out."""

    def once() -> None:
        real = FakeSender.send

        def dies(self: FakeSender, phone_number: str, text: str) -> Receipt:
            real(self, phone_number, text)
            monkeypatch.setattr(FakeSender, "send", real)
            raise _Killed

        monkeypatch.setattr(FakeSender, "send", dies)
        with pytest.raises(_Killed):
            outbox.send_due()

    return once


def test_it_is_sent_once(asha: User) -> None:
    message = write(asha)

    assert outbox.send_due() == 1
    assert outbox.send_due() == 0

    message.refresh_from_db()
    assert (message.status, message.reference, message.sealed_text) == ("SENT", "ATXid_1", "")
    assert FakeSender.inbox == [(_NUMBER, "Hello")]


def test_it_goes_with_what_it_tells_of(asha: User) -> None:
    def fails() -> None:
        with db_transaction.atomic():
            write(asha)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()

    assert outbox.send_due() == 0


@pytest.mark.parametrize(
    ("sent", "status"), [(Sent.REJECTED, "REJECTED"), (Sent.UNKNOWN, "UNKNOWN")]
)
def test_what_may_have_been_sent_is_not_sent_again(
    asha: User, sent: Sent, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(asha)
    FakeSender.answers.append(Receipt(sent, failure="because"))

    outbox.send_due()
    is_ahead(monkeypatch, timedelta(minutes=5))
    outbox.send_due()

    message.refresh_from_db()
    assert (message.status, message.failure, message.sealed_text) == (status, "because", "")
    assert len(FakeSender.inbox) == 1


def test_what_surely_was_not_sent_is_tried_until_it_helps_nobody(
    asha: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(asha)
    FakeSender.answers.extend([Receipt(Sent.NOT_SENT, failure="ConnectError")] * 5)

    for _ in range(5):
        outbox.send_due()
        outbox.send_due()
        is_ahead(monkeypatch, outbox.AGAIN + timedelta(seconds=1))
    assert len(FakeSender.inbox) == 5
    message.refresh_from_db()
    assert (message.status, message.sendings) == ("WAITING", 0)

    is_ahead(monkeypatch, timedelta(minutes=10))
    outbox.send_due()

    message.refresh_from_db()
    assert (message.status, message.sealed_text) == ("EXPIRED", "")
    assert len(FakeSender.inbox) == 5


def test_killed_while_sending_it_is_sent_once_more(
    asha: User, kill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(asha)
    kill()
    assert outbox.send_due() == 0

    is_ahead(monkeypatch, outbox.CLAIM)
    assert outbox.send_due() == 1

    message.refresh_from_db()
    assert (message.status, message.sendings) == ("SENT", 2)
    assert len(FakeSender.inbox) == 2


def test_killed_twice_it_is_sent_no_third_time(
    asha: User, kill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(asha)
    kill()
    is_ahead(monkeypatch, outbox.CLAIM)
    kill()
    is_ahead(monkeypatch, outbox.CLAIM)

    assert outbox.send_due() == 0

    message.refresh_from_db()
    assert message.status == "UNKNOWN"
    assert len(FakeSender.inbox) == 2


def test_killed_and_too_late_it_may_have_been_sent(
    asha: User, kill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(asha)
    kill()
    is_ahead(monkeypatch, timedelta(minutes=11))

    outbox.send_due()

    message.refresh_from_db()
    assert message.status == "UNKNOWN"


def test_a_slow_worker_overwrites_nothing(asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that another has taken the message over from."""
    message = write(asha)
    real = FakeSender.send

    def slow(self: FakeSender, phone_number: str, text: str) -> Receipt:
        monkeypatch.setattr(FakeSender, "send", real)
        is_ahead(monkeypatch, outbox.CLAIM)
        outbox.send_due()
        return Receipt(Sent.NOT_SENT, failure="late")

    monkeypatch.setattr(FakeSender, "send", slow)
    outbox.send_due()

    message.refresh_from_db()
    assert (message.status, message.failure) == ("SENT", "")


def test_a_message_whose_key_is_gone_ends(asha: User, settings: Any) -> None:
    message = write(asha)
    settings.FIELD_ENCRYPTION_KEYS = ["A" * 43 + "="]

    outbox.send_due()

    message.refresh_from_db()
    assert (message.status, message.failure) == ("REJECTED", "no key opens the text")
    assert FakeSender.inbox == []


def test_withheld_messages_are_not_sent(db: None) -> None:
    message = write(None)

    assert outbox.send_due() == 0
    assert (message.status, message.sealed_text) == ("WITHHELD", "")


def test_without_a_sender_messages_wait(asha: User, settings: Any) -> None:
    settings.SMS_SENDER = {}
    message = write(asha)

    assert outbox.send_due() == 0
    message.refresh_from_db()
    assert message.status == "WAITING"


def test_purge_keeps_a_month_and_a_day_of_strangers(asha: User) -> None:
    now = clock.now()
    write(asha)
    write(None)
    outbox.send_due()

    outbox.purge(now=now + timedelta(hours=23))
    assert TextMessage.objects.count() == 2
    outbox.purge(now=now + timedelta(days=1, minutes=1))
    assert TextMessage.objects.get().status == "SENT"
    outbox.purge(now=now + timedelta(days=30, minutes=1))
    assert not TextMessage.objects.exists()


def test_purge_takes_nothing_that_waits(asha: User) -> None:
    write(asha)

    outbox.purge(now=clock.now() + timedelta(days=400))

    assert TextMessage.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("status = 'SENT'", "users_sms_status"),
        ("sealed_text = ''", "users_sms_status"),
        ("sendings = 3", "users_sms_sendings"),
        ("phone_number = '0712'", "what was written never changes"),
        ("send_before = now() + interval '1 day'", "what was written never changes"),
    ],
)
def test_the_database_refuses_what_is_not_so(asha: User, change: str, says: str) -> None:
    write(asha)

    with pytest.raises(IntegrityError, match=says), connection.cursor() as cursor:
        cursor.execute(f"UPDATE users_textmessage SET {change}")


def test_what_ended_stays(asha: User) -> None:
    write(asha)
    outbox.send_due()

    with pytest.raises(IntegrityError, match="it ends once"):
        TextMessage.objects.update(failure="other")
