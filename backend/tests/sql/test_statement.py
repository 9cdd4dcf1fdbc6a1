"""The functions of payments/sql/functions/statement.sql."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction

from payments.models import (
    StatementImport,
    StatementRow,
    SuspenseCase,
    Transaction,
    UnpaidDeposit,
)
from payments.services import reverse_credit
from payments.tests.breaking import check_constraints
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
from payments.tests.statement_rows import add_file, add_row, look
from tests.sql.calling import after, failure, give, query, row_of, settle, success, value_of
from tests.sql.test_paybill import NUMBER, OTHER_RECEIPT, REFERENCE, give_number, tell
from users.models import User

pytestmark = pytest.mark.django_db

RULES = {"own_short_code": "174379", "is_kyc_required": True, "approval_above": 10_000}
REASON = "it stands in the statement"
#: The day of NOON ends in Nairobi, which is three hours ahead of UTC.
_MIDNIGHT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)


@pytest.fixture
def deposit(customer: User) -> Transaction:
    """Store the customer's PENDING deposit of KES 500, with its account reference."""
    return make_deposit(customer, account_reference=REFERENCE)


@pytest.fixture
def uploader() -> User:
    """Store the operator who uploaded the file."""
    return User.objects.create_superuser("254799999997", "a-good-password")


@pytest.fixture
def file(uploader: User) -> StatementImport:
    """Store a whole statement of the day of NOON, without a row yet."""
    return add_file(uploaded_by=uploader)


def settle_row(row: StatementRow, operator: User | None, now: datetime = NOON, **rules: Any) -> str:
    """Settle a row, and read it again."""
    settled = row_of(
        "SELECT * FROM statement_settle(%(row_id)s, %(operator_id)s, %(reason)s, %(rules)s::jsonb,"
        " %(now)s)",
        row_id=row.pk, operator_id=operator and operator.pk, reason=REASON,
        rules=json.dumps({**RULES, **rules}), now=now,
    )  # fmt: skip
    row.refresh_from_db()
    return str(settled["outcome"])


def not_paid(
    file: StatementImport, deposit: Transaction, operator: User | None, now: datetime | None = None
) -> str:
    """Confirm that a deposit was not paid, and read it again."""
    outcome = value_of(
        "SELECT statement_not_paid(%(file_id)s, %(deposit_id)s, %(operator_id)s, %(reason)s,"
        " %(limit)s, %(now)s)",
        file_id=file.pk, deposit_id=deposit.pk, operator_id=operator and operator.pk,
        reason=REASON, limit=10_000, now=now or after(86_400),
    )  # fmt: skip
    deposit.refresh_from_db()
    return str(outcome)


def match(file: StatementImport) -> Any:
    """Compare all rows with the books; return how many changed."""
    return value_of("SELECT statement_match(%(id)s, 0, 1000000)", id=file.pk)


def difference(file: StatementImport) -> Any:
    """Return our books less M-Pesa's, as they are now."""
    match(file)
    return value_of("SELECT statement_difference(%(file_id)s)", file_id=file.pk)


def ours_only(file: StatementImport) -> Any:
    """Return count and sum of what the file lacks."""
    return value_of(
        "SELECT array[count(*), coalesce(sum(amount), 0)] FROM statement_ours_only(%(file_id)s)",
        file_id=file.pk,
    )


class TestStatementBooked:
    @staticmethod
    def booked() -> Any:
        """Return amount and deposit that stand behind RECEIPT."""
        return value_of(
            "SELECT (SELECT array[amount, transaction_id] FROM statement_booked(%(receipt)s))",
            receipt=RECEIPT,
        )

    def test_a_receipt_that_we_never_booked(self) -> None:
        assert self.booked() is None

    def test_a_credited_deposit(self, deposit: Transaction) -> None:
        receive(success_body())

        assert self.booked() == [500, deposit.pk]

    def test_what_is_held_has_the_amount_of_its_case(self, deposit: Transaction) -> None:
        receive(success_body(amount=1))

        assert self.booked() == [1, deposit.pk]

    @pytest.mark.parametrize("decision", ["not_in_books", "refunded"])
    def test_what_left_suspense_to_nobody_is_nothing(
        self, deposit: Transaction, operator: User, decision: str
    ) -> None:
        receive(success_body(amount=1))
        row_of(
            "SELECT * FROM suspense_dismiss(%(case)s, %(decision)s, NULL, %(operator)s, 'why', 9,"
            " %(now)s)",
            case=SuspenseCase.objects.get().pk, decision=decision, operator=operator.pk,
            now=after(9),
        )  # fmt: skip

        assert self.booked() == [0, deposit.pk]

    def test_a_payment_that_a_query_had_credited_is_that_credit(
        self, deposit: Transaction, operator: User
    ) -> None:
        tell()
        query(deposit)
        row_of(
            "SELECT * FROM suspense_dismiss(%(case)s, 'belongs_to_deposit', %(deposit)s,"
            " %(operator)s, 'why', 1000, %(now)s)",
            case=SuspenseCase.objects.get().pk, deposit=deposit.pk, operator=operator.pk,
            now=after(9),
        )  # fmt: skip

        assert self.booked() == [500, deposit.pk]

    def test_an_unowned_payment(self) -> None:
        tell(amount="10.50")

        assert self.booked() == [Decimal("10.50"), None]

    def test_a_receipt_that_came_after_the_credit_stands_for_it(self, deposit: Transaction) -> None:
        query(deposit)
        receive(success_body(amount=1))

        assert self.booked() == [500, deposit.pk]


class TestStatementCompare:
    @pytest.mark.parametrize("kind", ["charge", "sweep", "other", "declined"])
    def test_what_is_no_payment_is_only_listed(self, file: StatementImport, kind: str) -> None:
        row = add_row(file, kind=kind, amount_in=None, amount_out=Decimal(30))

        assert look(row) == (kind, "", None)

    def test_a_payment_of_unknown_origin_is_theirs_and_to_be_held(
        self, file: StatementImport
    ) -> None:
        assert look(add_row(file)) == ("theirs_only", "hold", None)

    @pytest.mark.parametrize("status", ["PENDING", "FAILED"])
    def test_a_deposit_that_is_not_credited_is_to_be_credited(
        self, file: StatementImport, deposit: Transaction, status: str
    ) -> None:
        if status == "FAILED":
            settle(deposit, failure())

        assert look(add_row(file, reference=REFERENCE)) == ("theirs_only", "credit", None)

    def test_another_amount_than_the_deposits_is_to_be_held(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        row = add_row(file, reference=REFERENCE, amount_in=Decimal("499.50"))

        assert look(row) == ("theirs_only", "hold", None)

    def test_a_payment_by_hand_is_to_be_credited(
        self, file: StatementImport, customer: User
    ) -> None:
        give_number(customer)

        assert look(add_row(file, personal_number=NUMBER)) == ("theirs_only", "by_hand", None)

    def test_a_credited_receipt_is_in_both(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        receive(success_body())

        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))

    def test_a_credit_without_a_receipt_is_to_be_filled_in(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        query(deposit)

        assert look(add_row(file, reference=REFERENCE)) == ("fills", "fill", Decimal(500))

    def test_a_credit_without_a_receipt_of_another_amount_takes_a_case(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        query(deposit)
        row = add_row(file, reference=REFERENCE, amount_in=Decimal(499))

        assert look(row) == ("amount_differs", "open_case", Decimal(500))

    def test_a_credit_of_another_amount_takes_a_case_once(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        row = add_row(file, reference="", amount_in=Decimal(499))

        assert look(row) == ("amount_differs", "open_case", Decimal(500))
        assert settle_row(row, operator) == "held"
        assert look(add_row(file, amount_in=Decimal(499))) == ("amount_differs", "", Decimal(500))

    def test_what_is_held_with_the_same_amount_is_in_both(self, file: StatementImport) -> None:
        tell()

        assert look(add_row(file)) == ("both", "", Decimal(500))

    def test_what_is_held_for_want_of_an_owner_gets_the_one_that_the_row_names(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        tell()

        assert look(add_row(file, reference=REFERENCE)) == ("both", "credit", Decimal(500))

    def test_a_payment_that_was_taken_back_before_we_booked_it_is_never_credited(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        paid = add_row(file, reference=REFERENCE)
        back = add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, amount_out=Decimal(500),
            linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("taken_back", "", None)
        assert look(back) == ("reversed_known", "", None)
        assert settle_row(paid, operator) == "nothing"
        assert difference(file) == 0

    def test_a_reversal_in_an_uploaded_file_hides_no_payment_of_another(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        """Anybody may upload a made-up reversal; the command is run by who has the shell.

        But nobody gets the payment before an operator has looked.
        """
        paid = add_row(file, reference=REFERENCE)
        other = add_file(uploaded_by=operator, digest="b" * 64)
        add_row(
            other, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None,
            amount_out=Decimal(500), linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("theirs_only", "hold", None)
        assert difference(file) == -500

        by_command = add_file(uploaded_by=None, digest="c" * 64)
        add_row(
            by_command, kind="reversal", receipt="NLJ7RT61SZ", amount_in=None,
            amount_out=Decimal(500), linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("taken_back", "", None)

    def test_a_reversal_is_untold_until_we_took_it_back_too(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        paid = add_row(file, reference=REFERENCE)
        back = add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, amount_out=Decimal(500),
            linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("both", "", Decimal(500))
        assert look(back) == ("reversal_untold", "take_back", Decimal(500))
        assert difference(file) == 500

        deposit.refresh_from_db()
        assert deposit.credit_entry is not None
        reverse_credit(entry=deposit.credit_entry, operator=operator, reason=REASON, now=after(9))
        assert look(back) == ("reversed_known", "", Decimal(500))
        assert difference(file) == 0

    def test_what_a_query_credited_and_mpesa_took_back_is_filled_in_and_then_taken_back(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        query(deposit)
        paid = add_row(file, reference=REFERENCE)
        back = add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, amount_out=Decimal(500),
            linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("fills", "fill", Decimal(500))
        assert look(back) == ("reversal_untold", "", None)
        assert difference(file) == 500

        assert settle_row(paid, operator) == "filled"
        assert difference(file) == 500
        assert settle_row(back, operator, after(60)) == "taken_back"
        assert money(customer) == (0, 0)
        assert difference(file) == 0

    def test_what_a_query_credited_and_both_took_back_is_in_neither(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        query(deposit)
        assert deposit.credit_entry is not None
        reverse_credit(entry=deposit.credit_entry, operator=operator, reason=REASON, now=after(9))
        paid = add_row(file, reference=REFERENCE)

        assert look(paid) == ("amount_differs", "open_case", None)
        assert difference(file) == -500

        back = add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, amount_out=Decimal(500),
            linked_receipt=RECEIPT,
        )  # fmt: skip

        assert look(paid) == ("taken_back", "", None)
        assert look(back) == ("reversed_known", "", None)
        assert difference(file) == 0

    def test_a_reversal_of_ours_that_mpesa_does_not_have_is_a_difference(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        deposit.refresh_from_db()
        assert deposit.credit_entry is not None
        reverse_credit(entry=deposit.credit_entry, operator=operator, reason=REASON, now=after(9))
        paid = add_row(file, reference=REFERENCE)

        assert look(paid) == ("amount_differs", "", Decimal(0))
        assert difference(file) == -500
        assert settle_row(paid, operator) == "nothing"

    def test_what_stands_twice_is_a_difference(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        """Held for want of an owner, and credited by a status query to the deposit of the row."""
        tell()
        query(deposit)
        paid = add_row(file, reference=REFERENCE)

        assert look(paid) == ("amount_differs", "correct", Decimal(1000))
        assert difference(file) == 500
        back = add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None, amount_out=Decimal(500),
            linked_receipt=RECEIPT,
        )  # fmt: skip
        assert look(back) == ("reversal_untold", "", Decimal(500))

        row_of(
            "SELECT * FROM suspense_dismiss(%(case)s, 'belongs_to_deposit', %(deposit)s,"
            " %(operator)s, 'why', 1000, %(now)s)",
            case=SuspenseCase.objects.get().pk, deposit=deposit.pk, operator=operator.pk,
            now=after(9),
        )  # fmt: skip
        assert look(paid) == ("both", "", Decimal(500))
        assert look(back) == ("reversal_untold", "take_back", Decimal(500))
        assert difference(file) == 500

    def test_a_credit_by_query_is_the_payment_that_was_said_to_be_in_no_book(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        tell()
        row_of(
            "SELECT * FROM suspense_dismiss(%(case)s, 'not_in_books', NULL, %(operator)s, 'why',"
            " 1000, %(now)s)",
            case=SuspenseCase.objects.get().pk, operator=operator.pk, now=after(9),
        )  # fmt: skip
        query(deposit)

        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))

    def test_a_reversal_that_names_no_payment_is_for_an_operator(
        self, file: StatementImport
    ) -> None:
        back = add_row(file, kind="reversal", amount_in=None, amount_out=Decimal(500))

        assert look(back) == ("reversal_untold", "", None)


class TestStatementMatch:
    def test_it_changes_what_changed_and_no_settled_row(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        row, other = add_row(file, reference=REFERENCE), add_row(file, receipt=OTHER_RECEIPT)
        assert settle_row(row, operator) == "applied"

        assert match(file) == 1
        assert match(file) == 0
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.match, other.match) == ("theirs_only", "theirs_only")


class TestStatementSettle:
    def test_a_pending_deposit_is_credited_once(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        row = add_row(file, reference=REFERENCE)

        assert settle_row(row, operator) == "applied"
        assert settle_row(row, operator) == "already_settled"
        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (row.verdict, row.transaction, row.settled_by) == ("applied", deposit, operator)
        assert (row.reason, row.booked_amount) == (REASON, 500)
        assert money(customer) == (500, 0)
        assert difference(file) == 0

    def test_a_failed_deposit_is_credited(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        settle(deposit, failure())

        assert settle_row(add_row(file, reference=REFERENCE), operator) == "applied"
        assert money(customer) == (500, 0)

    def test_a_callback_afterwards_changes_nothing(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        settle_row(add_row(file, reference=REFERENCE), operator)

        assert settle(deposit, success(), after(60)) == "duplicate"
        assert money(customer) == (500, 0)

    def test_after_a_callback_there_is_nothing_to_do(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        row = add_row(file, reference=REFERENCE)
        assert look(row)[1] == "credit"
        receive(success_body())

        assert settle_row(row, operator) == "nothing"
        assert (row.match, row.verdict) == ("both", "")
        assert money(customer) == (500, 0)

    def test_a_receipt_is_filled_in_and_moves_no_money(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        query(deposit)
        row = add_row(file, reference=REFERENCE)

        assert settle_row(row, operator, after(60)) == "filled"
        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == RECEIPT
        assert money(customer) == (500, 0)

    def test_a_payment_by_hand_is_credited(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        give_number(customer)
        row = add_row(file, personal_number=NUMBER)

        assert settle_row(row, operator) == "applied"
        assert money(customer) == (500, 0)
        assert row.transaction is not None
        assert row.transaction.paybill_payment.source == "statement"

    def test_an_unknown_payment_is_held(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        row = add_row(file, account_number="rent")

        assert settle_row(row, operator) == "held"
        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount, case.payment.account_number) == (
            "unknown_account", 500, "rent",
        )  # fmt: skip
        assert money(customer) == (0, 500)
        assert difference(file) == 0

    def test_what_waits_for_want_of_an_owner_goes_to_the_deposit_named(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        tell()

        assert settle_row(add_row(file, reference=REFERENCE), operator, after(60)) == "applied"
        assert money(customer) == (500, 0)

    def test_a_case_about_a_credit_of_another_amount_changes_no_wallet(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body())
        row = add_row(file, amount_in=Decimal("499.99"))

        assert settle_row(row, operator) == "held"
        deposit.refresh_from_db()
        assert (deposit.review_reason, SuspenseCase.objects.get().amount) == ("suspense", None)
        assert money(customer) == (500, 0)
        assert difference(file) == Decimal("0.01")

    def test_another_amount_of_a_credit_by_query_opens_a_case_and_posts_nothing(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        query(deposit)
        row = add_row(file, reference=REFERENCE, amount_in=Decimal(499))

        assert settle_row(row, operator) == "held"
        assert money(customer) == (500, 0)
        assert difference(file) == 1

    def test_a_second_payment_of_a_deposit_is_held(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body())
        row = add_row(file, receipt=OTHER_RECEIPT, reference=REFERENCE)

        assert settle_row(row, operator) == "held"
        assert (SuspenseCase.objects.get().reason, row.transaction) == ("second_payment", deposit)
        assert money(customer) == (500, 500)

    def test_nobody_settles_their_own_money(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        give_number(customer)
        named = add_row(file, reference=REFERENCE)
        by_hand = add_row(file, receipt=OTHER_RECEIPT, personal_number=NUMBER)

        assert settle_row(named, customer) == "own_money"
        assert settle_row(by_hand, customer) == "own_money"
        assert money(customer) == (0, 0)

    def test_another_businesss_statement_settles_nothing(
        self, deposit: Transaction, operator: User
    ) -> None:
        row = add_row(add_file(short_code="600000"), reference=REFERENCE)

        assert settle_row(row, operator) == "untrusted"
        assert row.verdict == ""

    def test_a_file_whose_rows_are_being_deleted_settles_nothing(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        """The row that took the payment back may be gone already."""
        row = add_row(file, reference=REFERENCE)
        StatementImport.objects.filter(pk=file.pk).update(rows_deleted_at=after(9))

        assert settle_row(row, operator) == "nothing"
        assert money(customer) == (0, 0)

    @pytest.mark.parametrize("key", RULES)
    def test_a_rule_that_is_missing_settles_nothing(
        self, file: StatementImport, operator: User, key: str
    ) -> None:
        rules = {name: value for name, value in RULES.items() if name != key}

        with pytest.raises(DatabaseError, match="a key of p_rules is missing"):
            value_of(
                "SELECT outcome FROM statement_settle(%(row_id)s, %(operator_id)s, 'why',"
                " %(rules)s::jsonb, %(now)s)",
                row_id=add_row(file).pk, operator_id=operator.pk, rules=json.dumps(rules), now=NOON,
            )  # fmt: skip


class TestStatementIsApproved:
    def test_a_large_row_takes_another_operator_than_the_uploader(
        self, file: StatementImport, customer: User, uploader: User, operator: User
    ) -> None:
        make_deposit(customer, account_reference=REFERENCE, amount=Decimal(10_001))
        row = add_row(file, reference=REFERENCE, amount_in=Decimal(10_001))

        assert settle_row(row, uploader) == "not_approved"
        assert money(customer) == (0, 0)
        assert settle_row(row, operator) == "applied"

    def test_many_small_rows_of_the_uploader_are_a_large_one(
        self, file: StatementImport, uploader: User, operator: User
    ) -> None:
        rows = [add_row(file, receipt=f"NLJ7RT60A{n}", amount_in=Decimal(4000)) for n in range(4)]

        outcomes = [settle_row(row, uploader) for row in rows[:3]]
        assert outcomes == ["held", "held", "not_approved"]
        # Another file of the same uploader is no way around it; another day or operator is.
        other = add_file(uploaded_by=uploader, digest="b" * 64)
        more = add_row(other, receipt="NLJ7RT60B1", amount_in=Decimal(4000))
        assert settle_row(more, uploader) == "not_approved"
        assert settle_row(rows[2], operator) == "held"
        # The day is Nairobi's.
        assert settle_row(rows[3], uploader, _MIDNIGHT - timedelta(seconds=1)) == "not_approved"
        assert settle_row(rows[3], uploader, _MIDNIGHT) == "held"

    @pytest.mark.parametrize(("given", "outcome"), [(3999, "held"), (4000, "held"), (4001, None)])
    def test_what_the_uploader_gave_away_alone_that_day_counts_with_it(
        self,
        file: StatementImport,
        deposit: Transaction,
        uploader: User,
        given: int,
        outcome: str | None,
    ) -> None:
        receive(success_body(amount=given))
        give(SuspenseCase.objects.get(), deposit.user, uploader)

        row = add_row(file, receipt="NLJ7RT60B1", amount_in=Decimal(6000))

        assert settle_row(row, uploader) == (outcome or "not_approved")

    def test_a_payment_by_hand_of_ones_own_file_takes_another_operator(
        self, file: StatementImport, customer: User, uploader: User, operator: User
    ) -> None:
        """Nobody but the file says that this customer is meant."""
        give_number(customer)
        row = add_row(file, personal_number=NUMBER, amount_in=Decimal(100))

        assert settle_row(row, uploader) == "not_approved"
        assert settle_row(row, operator) == "applied"
        assert money(customer) == (100, 0)

    def test_what_is_held_counts_too_because_a_claim_may_release_it(
        self, file: StatementImport, uploader: User
    ) -> None:
        rows = [add_row(file, receipt=f"NLJ7RT60C{n}", amount_in=Decimal(6000)) for n in range(2)]

        assert [settle_row(row, uploader) for row in rows] == ["held", "not_approved"]

    def test_receipts_filled_in_count_too_because_a_false_one_makes_money_of_the_true_one(
        self, file: StatementImport, customer: User, uploader: User
    ) -> None:
        outcomes = []
        for n in range(2):
            reference = f"KP2345678{n}AB"
            query(
                make_deposit(
                    customer, amount=Decimal(6000), account_reference=reference, token=f"t{n}",
                    checkout_request_id=f"ws_{n}",
                )
            )  # fmt: skip
            row = add_row(
                file, reference=reference, receipt=f"NLJ7RT60C{n}", amount_in=Decimal(6000)
            )
            outcomes.append(settle_row(row, uploader))

        assert outcomes == ["filled", "not_approved"]

    def test_without_a_limit_there_are_always_two(
        self, file: StatementImport, deposit: Transaction, uploader: User
    ) -> None:
        row = add_row(file, reference=REFERENCE)

        assert settle_row(row, uploader, approval_above=None) == "not_approved"

    def test_the_command_settles_what_it_imported_itself_only(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        mine = add_file(digest="c" * 64)

        assert settle_row(add_row(file, reference=REFERENCE), None) == "not_approved"
        assert settle_row(add_row(mine, reference=REFERENCE), None) == "applied"
        assert money(customer) == (500, 0)


class TestStatementCorrect:
    @pytest.fixture
    def held(self, file: StatementImport, deposit: Transaction) -> StatementRow:
        """Return the row of KES 500 of a payment that the callback reported as KES 1."""
        receive(success_body(amount=1))
        return add_row(file, reference=REFERENCE)

    def test_the_true_amount_completes_the_deposit(
        self, file: StatementImport, held: StatementRow, customer: User, operator: User
    ) -> None:
        assert look(held) == ("amount_differs", "correct", Decimal(1))

        assert settle_row(held, operator, after(60)) == "applied"
        case = SuspenseCase.objects.get()
        assert (case.amount, case.corrected_amount, case.decision) == (1, 500, "credited")
        assert case.correction_note == f"statement: {REASON}"
        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert settle_row(held, operator, after(61)) == "already_settled"

    def test_another_true_amount_than_the_one_asked_for_waits_on(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        row = add_row(file, reference=REFERENCE, amount_in=Decimal("499.50"))

        assert settle_row(row, operator, after(60)) == "held"
        assert money(customer) == (0, Decimal("499.50"))
        # It is corrected once.
        again = add_row(file, reference=REFERENCE, amount_in=Decimal(499))
        assert look(again) == ("amount_differs", "", Decimal("499.50"))

    def test_a_payment_by_hand_keeps_waiting_for_its_owner(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        tell(amount="400")
        row = add_row(file)

        assert settle_row(row, operator, after(60)) == "held"
        assert money(customer) == (0, 500)

    def test_nobody_corrects_their_own(
        self, held: StatementRow, customer: User, operator: User
    ) -> None:
        other = add_row(add_file(digest="e" * 64), reference="")

        assert settle_row(other, customer) == "own_money"

    def test_it_takes_an_operator(self, held: StatementRow, deposit: Transaction) -> None:
        row = add_row(add_file(digest="e" * 64), reference=REFERENCE)

        assert settle_row(row, None) == "operator_only"


class TestStatementJoin:
    """A report without our account number is in suspense, and a query credited the same payment."""

    @pytest.fixture
    def row(self, file: StatementImport, deposit: Transaction) -> StatementRow:
        """Return the row of the payment of KES 500, which is booked twice."""
        tell()
        query(deposit)
        return add_row(file, reference=REFERENCE)

    def test_the_difference_shows_it_and_an_operator_makes_it_one(
        self,
        row: StatementRow,
        file: StatementImport,
        deposit: Transaction,
        customer: User,
        operator: User,
    ) -> None:
        assert look(row) == ("amount_differs", "correct", Decimal(1000))
        assert difference(file) == 500
        assert money(customer) == (500, 500)

        assert settle_row(row, operator, after(60)) == "filled"
        case = SuspenseCase.objects.get()
        deposit.refresh_from_db()
        assert (case.decision, case.transaction_id) == ("belongs_to_deposit", deposit.pk)
        assert deposit.mpesa_receipt_number == RECEIPT
        assert row.transaction_id == deposit.pk
        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))
        assert settle_row(row, operator, after(61)) == "already_settled"

    def test_a_case_that_holds_nothing_is_closed_with_it(
        self, row: StatementRow, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        """The pull, or the callback, came after the query."""
        assert tell(after(30), source="pull", reference=REFERENCE) == ("held", deposit.pk)

        assert settle_row(row, operator, after(60)) == "filled"
        assert set(SuspenseCase.objects.values_list("status", "decision")) == {
            ("RESOLVED", "belongs_to_deposit")
        }
        deposit.refresh_from_db()
        assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
        assert difference(file) == 0

    @pytest.mark.parametrize("is_queried", [True, False])
    def test_a_case_about_another_amount_of_what_is_booked_is_closed(
        self,
        file: StatementImport,
        deposit: Transaction,
        customer: User,
        operator: User,
        is_queried: bool,
    ) -> None:
        """The callback told KES 1; a query, or a confirmation, had credited KES 500."""
        _ = query(deposit) if is_queried else tell(reference=REFERENCE)
        receive(success_body(amount=1), now=after(30))
        row = add_row(file, reference=REFERENCE)

        assert look(row) == ("both", "correct", Decimal(500))
        assert settle_row(row, operator, after(60)) == "filled"
        case = SuspenseCase.objects.get()
        deposit.refresh_from_db()
        assert (case.decision, case.resolution_entry_id) == ("belongs_to_deposit", None)
        assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
        assert money(customer) == (500, 0)
        assert difference(file) == 0
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))

    def test_a_case_about_the_receipt_of_another_deposit_stays(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        other = make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2"
        )
        receive(success_body())
        receive(success_body("ws_CO_2"), token="other", now=after(30))

        assert SuspenseCase.objects.get(transaction=other).amount is None
        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))

    def test_it_takes_an_operator_who_is_not_the_customer(
        self, row: StatementRow, customer: User, deposit: Transaction
    ) -> None:
        command = add_row(add_file(digest="e" * 64), reference=REFERENCE)

        assert settle_row(command, None) == "operator_only"
        assert settle_row(row, customer) == "own_money"
        assert money(customer) == (500, 500)

    def test_nor_by_one_for_whom_the_payment_seems_to_be(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        """The payer of what has no account number typed the operator's phone number."""
        tell(phone=operator.phone_number)
        query(deposit)

        assert settle_row(add_row(file, reference=REFERENCE), operator) == "own_money"
        assert money(customer) == (500, 500)

    @pytest.mark.parametrize(
        ("told", "found"),
        [
            ({"amount": "400"}, ("amount_differs", "", Decimal(900))),
            ({"receipt": OTHER_RECEIPT}, ("fills", "fill", Decimal(500))),
        ],
    )
    def test_another_amount_or_receipt_in_suspense_is_another_payment(
        self,
        file: StatementImport,
        deposit: Transaction,
        told: dict[str, Any],
        found: tuple[str, str, Decimal],
    ) -> None:
        tell(**told)
        query(deposit)

        assert look(add_row(file, reference=REFERENCE)) == found

    def test_a_deposit_that_has_its_receipt_leaves_the_other_payment_alone(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        tell()
        receive(success_body(receipt=OTHER_RECEIPT))

        assert look(add_row(file, reference=REFERENCE)) == ("both", "", Decimal(500))


class TestStatementTakeBack:
    @staticmethod
    def add_reversal(file: StatementImport, **fields: Any) -> StatementRow:
        """Store a row that takes back the payment RECEIPT."""
        return add_row(
            file, kind="reversal", receipt=OTHER_RECEIPT, amount_in=None,
            linked_receipt=RECEIPT, **{"amount_out": Decimal(500), **fields},
        )  # fmt: skip

    def test_a_credit_leaves_the_wallet_and_what_was_spent_is_owed(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body())
        deposit.refresh_from_db()
        back = self.add_reversal(file)

        assert settle_row(back, operator, after(60)) == "taken_back"
        assert (back.transaction, back.settled_by) == (deposit, operator)
        assert money(customer) == (0, 0)
        deposit.refresh_from_db()
        assert deposit.review_reason == "reversed"
        assert settle_row(back, operator, after(60)) == "already_settled"
        assert difference(file) == 0

    def test_what_is_held_leaves_suspense(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        tell()
        back = self.add_reversal(file)
        assert look(back) == ("reversal_untold", "take_back", Decimal(500))

        assert settle_row(back, operator, after(60)) == "taken_back"
        assert SuspenseCase.objects.get().decision == "refunded"
        assert money(customer) == (0, 0)
        paid = add_row(file)
        assert look(paid) == ("taken_back", "", Decimal(0))
        assert look(self.add_reversal(file, line=999)) == ("reversed_known", "", Decimal(0))
        assert difference(file) == 0

    def test_a_part_is_for_an_operator_elsewhere(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        back = self.add_reversal(file, amount_out=Decimal(200))

        assert look(back) == ("reversal_untold", "", Decimal(500))
        assert settle_row(back, operator) == "nothing"

    def test_nobody_takes_back_their_own(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        receive(success_body())

        assert settle_row(self.add_reversal(file), customer) == "own_money"


class TestStatementOursOnly:
    def test_a_credit_that_the_file_lacks(self, deposit: Transaction) -> None:
        receive(success_body())
        file = add_file()

        assert ours_only(file) == [1, 500]
        assert difference(file) == 500

    def test_a_credit_without_a_receipt_is_looked_for_by_its_reference(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        query(deposit)
        assert ours_only(file) == [1, 500]

        add_row(file, reference=REFERENCE)
        assert ours_only(file) == [0, 0]

    def test_without_account_numbers_it_is_not_missed(self, deposit: Transaction) -> None:
        query(deposit)

        assert ours_only(add_file(names_accounts=False)) == [0, 0]

    def test_what_is_in_suspense_and_not_in_the_file(self, file: StatementImport) -> None:
        tell()

        assert ours_only(file) == [1, 500]

    def test_a_case_of_a_deposit(self, file: StatementImport, deposit: Transaction) -> None:
        receive(success_body(amount=400))

        assert ours_only(file) == [1, 400]

    @pytest.mark.parametrize(
        "hours",
        [
            pytest.param(-5, id="before"),
            pytest.param(-3.95, id="in the first minutes"),
            pytest.param(4.5, id="in the last hour"),
        ],
    )
    def test_only_what_the_file_covers(
        self, file: StatementImport, customer: User, hours: float
    ) -> None:
        make_deposit(customer, created_at=NOON + timedelta(hours=hours))
        receive(success_body(), now=NOON + timedelta(hours=5))

        assert ours_only(file) == [0, 0]

    def test_what_both_took_back_is_in_neither(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        deposit.refresh_from_db()
        assert deposit.credit_entry is not None
        reverse_credit(entry=deposit.credit_entry, operator=operator, reason=REASON, now=after(9))

        assert ours_only(file) == [0, 0]

    def test_a_declined_row_with_its_receipt_is_no_payment(
        self, file: StatementImport, deposit: Transaction
    ) -> None:
        receive(success_body())
        add_row(file, kind="declined", reference=REFERENCE)

        assert ours_only(file) == [1, 500]


class TestStatementDifference:
    def test_every_list_adds_to_it_to_the_cent(
        self, file: StatementImport, customer: User, deposit: Transaction
    ) -> None:
        # Ours only: 500. Theirs only: 10.50. An amount that differs: 400 for 399.25.
        receive(success_body())
        tell(receipt=OTHER_RECEIPT, amount="400")
        add_row(file, receipt=OTHER_RECEIPT, amount_in=Decimal("399.25"))
        add_row(file, receipt="NLJ7RT61SX", amount_in=Decimal("10.50"))
        add_row(file, receipt="NLJ7RT61SY", kind="charge", amount_in=None, amount_out=Decimal(5))
        add_row(file, receipt="NLJ7RT61SZ", kind="sweep", amount_in=None, amount_out=Decimal(900))

        assert difference(file) == Decimal("490.25")

    def test_an_empty_file_and_empty_books_agree(self, file: StatementImport) -> None:
        assert difference(file) == 0


class TestStatementUnpaid:
    def test_all_of_them_or_one(
        self, file: StatementImport, customer: User, deposit: Transaction
    ) -> None:
        other = make_deposit(
            customer, account_reference="KP23456789AC", token="other", checkout_request_id="ws_2"
        )

        def unpaid(deposit_id: int | None) -> Any:
            return value_of(
                "SELECT array(SELECT transaction_id FROM statement_unpaid(%(file)s, %(deposit)s)"
                " ORDER BY 1)",
                file=file.pk, deposit=deposit_id,
            )  # fmt: skip

        assert unpaid(None) == [deposit.pk, other.pk]
        assert unpaid(other.pk) == [other.pk]


class TestStatementNotPaid:
    def test_a_deposit_that_the_file_lacks_is_ended_once(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        assert not_paid(file, deposit, operator) == "unpaid"
        assert not_paid(file, deposit, operator) == "already_unpaid"
        assert (deposit.status, deposit.result_code) == ("FAILED", "not_in_statement")
        assert deposit.next_query_at is None
        decision = UnpaidDeposit.objects.get()
        assert (decision.file, decision.operator, decision.reason) == (file, operator, REASON)

    def test_a_later_success_still_credits_it(
        self, file: StatementImport, deposit: Transaction, customer: User, operator: User
    ) -> None:
        not_paid(file, deposit, operator)

        assert settle(deposit, success(), after(90_000)) == "applied"
        assert money(customer) == (500, 0)

    def test_an_escalated_one_as_well(
        self, file: StatementImport, customer: User, operator: User
    ) -> None:
        deposit = make_deposit(
            customer, account_reference=REFERENCE, checkout_request_id=None, next_query_at=None,
            review_reason="no_answer",
        )  # fmt: skip

        assert not_paid(file, deposit, None) == "unpaid"
        assert deposit.review_reason is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_chained": False},
            {"names_accounts": False},
            {"short_code": "600000"},
            {"first_row_at": after(60)},
            # M-Pesa's clock may be some minutes behind ours.
            {"first_row_at": after(-299)},
            {"last_row_at": after(3599)},
            {"rows_deleted_at": after(9)},
        ],
        ids=str,
    )
    def test_a_file_that_does_not_prove_it(
        self, deposit: Transaction, operator: User, fields: dict[str, Any]
    ) -> None:
        assert not_paid(add_file(**fields), deposit, operator) == "not_proven"
        assert deposit.status == "PENDING"

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": "FAILED"},
            {"review_reason": "suspense"},
            {"review_reason": "resolved"},
            {"account_reference": None},
        ],
        ids=str,
    )
    def test_a_deposit_that_is_not_open(
        self, file: StatementImport, customer: User, operator: User, fields: dict[str, Any]
    ) -> None:
        deposit = make_deposit(customer, **{"account_reference": REFERENCE, **fields})

        assert not_paid(file, deposit, operator) == "not_proven"

    def test_its_payment_in_this_or_another_file_speaks_against_it(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        other = add_file(digest="d" * 64)
        add_row(other, reference=REFERENCE)

        assert not_paid(file, deposit, operator) == "not_proven"

    def test_so_does_an_unowned_payment_of_its_amount_without_an_account_number(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        row = add_row(file, completed_at=after(600))

        assert not_paid(file, deposit, operator) == "not_proven"
        settle_row(row, operator)
        assert not_paid(file, deposit, operator) == "not_proven"

    def test_but_not_one_that_somebody_has(
        self, file: StatementImport, deposit: Transaction, operator: User
    ) -> None:
        make_deposit(make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2")
        receive(success_body("ws_CO_2"), token="other")
        add_row(file, completed_at=after(600))

        assert not_paid(file, deposit, operator) == "unpaid"

    def test_a_large_one_takes_another_operator_than_the_uploader(
        self, file: StatementImport, customer: User, uploader: User, operator: User
    ) -> None:
        large = make_deposit(customer, amount=Decimal(10_001), account_reference=REFERENCE)

        assert not_paid(file, large, uploader) == "not_approved"
        assert large.status == "PENDING"
        assert not_paid(file, large, operator) == "unpaid"

    def test_a_small_one_does_not(
        self, file: StatementImport, deposit: Transaction, uploader: User
    ) -> None:
        assert not_paid(file, deposit, uploader) == "unpaid"

    def test_many_small_ones_of_a_day_are_a_large_one(
        self, file: StatementImport, customer: User, uploader: User, operator: User
    ) -> None:
        deposits = [
            make_deposit(
                customer, amount=Decimal(amount), account_reference=f"KP2345678{n}AB",
                token=f"t{n}", checkout_request_id=f"ws_{n}",
            )
            for n, amount in enumerate(["4000", "6000", "1", "2"])
        ]  # fmt: skip

        outcomes = [not_paid(file, deposit, uploader) for deposit in deposits[:3]]
        assert outcomes == ["unpaid", "unpaid", "not_approved"]
        # Another file of the same uploader is no way around it; another day or operator is.
        other = add_file(uploaded_by=uploader, digest="b" * 64)
        assert not_paid(other, deposits[2], uploader) == "not_approved"
        assert not_paid(file, deposits[2], operator) == "unpaid"
        midnight = _MIDNIGHT + timedelta(days=1)
        late = midnight - timedelta(seconds=1)
        assert not_paid(file, deposits[3], uploader, late) == "not_approved"
        assert not_paid(file, deposits[3], uploader, midnight) == "unpaid"

    def test_nobody_ends_their_own(
        self, file: StatementImport, deposit: Transaction, customer: User
    ) -> None:
        assert not_paid(file, deposit, customer) == "own_money"


def test_nothing_else_passes_the_guards(file: StatementImport, deposit: Transaction) -> None:
    receive(success_body())
    row = add_row(file)
    applied = {"verdict": "applied", "settled_at": NOON, "transaction": deposit}

    for fields in (
        {**applied, "receipt": OTHER_RECEIPT},
        {**applied, "settled_by": deposit.user},
        {"verdict": "held", "settled_at": NOON},
        {"verdict": "applied", "settled_at": NOON},
        {"amount_in": 600},
    ):
        with pytest.raises(IntegrityError), db_transaction.atomic():
            StatementRow.objects.filter(pk=row.pk).update(**fields)
    check_constraints()


class TestStatementCreditAfterAll:
    """What contradicts a decision: tests/sql/test_statement_after_all.py, by statement_settle."""

    def test_a_deposit_whose_payment_was_said_to_be_in_no_book_is_credited(
        self, deposit: Transaction, customer: User, operator: User
    ) -> None:
        receive(success_body(amount=1))
        case = SuspenseCase.objects.get()
        row_of(
            "SELECT * FROM suspense_dismiss(%(case)s, 'not_in_books', NULL, %(operator)s, 'why',"
            " 'infinity', %(now)s)",
            case=case.pk, operator=operator.pk, now=after(9),
        )  # fmt: skip

        outcome = value_of(
            "SELECT statement_credit_after_all(txn, %(case)s, %(operator)s, 'why', %(now)s)"
            " FROM payments_transaction AS txn WHERE txn.id = %(id)s",
            case=case.pk, operator=operator.pk, now=after(60), id=deposit.pk,
        )  # fmt: skip

        deposit.refresh_from_db()
        assert (outcome, deposit.status) == ("applied", "COMPLETED")
        assert money(customer) == (500, 0)
        check_constraints()


class TestStatementCreditJoined:
    """Two cases about one payment: TestToldTwice, by statement_settle."""

    def test_nothing_is_credited_where_the_payment_was_given_away_meanwhile(
        self, deposit: Transaction, customer: User, operator: User
    ) -> None:
        """A claim may take it between the comparison and the decision."""
        outcome = value_of(
            "SELECT statement_credit_joined(txn, %(receipt)s, %(operator)s, 'why', %(now)s)"
            " FROM payments_transaction AS txn WHERE txn.id = %(id)s",
            receipt=RECEIPT, operator=operator.pk, now=after(60), id=deposit.pk,
        )  # fmt: skip

        deposit.refresh_from_db()
        assert (outcome, deposit.status) == ("nothing", "PENDING")
        assert money(customer) == (0, 0)
