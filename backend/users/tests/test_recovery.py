"""A forgotten password: the way back in, and who does not get in by it."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from common import clock
from users import codes, phone_change, recovery, services
from users.code_models import OneTimeCode, Recovery, TextMessage
from users.errors import NumberWaits
from users.models import PhoneChange, User
from users.sms import outbox
from users.tests.conftest import NEW_NUMBER, PASSWORD, signed_in
from users.tests.texting import FAKE, FakeSender, newest_code

_NEW = "quite-another-passphrase"
_ASHA = "254712345678"
_STRANGER = "254799999999"


@pytest.fixture(autouse=True)
def sms(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send SMS into a list; these tests run in a transaction, which sms/tests does without."""
    settings.SMS_SENDER = FAKE
    monkeypatch.setattr(outbox, "release_connection", lambda: None)
    FakeSender.inbox.clear()
    FakeSender.answers.clear()
    yield
    FakeSender.inbox.clear()


def start(number: str = "0712 345 678", client: Client | None = None, language: str = "en") -> Any:
    """Ask for a code."""
    return (client or Client()).post(
        "/api/auth/recovery/",
        {"phone_number": number},
        content_type="application/json",
        headers={"Accept-Language": language},
    )


def confirm(handle: str, code: str, password: str = _NEW, client: Client | None = None) -> Any:
    """Type the code and a new password."""
    return (client or Client()).post(
        "/api/auth/recovery/confirm/",
        {"recovery": handle, "code": code, "new_password": password},
        content_type="application/json",
    )


def recover(number: str = _ASHA) -> Any:
    """Go the whole way, and return the last answer."""
    handle = start(number).json()["recovery"]
    outbox.send_due()
    return confirm(handle, newest_code(number))


def age(user: User, days: int) -> None:
    """Let the account be as old, and as quiet for as long."""
    then = timezone.now() - timedelta(days=days)
    User.objects.filter(pk=user.pk).update(created_at=then, last_login=then)


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestTheWayBack:
    def test_code_and_new_password_open_a_session(self, asha: User) -> None:
        client = Client()
        handle = start().json()["recovery"]
        outbox.send_due()

        answer = confirm(handle, newest_code(_ASHA), client=client)

        assert answer.status_code == 200
        assert answer.json()["id"] == asha.pk
        assert client.get("/api/auth/me/").status_code == 200
        asha.refresh_from_db()
        assert asha.check_password(_NEW)
        assert not asha.check_password(PASSWORD)

    def test_every_other_sign_in_ends(self, asha: User) -> None:
        thief = signed_in(asha)
        token = AuthToken.objects.create(asha)[1]

        assert recover().status_code == 200

        assert thief.get("/api/auth/me/").status_code == 401
        answer = Client().get("/api/auth/me/", headers={"Authorization": f"Token {token}"})
        assert answer.status_code == 401

    def test_the_number_is_told_before_and_after(self, asha: User) -> None:
        recover()
        outbox.send_due()

        first, last = FakeSender.inbox
        assert first[0] == last[0] == _ASHA
        assert "Not you?" in first[1]
        assert last[1] == recovery.DONE_SMS.en

    def test_sms_are_in_the_language_of_the_page(self, asha: User) -> None:
        start(language="sw")
        outbox.send_due()

        assert "ni msimbo wako wa Kibeezy" in FakeSender.inbox[0][1]

    @pytest.mark.parametrize("message", [recovery.CODE_SMS, recovery.DONE_SMS])
    def test_each_text_fits_into_one_sms(self, message: Any) -> None:
        for text in message.filled(code="123456"):
            assert text.isascii()
            assert len(text) <= 160

    def test_a_lock_of_the_log_in_is_lifted(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_LOCK_AFTER = True, 2
        settings.LOGIN_RATE_IP = "100/m"
        body = {"phone_number": _ASHA, "password": "wrong-password"}
        for _ in range(3):
            locked = Client().post("/api/auth/login/", body, content_type="application/json")
        assert locked.status_code == 429

        recover()

        body["password"] = _NEW
        answer = Client().post("/api/auth/login/", body, content_type="application/json")
        assert answer.status_code == 200

    def test_it_is_no_password_of_our_team(self, asha: User) -> None:
        recover()

        history = apps.get_model("users", "PasswordHistory")._default_manager
        newest = history.filter(pgh_obj=asha.pk).latest("pgh_id")
        assert "recovered_by_code" in newest.pgh_context.metadata
        assert services.find_password_set_by_operator(asha) is None

    def test_a_weak_password_does_not_use_up_the_code(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        code = newest_code(_ASHA)

        common = confirm(handle, code, "password")
        own_name = confirm(handle, code, "asha mwangi")

        assert (common.status_code, own_name.status_code) == (400, 400)
        assert "new_password" in own_name.json()["fields"]
        assert OneTimeCode.objects.get().guesses == 1
        assert confirm(handle, code).status_code == 200

    def test_a_code_works_once(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        code = newest_code(_ASHA)
        confirm(handle, code)

        again = confirm(handle, code, "a-third-passphrase")

        assert (again.status_code, again.json()["code"]) == (410, "code_ended")

    def test_a_new_code_ends_the_one_before(self, asha: User) -> None:
        first = start().json()["recovery"]
        outbox.send_due()
        code = newest_code(_ASHA)
        start()

        assert confirm(first, code).json()["code"] == "code_ended"

    def test_a_code_ends_after_ten_minutes(
        self, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        code, now = newest_code(_ASHA), clock.now()

        monkeypatch.setattr(clock, "now", lambda: now + codes.LIFETIME)

        assert confirm(handle, code).json()["code"] == "code_ended"

    def test_the_sixth_guess_is_not_compared(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        code = newest_code(_ASHA)

        answers = [confirm(handle, wrong(code)).json()["code"] for _ in range(5)]

        assert answers == ["invalid_code"] * 4 + ["code_ended"]
        assert confirm(handle, code).json()["code"] == "code_ended"

    def test_without_a_sender_nothing_is_promised(self, asha: User, settings: Any) -> None:
        settings.SMS_SENDER = {}

        answer = start()

        assert (answer.status_code, answer.json()["code"]) == (503, "sms_unavailable")
        assert not OneTimeCode.objects.exists()

    def test_the_database_holds_neither_code_nor_number(self, asha: User) -> None:
        start()
        (message,) = TextMessage.objects.all()
        sealed = message.sealed_text
        outbox.send_due()

        code = newest_code(_ASHA)
        row = OneTimeCode.objects.values().get()
        assert code not in str(row)
        assert _ASHA not in str(row)
        assert code not in sealed
        message.refresh_from_db()
        assert message.sealed_text == ""

    def test_the_log_has_neither_code_nor_number(
        self, asha: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        recover()

        logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
        assert newest_code(_ASHA) not in logged.replace(_ASHA, "")


class TestWhoStaysOutside:
    """Equal answers, equal statements, and no SMS: nothing tells which numbers have accounts."""

    @pytest.fixture
    def no_code_for(self, asha: User) -> Any:
        def check() -> None:
            handle = start().json()["recovery"]
            outbox.send_due()
            assert FakeSender.inbox == []
            (row,) = OneTimeCode.objects.all()
            assert row.user is None
            assert confirm(handle, "123456").json()["code"] in {"invalid_code", "code_ended"}

        return check

    def test_unknown_and_known_numbers_cost_the_same(self, asha: User) -> None:
        with CaptureQueriesContext(connection) as known:
            of_known = start(_ASHA)
        with CaptureQueriesContext(connection) as unknown:
            of_unknown = start(_STRANGER)

        def shape(found: CaptureQueriesContext) -> list[str]:
            return [query["sql"].split(" ")[0] for query in found.captured_queries]

        assert shape(known) == shape(unknown)
        assert of_known.status_code == of_unknown.status_code == 202
        assert set(of_known.json()) == set(of_unknown.json())
        assert len(of_known.json()["recovery"]) == len(of_unknown.json()["recovery"])
        headers = {"Date", "X-Request-ID"}
        assert {k for k in of_known.headers if k not in headers} == {
            k for k in of_unknown.headers if k not in headers
        }

    def test_wrong_codes_cost_the_same(self, asha: User) -> None:
        found = []
        for number in (_ASHA, _STRANGER):
            handle = start(number).json()["recovery"]
            outbox.send_due()
            code = wrong(newest_code(_ASHA))
            with CaptureQueriesContext(connection) as queries:
                answers = [confirm(handle, code).json() for _ in range(6)]
            found.append((len(queries), [answer["code"] for answer in answers]))

        assert found[0] == found[1]

    def test_unknown_numbers_get_no_sms(self, asha: User) -> None:
        start(_STRANGER)
        outbox.send_due()

        assert FakeSender.inbox == []
        assert TextMessage.objects.get().status == "WITHHELD"

    def test_operators(self, asha: User, no_code_for: Any) -> None:
        operator = User.objects.create_superuser(_STRANGER, PASSWORD)

        start(operator.phone_number)
        outbox.send_due()

        assert FakeSender.inbox == []

    def test_blocked_accounts(self, asha: User, no_code_for: Any) -> None:
        User.objects.filter(pk=asha.pk).update(is_active=False)

        no_code_for()

    def test_a_number_that_may_have_been_sold_again(self, asha: User, no_code_for: Any) -> None:
        age(asha, days=90)

        no_code_for()

    def test_one_day_less_is_not_quiet_for_long(self, asha: User) -> None:
        age(asha, days=89)

        assert recover().status_code == 200

    def test_a_program_in_use_is_not_quiet(self, asha: User) -> None:
        age(asha, days=400)
        AuthToken.objects.create(asha)

        assert recover().status_code == 200

    def test_an_account_that_became_an_operators_meanwhile(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        # As `migrate`'s role may; the application's needs two operators for it.
        User.objects.filter(pk=asha.pk).update(is_active=False)

        assert confirm(handle, newest_code(_ASHA)).json()["code"] == "code_ended"
        asha.refresh_from_db()
        assert asha.check_password(PASSWORD)
        # Nothing of it stayed: the code is not used up either.
        assert OneTimeCode.objects.get().ended_at is None

    def test_an_account_whose_number_changed_meanwhile(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()
        User.objects.filter(pk=asha.pk).update(phone_number=NEW_NUMBER)

        assert confirm(handle, newest_code(_ASHA)).json()["code"] == "code_ended"


class TestFlooding:
    @pytest.fixture(autouse=True)
    def counted(self, settings: Any) -> None:
        settings.RATELIMIT_ENABLE = True
        settings.CODES_PER_NUMBER_HOURLY = 3
        settings.CODE_RATE_IP = "100/h"

    def test_one_number_gets_few_codes(self, asha: User) -> None:
        answers = [start() for _ in range(5)]

        assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 2
        assert 3500 <= answers[-1].json()["retry_after"] <= 3600
        outbox.send_due()
        assert len(FakeSender.inbox) == 3

    def test_unknown_numbers_are_counted_alike(self, asha: User) -> None:
        answers = [start(_STRANGER).status_code for _ in range(5)]

        assert answers == [202] * 3 + [429] * 2

    def test_the_owner_is_not_kept_out_by_strangers(self, asha: User) -> None:
        own = Client()
        body = {"phone_number": _ASHA, "password": PASSWORD}
        own.post("/api/auth/login/", body, content_type="application/json")
        own.post("/api/auth/logout/")
        for _ in range(4):
            start()

        assert start(client=own).status_code == 202

    def test_a_stranger_cannot_guess_the_owners_code_to_death(self, asha: User) -> None:
        handle = start().json()["recovery"]
        outbox.send_due()

        for _ in range(6):
            confirm("x" * 43, "123456")

        assert confirm(handle, newest_code(_ASHA)).status_code == 200

    def test_one_address_asks_for_few(self, db: None, settings: Any) -> None:
        settings.CODE_RATE_IP = "2/h"

        answers = [start(f"25471000000{i}").status_code for i in range(3)]

        assert answers == [202, 202, 429]

    def test_wrong_codes_count_as_wrong_passwords(self, db: None, settings: Any) -> None:
        settings.LOGIN_RATE_IP = "2/h"

        answers = [confirm("x" * 43, "123456").status_code for _ in range(3)]

        assert answers == [410, 410, 429]

    def test_the_money_of_the_hour_ends_for_everybody(self, asha: User, settings: Any) -> None:
        settings.SMS_MAX_PER_HOUR = 2
        for _ in range(2):
            start()

        of_known, of_unknown = start(_ASHA), start(_STRANGER)

        assert of_known.status_code == of_unknown.status_code == 503
        assert of_known.json()["code"] == "sms_unavailable"

    def test_withheld_messages_cost_no_money(self, asha: User, settings: Any) -> None:
        settings.SMS_MAX_PER_HOUR = 2
        for _ in range(3):
            start(_STRANGER)

        assert start(_ASHA).status_code == 202


class TestTheNumberWaits:
    def test_a_stolen_sessions_wish_for_a_number_is_withdrawn(
        self, asha: User, change: PhoneChange
    ) -> None:
        recover()

        change.refresh_from_db()
        assert change.status == "CANCELLED"

    def test_no_number_is_asked_for_until_the_wait_is_over(self, asha: User, settings: Any) -> None:
        settings.RECOVERY_WAIT_HOURS = 24
        recover()
        asha.refresh_from_db()
        body = {"new_phone_number": NEW_NUMBER, "password": _NEW}

        answer = signed_in(asha).post("/api/auth/phone/", body, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (409, "number_waits")
        assert 86_000 <= answer.json()["retry_after"] <= 86_400
        later = timezone.now() + timedelta(hours=24, minutes=1)
        made = phone_change.request_change(
            asha, new_phone_number=NEW_NUMBER, password=_NEW, now=later
        )
        assert made.status == "PENDING"

    def test_the_database_refuses_it_too(self, asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
        recover()
        asha.refresh_from_db()
        monkeypatch.setattr(phone_change, "waits_until", lambda *_, **__: None)

        with pytest.raises(NumberWaits):
            phone_change.request_change(
                asha, new_phone_number=NEW_NUMBER, password=_NEW, now=timezone.now()
            )

    def test_an_approval_waits_too(self, asha: User, operator: User, change: PhoneChange) -> None:
        Recovery.objects.create(user=asha, waits_until=timezone.now() + timedelta(hours=1))

        with pytest.raises(phone_change.NotPending):
            phone_change.approve_change(
                change.pk, operator=operator, reason="seen", now=timezone.now()
            )

    @pytest.mark.parametrize(
        "statement", ["UPDATE users_recovery SET waits_until = now()", "DELETE FROM users_recovery"]
    )
    def test_nobody_shortens_the_wait(self, asha: User, statement: str) -> None:
        recover()

        with (
            pytest.raises(IntegrityError, match="append-only"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_old_codes_are_purged(asha: User) -> None:
    start()

    codes.purge(now=timezone.now() + timedelta(days=1, hours=23))
    assert OneTimeCode.objects.exists()
    codes.purge(now=timezone.now() + timedelta(days=2, minutes=1))
    assert not OneTimeCode.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("guesses = 0", "only its guesses"),
        ("expires_at = now() + interval '1 day'", "only its guesses"),
        ("guesses = 6", "users_code_guesses"),
    ],
)
def test_a_code_cannot_be_given_more_guesses_or_time(asha: User, change: str, says: str) -> None:
    handle = start().json()["recovery"]
    confirm(handle, "000000" if "6" not in change else "000001")

    with (
        pytest.raises(IntegrityError, match=says),
        db_transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE users_onetimecode SET {change}")
