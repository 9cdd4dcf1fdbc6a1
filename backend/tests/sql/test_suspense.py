"""The functions of payments/sql/functions/suspense.sql."""

import json
from typing import Any

import pytest
from django.db import IntegrityError
from django.db import transaction as db_transaction

from payments.models import Receipt, SuspenseCase, Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    money,
)
from risk import services as risk
from tests.sql.calling import (
    DEPOSIT,
    RESULT,
    after,
    approve,
    resolve,
    row_of,
    settle,
    success,
    value_of,
)
from users.models import User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


def oldest_case() -> SuspenseCase:
    """Return the case that was opened first."""
    return SuspenseCase.objects.earliest("id")


def hold(
    deposit: Transaction,
    reason: str = "amount_mismatch",
    *,
    is_new_money: bool = True,
    **fields: Any,
) -> str:
    """Hold a payment of KES 300, and read the deposit again."""
    verdict = value_of(
        f"SELECT suspense_hold({DEPOSIT}, %(reason)s, {RESULT}, %(is_new_money)s, %(now)s)",
        deposit_id=deposit.pk,
        reason=reason,
        result=json.dumps(success(**{"amount": "300", **fields})),
        is_new_money=is_new_money,
        now=NOON,
    )
    deposit.refresh_from_db()
    return str(verdict)


class TestSuspenseHold:
    def test_new_money_is_posted_and_the_deposit_waits_for_a_decision(
        self, deposit: Transaction
    ) -> None:
        Transaction.objects.update(regular_query_at=after(90))

        assert hold(deposit) == "mismatched"

        case, entry = SuspenseCase.objects.get(), JournalEntry.objects.get()
        assert (case.transaction, case.mpesa_receipt_number) == (deposit, RECEIPT)
        assert (case.reason, case.status, case.opened_at) == ("amount_mismatch", "OPEN", NOON)
        assert (case.amount, case.entry) == (300, entry)
        assert (entry.key, entry.description) == (
            f"suspense:{RECEIPT}",
            f"M-Pesa {RECEIPT}: amount_mismatch",
        )
        assert (entry.debit_account.code, entry.credit_account.code) == ("mpesa:174379", "suspense")
        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")
        assert (deposit.next_query_at, deposit.regular_query_at) == (None, None)
        assert deposit.prompt_expires_at == deposit.updated_at == NOON
        assert Receipt.objects.get().transaction == deposit

    def test_the_same_receipt_again_is_a_duplicate(self, deposit: Transaction) -> None:
        hold(deposit)

        assert hold(deposit) == "duplicate"
        assert SuspenseCase.objects.count() == 1
        assert money(deposit.user) == (0, 300)

    def test_a_prompt_that_has_ended_keeps_its_end(self, deposit: Transaction) -> None:
        Transaction.objects.update(prompt_expires_at=after(-60))

        hold(deposit)

        assert deposit.prompt_expires_at == after(-60)

    def test_a_used_receipt_is_held_without_money(self, deposit: Transaction) -> None:
        other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        settle(deposit, success())

        assert hold(other, "amount_mismatch") == "mismatched"

        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount, case.entry) == ("receipt_used", None, None)
        assert JournalEntry.objects.count() == 1

    def test_money_that_is_booked_already_is_not_posted_again(self, deposit: Transaction) -> None:
        assert hold(deposit, is_new_money=False) == "mismatched"

        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount, case.entry) == ("amount_mismatch", None, None)
        assert not JournalEntry.objects.exists()


class TestSuspenseObjection:
    def objection(self, user: User) -> str | None:
        """Return what speaks against a customer at NOON."""
        found: str | None = value_of(
            "SELECT suspense_objection(%(user_id)s, %(now)s)", user_id=user.pk, now=NOON
        )
        return found

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, None),
            ({"is_staff": True}, "operator"),
            ({"is_superuser": True, "is_active": False}, "operator"),
            ({"is_active": False, "kyc_status": "PENDING"}, "blocked"),
            ({"kyc_status": "PENDING"}, "unverified"),
            ({"kyc_status": "REJECTED"}, "unverified"),
        ],
    )
    def test_the_state_of_the_account_decides_the_objection(
        self, fields: dict[str, Any], expected: str | None
    ) -> None:
        user = make_customer(OTHER_PHONE)
        User.objects.filter(pk=user.pk).update(**fields)

        assert self.objection(user) == expected

    def test_a_pause_counts_until_its_end(self) -> None:
        user, other = make_customer(OTHER_PHONE), make_customer("254733333333")
        risk.pause(user=user, days=1, now=after(-86_399))
        risk.pause(user=other, days=1, now=after(-86_400))

        assert (self.objection(user), self.objection(other)) == ("paused", None)


class TestSuspenseResolve:
    def test_another_amount_is_paid_out_and_completes_nothing(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        case = oldest_case()

        resolved = resolve(case.pk, deposit.user, operator, now=after(60))

        entry = JournalEntry.objects.latest("id")
        assert resolved == {"outcome": "resolved", "entry_id": entry.pk}
        assert (entry.key, entry.amount) == (f"resolve:{case.pk}", 300)
        case.refresh_from_db()
        assert (case.status, case.resolved_at) == ("RESOLVED", after(60))
        assert (case.resolved_by, case.resolution_entry) == (operator, entry)
        assert case.resolution_note == "SMS seen"
        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")
        assert money(deposit.user) == (300, 0)

    @pytest.mark.parametrize("status", ["PENDING", "FAILED"])
    def test_the_requested_amount_for_its_own_customer_completes_the_deposit(
        self, deposit: Transaction, operator: User, status: str
    ) -> None:
        settle(deposit, success(checkout_request_id="ws_CO_other"))
        Transaction.objects.update(status=status)

        resolve(oldest_case().pk, deposit.user, operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert deposit.credit_entry == oldest_case().resolution_entry
        assert (deposit.result_code, deposit.completed_at) == ("0", NOON)
        assert (deposit.review_reason, deposit.next_query_at) == (None, None)
        assert money(deposit.user) == (500, 0)

    @pytest.fixture
    def other(self, deposit: Transaction) -> User:
        """Store another customer, and let a payment wait that is not the deposit's own."""
        settle(deposit, success(checkout_request_id="ws_CO_other"))
        return make_customer(OTHER_PHONE)

    def test_another_customer_gets_approved_money_and_the_deposit_stays_open(
        self, deposit: Transaction, operator: User, other: User
    ) -> None:
        approve(oldest_case(), other, operator)

        assert resolve(oldest_case().pk, other, operator)["outcome"] == "resolved"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")
        assert money(deposit.user) == (0, 0)
        assert money(other) == (500, 0)

    def test_without_an_approval_another_customer_gets_nothing(
        self, operator: User, other: User
    ) -> None:
        assert resolve(oldest_case().pk, other, operator)["outcome"] == "not_approved"

        assert money(other) == (0, 500)
        assert oldest_case().status == "OPEN"

    def test_the_approval_of_another_operator_does_not_count(
        self, operator: User, other: User
    ) -> None:
        approve(oldest_case(), other, User.objects.create_superuser("254799999997", "a-password"))

        assert resolve(oldest_case().pk, other, operator)["outcome"] == "not_approved"

    def test_an_approval_outweighs_no_objection(self, operator: User, other: User) -> None:
        approve(oldest_case(), other, operator)
        User.objects.filter(pk=other.pk).update(is_active=False)

        assert resolve(oldest_case().pk, other, operator)["outcome"] == "blocked"
        assert money(other) == (0, 500)

    def test_a_second_payment_leaves_a_completed_deposit_as_it_is(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success())
        settle(deposit, success(mpesa_receipt_number="SECOND0001"))

        resolve(oldest_case().pk, deposit.user, operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert deposit.review_reason is None
        assert money(deposit.user) == (1000, 0)

    def test_a_case_without_money_is_closed_without_an_entry(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, is_new_money=False)

        resolved = resolve(oldest_case().pk, deposit.user, operator)

        assert resolved == {"outcome": "resolved", "entry_id": None}
        assert oldest_case().status == "RESOLVED"
        assert not JournalEntry.objects.exists()

    def test_a_deposit_stays_under_review_until_its_last_case_is_decided(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        hold(deposit, mpesa_receipt_number="SECOND0001")
        first, second = SuspenseCase.objects.order_by("id")

        resolve(first.pk, deposit.user, operator)
        deposit.refresh_from_db()
        assert deposit.review_reason == "suspense"

        resolve(second.pk, deposit.user, operator)
        deposit.refresh_from_db()
        assert deposit.review_reason == "resolved"

    def test_a_deposit_whose_credit_was_reversed_meanwhile_is_marked_reversed(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success())
        settle(deposit, success(mpesa_receipt_number="SECOND0001"))
        row_of(
            "SELECT * FROM payment_reverse(%(entry_id)s, %(operator_id)s, 'why', %(now)s)",
            entry_id=deposit.credit_entry_id,
            operator_id=operator.pk,
            now=NOON,
        )

        resolve(oldest_case().pk, deposit.user, operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", "reversed")
        assert money(deposit.user) == (500, 0)

    def test_a_case_is_decided_once(self, deposit: Transaction, operator: User) -> None:
        hold(deposit)
        resolve(oldest_case().pk, deposit.user, operator)
        other = make_customer(OTHER_PHONE)

        again = resolve(oldest_case().pk, other, operator)

        assert again == {"outcome": "already_resolved", "entry_id": None}
        assert money(other) == (0, 0)

    def test_a_case_that_does_not_exist_is_reported(self, customer: User, operator: User) -> None:
        missing = resolve(999_999, customer, operator)

        assert missing == {"outcome": "no_such_case", "entry_id": None}

    def test_operators_do_not_give_a_payment_to_themselves(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)

        refused = resolve(oldest_case().pk, operator, operator)

        assert refused == {"outcome": "own_money", "entry_id": None}
        assert oldest_case().status == "OPEN"
        assert money(operator) == (0, 300)

    def test_the_depositor_cannot_decide_about_their_own_payment(
        self, deposit: Transaction
    ) -> None:
        hold(deposit)

        refused = resolve(oldest_case().pk, deposit.user, deposit.user)

        assert refused["outcome"] == "own_money"
        assert money(deposit.user) == (0, 300)

    def test_a_long_note_is_cut_and_an_empty_one_is_refused(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        with (
            pytest.raises(IntegrityError, match="payments_suspense_decided"),
            db_transaction.atomic(),
        ):
            resolve(oldest_case().pk, deposit.user, operator, note="")
        assert money(deposit.user) == (0, 300)

        resolve(oldest_case().pk, deposit.user, operator, note="why " * 100)

        assert len(oldest_case().resolution_note) == 255
