"""What a statement's rows did has them for its cause in check_ledger, and none without them."""

import pytest

from payments.models import StatementRow, SuspenseCase, Transaction
from payments.tests.building import RECEIPT, make_customer, make_deposit, receive, success_body
from payments.tests.statement_rows import add_file, add_row
from payments.tests.test_audit import _UNBACKED, UNCAUSED, problems, tamper
from tests.sql.calling import after, query
from tests.sql.test_paybill import NUMBER, REFERENCE, give_number, tell
from tests.sql.test_statement import not_paid, settle_row
from users.models import User

pytestmark = pytest.mark.django_db
_DELETE = "DELETE FROM payments_statementrow"


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def customer() -> User:
    """Store a customer with an account number."""
    user = make_customer()
    give_number(user)
    return user


def test_credits_receipts_and_cases_are_explained(customer: User, operator: User) -> None:
    file = add_file()
    credited = add_row(file, personal_number=NUMBER)
    held = add_row(file, receipt="HELD000001")
    assert settle_row(credited, operator) == "applied"
    assert settle_row(held, operator) == "held"
    assert problems() == []

    tamper(_DELETE)

    deposit = credited.transaction_id
    assert problems() == [
        f"deposit {deposit}: {UNCAUSED}",
        f"receipt HELD000001: {_UNBACKED.format(None)}",
        f"receipt {RECEIPT}: {_UNBACKED.format(deposit)}",
    ]


def test_a_filled_receipt_is_explained(customer: User, operator: User) -> None:
    deposit = make_deposit(customer, account_reference=REFERENCE, last_query_at=after(0))
    query(deposit)
    assert settle_row(add_row(add_file(), reference=REFERENCE), operator, after(60)) == "filled"
    assert problems() == []

    tamper(_DELETE)
    assert problems() == [f"receipt {RECEIPT}: {_UNBACKED.format(deposit.pk)}"]


def test_a_release_by_a_row_is_explained(customer: User, operator: User) -> None:
    tell()
    tamper(
        "INSERT INTO payments_confirmation (raw_body, headers, receipt, verdict, received_at,"
        f" note) VALUES ('{RECEIPT}', '{{}}', '{RECEIPT}', 'held', now(), '')"
    )
    make_deposit(customer, account_reference=REFERENCE)
    row = add_row(add_file(), reference=REFERENCE)
    assert settle_row(row, operator, after(60)) == "applied"
    assert problems() == []

    tamper(_DELETE)
    case = SuspenseCase.objects.get()
    says = "500.00 left suspense without two operators or a report of M-Pesa behind it"
    assert problems() == [f"suspense case {case.pk}: {says}"]


def test_a_corrected_case_and_a_payment_taken_back_are_explained(
    customer: User, operator: User
) -> None:
    make_deposit(customer, account_reference=REFERENCE)
    receive(success_body(amount=1))
    file = add_file()
    assert settle_row(add_row(file, reference=REFERENCE), operator, after(60)) == "applied"
    assert problems() == []
    back = add_row(
        file, kind="reversal", receipt="NLJ7RT61SW", amount_in=None, amount_out=500,
        linked_receipt=RECEIPT,
    )  # fmt: skip
    assert settle_row(back, operator, after(90)) == "taken_back"
    assert problems() == []


def test_a_row_that_was_not_settled_explains_nothing(customer: User, operator: User) -> None:
    row = add_row(add_file(), personal_number=NUMBER)
    settle_row(row, operator)
    tamper(
        "UPDATE payments_statementrow SET verdict = '', settled_at = NULL, settled_by_id = NULL,"
        " transaction_id = NULL, reason = ''"
    )

    assert len(problems()) == 2


class TestUnpaid:
    @pytest.fixture
    def ended(self, customer: User, operator: User) -> Transaction:
        """End a deposit that a statement proves unpaid."""
        deposit = make_deposit(customer, account_reference=REFERENCE)
        assert not_paid(add_file(), deposit, operator) == "unpaid"
        return deposit

    def test_its_decision_explains_it(self, ended: Transaction) -> None:
        assert problems() == []

        tamper("DELETE FROM payments_unpaiddeposit")
        says = "is ended as not paid, but no statement proved it"
        assert problems() == [f"deposit {ended.pk}: {says}"]

    def test_its_payment_in_a_later_statement_is_named(
        self, ended: Transaction, operator: User
    ) -> None:
        row = add_row(add_file(digest="b" * 64), reference=REFERENCE)

        says = f"is ended as not paid, but a statement has its payment {RECEIPT}"
        assert problems() == [f"deposit {ended.pk}: {says}"]
        assert settle_row(row, operator) == "applied"
        assert problems() == []
        assert StatementRow.objects.get().transaction == ended
