"""What a refused deposit says of the money, in a field and in the customer's words."""

import re

import pytest

from common.errors import Money
from payments import errors, limit_errors
from payments.errors import DepositError
from payments.gateway import GatewayRejected, RejectionReason
from payments.tests.building import NOON

# Nothing was sent: the page says nothing of the money itself, since these sentences do.
NOT_MOVED = [
    errors.DepositorBlocked(),
    errors.InvalidIdempotencyKey(),
    errors.InvalidPhoneNumber(),
    errors.KycRequired(),
    errors.RiskDenied(),
    errors.RiskReview(),
    errors.MpesaUnavailable(1, 30),
    *(
        errors.rejected_by_gateway(GatewayRejected("no", reason=found), 1)
        for found in RejectionReason
    ),
    limit_errors.LimitExceeded(500, 60),
    limit_errors.OwnDailyLimitExceeded(500, 500, 60),
    limit_errors.OwnDailyLimitExceeded(500, 501, 60),
    limit_errors.OwnWeeklyLimitExceeded(500, 500, 60),
    limit_errors.OwnWeeklyLimitExceeded(500, 501, 60),
    limit_errors.SelfExcluded(NOON, 60),
    limit_errors.TooManyPushes(60),
    limit_errors.PromptsPaused(NOON, 60),
]
# An earlier request's prompt may be on the phone, and may be paid.
UNKNOWN = [
    errors.DepositInProgress(1, 60),
    errors.DepositInProgress(None, 60),
    errors.IdempotencyInProgress(1, 60),
    errors.IdempotencyKeyReused(),
]
_NOTHING_CHARGED = (
    r"Nothing was charged|no money moved",
    r"Hujatozwa|hakuna pesa iliyokatwa",
)


@pytest.mark.parametrize("error", NOT_MOVED, ids=lambda error: error.error)
def test_an_error_says_once_that_nothing_was_charged(error: DepositError) -> None:
    said = zip(_NOTHING_CHARGED, error.customer_message, strict=True)

    assert error.money is Money.NOT_MOVED
    assert [len(re.findall(words, sentence)) for words, sentence in said] == [1, 1]


@pytest.mark.parametrize("error", UNKNOWN, ids=lambda error: error.error)
def test_an_error_beside_an_open_prompt_says_nothing_of_the_money(
    error: DepositError,
) -> None:
    said = zip(_NOTHING_CHARGED, error.customer_message, strict=True)

    assert error.money is Money.UNKNOWN
    assert not any(re.search(words, sentence) for words, sentence in said)


def test_every_error_of_a_deposit_is_in_one_of_the_lists() -> None:
    told = {type(error) for error in [*NOT_MOVED, *UNKNOWN]}
    # The amount's is said beside its field; a stored one is what it was.
    told |= {errors.InvalidAmount, errors.StoredError}

    assert set(_kinds(DepositError)) - told == {errors.RejectedByMpesa}


def _kinds(base: type[DepositError]) -> list[type[DepositError]]:
    direct = base.__subclasses__()
    return [*direct, *(kind for one in direct for kind in _kinds(one))]


class TestStored:
    ANSWER = {
        "code": "subscriber_busy",
        "error": "Another M-Pesa request is open on this phone",
        "customer_message": {"en": "Busy.", "sw": "Shughuli."},
        "retry_after_s": 60,
    }

    def test_a_stored_error_is_repeated_unchanged(self) -> None:
        error = errors.StoredError({**self.ANSWER, "money": "unknown"}, 7)

        assert (error.code, error.money) == ("subscriber_busy", Money.UNKNOWN)
        assert (error.transaction_id, error.retry_after_s) == (7, 60)

    def test_an_error_stored_by_an_older_release_means_that_no_money_moved(self) -> None:
        assert errors.StoredError(self.ANSWER, 7).money is Money.NOT_MOVED
