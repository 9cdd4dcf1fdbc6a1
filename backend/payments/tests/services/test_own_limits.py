"""Own limits as pushes keep them, and in which order a push is refused."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.errors import DomainError
from kyc import services as kyc_services
from payments import allowance
from payments.services import initiate_deposit
from payments.tests.building import NOON, make_customer, receive, success_body
from payments.tests.scripted_gateway import ScriptedGateway
from risk import services as own_limits
from risk.caps import Caps
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

#: NOON is a Friday. MIDNIGHT ends that day, MONDAY begins the next week; both are midnight in
#: Nairobi, which is 21:00 in UTC.
MIDNIGHT = datetime.fromisoformat("2026-11-20T21:00:00Z")
MONDAY = datetime.fromisoformat("2026-11-22T21:00:00Z")


@pytest.fixture(autouse=True)
def _no_open_prompts(settings: Any, gateway: ScriptedGateway) -> None:
    settings.PROMPT_OPEN_SECONDS = 0


def deposit_of(user: User, amount: int, now: datetime = NOON) -> str:
    """Start a deposit, and return its checkout_request_id."""
    outcome = initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)
    return str(outcome.checkout_request_id)


def error_of(user: User, amount: int = 1, now: datetime = NOON) -> DomainError:
    """Return how a deposit was refused."""
    with pytest.raises(DomainError) as caught:
        deposit_of(user, amount, now)
    return caught.value


def set_caps(user: User, daily: int | None, weekly: int | None, now: datetime = NOON) -> None:
    """Let the customer ask for caps."""
    own_limits.set_caps(user=user, wanted=Caps(daily, weekly), now=now)


class TestCaps:
    def test_the_daily_cap_is_kept_until_midnight_in_nairobi(self, customer: User) -> None:
        set_caps(customer, 1000, None)
        deposit_of(customer, 1000)

        error = error_of(customer)
        assert (error.code, error.error) == ("limit_exceeded", "Own daily limit exceeded")
        assert error.retry_after_s == (MIDNIGHT - NOON).total_seconds()
        assert deposit_of(customer, 1000, MIDNIGHT)

    def test_the_weekly_cap_is_kept_until_monday(self, customer: User) -> None:
        set_caps(customer, None, 1500)
        deposit_of(customer, 1000)
        deposit_of(customer, 500, MIDNIGHT)

        error = error_of(customer, 1, MIDNIGHT)
        assert (error.code, error.error) == ("limit_exceeded", "Own weekly limit exceeded")
        assert "1,500" in error.customer_message.sw
        assert error.retry_after_s == (MONDAY - MIDNIGHT).total_seconds()
        assert deposit_of(customer, 1500, MONDAY)

    def test_the_week_answers_before_the_day_because_it_holds_longer(self, customer: User) -> None:
        set_caps(customer, 1000, 1000)
        deposit_of(customer, 1000)

        assert error_of(customer).error == "Own weekly limit exceeded"

    @pytest.mark.parametrize(
        ("caps", "amount", "english", "swahili"),
        [
            ((1000, None), 1001, "daily limit of 1,000", "kikomo cha siku cha KES 1,000"),
            ((None, 1500), 1501, "weekly limit of 1,500", "kikomo cha wiki cha KES 1,500"),
            # The smaller cap answers, although the week is full for longer.
            ((1000, 1200), 5000, "daily limit of 1,000", "kikomo cha siku cha KES 1,000"),
        ],
    )
    def test_one_amount_above_the_daily_cap_has_a_message_of_its_own(
        self,
        customer: User,
        caps: tuple[int | None, int | None],
        amount: int,
        english: str,
        swahili: str,
    ) -> None:
        set_caps(customer, *caps)

        error = error_of(customer, amount)

        assert (error.code, error.retry_after_s is None) == ("limit_exceeded", False)
        assert f"This amount alone is above the {english}" in error.customer_message.en
        assert f"Kiasi hiki pekee kinazidi {swahili}" in error.customer_message.sw

    def test_the_full_cap_after_a_deposit_passes_the_cap(self, customer: User) -> None:
        set_caps(customer, 1000, None)
        deposit_of(customer, 1)

        assert "This would pass" in error_of(customer, 1000).customer_message.en

    def test_a_tiers_limit_below_the_daily_cap_is_the_one_named(
        self, customer: User, settings: Any
    ) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 500
        set_caps(customer, 1000, None)

        assert error_of(customer, 501).error == "Daily limit exceeded"

    def test_a_raise_counts_after_a_day_automatically(self, customer: User) -> None:
        set_caps(customer, 100, None)
        set_caps(customer, 300, None)
        a_day_later = NOON + timedelta(hours=24)

        assert error_of(customer, 101, a_day_later - timedelta(seconds=1))
        assert deposit_of(customer, 300, a_day_later)

    def test_completed_and_pending_count_and_other_customers_do_not(self, customer: User) -> None:
        set_caps(customer, 1000, 1000)
        deposit_of(make_customer("254110000001"), 1000)
        deposit_of(customer, 600)

        assert error_of(customer, 401)
        assert deposit_of(customer, 400)


class TestCoolOff:
    def test_a_pause_refuses_until_its_end(self, customer: User) -> None:
        own_limits.pause(user=customer, days=7, now=NOON)

        error = error_of(customer, now=NOON + timedelta(days=1))

        assert (error.code, error.retry_after_s) == ("self_excluded", 6 * 86400)
        assert "27/11/2026 12:00" in error.customer_message.en
        assert deposit_of(customer, 1, NOON + timedelta(days=7))

    def test_an_exclusion_blocks_deposits(self, customer: User) -> None:
        own_limits.exclude(user=customer, months=12, password="a-good-password", now=NOON)

        assert error_of(customer).code == "self_excluded"
        assert error_of(customer, now=NOON + timedelta(days=364)).code == "self_excluded"
        assert deposit_of(customer, 1, NOON + timedelta(days=365))

    def test_a_deposit_sent_before_the_pause_is_credited_nevertheless(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        checkout = deposit_of(customer, 500)
        own_limits.pause(user=customer, days=30, now=NOON)

        assert receive(success_body(checkout), token=gateway.token).verdict == "applied"


class TestOrder:
    def test_the_account_and_kyc_come_before_a_break_and_it_before_the_phone(self) -> None:
        user = make_customer("not a phone", is_active=False, kyc_status="PENDING")
        own_limits.pause(user=user, days=7, now=NOON)

        codes = [error_of(user).code]
        for change in ({"is_active": True}, {"kyc_status": "VERIFIED"}):
            User.objects.filter(pk=user.pk).update(**change)
            codes.append(error_of(user).code)
        codes.append(error_of(user, now=NOON + timedelta(days=7)).code)

        assert codes == ["account_blocked", "kyc_required", "self_excluded", "invalid_phone_number"]

    def test_an_open_prompt_comes_before_the_limits(self, customer: User, settings: Any) -> None:
        settings.PROMPT_OPEN_SECONDS = 60
        set_caps(customer, 500, None)
        deposit_of(customer, 500)

        assert error_of(customer).code == "deposit_in_progress"


class TestRemainingAllowance:
    def test_tells_what_a_push_would_still_allow(self, customer: User) -> None:
        set_caps(customer, 1000, 1200)
        deposit_of(customer, 700)

        left = allowance.get_remaining_allowance(customer, NOON)

        assert (left.used_today, left.remaining_today) == (700, 300)
        assert (left.weekly_limit, left.remaining_this_week) == (1200, 500)
        assert error_of(customer, left.remaining_today + 1)
        assert deposit_of(customer, left.remaining_today)

    def test_a_week_that_is_nearly_full_leaves_no_more_to_its_days(self, customer: User) -> None:
        set_caps(customer, 1000, 1200)
        deposit_of(customer, 1000)

        left = allowance.get_remaining_allowance(customer, MIDNIGHT)

        assert (left.used_today, left.remaining_today, left.remaining_this_week) == (
            0,
            200,
            200,
        )

    def test_nothing_is_left_below_what_was_used(self, customer: User) -> None:
        deposit_of(customer, 700)
        set_caps(customer, 500, 600)

        left = allowance.get_remaining_allowance(customer, NOON)

        assert (left.remaining_today, left.remaining_this_week) == (0, 0)

    @pytest.mark.parametrize(("cap", "told"), [(None, None), (499, 499), (500, None), (501, None)])
    def test_the_allowance_names_the_daily_cap_where_a_push_would(
        self, customer: User, settings: Any, cap: int | None, told: int | None
    ) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 500
        set_caps(customer, cap, None)

        left = allowance.get_remaining_allowance(customer, NOON)

        assert (left.daily_limit, left.own_daily_limit) == (500, told)
        whose = "Daily" if told is None else "Own daily"
        assert error_of(customer, 501).error == f"{whose} limit exceeded"

    def test_a_raised_daily_cap_is_shown_once_it_is_in_force(self, customer: User) -> None:
        set_caps(customer, 100, None)
        set_caps(customer, 300, None)
        a_day_later = NOON + timedelta(hours=24)
        moments = (a_day_later - timedelta(seconds=1), a_day_later)

        told = [allowance.get_remaining_allowance(customer, at).own_daily_limit for at in moments]

        assert told == [100, 300]


class TestWhetherToDeposit:
    """The answer that the page shows before a deposit, held against what a push would answer."""

    def told(self, user: User, now: datetime = NOON) -> tuple[str | None, datetime | None, int]:
        """Return why nothing is possible, until when, and the most that is possible."""
        left = allowance.get_remaining_allowance(user, now)
        return left.refused_by, left.deposits_again_at, left.most_now

    @pytest.mark.parametrize("caps", [(None, None), (400, None), (400, 600), (None, 300)])
    def test_the_most_is_what_a_push_takes_and_a_shilling_more_is_refused(
        self, customer: User, caps: tuple[int | None, int | None]
    ) -> None:
        set_caps(customer, *caps)

        reason, again_at, most = self.told(customer)

        assert (reason, again_at) == (None, None)
        assert error_of(customer, most + 1)
        assert deposit_of(customer, most)

    def test_a_cool_off_is_told_with_its_end_whichever_is_later(self, customer: User) -> None:
        own_limits.pause(user=customer, days=7, now=NOON)
        week = NOON + timedelta(days=7)
        assert self.told(customer) == ("cool_off", week, 0)

        own_limits.exclude(user=customer, months=12, password="a-good-password", now=NOON)
        reason, again_at, _ = self.told(customer)

        assert reason == "cool_off"
        assert again_at is not None
        assert again_at > week
        assert error_of(customer, now=again_at - timedelta(seconds=1)).code == "self_excluded"
        assert self.told(customer, again_at)[0] is None
        assert deposit_of(customer, 1, again_at)

    def test_a_used_up_limit_is_told_with_the_moment_at_which_a_push_is_taken_again(
        self, customer: User
    ) -> None:
        set_caps(customer, 500, 700)
        deposit_of(customer, 500)
        assert self.told(customer) == ("limit", MIDNIGHT, 0)

        deposit_of(customer, 200, MIDNIGHT)
        assert self.told(customer, MIDNIGHT) == ("limit", MONDAY, 0)

        assert error_of(customer, 1, MONDAY - timedelta(seconds=1)).code == "limit_exceeded"
        assert deposit_of(customer, 1, MONDAY)

    def test_where_day_and_week_are_both_used_up_the_week_is_told(self, customer: User) -> None:
        set_caps(customer, 500, 500)
        deposit_of(customer, 500)

        assert self.told(customer) == ("limit", MONDAY, 0)

    def test_less_than_the_smallest_deposit_is_nothing(self, customer: User, settings: Any) -> None:
        settings.DEPOSIT_MIN_AMOUNT = 100
        set_caps(customer, 599, None)
        deposit_of(customer, 500)

        assert self.told(customer) == ("limit", MIDNIGHT, 0)

    def test_identity_comes_first_and_says_how_far_it_has_come(self) -> None:
        user = make_customer(kyc_status="PENDING")
        own_limits.pause(user=user, days=7, now=NOON)
        assert self.told(user) == ("identity_needed", None, 0)

        details = kyc_services.IdentityDetails(
            full_name="Wanjiku Kamau", id_number="28765678", date_of_birth=date(1990, 12, 31)
        )
        kyc_services.submit(user=user, details=details, now=NOON)
        assert self.told(user) == ("identity_checking", None, 0)
        assert error_of(user).code == "kyc_required"

        kyc_services.reject(
            submission=user.kyc_submissions.get(),
            operator=make_customer("254733000001", is_staff=True, is_superuser=True),
            reason_code="name_mismatch",
            reason="The card says Otieno",
            now=NOON,
        )
        user.refresh_from_db()
        assert self.told(user) == ("identity_refused", None, 0)
        assert error_of(user).code == "kyc_required"
