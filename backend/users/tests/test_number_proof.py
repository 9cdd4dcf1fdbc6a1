"""Sign-up with a code by SMS: what it proves, and what it tells nobody."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from users import codes, number_proof
from users.code_models import OneTimeCode, TextMessage
from users.models import User
from users.sms import outbox
from users.tests.conftest import NEW_NUMBER, PASSWORD
from users.tests.texting import FAKE, FakeSender, newest_code

_ASHA = "254712345678"
_NEW = "254799999999"


@pytest.fixture(autouse=True)
def sms(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    """Send SMS into a list; these tests run in a transaction."""
    settings.SMS_SENDER = FAKE
    monkeypatch.setattr(outbox, "release_connection", lambda: None)
    FakeSender.inbox.clear()
    FakeSender.answers.clear()
    yield
    FakeSender.inbox.clear()


def start(number: str = _NEW, language: str = "en") -> Any:
    """Ask for a code."""
    return Client().post(
        "/api/auth/signup/code/",
        {"phone_number": number},
        content_type="application/json",
        headers={"Accept-Language": language},
    )


def sign_up(number: str = _NEW, client: Client | None = None, **more: Any) -> Any:
    """Sign up, with a code or without."""
    body = {"phone_number": number, "password": PASSWORD, "full_name": "Njeri Wambui", **more}
    return (client or Client()).post("/api/auth/signup/", body, content_type="application/json")


def begin(number: str = _NEW) -> dict[str, Any]:
    """Ask for a code, and return what goes with the sign-up."""
    handle = start(number).json()["proof"]
    outbox.send_due()
    return {"proof": handle, "code": newest_code(number)}


class TestProof:
    def test_the_right_code_proves_the_number(self) -> None:
        client = Client()

        answer = sign_up(client=client, **begin())

        assert answer.status_code == 201
        assert set(answer.json()) == {"id", "phone_number", "full_name", "kyc_status"}
        assert User.objects.get().number_proven_at is not None
        assert client.get("/api/auth/me/").status_code == 200

    def test_without_a_code_the_account_is_made_and_nothing_proven(self) -> None:
        assert sign_up().status_code == 201
        assert User.objects.get().number_proven_at is None

    def test_a_wrong_code_makes_no_account(self) -> None:
        given = begin()
        wrong = f"{(int(given['code']) + 1) % 1_000_000:06d}"

        answer = sign_up(**{**given, "code": wrong})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_code")
        assert not User.objects.exists()
        assert sign_up(**given).status_code == 201

    def test_a_code_proves_no_other_number(self) -> None:
        answer = sign_up(NEW_NUMBER, **begin())

        assert (answer.status_code, answer.json()["code"]) == (410, "code_ended")
        assert not User.objects.exists()

    def test_a_code_works_once(self) -> None:
        given = begin()
        sign_up(**given)

        assert sign_up(**given).json()["code"] == "code_ended"

    def test_a_code_of_a_recovery_signs_nobody_up(self, asha: User) -> None:
        handle = (
            Client()
            .post("/api/auth/recovery/", {"phone_number": _ASHA}, content_type="application/json")
            .json()["recovery"]
        )
        outbox.send_due()

        answer = sign_up(_ASHA, proof=handle, code=newest_code(_ASHA))

        assert answer.json()["code"] == "code_ended"

    def test_a_code_of_a_sign_up_recovers_nothing(self) -> None:
        given = begin()
        sign_up(_NEW)

        body = {"recovery": given["proof"], "code": given["code"], "new_password": "another-one-x"}
        answer = Client().post("/api/auth/recovery/confirm/", body, content_type="application/json")

        assert answer.json()["code"] == "code_ended"

    def test_a_number_taken_meanwhile_stays_with_its_account(self) -> None:
        given = begin()
        sign_up(_NEW)

        answer = sign_up(**given)

        assert (answer.status_code, answer.json()["code"]) == (409, "phone_number_taken")
        assert User.objects.count() == 1

    @pytest.mark.parametrize("field", ["proof", "code"])
    def test_handle_and_code_come_together(self, field: str) -> None:
        given: dict[str, Any] = {field: "123456"}
        answer = sign_up(**given)

        other = "code" if field == "proof" else "proof"
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [other])

    def test_a_weak_password_counts_no_guess(self) -> None:
        given = begin()

        assert sign_up(**given, password="12345678").status_code == 400
        assert OneTimeCode.objects.get().guesses == 0
        assert sign_up(**given).status_code == 201

    def test_another_number_is_not_proven_by_it(self) -> None:
        sign_up(**begin())

        User.objects.update(phone_number=NEW_NUMBER)

        assert User.objects.get().number_proven_at is None

    def test_a_recovered_password_proves_the_number_too(self, asha: User) -> None:
        body = {"phone_number": _ASHA}
        started = Client().post("/api/auth/recovery/", body, content_type="application/json")
        outbox.send_due()
        body = {
            "recovery": started.json()["recovery"],
            "code": newest_code(_ASHA),
            "new_password": "quite-another-passphrase",
        }
        Client().post("/api/auth/recovery/confirm/", body, content_type="application/json")

        asha.refresh_from_db()
        assert asha.number_proven_at is not None

    @pytest.mark.parametrize("message", [number_proof.CODE_SMS, number_proof.TAKEN_SMS])
    def test_each_text_fits_into_one_sms(self, message: Any) -> None:
        for text in message.filled(code="123456"):
            assert text.isascii()
            assert len(text) <= 160

    def test_sms_are_in_the_language_of_the_page(self) -> None:
        start(language="sw")
        outbox.send_due()

        assert "msimbo wako wa Kibeezy wa akaunti mpya" in FakeSender.inbox[0][1]


class TestWithoutSms:
    def test_there_is_nothing_to_ask(self, settings: Any) -> None:
        settings.SMS_SENDER = {}

        answer = start()

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert not OneTimeCode.objects.exists()
        assert sign_up().status_code == 201

    def test_a_code_that_only_the_log_has_is_asked_from_nobody(self, settings: Any) -> None:
        settings.SMS_SENDER = {"CLASS": "users.sms.console.ConsoleSender", "OPTIONS": {}}

        assert start().status_code == 404


class TestNobodyLearnsOfAccounts:
    def test_taken_and_free_numbers_cost_the_same(self, asha: User) -> None:
        with CaptureQueriesContext(connection) as taken:
            of_taken = start(_ASHA)
        with CaptureQueriesContext(connection) as free:
            of_free = start(_NEW)

        def shape(found: CaptureQueriesContext) -> list[str]:
            return [query["sql"].split(" ")[0] for query in found.captured_queries]

        assert shape(taken) == shape(free)
        assert of_taken.status_code == of_free.status_code == 202
        assert set(of_taken.json()) == set(of_free.json())
        assert len(of_taken.json()["proof"]) == len(of_free.json()["proof"])

    def test_only_the_phone_hears_that_it_has_an_account(self, asha: User) -> None:
        start(_ASHA)
        outbox.send_due()

        assert FakeSender.inbox == [(_ASHA, number_proof.TAKEN_SMS.en)]

    def test_codes_for_taken_numbers_are_wrong_like_others(self, asha: User) -> None:
        found = []
        for number in (_ASHA, _NEW):
            handle = start(number).json()["proof"]
            outbox.send_due()
            wrong = "000000" if number == _ASHA else f"{(int(newest_code(_NEW)) + 1) % 10**6:06d}"
            with CaptureQueriesContext(connection) as queries:
                answers = [sign_up(number, proof=handle, code=wrong).json() for _ in range(6)]
            found.append((len(queries), [answer["code"] for answer in answers]))

        assert found[0] == found[1]
        assert found[0][1] == ["invalid_code"] * 4 + ["code_ended"] * 2

    def test_no_code_of_a_taken_number_is_right(
        self, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The code that would be sent to a free number is 000000.
        monkeypatch.setattr(secrets, "choice", lambda digits: digits[0])
        handle = start(_ASHA).json()["proof"]

        answer = sign_up(_ASHA, proof=handle, code="000000")

        assert answer.json()["code"] == "invalid_code"


class TestFlooding:
    @pytest.fixture(autouse=True)
    def counted(self, settings: Any) -> None:
        settings.RATELIMIT_ENABLE = True
        settings.CODES_PER_NUMBER_HOURLY, settings.CODE_RATE_IP = 3, "100/h"

    @pytest.mark.parametrize("number", [_ASHA, _NEW])
    def test_one_number_gets_few_sms(self, asha: User, number: str) -> None:
        answers = [start(number).status_code for _ in range(5)]

        assert answers == [202] * 3 + [429] * 2
        outbox.send_due()
        assert len(FakeSender.inbox) == 3

    def test_both_ways_count_together(self, asha: User) -> None:
        body = {"phone_number": _ASHA}
        for _ in range(3):
            Client().post("/api/auth/recovery/", body, content_type="application/json")

        assert start(_ASHA).status_code == 429

    def test_one_address_asks_for_few(self, settings: Any) -> None:
        settings.CODE_RATE_IP = "2/h"

        answers = [start(f"25471000000{i}").status_code for i in range(3)]

        assert answers == [202, 202, 429]

    def test_wrong_codes_count_as_wrong_passwords(self, settings: Any) -> None:
        settings.LOGIN_RATE_IP, settings.SIGNUP_RATE_IP = "2/h", "100/h"
        answers = [sign_up(proof="x" * 43, code="123456").status_code for _ in range(3)]

        assert answers == [410, 410, 429]

    def test_the_money_of_the_hour_ends_for_everybody(self, asha: User, settings: Any) -> None:
        settings.SMS_MAX_PER_HOUR = 2
        start(_NEW)
        start(NEW_NUMBER)

        answers = [start(_ASHA), start("254711222333")]

        assert [answer.status_code for answer in answers] == [503, 503]
        assert answers[0].json()["code"] == "sms_unavailable"
        # A flood keeps nobody from signing up.
        assert sign_up("254711222333").status_code == 201


def test_an_old_code_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given, now = begin(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + codes.LIFETIME)

    assert sign_up(**given).json()["code"] == "code_ended"


def test_nothing_of_a_number_stays_readable() -> None:
    start()
    outbox.send_due()

    assert _NEW not in str(OneTimeCode.objects.values().get())
    assert TextMessage.objects.get().sealed_text == ""
