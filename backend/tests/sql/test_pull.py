"""The functions of payments/sql/functions/pull.sql."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db import transaction as db_transaction

from payments.models import PaybillPayment, PulledRow, Receipt, SuspenseCase, Transaction
from payments.tests.breaking import check_constraints
from payments.tests.building import (
    NOON,
    RECEIPT,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from tests.sql.calling import after, query, row_of, value_of
from tests.sql.test_paybill import NUMBER, REFERENCE, give_number, payment, tell
from users.models import User

pytestmark = pytest.mark.django_db


def record(now: Any = NOON, raw: Any = None, **fields: Any) -> tuple[str, Any]:
    """Record a row of the list; return verdict and deposit id."""
    row = row_of(
        "SELECT * FROM pull_record(%(payment)s::jsonb, %(raw)s::jsonb, true, %(now)s)",
        payment=json.dumps(payment(**fields)), raw=json.dumps(raw or {"amount": "500"}), now=now,
    )  # fmt: skip
    return row["verdict"], row["transaction_id"]


def record_unreadable(raw: Any) -> Any:
    """Record a row that cannot be read."""
    return row_of(
        "SELECT * FROM pull_record(NULL, %(raw)s::jsonb, true, %(now)s)",
        raw=json.dumps(raw), now=NOON,
    )  # fmt: skip


@pytest.fixture
def customer() -> User:
    """Store a customer with the account number NUMBER."""
    user = make_customer()
    give_number(user)
    return user


class TestPullRecord:
    def test_a_lost_payment_by_hand_is_credited_and_its_row_kept(self, customer: User) -> None:
        verdict, deposit_id = record(number=NUMBER)

        row = PulledRow.objects.get()
        assert (verdict, row.verdict, row.transaction_id) == ("applied", "applied", deposit_id)
        assert (row.receipt, row.raw, row.pulled_at) == (RECEIPT, {"amount": "500"}, NOON)
        assert PaybillPayment.objects.get().source == "pull"
        assert money(customer) == (500, 0)
        check_constraints()

    def test_a_row_that_comes_again_changes_and_stores_nothing(self, customer: User) -> None:
        record(number=NUMBER)

        assert record(after(60), number=NUMBER) == (
            "duplicate", Transaction.objects.get().pk,
        )  # fmt: skip
        assert PulledRow.objects.count() == 1
        assert money(customer) == (500, 0)

    def test_a_confirmation_after_it_credits_nothing(self, customer: User) -> None:
        record(number=NUMBER)

        assert tell(number=NUMBER)[0] == "duplicate"
        assert money(customer) == (500, 0)

    def test_one_that_a_confirmation_settled_is_known(self, customer: User) -> None:
        tell(number=NUMBER)

        assert record(number=NUMBER)[0] == "duplicate"
        assert not PulledRow.objects.exists()
        assert money(customer) == (500, 0)

    def test_a_lost_callback_is_made_good_by_the_reference(self, customer: User) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE)

        assert record(reference=REFERENCE) == ("applied", deposit.pk)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert receive(success_body()).verdict == "duplicate"
        assert money(customer) == (500, 0)

    def test_the_receipt_of_a_deposit_credited_by_query_is_filled_in(self, customer: User) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE)
        query(deposit)

        assert record(after(60), reference=REFERENCE) == ("filled", deposit.pk)
        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == RECEIPT
        assert PulledRow.objects.get().verdict == "filled"
        assert money(customer) == (500, 0)

    def test_one_that_a_callback_settled_is_known(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        receive(success_body())

        assert record(reference=REFERENCE)[0] == "duplicate"
        assert not PulledRow.objects.exists()

    def test_another_amount_is_held(self, customer: User) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE)

        assert record(reference=REFERENCE, amount="400.00") == ("held", deposit.pk)
        assert record(reference=REFERENCE, amount="400.00") == ("duplicate", deposit.pk)
        assert PulledRow.objects.get().verdict == "held"
        assert money(customer) == (0, 400)

    def test_nobodys_payment_is_held_until_mpesa_names_the_deposit(self, customer: User) -> None:
        assert record() == ("held", None)
        deposit = make_deposit(customer, account_reference=REFERENCE)

        assert record(after(60), reference=REFERENCE) == ("applied", deposit.pk)
        assert [row.verdict for row in PulledRow.objects.order_by("id")] == ["held", "applied"]
        assert money(customer) == (500, 0)

    def test_a_row_without_receipt_is_kept_once(self) -> None:
        for raw in ({"amount": "5"}, {"amount": "5"}, {"amount": "6"}):
            assert record_unreadable(raw)["verdict"] == "unreadable"

        assert PulledRow.objects.filter(verdict="unreadable", receipt=None).count() == 2
        assert not Receipt.objects.exists()

    def test_one_that_cannot_be_settled_is_kept_and_settled_later(self, customer: User) -> None:
        with broken_table("wallet_journalentry"):
            assert record(number=NUMBER)[0] == "failed"
        assert PulledRow.objects.get().note.startswith("53100 ")
        assert not Receipt.objects.exists()

        assert record(after(3600), number=NUMBER)[0] == "applied"
        assert money(customer) == (500, 0)

    def test_a_deadlock_is_for_the_caller_to_repeat(self, customer: User) -> None:
        with (
            broken_table("wallet_journalentry", sqlstate="40P01"),
            pytest.raises(OperationalError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            record(number=NUMBER)


class TestPullMisses:
    def misses(self, begin: datetime, end: datetime) -> bool:
        found = value_of("SELECT pull_misses(%(begin)s, %(end)s)", begin=begin, end=end)
        return bool(found)

    def test_nothing_is_missed_where_nothing_was_paid(self, customer: User) -> None:
        make_deposit(customer)

        assert not self.misses(NOON - timedelta(hours=1), NOON + timedelta(hours=1))

    def test_a_prompt_that_was_paid_in_the_window_is(self, customer: User) -> None:
        make_deposit(customer)
        receive(success_body(), now=after(60))

        assert self.misses(NOON, after(60))
        assert not self.misses(NOON, after(59))  # booked after it
        # Its callback may have come long after the payment.
        assert not self.misses(after(1), after(60))

    def test_a_payment_by_hand_counts_by_when_it_was_paid(self, customer: User) -> None:
        tell(number=NUMBER, paid_at=(NOON - timedelta(hours=1)).isoformat())

        assert self.misses(NOON - timedelta(hours=1), NOON)
        assert not self.misses(NOON - timedelta(minutes=59), NOON)

    def test_so_does_one_that_is_held(self) -> None:
        tell(paid_at=NOON.isoformat())
        assert SuspenseCase.objects.exists()

        assert self.misses(NOON, NOON)

    def test_one_of_an_unknown_time_does_not(self) -> None:
        tell(paid_at=None)

        assert not self.misses(NOON - timedelta(hours=1), NOON)
