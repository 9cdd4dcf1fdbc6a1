"""Changes to account numbers, payments by hand and confirmations that the database refuses."""

import pytest
from django.db import connection

from payments.models import Confirmation, PaybillAccount, PaybillPayment, SuspenseCase
from payments.tests.breaking import check_constraints, refused, run
from payments.tests.building import NOON, OTHER_PHONE, RECEIPT, make_customer
from tests.sql.test_paybill import NUMBER, give_number, tell

pytestmark = pytest.mark.django_db


class TestPaybillAccounts:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_paybillaccount SET number = '2345678901'",
            "DELETE FROM payments_paybillaccount",
            "TRUNCATE payments_paybillaccount CASCADE",
        ],
    )
    def test_a_number_is_for_ever(self, sql: str) -> None:
        give_number(make_customer())
        check_constraints()

        with refused("append-only"):
            run(sql)

    @pytest.mark.parametrize(
        "number", ["0712345678", "1720000009", "254712345678", "572000000", ""]
    )
    def test_a_number_is_never_like_a_phone_number(self, number: str) -> None:
        user = make_customer()

        with refused("payments_paybill_number_form|value too long"):
            PaybillAccount.objects.create(user=user, number=number)

    def test_no_two_customers_have_one_number(self) -> None:
        give_number(make_customer())
        other = make_customer(OTHER_PHONE)

        with refused("payments_paybill_number"):
            PaybillAccount.objects.create(user=other, number=NUMBER)


class TestPaybillPayments:
    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("UPDATE payments_paybillpayment SET amount = 5000", "a known fact never changes"),
            ("UPDATE payments_paybillpayment SET transaction_id = NULL", "a known fact"),
            ("DELETE FROM payments_paybillpayment", "is money history and stays"),
            ("TRUNCATE payments_paybillpayment CASCADE", "append-only"),
        ],
    )
    def test_what_mpesa_said_stays(self, sql: str, says: str) -> None:
        give_number(make_customer())
        tell(number=NUMBER)
        check_constraints()

        with refused(says):
            run(sql)

    def test_a_payment_is_of_some_money(self) -> None:
        tell()
        case = SuspenseCase.objects.get()

        with refused("payments_paybill_amount"):
            PaybillPayment.objects.create(
                receipt="OTHER", amount=0, business_short_code="174379", source="pull", case=case
            )


class TestCasesOfPayments:
    def test_a_case_is_about_something(self) -> None:
        with refused("it is about no deposit and no payment"):
            SuspenseCase.objects.create(mpesa_receipt_number=RECEIPT, reason="unknown_account")
            check_constraints()

    def test_a_held_receipt_may_learn_its_deposit_only_by_a_decision(self) -> None:
        tell()
        check_constraints()

        with refused("registered once, for one deposit"):
            run("UPDATE payments_receipt SET booked_at = now()")

    def test_nobody_decides_without_a_name(self) -> None:
        tell()
        check_constraints()

        with refused("payments_suspense_decided|its money needs an entry"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
                " resolution_note = 'trust me'"
            )


class TestConfirmations:
    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            (
                "UPDATE payments_confirmation SET raw_body = 'other'",
                "is evidence and never changes",
            ),
            ("DELETE FROM payments_confirmation", "is evidence and stays"),
            ("TRUNCATE payments_confirmation CASCADE", "append-only"),
            ("UPDATE payments_confirmation SET verdict = 'paid'", "payments_confirmation_verdict"),
        ],
    )
    def test_it_is_evidence(self, sql: str, says: str) -> None:
        Confirmation.objects.create(raw_body=b"the body", verdict="received", received_at=NOON)
        check_constraints()

        with refused(says):
            run(sql)

    def test_its_verdict_may_change(self) -> None:
        Confirmation.objects.create(raw_body=b"the body", verdict="received")

        with connection.cursor() as cursor:
            cursor.execute("UPDATE payments_confirmation SET verdict = 'held'")

        assert Confirmation.objects.get().verdict == "held"
