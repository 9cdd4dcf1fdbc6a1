"""Which failed tests of the backend run once more, alone."""

import pytest

from devtools.backend_tests import may_run_again

_ORDINARY = "operations.tests.test_doctor.TestClock::test_a_clock_behind"


def test_a_few_ordinary_ones() -> None:
    assert may_run_again([_ORDINARY])
    assert may_run_again([_ORDINARY] * 5)


def test_an_attack_on_the_time_of_a_process() -> None:
    assert may_run_again(["tests.attacks.test_half_sent.TestHonest::test_a_slow_body_is_read[0]"])


def test_not_many() -> None:
    assert not may_run_again([_ORDINARY] * 6)


def test_not_a_run_that_failed_without_a_failed_test() -> None:
    assert not may_run_again([])


@pytest.mark.parametrize(
    "name",
    [
        "tests.races.test_callbacks.TestTwice::test_one_credit",
        "tests.crash.test_push::test_killed",
        "tests.attacks.test_paybill::test_forged",
        "tests.sql.test_settlement.TestDepositCredit::test_once",
        "payments.tests.services.test_claims::test_once",
        "wallet.tests.test_guards::test_refused",
    ],
)
def test_none_about_money(name: str) -> None:
    assert not may_run_again([_ORDINARY, name])
