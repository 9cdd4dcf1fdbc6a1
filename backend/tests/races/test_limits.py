"""A limit that is changed while a push is under way counts for that push."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction
from pytest_django.fixtures import Settings

from common.errors import DomainError
from payments import services
from payments.models import Transaction
from risk import services as own_limits
from risk.caps import Caps
from risk.models import OwnLimits
from tests.races import support
from tests.races.support import NOON, run_together
from users.models import User

_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
 WHERE wait_event_type = 'Lock' AND datname = current_database() AND pid <> pg_backend_pid()
"""


def push(user: User, amount: int = 100) -> object:
    """Start a deposit; an error is returned as its code."""
    try:
        return services.initiate_deposit(user=user, amount=amount, idempotency_key=None, now=NOON)
    except DomainError as error:
        return error.code
    finally:
        connection.close()


def deposited(user: User) -> int:
    """Return what the customer has deposited or may yet pay."""
    rows = Transaction.objects.filter(user=user).exclude(status="FAILED")
    return int(sum(row.amount for row in rows))


@pytest.fixture
def customer(settings: Settings) -> User:
    """Store a customer whose open prompts block no push."""
    settings.PROMPT_OPEN_SECONDS = 0
    return support.make_customer()


@contextmanager
def while_a_push_waits(user: User) -> Iterator[Future[object]]:
    """Let the block hold what the push needs; the push goes on once the block has committed."""
    with ThreadPoolExecutor(1) as pool, db_transaction.atomic():
        yield _start(pool, user)


def _start(pool: ThreadPoolExecutor, user: User) -> Future[object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_lock(%s)", [user.pk])
        under_way = pool.submit(push, user)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            cursor.execute(_BLOCKED)
            if cursor.fetchone() != (0,):
                return under_way
            time.sleep(0.01)
    raise AssertionError("the push never came to the lock")


class TestWhileAPushIsUnderWay:
    """The push has been let in by every check before the database, and waits for its turn."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"is_active": False}, "account_blocked"),
            ({"kyc_status": "REJECTED"}, "kyc_required"),
            ({"phone_number": "a mistake"}, "invalid_phone_number"),
        ],
    )
    def test_an_account_switched_off_during_a_push_is_refused(
        self, customer: User, change: dict[str, Any], code: str
    ) -> None:
        with while_a_push_waits(customer) as under_way:
            User.objects.filter(pk=customer.pk).update(**change)

        assert under_way.result() == code
        assert support.gateway().pushes == []

    def test_a_lower_tier_counts(self, customer: User, settings: Settings) -> None:
        settings.DEPOSIT_TIER_BASIC_MAX = 99

        with while_a_push_waits(customer) as under_way:
            User.objects.filter(pk=customer.pk).update(tier="basic")

        assert under_way.result() == "invalid_amount"

    def test_the_prompt_goes_to_the_number_on_file_now(self, customer: User) -> None:
        with while_a_push_waits(customer) as under_way:
            User.objects.filter(pk=customer.pk).update(phone_number="254110999999")

        assert not isinstance(under_way.result(), str)
        [request] = support.gateway().pushes
        assert request.phone_number == Transaction.objects.get().phone_number == "254110999999"

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (partial(own_limits.set_caps, wanted=Caps(99, None)), "limit_exceeded"),
            (partial(own_limits.set_caps, wanted=Caps(None, 99)), "limit_exceeded"),
            (partial(own_limits.pause, days=1), "self_excluded"),
        ],
    )
    def test_a_limit_set_during_a_push_counts(
        self, customer: User, act: Callable[..., None], code: str
    ) -> None:
        with while_a_push_waits(customer) as under_way:
            act(user=customer, now=NOON)

        assert under_way.result() == code
        assert support.gateway().pushes == []


def test_a_block_waits_for_the_deposit_that_was_let_in_before_it(customer: User) -> None:
    """Once an operator's change has returned, no deposit appears by what was true before."""
    actions = [partial(push, customer)] * 6
    block = partial(User.objects.filter(pk=customer.pk).update, is_active=False)

    def block_and_count() -> int:
        block()
        return Transaction.objects.filter(user=customer).count()

    *_, seen = run_together([*actions, block_and_count])

    assert Transaction.objects.filter(user=customer).count() == seen


class TestManyPushesAtOnce:
    @pytest.mark.parametrize("caps", [Caps(500, None), Caps(None, 500), Caps(500, 500)])
    def test_own_caps_are_never_passed(self, customer: User, caps: Caps) -> None:
        own_limits.set_caps(user=customer, wanted=caps, now=NOON)

        results = run_together([partial(push, customer)] * 20)

        assert deposited(customer) == 500
        assert [code for code in results if isinstance(code, str)] == ["limit_exceeded"] * 15

    def test_the_basic_tiers_day_is_never_passed(self, customer: User, settings: Settings) -> None:
        settings.DEPOSIT_TIER_BASIC_DAILY = 300
        User.objects.filter(pk=customer.pk).update(tier="basic")

        run_together([partial(push, customer)] * 20)

        assert deposited(customer) == 300

    def test_a_cap_lowered_among_many_pushes_counts_from_then_on(self, customer: User) -> None:
        for _ in range(4):
            user = support.make_customer()
            seen: list[int] = []

            def lower(user: User = user, seen: list[int] = seen) -> None:
                own_limits.set_caps(user=user, wanted=Caps(300, None), now=NOON)
                seen.append(deposited(user))

            run_together([*[partial(push, user)] * 10, lower])

            assert deposited(user) <= max(seen[0], 300)

    def test_a_pause_begun_among_many_pushes_counts_from_then_on(self, customer: User) -> None:
        for _ in range(4):
            user = support.make_customer()
            seen: list[int] = []

            def pause(user: User = user, seen: list[int] = seen) -> None:
                own_limits.pause(user=user, days=1, now=NOON)
                seen.append(deposited(user))

            run_together([*[partial(push, user)] * 10, pause])

            assert deposited(user) == seen[0]

    def test_a_paused_phone_stays_without_a_prompt(self, customer: User) -> None:
        for nth in range(3):
            Transaction.objects.create(
                user=customer,
                phone_number=customer.phone_number,
                amount=100,
                status="FAILED",
                result_code="1032",
                checkout_request_id=f"ws_{customer.pk}_{nth}",
                created_at=NOON - timedelta(seconds=60 - nth),
                updated_at=NOON - timedelta(seconds=30 - nth),
            )

        assert run_together([partial(push, customer)] * 20) == ["rate_limited"] * 20


class TestChangesAtOnce:
    def test_of_many_wishes_the_lowest_counts(self, customer: User) -> None:
        wishes = [Caps(100 + nth, None) for nth in range(10)]

        results = run_together(
            [partial(own_limits.set_caps, user=customer, wanted=one, now=NOON) for one in wishes]
        )

        assert results == [None] * 10
        # Each lower one acts at once, and none of the higher ones does.
        assert OwnLimits.objects.get(user=customer).daily_cap == 100

    def test_pauses_only_grow(self, customer: User) -> None:
        days = [1, 30, 7, 1, 30, 7]

        results = run_together(
            [partial(own_limits.pause, user=customer, days=one, now=NOON) for one in days]
        )

        assert results == [None] * 6
        assert OwnLimits.objects.get(user=customer).paused_until == NOON + timedelta(days=30)
