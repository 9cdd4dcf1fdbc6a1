"""Codes by SMS under attack: guessed, used, asked for and fought over at the same time."""

from collections import Counter
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from common.errors import DomainError
from tests.races.support import NOON, run_together
from users import codes, number_proof, phone_change, recovery, services
from users.code_models import OneTimeCode, Recovery, TextMessage
from users.models import PhoneChange, User
from users.sms import outbox
from users.tests.texting import FAKE, FakeSender, newest_code

PASSWORD = "a-fine-long-passphrase"
_NEW = "quite-another-passphrase"
OWNER, OTHER = "254712345678", "254722000111"


@pytest.fixture(autouse=True)
def sms(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SMS_SENDER = FAKE
    settings.RATELIMIT_ENABLE = False
    # The codes of these tests are of that noon.
    monkeypatch.setattr("common.clock.now", lambda: NOON)
    FakeSender.inbox.clear()
    FakeSender.answers.clear()


def _customer() -> User:
    user = User.objects.create_user(OWNER, PASSWORD)
    User.objects.filter(pk=user.pk).update(created_at=NOON - timedelta(days=1))
    return user


def _recovery() -> tuple[str, str]:
    handle = recovery.start_recovery(
        RequestFactory().post("/"), phone_number=OWNER, language="en", now=NOON
    )
    outbox.send_due()
    return handle, newest_code(OWNER)


def _proof() -> tuple[str, str]:
    handle = number_proof.start_proof(
        RequestFactory().post("/"), phone_number=OTHER, language="en", now=NOON
    )
    outbox.send_due()
    return handle, newest_code(OTHER)


def _confirm(handle: str, code: str, password: str = _NEW) -> User:
    return recovery.confirm_recovery(
        handle=handle, code=code, new_password=password, language="en", now=NOON
    )


def _codes(results: list[object]) -> Counter[str]:
    assert not any(isinstance(result, DatabaseError) for result in results), results
    return Counter(result.code for result in results if isinstance(result, DomainError))


def test_of_guesses_at_once_five_are_compared() -> None:
    _customer()
    handle, code = _recovery()
    wrong = [f"{(int(code) + n) % 1_000_000:06d}" for n in range(1, 17)]
    guess = partial(codes.check_code, purpose="recovery", handle=handle, now=NOON)

    results = run_together([partial(guess, code=text) for text in wrong])

    # The fifth wrong guess ends the code as well.
    assert _codes(results) == {"invalid_code": 4, "code_ended": 12}
    assert OneTimeCode.objects.get().guesses == 5
    with pytest.raises(DomainError) as late:
        guess(code=code)
    assert late.value.code == "code_ended"


def test_of_one_code_used_at_once_one_password_comes() -> None:
    user = _customer()
    handle, code = _recovery()
    passwords = [f"another-passphrase-{n}" for n in range(4)]

    results = run_together([partial(_confirm, handle, code, text) for text in passwords])

    assert _codes(results) == {"code_ended": 3}
    assert Recovery.objects.count() == 1
    user.refresh_from_db()
    won = next(n for n, result in enumerate(results) if isinstance(result, User))
    assert user.check_password(passwords[won])


def test_of_one_proof_used_at_once_one_account_comes() -> None:
    handle, code = _proof()

    def sign_up() -> User:
        proof = number_proof.check_proof(handle=handle, code=code, phone_number=OTHER, now=NOON)
        return services.sign_up(
            phone_number=OTHER, password=PASSWORD, full_name="Juma", proof=proof, now=NOON
        )

    results = run_together([sign_up] * 4)

    assert sum(_codes(results).values()) == 3
    assert set(_codes(results)) <= {"code_ended", "phone_number_taken"}
    assert User.objects.get().number_proven_at == NOON


def test_asking_at_once_sends_one_number_no_more_than_its_share(settings: Settings) -> None:
    settings.RATELIMIT_ENABLE, settings.CODES_PER_NUMBER_HOURLY = True, 3
    _customer()
    recover = partial(
        recovery.start_recovery,
        RequestFactory().post("/"),
        phone_number=OWNER,
        language="en",
        now=NOON,
    )
    prove = partial(
        number_proof.start_proof,
        RequestFactory().post("/"),
        phone_number=OWNER,
        language="en",
        now=NOON,
    )

    results = run_together([recover, prove] * 4)

    assert _codes(results) == {"rate_limited": 5}
    assert TextMessage.objects.count() == 3
    live = OneTimeCode.objects.filter(ended_at=None).values_list("purpose", flat=True)
    assert len(set(live)) == len(live)


def test_a_stolen_session_gets_no_number_beside_a_recovery() -> None:
    user = _customer()
    handle, code = _recovery()
    steal = partial(
        phone_change.request_change, user, new_phone_number=OTHER, password=PASSWORD, now=NOON
    )

    results = run_together([steal, partial(_confirm, handle, code), steal])

    assert isinstance(results[1], User)
    assert set(_codes(results)) <= {"number_waits", "phone_change_pending"}
    assert not PhoneChange.objects.filter(status="PENDING").exists()


def test_the_owner_of_a_number_that_was_sold_again_is_told_and_not_let_in(
    settings: Settings,
) -> None:
    """Who buys a number from the network gets no account with it, whatever they ask for."""
    user = _customer()
    quiet = NOON - timedelta(days=settings.RECOVERY_QUIET_DAYS + 1)
    User.objects.filter(pk=user.pk).update(created_at=quiet, last_login=quiet)
    request = RequestFactory().post("/")

    handle = recovery.start_recovery(request, phone_number=OWNER, language="en", now=NOON)
    proof = number_proof.start_proof(request, phone_number=OWNER, language="en", now=NOON)
    outbox.send_due()

    assert FakeSender.inbox == [(OWNER, number_proof.TAKEN_SMS.en)]
    for code in ("000000", "123456"):
        with pytest.raises(DomainError, match=r"code"):
            _confirm(handle, code)
        with pytest.raises(DomainError, match=r"code"):
            number_proof.check_proof(handle=proof, code=code, phone_number=OWNER, now=NOON)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("path", ["/api/auth/recovery/", "/api/auth/signup/code/"])
def test_numbers_with_and_without_an_account_take_about_the_same_time(path: str) -> None:
    _customer()

    def seconds(number: str) -> float:
        begun = perf_counter()
        answer = Client().post(path, {"phone_number": number}, content_type="application/json")
        spent = perf_counter() - begun
        assert answer.status_code == 202
        return spent

    seconds(OWNER)
    # In turn, so that a busy moment of the machine meets both.
    pairs = [(seconds(OWNER), seconds(f"2547220{n:05d}")) for n in range(60)]

    known, unknown = (median(times) for times in zip(*pairs, strict=True))
    # A password's hash would be a factor of ten or more; the rest is noise.
    assert 0.5 < known / unknown < 2
