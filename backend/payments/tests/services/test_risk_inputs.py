"""The inputs of the fraud rules, read in one query: each is tested with rows made for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from payments.models import Transaction
from payments.services.risk_inputs import build_inputs, find_numbers
from payments.tests.breaking import book, run
from payments.tests.building import NOON, OTHER_PHONE, make_customer, make_deposit
from risk.inputs import RuleInputs, SimSwap
from risk.models import Sighting
from risk.sightings import RequestSource, record
from users.models import PhoneChange, User

pytestmark = pytest.mark.django_db

HERE = RequestSource(address_hash="a" * 64, device_hash="d" * 64)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
# Other tests have locks of their own on the same server.
_LOCKS_OF_OURS = """
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock'
"""


@pytest.fixture
def customer() -> User:
    """Store a customer who signed up, verified, a week before NOON."""
    user = make_customer()
    User.objects.filter(pk=user.pk).update(created_at=NOON - 7 * DAY)
    return User.objects.get(pk=user.pk)


def gather(
    user: User, amount: int = 500, source: RequestSource = HERE, now: datetime = NOON
) -> RuleInputs:
    """Gather the inputs at NOON."""
    numbers = find_numbers(user=user, source=source, now=now)
    return build_inputs(user=user, amount=amount, numbers=numbers)


def add_deposit(user: User, age: timedelta, **fields: Any) -> Transaction:
    """Store a deposit of some time ago."""
    unique = {"checkout_request_id": None, "callback_token_hash": None}
    return make_deposit(user, created_at=NOON - age, **unique, **fields)


def add_failure(user: User, age: timedelta, result_code: str) -> None:
    """Store a deposit that failed."""
    add_deposit(user, age, status="FAILED", result_code=result_code)


def add_completed(user: User, age: timedelta, amount: int) -> None:
    """Store a deposit that was paid."""
    deposit = add_deposit(user, age, amount=Decimal(amount))
    entry = book(user, amount, key=f"deposit:{deposit.pk}")
    Transaction.objects.filter(pk=deposit.pk).update(
        status="COMPLETED", completed_at=NOON - age, credit_entry=entry
    )


class TestFacts:
    def test_a_new_customer_has_no_counts(self, customer: User) -> None:
        assert gather(customer) == RuleInputs(
            amount=500,
            tier=customer.tier,
            account_age_s=7 * 86_400,
            kyc_age_s=7 * 86_400,
            completed_ever=0,
        )

    def test_the_inputs_are_read_in_one_query(
        self, customer: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(5):
            add_deposit(customer, number * HOUR)

        with django_assert_num_queries(1):
            gather(customer)

    def test_reading_the_inputs_takes_no_lock(self, customer: User) -> None:
        before = run(_LOCKS_OF_OURS)

        gather(customer)

        assert run(_LOCKS_OF_OURS) == before

    def test_without_kyc_everyone_has_the_full_tier(self, customer: User, settings: Any) -> None:
        settings.KYC_REQUIRED = False

        assert gather(customer).tier == "full"

    def test_an_account_of_the_future_has_no_negative_age(self, customer: User) -> None:
        assert gather(customer, now=NOON - 30 * DAY).account_age_s == 0


class TestDeposits:
    def test_deposits_are_counted_whatever_their_outcome(self, customer: User) -> None:
        add_deposit(customer, HOUR - SECOND)
        add_failure(customer, HOUR, "1032")
        add_completed(customer, DAY - SECOND, 700)
        add_deposit(customer, DAY)

        inputs = gather(customer)

        assert (inputs.deposits_1h, inputs.deposits_24h) == (1, 3)

    @pytest.mark.parametrize(
        "result_code",
        ["mpesa_unavailable", "mpesa_busy", "mpesa_authentication_failed", "mpesa_rejected"],
    )
    def test_a_push_that_m_pesa_rejected_does_not_count(
        self, customer: User, result_code: str
    ) -> None:
        add_failure(customer, SECOND, result_code)
        add_failure(customer, HOUR, result_code)

        inputs = gather(customer)

        assert (inputs.deposits_1h, inputs.deposits_24h) == (0, 0)

    def test_a_busy_phone_was_reached(self, customer: User) -> None:
        add_failure(customer, SECOND, "1001")

        assert gather(customer).deposits_24h == 1

    def test_only_the_customers_own_deposits_count(self, customer: User) -> None:
        add_deposit(make_customer(OTHER_PHONE), HOUR - SECOND)

        assert gather(customer).deposits_24h == 0

    @pytest.mark.parametrize("result_code", ["1", "1031", "1032", "2001", "8006"])
    def test_a_decline_by_the_payer_is_a_failure(self, customer: User, result_code: str) -> None:
        add_failure(customer, HOUR - SECOND, result_code)
        add_failure(customer, HOUR, result_code)
        add_failure(customer, DAY, result_code)

        inputs = gather(customer)

        assert (inputs.failures_1h, inputs.failures_24h) == (1, 2)

    @pytest.mark.parametrize(
        "result_code", ["1037", "1019", "9999", "1025", "1001", "mpesa_busy", "500.001.1001"]
    )
    def test_a_fault_of_m_pesa_is_no_failure(self, customer: User, result_code: str) -> None:
        add_failure(customer, SECOND, result_code)

        assert gather(customer).failures_24h == 0

    def test_completed_deposits_count_for_ever(self, customer: User) -> None:
        add_completed(customer, 400 * DAY, 2_000)
        add_completed(customer, SECOND, 300)

        inputs = gather(customer)

        assert (inputs.completed_ever, inputs.largest_completed) == (2, 2_000)


class TestAges:
    def test_a_verification_counts_from_when_it_was_given(self, customer: User) -> None:
        User.objects.filter(pk=customer.pk).update(kyc_status="REJECTED")
        User.objects.filter(pk=customer.pk).update(kyc_status="VERIFIED")
        User.objects.filter(pk=customer.pk).update(full_name="Wanjiku Kamau Otieno")
        [[given_at]] = run(
            "SELECT pgh_created_at FROM users_userhistory"
            " WHERE kyc_status = 'VERIFIED' AND pgh_label = 'update' ORDER BY pgh_id LIMIT 1"
        )

        assert gather(customer, now=given_at + HOUR).kyc_age_s == 3600

    def test_another_change_makes_no_verification_young(self, customer: User) -> None:
        User.objects.filter(pk=customer.pk).update(full_name="Wanjiku Kamau Otieno")

        assert gather(customer).kyc_age_s == 7 * 86_400

    def test_the_age_of_a_customer_who_began_unverified_counts_from_the_decision(self) -> None:
        user = make_customer(kyc_status="PENDING")
        User.objects.filter(pk=user.pk).update(created_at=NOON - 7 * DAY)
        User.objects.filter(pk=user.pk).update(kyc_status="VERIFIED")
        [[given_at]] = run(
            "SELECT pgh_created_at FROM users_userhistory WHERE kyc_status = 'VERIFIED'"
        )

        assert gather(user, now=given_at + HOUR).kyc_age_s == 3600

    def test_a_change_of_number_counts_from_its_approval(self, customer: User) -> None:
        operator = make_customer(OTHER_PHONE)
        change = {"old_phone_number": "254712345670", "new_phone_number": customer.phone_number}
        for status, age in (("APPROVED", 3 * DAY), ("APPROVED", 2 * HOUR), ("REJECTED", HOUR)):
            PhoneChange.objects.create(
                user=customer,
                status=status,
                requested_at=NOON - 4 * DAY,
                decided_at=NOON - age,
                decided_by=operator,
                reason="seen the ID card",
                **change,
            )

        assert gather(customer).phone_change_age_s == 7_200


class TestAccountsInOnePlace:
    @pytest.fixture
    def others(self) -> list[User]:
        """Store two more people."""
        return [make_customer("254712345001"), make_customer("254712345002")]

    def test_every_account_seen_within_a_day_counts(
        self, customer: User, others: list[User]
    ) -> None:
        record(user_id=others[0].pk, source=HERE, now=NOON - DAY + SECOND)
        record(user_id=others[1].pk, source=HERE, now=NOON - DAY)
        record(user_id=customer.pk, source=HERE, now=NOON)

        inputs = gather(customer)

        assert (inputs.accounts_from_address_24h, inputs.accounts_from_device_24h) == (2, 2)

    def test_accounts_seen_elsewhere_do_not_count(self, customer: User, others: list[User]) -> None:
        there = RequestSource(address_hash="b" * 64, device_hash="e" * 64)
        record(user_id=others[0].pk, source=there, now=NOON)

        inputs = gather(customer)

        assert (inputs.accounts_from_address_24h, inputs.accounts_from_device_24h) == (1, 1)

    def test_address_and_device_are_counted_apart(self, customer: User, others: list[User]) -> None:
        record(user_id=others[0].pk, source=RequestSource(address_hash="a" * 64), now=NOON)

        inputs = gather(customer)

        assert (inputs.accounts_from_address_24h, inputs.accounts_from_device_24h) == (2, 1)

    def test_an_unknown_place_counts_no_other_account(
        self, customer: User, others: list[User]
    ) -> None:
        record(user_id=others[0].pk, source=HERE, now=NOON)

        inputs = gather(customer, source=RequestSource())

        assert (inputs.accounts_from_address_24h, inputs.accounts_from_device_24h) == (1, 1)

    def test_accounts_are_counted_up_to_a_limit(
        self,
        customer: User,
        others: list[User],
        monkeypatch: pytest.MonkeyPatch,
        settings: Any,
    ) -> None:
        monkeypatch.setattr("payments.services.risk_inputs._MAX_COUNTED", 1)
        settings.RISK_THRESHOLDS = [
            "address_review_accounts=1", "device_review_accounts=1", "device_deny_accounts=1",
        ]  # fmt: skip
        for other in others:
            record(user_id=other.pk, source=HERE, now=NOON)

        assert gather(customer).accounts_from_device_24h == 2

    def test_a_higher_threshold_is_counted_to(
        self,
        customer: User,
        others: list[User],
        monkeypatch: pytest.MonkeyPatch,
        settings: Any,
    ) -> None:
        monkeypatch.setattr("payments.services.risk_inputs._MAX_COUNTED", 1)
        settings.RISK_THRESHOLDS = ["address_review_accounts=2"]
        for other in others:
            record(user_id=other.pk, source=HERE, now=NOON)

        assert gather(customer).accounts_from_address_24h == 3

    def test_the_index_finds_the_accounts_of_a_place(self, customer: User) -> None:
        """A busy address has thousands of rows: a scan of the whole table would not do."""
        run("SET LOCAL enable_seqscan = off")
        plan = run(
            "EXPLAIN SELECT 1 FROM risk_sighting AS seen WHERE seen.kind = 'address'"
            " AND seen.value_hash = %s AND seen.last_seen_at > now() AND seen.user_id <> 1",
            "a" * 64,
        )

        assert any("risk_sighting_place" in line for [line] in plan)


def test_facts_hold_no_name_number_or_address(customer: User) -> None:
    record(user_id=customer.pk, source=HERE, now=NOON)

    text = str(gather(customer).as_json())

    assert customer.phone_number not in text
    assert customer.full_name not in text
    assert not any(row.value_hash in text for row in Sighting.objects.all())
    assert SimSwap.NOT_ASKED in text
