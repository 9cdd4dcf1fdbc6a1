"""Rows that contradict what was decided before: statement_credit_after_all, and what is not given.

The functions are of payments/sql/functions/statement.sql.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction

from payments.models import (
    Debt,
    Receipt,
    Reversal,
    StatementImport,
    StatementRow,
    SuspenseCase,
    Transaction,
    UnpaidDeposit,
)
from payments.services.reversals import find_credit
from payments.tests.breaking import check_constraints
from payments.tests.building import (
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row, look
from payments.tests.test_audit import problems
from tests.sql.calling import after, give, row_of, spend, value_of
from tests.sql.test_paybill import NUMBER, OTHER_RECEIPT, REFERENCE, give_number, tell
from tests.sql.test_statement import REASON, deposit, difference, file, settle_row, uploader
from users.models import User

__all__ = ["deposit", "file", "uploader"]

pytestmark = pytest.mark.django_db

OTHER_REFERENCE = "KP2345678ABC"


@pytest.fixture
def other_operator() -> User:
    """Store a third operator, who decided nothing and uploaded nothing."""
    return User.objects.create_superuser("254799999996", "a-good-password")


def dismiss(operator: User, decision: str = "not_in_books") -> SuspenseCase:
    """Decide the one case, and return it."""
    case = SuspenseCase.objects.get()
    done = row_of(
        "SELECT * FROM suspense_dismiss(%(case)s, %(decision)s, NULL, %(operator)s, 'why',"
        " 'infinity', %(now)s)",
        case=case.pk, decision=decision, operator=operator.pk, now=after(9),
    )  # fmt: skip
    assert done["outcome"] == "dismissed"
    case.refresh_from_db()
    return case


def reversal_of(file: StatementImport, receipt: str = RECEIPT, **fields: Any) -> StatementRow:
    """Store a row that takes the payment back."""
    return add_row(
        file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, linked_receipt=receipt,
        **{"amount_out": Decimal(500), **fields},
    )  # fmt: skip


class TestNotInBooks:
    """A case was closed as in no book of M-Pesa's, and a later statement has its payment."""

    def test_of_the_deposit_that_the_row_names(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        case = dismiss(operator)
        row = add_row(file, reference=REFERENCE)
        assert look(row) == ("amount_differs", "after_all", Decimal(0))
        assert difference(file) == -500

        assert settle_row(row, operator, after(60)) == "applied"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (row.transaction, row.settled_by, row.booked_amount) == (deposit, operator, 500)
        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))
        assert settle_row(row, operator, after(61)) == "already_settled"
        case.refresh_from_db()
        assert case.decision == "not_in_books"
        check_constraints()

    def test_of_one_that_had_no_owner(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        tell()
        dismiss(operator)

        assert settle_row(add_row(file, reference=REFERENCE), operator, after(60)) == "applied"

        assert Receipt.objects.get().transaction == deposit
        assert SuspenseCase.objects.get().payment.transaction == deposit
        assert money(customer) == (500, 0)
        check_constraints()

    def test_of_one_by_hand(
        self, file: StatementImport, customer: User, operator: User, uploader: User,
        other_operator: User,
    ) -> None:  # fmt: skip
        give_number(customer)
        tell()
        dismiss(operator)
        row = add_row(file, personal_number=NUMBER)
        assert look(row) == ("amount_differs", "after_all", Decimal(0))

        # Only the file says that this customer is meant: never one operator alone.
        for one in (operator, uploader):
            assert settle_row(row, one, after(59)) == "not_approved"
        assert money(customer) == (0, 0)
        assert settle_row(row, other_operator, after(60)) == "applied"

        assert row.transaction is not None
        assert (row.transaction.user, row.transaction.amount) == (customer, 500)
        assert money(customer) == (500, 0)
        check_constraints()

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_one_by_hand_that_nobody_may_get_stays(
        self, file: StatementImport, customer: User, operator: User, other_operator: User,
        is_whole: bool,
    ) -> None:  # fmt: skip
        give_number(customer)
        tell()
        dismiss(operator)
        if is_whole:
            User.objects.filter(pk=customer.pk).update(is_active=False)
        amount = Decimal(500) if is_whole else Decimal("500.50")
        row = add_row(file, personal_number=NUMBER, amount_in=amount)

        assert settle_row(row, other_operator, after(60)) == "nothing"
        assert money(customer) == (0, 0)

    def test_check_ledger_knows_it(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body(amount=1))
        dismiss(operator)
        settle_row(add_row(file, reference=REFERENCE), operator, after(60))

        assert problems() == []

    def test_a_reversal_afterwards_takes_the_credit_back(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        dismiss(operator)
        settle_row(add_row(file, reference=REFERENCE), operator, after(60))
        back = reversal_of(file)
        assert look(back) == ("reversal_untold", "take_back", Decimal(500))

        assert settle_row(back, operator, after(90)) == "taken_back"
        assert money(customer) == (0, 0)
        assert difference(file) == 0

    def test_what_was_refunded_is_not_credited(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body(amount=1))
        dismiss(operator, "refunded")

        assert look(add_row(file, reference=REFERENCE)) == ("amount_differs", "", Decimal(0))

    def test_a_receipt_that_is_registered_for_another_deposit_is_not(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2",
            account_reference=OTHER_REFERENCE,
        )  # fmt: skip
        receive(success_body(amount=1))
        dismiss(operator)

        assert look(add_row(file, reference=OTHER_REFERENCE)) == ("amount_differs", "", Decimal(0))

    def test_nor_what_a_file_says_was_taken_back(
        self, file: StatementImport, deposit: Transaction, operator: User, uploader: User
    ) -> None:
        receive(success_body(amount=1))
        dismiss(operator)
        row = add_row(file, reference=REFERENCE)
        reversal_of(add_file(uploaded_by=uploader, digest="b" * 64))

        assert look(row) == ("amount_differs", "", Decimal(0))
        assert settle_row(row, operator, after(60)) == "nothing"


class TestWhoMay:
    @pytest.fixture
    def row(self, file: StatementImport, deposit: Transaction, operator: User) -> StatementRow:
        """Return the row of a payment that the operator had said to be in no book."""
        receive(success_body(amount=1))
        dismiss(operator)
        return add_row(file, reference=REFERENCE)

    def test_a_large_one_takes_another_than_who_decided_and_who_uploaded(
        self, row: StatementRow, customer: User, operator: User, uploader: User,
        other_operator: User,
    ) -> None:  # fmt: skip
        for one in (operator, uploader):
            assert settle_row(row, one, after(60), approval_above=499) == "not_approved"
        assert money(customer) == (0, 0)

        assert settle_row(row, other_operator, after(60), approval_above=499) == "applied"
        assert money(customer) == (500, 0)

    def test_not_the_command_nor_the_customer(
        self, row: StatementRow, customer: User, deposit: Transaction
    ) -> None:
        by_command = add_row(add_file(digest="e" * 64), reference=REFERENCE)

        assert settle_row(by_command, None, after(60)) == "operator_only"
        assert settle_row(row, customer, after(60)) == "own_money"
        assert money(customer) == (0, 0)


class TestGivenWithAnotherAmount:
    """The callback told another amount, and the case was given to the customer with it."""

    def test_the_rest_is_credited(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        give(SuspenseCase.objects.get(), customer, operator)
        assert money(customer) == (1, 0)
        row = add_row(file, reference=REFERENCE)
        assert look(row) == ("amount_differs", "after_all", Decimal(1))

        assert settle_row(row, operator, after(60)) == "applied"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", None)
        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert problems() == []
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))
        check_constraints()

    def test_a_reversal_afterwards_is_not_hidden_by_what_was_taken_back_before(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        give(SuspenseCase.objects.get(), customer, operator)
        settle_row(add_row(file, reference=REFERENCE), operator, after(60))
        deposit.refresh_from_db()
        assert find_credit(deposit, RECEIPT) == deposit.credit_entry
        undone = "SELECT * FROM transaction_status_undone(%(receipt)s)"
        assert row_of(undone, receipt=RECEIPT)["verdict"] == "reversed"
        back = reversal_of(file)
        assert look(back) == ("reversal_untold", "take_back", Decimal(500))

        assert settle_row(back, operator, after(90)) == "taken_back"

        assert money(customer) == (0, 0)
        assert row_of(undone, receipt=RECEIPT)["verdict"] == "confirmed"
        assert look(add_row(file, reference=REFERENCE))[1] == ""

    def test_what_moves_is_what_the_limit_of_one_looks_at(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User,
        uploader: User, other_operator: User,
    ) -> None:  # fmt: skip
        """A row of a small amount takes a large one out of a wallet, or out of suspense."""
        receive(success_body(amount=50_000))
        row = add_row(file, reference=REFERENCE)
        assert look(row)[1] == "correct"
        assert settle_row(row, uploader, after(50)) == "not_approved"
        give(SuspenseCase.objects.get(), customer, operator, limit=100_000)
        assert look(row)[1] == "after_all"
        for one in (operator, uploader):
            assert settle_row(row, one, after(60)) == "not_approved"
        assert money(customer) == (50_000, 0)

        assert settle_row(row, other_operator, after(60)) == "applied"

        assert money(customer) == (500, 0)

    @pytest.mark.parametrize("is_spent", [False, True])
    def test_the_surplus_is_taken_back_or_owed(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User,
        is_spent: bool,
    ) -> None:  # fmt: skip
        receive(success_body(amount=640))
        give(SuspenseCase.objects.get(), customer, operator)
        if is_spent:
            spend(customer, 600)
        row = add_row(file, reference=REFERENCE)

        assert settle_row(row, operator, after(60)) == "applied"

        assert money(customer) == (0 if is_spent else 500, 0)
        assert [debt.amount for debt in Debt.objects.all()] == ([100] if is_spent else [])
        assert Reversal.objects.get().transaction == deposit
        assert difference(file) == 0

    def test_what_was_given_and_taken_back_is_for_an_operator_elsewhere(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        case = SuspenseCase.objects.get()
        give(case, customer, operator)
        case.refresh_from_db()
        row_of(
            "SELECT * FROM payment_reverse_owing(%(entry)s, %(operator)s, 'why', 0, 'infinity',"
            " %(now)s)",
            entry=case.resolution_entry_id, operator=operator.pk, now=after(30),
        )  # fmt: skip

        assert look(add_row(file, reference=REFERENCE)) == ("amount_differs", "", Decimal(0))

    def test_both_credits_never_stand(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        """Called where what was given is reversed already, it undoes itself."""
        receive(success_body(amount=1))
        case = SuspenseCase.objects.get()
        give(case, customer, operator)
        call = (
            "SELECT statement_credit_after_all(txn, %(case)s, %(operator)s, 'why', %(now)s)"
            "  FROM payments_transaction AS txn WHERE txn.id = %(deposit)s"
        )

        with pytest.raises(DatabaseError, match="own_money"), db_transaction.atomic():
            value_of(call, case=case.pk, operator=customer.pk, deposit=deposit.pk, now=after(60))

        assert money(customer) == (1, 0)


class TestBookedForAnother:
    def test_another_deposit_than_the_row_names_is_a_difference(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2",
            account_reference=OTHER_REFERENCE,
        )  # fmt: skip
        receive(success_body())
        row = add_row(file, reference=OTHER_REFERENCE)

        assert look(row) == ("other_deposit", "", Decimal(500))
        assert settle_row(row, operator, after(60)) == "nothing"
        assert difference(file) == 0
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))

    def test_so_is_another_customer_than_the_account_number_is_of(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        give_number(make_customer(OTHER_PHONE))
        receive(success_body())

        row = add_row(file, personal_number=NUMBER)
        assert look(row) == ("other_deposit", "", Decimal(500))

    def test_the_same_customers_number_is_not(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        give_number(customer)
        receive(success_body())

        assert look(add_row(file, personal_number=NUMBER)) == ("both", "", Decimal(500))


class TestSaidToBeTakenBack:
    """Another uploaded file has a reversal, true or made up: nobody gets the payment by a row."""

    @pytest.mark.parametrize("names", [{"reference": REFERENCE}, {"personal_number": NUMBER}])
    def test_it_waits_in_suspense_for_an_operator(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User,
        names: dict[str, str],
    ) -> None:  # fmt: skip
        give_number(customer)
        other = add_file(uploaded_by=operator, digest="b" * 64)
        back = reversal_of(other)
        row = add_row(file, **names)
        assert look(row) == ("theirs_only", "hold", None)
        assert difference(file) == -500

        assert settle_row(row, operator, after(60)) == "held"

        assert money(customer) == (0, 500)
        assert look(add_row(file, **names)) == ("both", "", Decimal(500))
        # The reversal is settled by its own row.
        assert settle_row(back, operator, after(90)) == "taken_back"
        assert money(customer) == (0, 0)
        assert look(add_row(file, **names))[1] == ""

    def test_what_waits_already_is_not_given_either(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        tell()
        row = add_row(file, reference=REFERENCE)
        assert look(row) == ("both", "credit", Decimal(500))

        reversal_of(add_file(uploaded_by=operator, digest="b" * 64))

        assert look(row) == ("both", "", Decimal(500))
        assert settle_row(row, operator, after(60)) == "nothing"


class TestNamelessPayment:
    """A report of it named no account number; the statement does."""

    @pytest.mark.parametrize("source", ["confirmation", "pull", "status"])
    def test_it_goes_to_the_customer_of_the_number(
        self, file: StatementImport, customer: User, operator: User, source: str
    ) -> None:
        give_number(customer)
        tell(source=source, account_number="")
        row = add_row(file, personal_number=NUMBER)
        assert look(row) == ("both", "by_hand", Decimal(500))

        assert settle_row(row, operator, after(60)) == "applied"

        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert settle_row(row, operator, after(61)) == "already_settled"

    def test_the_uploader_does_not_settle_it(
        self, file: StatementImport, customer: User, uploader: User
    ) -> None:
        give_number(customer)
        tell(account_number="")

        row = add_row(file, personal_number=NUMBER)
        assert settle_row(row, uploader, after(60)) == "not_approved"

    def test_one_with_another_account_number_waits_for_an_operator(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        give_number(customer)
        tell()

        row = add_row(file, personal_number=NUMBER)
        assert look(row) == ("both", "", Decimal(500))
        assert settle_row(row, operator, after(60)) == "nothing"

    def test_a_later_report_with_the_number_releases_it_as_well(self, customer: User) -> None:
        give_number(customer)
        tell(account_number="")

        assert tell(after(60), source="pull", number=NUMBER)[0] == "applied"
        assert money(customer) == (500, 0)


class TestToldTwice:
    """Held for want of an owner, and the callback of the same payment told another amount."""

    @pytest.fixture
    def row(self, file: StatementImport, deposit: Transaction) -> StatementRow:
        """Return the row that names the deposit, and the true amount."""
        tell()
        receive(success_body(amount=1), now=after(30))
        assert set(SuspenseCase.objects.values_list("reason", "amount")) == {
            ("unknown_account", 500), ("receipt_used", None),
        }  # fmt: skip
        return add_row(file, reference=REFERENCE)

    def test_an_operator_credits_the_deposit_and_both_cases_are_closed(
        self, row: StatementRow, file: StatementImport, deposit: Transaction, customer: User,
        operator: User,
    ) -> None:  # fmt: skip
        assert look(row) == ("both", "credit", Decimal(500))

        assert settle_row(row, operator, after(60)) == "applied"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert deposit.review_reason is None
        assert money(customer) == (500, 0)
        assert set(SuspenseCase.objects.values_list("status", "decision")) == {
            ("RESOLVED", "belongs_to_deposit")
        }
        assert difference(file) == 0
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))
        assert settle_row(row, operator, after(61)) == "already_settled"
        check_constraints()

    def test_it_takes_an_operator_who_is_not_the_customer(
        self, row: StatementRow, deposit: Transaction, customer: User
    ) -> None:
        by_command = add_row(add_file(digest="e" * 64), reference=REFERENCE)

        assert settle_row(by_command, None, after(60)) == "operator_only"
        assert settle_row(row, customer, after(60)) == "own_money"
        assert money(customer) == (0, 500)

    def test_the_payment_never_stands_twice(
        self, row: StatementRow, deposit: Transaction, customer: User
    ) -> None:
        call = (
            "SELECT statement_credit_joined(txn, %(receipt)s, %(operator)s, 'why', %(now)s)"
            "  FROM payments_transaction AS txn WHERE txn.id = %(deposit)s"
        )

        with pytest.raises(DatabaseError, match="own_money"), db_transaction.atomic():
            value_of(call, receipt=RECEIPT, operator=customer.pk, deposit=deposit.pk, now=after(60))

        assert money(customer) == (0, 500)


class TestUnpaidIsProven:
    """The guard alone refuses, whatever the function thought."""

    @staticmethod
    def end(file: StatementImport, deposit: Transaction, operator: User) -> None:
        with db_transaction.atomic():
            Transaction.objects.filter(pk=deposit.pk).update(
                status="FAILED", result_code="not_in_statement"
            )
            UnpaidDeposit.objects.create(
                file=file, transaction=deposit, operator=operator, reason=REASON,
                decided_at=after(86_400),
            )  # fmt: skip

    def test_a_payment_of_it_in_any_file(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        add_row(add_file(digest="d" * 64), reference=REFERENCE)

        with pytest.raises(IntegrityError, match="does not prove"):
            self.end(file, deposit, operator)

    def test_a_payment_of_its_amount_that_nobody_has(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        row = add_row(file, completed_at=after(600))

        with pytest.raises(IntegrityError, match="does not prove"):
            self.end(file, deposit, operator)

        make_deposit(make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2")
        receive(success_body("ws_CO_2", receipt=row.receipt), token="other")
        self.end(file, deposit, operator)
        assert UnpaidDeposit.objects.count() == 1
