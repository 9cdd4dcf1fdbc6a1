"""`check_ledger` on payments by hand: an honest day is in order, and what was invented is named."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from payments import audit
from payments.models import PaybillAccount, SuspenseCase, Transaction
from payments.paybill import account_numbers
from payments.services import paybill, resolve_suspense_case, reverse_credit
from payments.tests.breaking import check_constraints, run
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from tests.sql.calling import after, approve, resolve, row_of
from tests.sql.test_paybill import tell
from users.models import User
from wallet import audit as wallet_audit

pytestmark = pytest.mark.django_db

NUMBER = "572000000" + account_numbers.check_digit("572000000")
REFERENCE = "KP23456789AB"
UNDECIDED = "500.00 left suspense without two operators or a report of M-Pesa behind it"


@pytest.fixture
def customer(settings: Any) -> User:
    """Store a customer with the account number NUMBER."""
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32
    user = make_customer()
    PaybillAccount.objects.create(user=user, number=NUMBER)
    return user


def confirm(
    account: str = NUMBER, receipt: str = RECEIPT, amount: str = "500.00", **fields: Any
) -> str:
    """Let M-Pesa confirm a payment; return its verdict."""
    told = {"TransID": receipt, "TransAmount": amount, "BillRefNumber": account, **fields}
    return paybill.record_confirmation(
        body=json.dumps(told).encode(), headers={}, source_address=None, now=NOON
    ).verdict


def problems() -> list[str]:
    """Return what the audits find, a line each."""
    check_constraints()
    found = [*wallet_audit.find_problems(), *audit.find_problems()]
    return [f"{line.row}: {line.problem}" for line in found]


class TestAnHonestDay:
    def test_every_way_of_a_payment_by_hand_is_in_order(self, customer: User) -> None:
        operator = make_customer("254710000009")
        deposit = make_deposit(customer, account_reference=REFERENCE)
        assert confirm() == "applied"
        assert confirm(REFERENCE, "QQQ0000001") == "applied"
        assert confirm(REFERENCE, "QQQ0000002") == "held"
        assert confirm("nobody", "QQQ0000003") == "held"
        assert confirm(NUMBER, "QQQ0000004", "10.50") == "held"
        for receipt in ("QQQ0000003", "QQQ0000004"):
            case = SuspenseCase.objects.get(mpesa_receipt_number=receipt)
            approve(case, customer, operator)
            assert resolve(case.pk, customer, operator)["outcome"] == "resolved"
            User.objects.filter(phone_number="254799999998").update(phone_number=receipt)
        resolve_suspense_case(
            case=SuspenseCase.objects.get(mpesa_receipt_number="QQQ0000002"),
            user=customer, operator=operator, reason="paid twice", now=NOON,
        )  # fmt: skip
        credit = Transaction.objects.get(mpesa_receipt_number=RECEIPT).credit_entry
        assert credit is not None
        reverse_credit(entry=credit, operator=operator, reason="taken back", now=NOON)
        deposit.refresh_from_db()

        call_command("replay_callbacks", all=True)

        assert deposit.mpesa_receipt_number == "QQQ0000001"
        assert problems() == []
        assert money(customer)[1] == 0

    def test_a_release_by_mpesas_own_word_is_in_order(self, customer: User) -> None:
        make_deposit(customer)
        confirm("nobody")
        receive(success_body(), now=after(20))

        assert SuspenseCase.objects.get().released_by == "callback"
        assert problems() == []

    def test_a_release_by_a_confirmation_is_in_order(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        confirm("nobody")

        assert confirm(REFERENCE) == "applied"
        assert problems() == []
        assert money(customer) == (500, 0)


class TestAThief:
    """Somebody with the rights of the application, who may write rows and call functions."""

    def test_a_payment_that_nobody_confirmed(self, customer: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        assert problems() == [
            (
                f"deposit {deposit_id}: 500.00 was credited without a callback, a"
                " query or a decision behind it"
            ),
            (
                f"receipt {RECEIPT}: was booked for deposit {deposit_id}, and no"
                " report of M-Pesa names it"
            ),
        ]

    def test_a_payment_in_suspense_that_nobody_confirmed(self, customer: User) -> None:
        tell()

        assert problems() == [
            (f"receipt {RECEIPT}: was booked for deposit None, and no report of M-Pesa names it")
        ]

    def test_an_old_confirmation_written_over(self, customer: User) -> None:
        confirm()
        confirm()
        tell(after(60), number=NUMBER, receipt="MADEUP0001")
        deposit = Transaction.objects.get(mpesa_receipt_number="MADEUP0001")

        run(
            "UPDATE payments_confirmation SET verdict = 'applied', receipt = 'MADEUP0001',"
            f" transaction_id = {deposit.pk} WHERE verdict = 'duplicate'"
        )

        assert problems() == [
            (
                f"receipt MADEUP0001: was booked for deposit {deposit.pk}, and no"
                " report of M-Pesa names it"
            )
        ]

    def test_a_held_payment_released_to_oneself(self, customer: User) -> None:
        confirm("nobody")
        case = SuspenseCase.objects.get()
        row_of(
            "SELECT * FROM paybill_release(%(case)s, %(user)s, NULL, NULL, 'callback', 'mine',"
            " %(now)s)",
            case=case.pk, user=customer.pk, now=after(60),
        )  # fmt: skip

        assert problems() == [f"suspense case {case.pk}: {UNDECIDED}"]

    def test_a_held_payment_released_in_the_name_of_one_operator(self, customer: User) -> None:
        confirm("nobody")
        case, operator = SuspenseCase.objects.get(), make_customer(OTHER_PHONE)
        row_of(
            "SELECT * FROM paybill_release(%(case)s, %(user)s, NULL, %(operator)s, NULL, 'his',"
            " %(now)s)",
            case=case.pk, user=customer.pk, operator=operator.pk, now=after(60),
        )  # fmt: skip

        assert problems() == [f"suspense case {case.pk}: {UNDECIDED}"]

    def test_a_held_receipt_credited_once_more(self, customer: User) -> None:
        """The receipt of a payment in suspense is registered for nobody, and so to be had."""
        confirm("nobody")
        run("UPDATE payments_confirmation SET verdict = 'applied'")
        deposit = make_deposit(customer, token="thief")
        run(
            f"UPDATE payments_receipt SET transaction_id = {deposit.pk};"
            f" UPDATE payments_confirmation SET transaction_id = {deposit.pk};"
            " WITH posted AS (SELECT ledger_post("
            f"    'deposit:' || {deposit.pk}, ledger_system_account('mpesa:174379', 'clearing'),"
            f"    ledger_customer_account({customer.pk}), 500, '', now()) AS id)"
            " UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
            f"   credit_entry_id = posted.id, mpesa_receipt_number = '{RECEIPT}',"
            "   result_code = '0', next_query_at = NULL FROM posted"
        )

        assert problems()[-1] == (
            f"receipt {RECEIPT}: is in suspense, and deposit {deposit.pk} was credited with it as"
            " well"
        )
