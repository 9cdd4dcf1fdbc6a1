"""A payment that M-Pesa took back leaves the wallet again: once, by an operator, with a reason."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from payments import audit, selectors
from payments.models import Reversal, SuspenseCase, Transaction
from payments.services import (
    approve_proposal,
    find_credit,
    propose_resolution,
    resolve_suspense_case,
    reverse_credit,
)
from payments.services.reversals import AlreadyReversed, MoneySpent, NotReversible
from payments.services.suspense import OwnMoney, ReasonMissing
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    house_balance,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from users.models import User
from wallet import audit as wallet_audit
from wallet.models import JournalEntry
from wallet.selectors import list_postings
from wallet.tests import ledger
from wallet.tests.booking import check_constraints, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Store the operator who decides."""
    return User.objects.create_user("254799999999", None, is_staff=True)


@pytest.fixture
def paid(deposit: Transaction) -> Transaction:
    """Pay the deposit."""
    receive(success_body())
    deposit.refresh_from_db()
    return deposit


def reverse(
    txn: Transaction, operator: User, reason: str = "M-Pesa reversed NLJ7RT61SV"
) -> Reversal:
    """Take the deposit's own credit back."""
    txn.refresh_from_db()
    assert txn.credit_entry is not None
    return reverse_credit(entry=txn.credit_entry, operator=operator, reason=reason, now=NOON)


def spend(user: User, amount: int) -> None:
    """Let the customer have used some of it."""
    ledger.post(
        key=f"spent:{amount}",
        debit=ledger.get_customer_account(user.pk),
        credit=ledger.get_clearing_account("174379"),
        amount=amount,  # type: ignore[arg-type]  # a whole number is one
        description="",
        now=NOON,
    )


class TestReverse:
    def test_the_amount_leaves_the_wallet_through_m_pesa(
        self, paid: Transaction, operator: User
    ) -> None:
        reversal = reverse(paid, operator)

        assert money(paid.user) == (0, 0)
        assert house_balance("mpesa:174379") == 0
        assert (reversal.transaction, reversal.operator) == (paid, operator)
        assert reversal.reversal_entry.key == f"reverse:deposit:{paid.pk}"
        assert str(reversal) == f"reversal {reversal.pk} of entry {reversal.entry_id}"

    def test_the_statement_shows_both(self, paid: Transaction, operator: User) -> None:
        reverse(paid, operator)

        lines = list_postings(paid.user_id).values_list("side", "entry__description")
        assert list(lines) == [
            ("debit", "Reversed: M-Pesa deposit of KSH 500"),
            ("credit", "M-Pesa deposit of KSH 500"),
        ]

    def test_the_deposit_stays_completed_and_is_marked_as_reversed(
        self, paid: Transaction, operator: User
    ) -> None:
        reverse(paid, operator)

        paid.refresh_from_db()
        assert (paid.status, paid.review_reason) == ("COMPLETED", "reversed")
        assert paid.mpesa_receipt_number == RECEIPT
        shown = selectors.describe(paid, NOON)
        assert shown.message.en.startswith("M-PESA took this payment of KSh 500 back")
        assert shown.next_poll_after is None

    def test_operator_and_reason_are_in_the_history(
        self, paid: Transaction, operator: User
    ) -> None:
        reverse(paid, operator, reason="  Code RFX1  ")

        history = apps.get_model("payments", "TransactionHistory")._default_manager
        context = history.latest("pgh_id").pgh_context
        assert context.metadata["operator"] == operator.pk
        assert context.metadata["reason"] == Reversal.objects.get().reason == "Code RFX1"

    def test_the_books_are_in_order(self, paid: Transaction, operator: User) -> None:
        reverse(paid, operator)

        assert list(audit.find_problems()) == []
        assert list(wallet_audit.find_problems()) == []

    def test_a_callback_that_comes_again_credits_nothing(
        self, paid: Transaction, operator: User
    ) -> None:
        reverse(paid, operator)

        assert receive(success_body()).verdict == "duplicate"
        assert money(paid.user) == (0, 0)


class TestErrors:
    def test_a_reversal_needs_a_reason(self, paid: Transaction, operator: User) -> None:
        with pytest.raises(ReasonMissing):
            reverse(paid, operator, reason="  ")

        assert money(paid.user) == (500, 0)

    def test_an_entry_is_reversed_once(self, paid: Transaction, operator: User) -> None:
        reverse(paid, operator)

        with pytest.raises(AlreadyReversed):
            reverse(paid, operator)

        assert money(paid.user) == (0, 0)
        assert Reversal.objects.count() == 1

    def test_operators_do_not_reverse_their_own_money(self, paid: Transaction) -> None:
        with pytest.raises(OwnMoney):
            reverse(paid, paid.user)

        assert money(paid.user) == (500, 0)

    def test_money_that_was_spent_stays_spent(self, paid: Transaction, operator: User) -> None:
        spend(paid.user, 1)

        with pytest.raises(MoneySpent), db_transaction.atomic():
            reverse(paid, operator)

        assert money(paid.user) == (499, 0)
        assert not Reversal.objects.exists()
        paid.refresh_from_db()
        assert paid.review_reason is None

    def test_a_payment_in_suspense_cannot_be_reversed_as_a_credit(
        self, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body(amount=300))
        entry = JournalEntry.objects.get()

        with pytest.raises(NotReversible):
            reverse_credit(entry=entry, operator=operator, reason="why", now=NOON)

    def test_a_reversal_is_not_reversed(self, paid: Transaction, operator: User) -> None:
        reversal = reverse(paid, operator)

        with pytest.raises(NotReversible):
            reverse_credit(
                entry=reversal.reversal_entry, operator=operator, reason="oops", now=NOON
            )


class TestFindCredit:
    def test_by_the_deposit_s_own_receipt(self, paid: Transaction) -> None:
        assert find_credit(paid, RECEIPT) == paid.credit_entry

    def test_a_deposit_that_a_query_credited_has_no_receipt_to_compare(
        self, deposit: Transaction
    ) -> None:
        run("SELECT deposit_settle_query(%s, true, '{}', now())", deposit.pk)
        deposit.refresh_from_db()

        assert find_credit(deposit, "WHATEVER01") == deposit.credit_entry

    @pytest.mark.parametrize("receipt", ["OTHER00001", "SECOND0001"])
    def test_not_another_payment_nor_one_in_suspense(self, paid: Transaction, receipt: str) -> None:
        receive(success_body(receipt="SECOND0001"))

        with pytest.raises(NotReversible):
            find_credit(paid, receipt)


class TestDecidedCases:
    def test_a_credit_that_a_case_gave_to_another_customer(
        self, deposit: Transaction, operator: User
    ) -> None:
        other = make_customer(OTHER_PHONE)
        receive(success_body(amount=300))
        second = User.objects.create_superuser("254799999998", "a-good-password")
        proposal = propose_resolution(
            case=SuspenseCase.objects.get(), user=other, operator=second, reason="why", now=NOON
        )
        approve_proposal(proposal=proposal, operator=operator, reason="Called her", now=NOON)
        entry = JournalEntry.objects.get(key__startswith="resolve:")

        reverse_credit(entry=entry, operator=operator, reason="taken back", now=NOON)

        assert (money(other)[0], *money(deposit.user)) == (0, 0, 0)
        assert house_balance("mpesa:174379") == 0
        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")
        assert list(audit.find_problems()) == []

    def test_a_deposit_with_an_open_case_is_marked_when_that_is_decided(
        self, paid: Transaction, operator: User
    ) -> None:
        receive(success_body(receipt="SECOND0001"))
        reverse(paid, operator)
        paid.refresh_from_db()
        assert paid.review_reason == "suspense"

        resolve_suspense_case(
            case=SuspenseCase.objects.get(),
            user=paid.user,
            operator=operator,
            reason="paid twice",
            now=NOON,
        )

        paid.refresh_from_db()
        assert (paid.review_reason, money(paid.user)) == ("reversed", (500, 0))
        assert list(audit.find_problems()) == []


class TestTheDatabase:
    """For every caller, in plain SQL."""

    @pytest.fixture
    def reversal(self, paid: Transaction, operator: User) -> Reversal:
        return reverse(paid, operator)

    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("UPDATE payments_reversal SET reason = 'other'", "append-only"),
            ("DELETE FROM payments_reversal", "append-only"),
            ("TRUNCATE payments_reversal CASCADE", "append-only"),
        ],
    )
    def test_a_reversal_stays(self, reversal: Reversal, sql: str, says: str) -> None:
        check_constraints()  # or a TRUNCATE would stop at what is still to be looked at

        with pytest.raises(DatabaseError, match=says), db_transaction.atomic():
            run(sql)

    @pytest.mark.parametrize(
        ("columns", "says"),
        [
            (lambda r: (r.entry_id, r.entry_id, r.operator_id, "why"), "does not take back"),
            (
                lambda r: (r.entry_id, r.reversal_entry_id, r.transaction.user_id, "why"),
                "does not take back",
            ),
            (
                lambda r: (r.entry_id, r.reversal_entry_id, r.operator_id, " "),
                "payments_reversal_reason",
            ),
            (
                lambda r: (r.entry_id, r.reversal_entry_id, r.operator_id, "again"),
                "payments_reversal_entry_id",
            ),
        ],
    )
    def test_a_row_that_proves_nothing_is_refused(
        self,
        reversal: Reversal,
        columns: Callable[[Reversal], tuple[int, int, int, str]],
        says: str,
    ) -> None:
        with pytest.raises(DatabaseError, match=says), db_transaction.atomic():
            run(
                "INSERT INTO payments_reversal (transaction_id, entry_id, reversal_entry_id,"
                " operator_id, reason, reversed_at) VALUES (%s, %s, %s, %s, %s, now())",
                reversal.transaction_id,
                *columns(reversal),
            )

    def test_reversed_money_goes_back_to_m_pesa_only(
        self, paid: Transaction, operator: User
    ) -> None:
        assert paid.credit_entry is not None
        back = ledger.post(
            key=f"reverse:{paid.credit_entry.key}",
            debit=ledger.get_customer_account(paid.user_id),
            credit=ledger.get_customer_account(make_customer(OTHER_PHONE).pk),
            amount=paid.amount,
            description="",
            now=NOON,
        )

        self.refuse(paid, back, operator)

    def test_a_reversal_names_the_deposit_that_was_credited(
        self, paid: Transaction, operator: User
    ) -> None:
        assert paid.credit_entry is not None
        back = ledger.reverse(paid.credit_entry, description="", now=NOON)
        other = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_CO_2", token="another"
        )

        self.refuse(other, back, operator, entry=paid.credit_entry)

    def refuse(
        self,
        txn: Transaction,
        back: JournalEntry,
        operator: User,
        entry: JournalEntry | None = None,
    ) -> None:
        credited = entry or txn.credit_entry
        assert credited is not None
        with pytest.raises(DatabaseError, match="does not take back"), db_transaction.atomic():
            Reversal.objects.create(
                transaction=txn,
                entry=credited,
                reversal_entry=back,
                operator=operator,
                reason="why",
                reversed_at=NOON,
            )

    def test_an_unexpected_error_of_the_database_is_raised(
        self, paid: Transaction, operator: User
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE payments_reversal ADD CONSTRAINT tests_full CHECK (false) NOT VALID"
            )

        with pytest.raises(DatabaseError, match="tests_full"), db_transaction.atomic():
            reverse(paid, operator)

        assert money(paid.user) == (500, 0)
