"""The guard against prompt bombing: how declined prompts on one phone lengthen its waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from common.errors import DomainError
from payments import conf, selectors
from payments.daraja.result_codes import LISTED
from payments.services import initiate_deposit
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def fail(user: User, code: str, ended_at: datetime, *, nth: int = 0, amount: int = 500) -> Any:
    """Store a deposit that ended with `code`."""
    return make_deposit(
        user,
        status="FAILED",
        result_code=code,
        amount=amount,
        created_at=ended_at - timedelta(seconds=20),
        updated_at=ended_at,
        prompt_expires_at=ended_at,
        next_query_at=None,
        checkout_request_id=f"ws_{code}_{nth}_{ended_at.isoformat()}",
        token=f"{code} {nth} {ended_at}",
    )


def decline_often(user: User, times: int, code: str = "1032") -> None:
    """Store declined prompts a minute apart, the last one ended at NOON."""
    for nth in range(times):
        fail(user, code, NOON - timedelta(minutes=times - 1 - nth), nth=nth)


def pay(gateway: ScriptedGateway, user: User, now: datetime) -> None:
    """Deposit 500; the customer pays a second later."""
    outcome = initiate_deposit(user=user, amount=500, idempotency_key=None, now=now)
    body = success_body(str(outcome.checkout_request_id))
    receive(body, token=gateway.token, now=now + timedelta(seconds=1))


def wait_of(user: User, now: datetime = NOON, amount: int = 500) -> int | None:
    """Return how long a push has to wait; None: it was sent."""
    try:
        initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)
    except DomainError as error:
        if error.code != "rate_limited":
            raise
        return error.retry_after_s
    return None


@pytest.mark.parametrize(
    ("declines", "wait_s"),
    [(0, None), (1, None), (2, None), (3, 60), (4, 300), (5, 900), (6, 3600), (9, 3600)],
)
def test_the_wait_grows_with_the_declines(
    gateway: ScriptedGateway, customer: User, declines: int, wait_s: int | None
) -> None:
    decline_often(customer, declines)

    assert wait_of(customer) == wait_s


@pytest.mark.parametrize(("code", "wait_s"), [("1031", 60), ("1032", 60), ("2001", 60)])
def test_cancels_and_wrong_pins_count(
    gateway: ScriptedGateway, customer: User, code: str, wait_s: int
) -> None:
    decline_often(customer, 3, code)

    assert wait_of(customer) == wait_s


@pytest.mark.parametrize("code", ["1", "1025", "9999", "mpesa_unavailable"])
def test_failures_that_are_no_decline_cost_no_wait(
    gateway: ScriptedGateway, customer: User, code: str
) -> None:
    decline_often(customer, 15, code)

    assert wait_of(customer) is None


@pytest.mark.parametrize("code", ["1019", "1036", "1037"])
@pytest.mark.parametrize(
    ("prompts", "wait_s"), [(5, None), (6, 60), (7, 60), (8, 300), (10, 900), (12, 3600)]
)
def test_unanswered_prompts_cost_a_wait(
    gateway: ScriptedGateway, customer: User, code: str, prompts: int, wait_s: int | None
) -> None:
    decline_often(customer, prompts, code)

    assert wait_of(customer) == wait_s


def test_refused_and_unanswered_prompts_are_rows_of_their_own(
    gateway: ScriptedGateway, customer: User
) -> None:
    decline_often(customer, 2)
    decline_often(customer, 5, "1037")

    assert wait_of(customer) is None


def test_a_success_resets_the_count_of_unanswered_prompts(
    gateway: ScriptedGateway, customer: User
) -> None:
    decline_often(customer, 6, "1037")
    pay(gateway, customer, NOON + timedelta(seconds=60))

    assert wait_of(customer, NOON + timedelta(seconds=90)) is None


def test_the_wait_ends_automatically(gateway: ScriptedGateway, customer: User) -> None:
    decline_often(customer, 4)

    assert wait_of(customer, NOON + timedelta(seconds=299.5)) == 1
    assert wait_of(customer, NOON + timedelta(seconds=300)) is None


def test_a_success_resets_the_declines(gateway: ScriptedGateway, customer: User) -> None:
    decline_often(customer, 3)
    pay(gateway, customer, NOON + timedelta(seconds=60))
    for nth in range(2):
        fail(customer, "1032", NOON + timedelta(seconds=80 + nth), nth=nth)

    assert wait_of(customer, NOON + timedelta(seconds=90)) is None


def test_a_day_resets_the_declines(gateway: ScriptedGateway, customer: User) -> None:
    for nth in range(5):
        fail(customer, "1032", NOON - timedelta(hours=24, seconds=nth), nth=nth)
    decline_often(customer, 2)

    assert wait_of(customer) is None


def test_pushes_of_all_accounts_to_a_phone_count(gateway: ScriptedGateway, customer: User) -> None:
    decline_often(customer, 3)
    User.objects.filter(pk=customer.pk).update(phone_number=OTHER_PHONE)

    assert wait_of(make_customer(PHONE)) == 60
    assert wait_of(customer) is None


@pytest.mark.parametrize("code", ["1001", "subscriber_busy"])
def test_a_busy_phone_waits_for_a_minute(
    gateway: ScriptedGateway, customer: User, code: str
) -> None:
    fail(customer, code, NOON)

    assert LISTED["1001"].retry_after_s == 60
    assert wait_of(customer, NOON + timedelta(seconds=1)) == 59
    assert wait_of(customer, NOON + timedelta(seconds=60)) is None


def test_after_result_17_the_same_amount_waits_for_two_minutes(
    gateway: ScriptedGateway, customer: User
) -> None:
    fail(customer, "17", NOON, amount=500)

    assert LISTED["17"].retry_after_s == 120
    assert wait_of(customer, amount=500) == 120
    assert wait_of(customer, amount=501) is None


def test_the_same_amount_after_a_success_has_no_wait(
    gateway: ScriptedGateway, customer: User
) -> None:
    pay(gateway, customer, NOON)

    assert wait_of(customer, NOON + timedelta(seconds=2)) is None


def test_the_prompt_guard_is_off_where_rate_limits_are_off(
    gateway: ScriptedGateway, customer: User, settings: Any
) -> None:
    settings.RATELIMIT_ENABLE = False
    decline_often(customer, 6)
    fail(customer, "1001", NOON)

    assert wait_of(customer) is None


def test_the_customer_hears_when_and_why(gateway: ScriptedGateway, customer: User) -> None:
    decline_often(customer, 4)

    with pytest.raises(DomainError) as caught:
        initiate_deposit(
            user=customer, amount=500, idempotency_key=None, now=NOON + timedelta(seconds=10)
        )

    # NOON is 12:00 in Nairobi.
    assert "cancelled" in caught.value.customer_message.en
    assert "12:05" in caught.value.customer_message.en
    assert "12:05" in caught.value.customer_message.sw


def test_nothing_is_stored_of_a_refused_push(gateway: ScriptedGateway, customer: User) -> None:
    decline_often(customer, 3)

    wait_of(customer)

    assert gateway.pushes == []
    assert selectors.list_transactions(customer, NOON).count() == 3


class TestWhatTheScreenCountsDown:
    def retry_after(self, user: User, pk: int, now: datetime) -> int | None:
        """Return the failed deposit's own wait."""
        txn = selectors.find_transaction(user=user, transaction_id=pk, now=now)
        assert txn is not None
        return selectors.describe(txn, now).retry_after

    @pytest.mark.parametrize("seconds", [0, 10, 59, 60, 4000])
    def test_a_failed_deposit_names_the_same_wait(
        self, gateway: ScriptedGateway, customer: User, seconds: int
    ) -> None:
        decline_often(customer, 2)
        last = fail(customer, "1032", NOON, nth=9)
        now = NOON + timedelta(seconds=seconds)

        assert self.retry_after(customer, last.pk, now) == wait_of(customer, now)

    @pytest.mark.parametrize("code", ["1001", "subscriber_busy", "17"])
    def test_the_screen_counts_down_m_pesas_own_wait(
        self, gateway: ScriptedGateway, customer: User, code: str
    ) -> None:
        last = fail(customer, code, NOON)
        now = NOON + timedelta(seconds=7)

        assert self.retry_after(customer, last.pk, now) == wait_of(customer, now)

    def test_the_wait_is_shown_even_after_a_failure_of_another_kind(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        decline_often(customer, 4)
        last = fail(customer, "1037", NOON + timedelta(seconds=30))
        now = NOON + timedelta(seconds=31)

        assert self.retry_after(customer, last.pk, now) == wait_of(customer, now) == 269

    def test_a_callback_that_refuses_starts_the_pause(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        decline_often(customer, 2)
        outcome = initiate_deposit(user=customer, amount=500, idempotency_key=None, now=NOON)
        ended_at = NOON + timedelta(seconds=15)
        receive(failure_body(str(outcome.checkout_request_id)), token=gateway.token, now=ended_at)

        assert self.retry_after(customer, outcome.transaction_id, ended_at) == 60
        assert wait_of(customer, ended_at) == 60

    def test_no_wait_is_shown_where_rate_limits_are_off(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE = False
        decline_often(customer, 2)
        last = fail(customer, "1032", NOON, nth=9)

        assert self.retry_after(customer, last.pk, NOON) is None


def test_the_waits_never_get_shorter_with_more_declines() -> None:
    assert list(conf.DECLINE_PAUSES_S) == sorted(conf.DECLINE_PAUSES_S)
