"""Changes to receipts, cases and history that the database refuses, even in plain SQL."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import ProtectedError

from payments.models import (
    Receipt,
    SuspenseCase,
    Transaction,
)
from payments.services import resolve_suspense_case
from payments.tests.breaking import book, check_constraints, refused, run
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from wallet.tests import ledger

pytestmark = pytest.mark.django_db


class TestReceipts:
    def test_a_receipt_belongs_to_a_completed_deposit(self, deposit: Transaction) -> None:
        with refused("payments_receipt_is_credited"):
            run("UPDATE payments_transaction SET mpesa_receipt_number = 'NLJ7RT61SV'")

    def test_a_receipt_must_be_booked_for_this_very_deposit(self, deposit: Transaction) -> None:
        entry = book(deposit.user, 500, key=f"deposit:{deposit.pk}")

        with refused("payments_receipt_is_booked"):
            run(
                "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
                " credit_entry_id = %s, mpesa_receipt_number = 'NLJ7RT61SV'",
                entry.pk,
            )

    def test_a_receipt_is_booked_once(self, deposit: Transaction) -> None:
        other = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_CO_2", token="another"
        )
        Receipt.objects.create(number=RECEIPT, transaction=deposit)

        with refused("payments_receipt_pkey"):
            Receipt.objects.create(number=RECEIPT, transaction=other)

    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("UPDATE payments_receipt SET number = 'FREED'", "registered once, for one deposit"),
            ("UPDATE payments_receipt SET transaction_id = NULL", "registered once"),
            ("DELETE FROM payments_receipt", "append-only"),
            ("TRUNCATE payments_receipt CASCADE", "append-only"),
        ],
    )
    def test_a_booked_receipt_stays(self, deposit: Transaction, sql: str, says: str) -> None:
        receive(success_body())
        check_constraints()

        with refused(says):
            run(sql)


class TestHistory:
    def test_a_deposit_is_never_deleted(self, deposit: Transaction) -> None:
        with refused("is money history and stays"):
            run("DELETE FROM payments_transaction")

    @pytest.mark.parametrize("table", ["payments_transaction", "payments_suspensecase"])
    def test_history_is_never_emptied(self, deposit: Transaction, table: str) -> None:
        check_constraints()

        with refused("append-only: TRUNCATE refused"):
            run(f"TRUNCATE {table} CASCADE")

    def test_a_user_with_deposits_is_never_deleted(self, deposit: Transaction) -> None:
        with pytest.raises(ProtectedError):
            deposit.user.delete()


class TestSuspenseCases:
    @pytest.fixture
    def case(self, deposit: Transaction) -> SuspenseCase:
        """Hold a payment of the wrong amount in suspense."""
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM payments_suspensecase",
            "UPDATE payments_suspensecase SET amount = 3000",
            "UPDATE payments_suspensecase SET mpesa_receipt_number = 'OTHER'",
            "UPDATE payments_suspensecase SET reason = 'second_payment'",
            "UPDATE payments_suspensecase SET opened_at = now()",
        ],
    )
    def test_the_facts_of_a_case_never_change(self, case: SuspenseCase, sql: str) -> None:
        with refused("only an open case changes, by its decision"):
            run(sql)

    def test_money_is_not_resolved_without_an_entry(self, case: SuspenseCase) -> None:
        with refused("its money needs an entry of its own"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
                " resolution_note = 'trust me'"
            )

    def test_a_decision_needs_its_reason_and_time(self, case: SuspenseCase) -> None:
        entry = book(case.deposit.user, 300)

        with refused("payments_suspense_decided"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolution_entry_id = %s",
                entry.pk,
            )

    @pytest.mark.parametrize(
        ("note", "has_operator"), [("", True), ("  ", True), ("paid by M-Pesa", False)]
    )
    def test_a_decision_has_an_operator_and_words(
        self, case: SuspenseCase, note: str, has_operator: bool
    ) -> None:
        operator = make_customer(OTHER_PHONE).pk if has_operator else None

        with refused("payments_suspense_decided"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
                " resolution_note = %s, resolved_by_id = %s, resolution_entry_id = %s",
                *(note, operator, book(case.deposit.user, 300).pk),
            )

    @pytest.mark.parametrize("why", ["another key", "not out of suspense", "to oneself", "amount"])
    def test_a_decision_pays_its_amount_out_of_suspense_to_another(
        self, case: SuspenseCase, why: str
    ) -> None:
        customer, operator = case.deposit.user, make_customer(OTHER_PHONE)
        suspense, clearing = ledger.get_suspense_account(), ledger.get_clearing_account("174379")
        entry = ledger.post(
            key="gift" if why == "another key" else f"resolve:{case.pk}",
            debit=clearing if why == "not out of suspense" else suspense,
            credit=ledger.get_customer_account(customer.pk),
            amount=Decimal(299 if why == "amount" else 300),
            description="",
            now=NOON,
        )

        with refused("does not pay it to another customer"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
                " resolution_note = 'trust me', resolved_by_id = %s, resolution_entry_id = %s",
                customer.pk if why == "to oneself" else operator.pk,
                entry.pk,
            )

    def test_a_decision_is_final(self, case: SuspenseCase) -> None:
        resolve_suspense_case(
            case=case,
            user=case.deposit.user,
            operator=make_customer(OTHER_PHONE),
            reason="paid by M-Pesa",
            now=NOON,
        )

        with refused("only an open case changes, by its decision"):
            run(
                "UPDATE payments_suspensecase SET status = 'OPEN', resolved_at = NULL,"
                " resolution_entry_id = NULL, resolution_note = ''"
            )

    def test_a_case_without_money_has_no_entry(self, case: SuspenseCase) -> None:
        with refused("payments_suspense_posted"):
            SuspenseCase.objects.create(
                transaction=case.transaction,
                mpesa_receipt_number="OTHER",
                reason="receipt_used",
                amount=300,
                entry=book(case.deposit.user, 300),
            )


class TestInbox:
    """Callbacks at a deposit's own address are evidence."""

    @pytest.mark.parametrize("change", ["raw_body = ''", "headers = '{}'", "has_token = false"])
    def test_a_stored_callback_never_changes(self, deposit: Transaction, change: str) -> None:
        receive(success_body())
        with refused("evidence and never changes"):
            run(f"UPDATE payments_callbackevent SET {change}, source_address = '10.0.0.1'")

    def test_the_callback_of_a_deposit_is_not_deleted(self, deposit: Transaction) -> None:
        receive(success_body())
        with refused("evidence and stays"):
            run("DELETE FROM payments_callbackevent")


@pytest.mark.parametrize(
    "change", ["result_code = '1032'", "result_desc = 'x'", "description = ''"]
)
def test_a_completed_deposit_keeps_its_facts(deposit: Transaction, change: str) -> None:
    receive(success_body())
    with refused("COMPLETED never changes"):
        run(f"UPDATE payments_transaction SET {change}")


def test_no_completed_deposit_pays_for_an_index_that_nothing_reads() -> None:
    """Entries are never deleted, and no query looks history up by its entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'payments_transactionhistory'"
        )
        definitions = " ".join(definition for (definition,) in cursor.fetchall())

    assert "pgh_obj_id" in definitions
    assert "credit_entry_id" not in definitions
