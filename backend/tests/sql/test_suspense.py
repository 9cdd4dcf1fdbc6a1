"""The functions of payments/sql/functions/suspense.sql."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from payments import audit
from payments.models import (
    PaybillPayment,
    Receipt,
    SuspenseCase,
    Transaction,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    house_balance,
    make_customer,
    make_deposit,
    money,
)
from payments.tests.statement_rows import add_file, add_row
from risk import services as risk
from tests.sql.calling import (
    DEPOSIT,
    RESULT,
    after,
    approve,
    approve_decision,
    correct,
    dismiss,
    failure,
    give,
    other_session,
    pay_by_hand,
    query,
    resolve,
    reverse_owing,
    row_of,
    settle,
    success,
    value_of,
)
from tests.sql.test_statement import REASON, settle_row
from users import proposals
from users.models import Proposal, User
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


def nothing(outcome: str) -> dict[str, Any]:
    """Return the answer of a call that posted nothing."""
    return {"outcome": outcome, "entry_id": None}


class TestDecisionTakesTwo:
    @pytest.mark.parametrize(
        ("amount", "limit", "expected"),
        [
            ("10000.00", 10_000, False),
            ("10000.01", 10_000, True),
            ("0.01", 0, True),
            ("0.01", None, True),
            (None, None, False),
            ("250000", "infinity", False),
        ],
    )
    def test_more_than_the_limit_takes_two_and_no_limit_is_none(
        self, amount: str | None, limit: Any, expected: bool
    ) -> None:
        takes_two = value_of(
            "SELECT decision_takes_two(%(amount)s::numeric, %(limit)s::numeric)",
            amount=amount, limit=limit,
        )  # fmt: skip

        assert takes_two is expected


class TestOperatorLock:
    def test_one_operators_decisions_wait_for_each_other_and_anothers_do_not(
        self, operator: User
    ) -> None:
        value_of("SELECT operator_lock(%(id)s)", id=operator.pk)
        key = "SELECT pg_try_advisory_xact_lock(hashtextextended('statement operator', %s))"

        with other_session() as other:
            assert other.execute(key, [operator.pk]).fetchone() == (False,)
            assert other.execute(key, [operator.pk + 1]).fetchone() == (True,)


def hold_each(deposit: Transaction, *amounts: str) -> list[SuspenseCase]:
    """Hold payments of these amounts in KES, all of one deposit, and return their cases."""
    for n, amount in enumerate(amounts):
        hold(deposit, amount=amount, mpesa_receipt_number=f"MANY00000{n}")
    return list(SuspenseCase.objects.order_by("id"))


def _copy_case(case: SuspenseCase, times: int, operator_id: str, earlier: str) -> None:
    """Store a decided case again, n = 1 to `times`, as of these operators and `earlier`."""
    changed = {
        "mpesa_receipt_number": f"'{times}N' || n",
        "entry_id": f"-{times}00000 - n",
        "resolution_entry_id": f"-{times}50000 - n",
        "resolved_by_id": operator_id,
        "resolved_at": f"resolved_at - {earlier}",
    }
    fields = SuspenseCase._meta.concrete_fields
    columns = [str(field.column) for field in fields if not field.primary_key]
    with connection.cursor() as cursor:
        # Foreign keys and guards would want an entry and a receipt for each.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO payments_suspensecase ({', '.join(columns)})"
            f" SELECT {', '.join(changed.get(column, column) for column in columns)}"
            f" FROM payments_suspensecase, generate_series(1, {times}) AS n WHERE id = %s",
            [case.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE payments_suspensecase")


def _count_read() -> int:
    """Return how many cases, and entries of their indexes, this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_returned(oid)"
            " + pg_stat_get_xact_tuples_fetched(oid)) FROM pg_class"
            " WHERE oid = 'payments_suspensecase'::regclass OR oid IN (SELECT indexrelid"
            " FROM pg_index WHERE indrelid = 'payments_suspensecase'::regclass)"
        )
        return int(cursor.fetchone()[0])


class TestDecidedAlone:
    """What one operator makes into customers' money in a Nairobi day."""

    #: The day of NOON ends in Nairobi, which is three hours ahead of UTC.
    MIDNIGHT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)

    def alone(self, operator: User, but: SuspenseCase | None = None) -> Any:
        """Return what the operator decided alone on the day of NOON."""
        return value_of(
            "SELECT decided_alone(%(operator_id)s, %(but)s, %(now)s)",
            operator_id=operator.pk, but=but and but.pk, now=after(120),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("limit", "outcome"), [("600.01", "resolved"), ("600", "resolved"), ("599.99", None)]
    )
    def test_gifts_of_a_day_are_one_sum(
        self, deposit: Transaction, operator: User, limit: str, outcome: str | None
    ) -> None:
        first, second = hold_each(deposit, "300", "300")
        assert give(first, deposit.user, operator, limit=limit)["outcome"] == "resolved"

        given = give(second, deposit.user, operator, limit=limit)

        assert given["outcome"] == (outcome or "not_approved")
        assert money(deposit.user) == ((600, 0) if outcome else (300, 300))

    def test_the_cases_of_years_and_of_others_are_not_read(
        self, deposit: Transaction, operator: User
    ) -> None:
        first, second = hold_each(deposit, "300", "400")
        correct(second, "500", operator, limit=800)
        give(first, deposit.user, operator, limit=800)
        _copy_case(first, 2_000, str(operator.pk), "interval '3 days'")
        _copy_case(first, 18_000, "mod(n, 50) + 1000", "interval '0'")
        before = _count_read()

        assert self.alone(operator) == 800

        assert _count_read() - before < 50

    @pytest.mark.parametrize(
        ("limit", "outcome"), [("700.01", "corrected"), ("700", "corrected"), ("699.99", None)]
    )
    def test_corrections_upward_are_in_it(
        self, deposit: Transaction, operator: User, limit: str, outcome: str | None
    ) -> None:
        first, second = hold_each(deposit, "1", "1")
        assert correct(first, "300", operator, limit=limit)["outcome"] == "corrected"

        corrected = correct(second, "400", operator, limit=limit)

        assert corrected["outcome"] == (outcome or "not_approved")
        assert money(deposit.user) == (0, 700 if outcome else 301)

    def test_a_case_that_is_corrected_and_given_counts_once(
        self, deposit: Transaction, operator: User
    ) -> None:
        first, second = hold_each(deposit, "1", "2")
        correct(first, "500", operator, limit=500)
        assert self.alone(operator) == 500
        assert self.alone(operator, first) == 0

        assert give(first, deposit.user, operator, limit=500)["outcome"] == "resolved"

        assert self.alone(operator) == 500
        assert give(second, deposit.user, operator, limit=500) == nothing("not_approved")
        assert give(second, deposit.user, operator, limit=502)["outcome"] == "resolved"

    def test_the_next_day_in_nairobi_begins_with_nothing(
        self, deposit: Transaction, operator: User
    ) -> None:
        first, second, third = hold_each(deposit, "1", "300", "300")
        late, early = self.MIDNIGHT - timedelta(seconds=1), self.MIDNIGHT
        correct(first, "300", operator, limit=300, now=late)

        denied = give(second, deposit.user, operator, limit=300, now=late)
        assert denied == nothing("not_approved")
        given = give(second, deposit.user, operator, limit=300, now=early)
        assert given["outcome"] == "resolved"
        denied = correct(third, "301", operator, limit=400, now=early)
        assert denied == nothing("not_approved")

    def test_what_a_second_operator_agreed_to_does_not_count(
        self, deposit: Transaction, operator: User
    ) -> None:
        first, second = hold_each(deposit, "300", "1")
        approve(first, deposit.user, operator)
        approve_decision(Proposal.Kind.CORRECT_CASE, second.pk, operator, detail="400.00")

        assert give(first, deposit.user, operator, limit=0)["outcome"] == "resolved"
        assert correct(second, "400", operator, limit=0)["outcome"] == "corrected"

        assert self.alone(operator) == 0
        proposed = User.objects.get(phone_number="254799999998")
        assert self.alone(proposed) == 0

    def test_what_gives_nobody_anything_neither_counts_nor_is_held_up(
        self, deposit: Transaction, operator: User
    ) -> None:
        given, dismissed, lowered = hold_each(deposit, "300", "200", "300")
        give(given, deposit.user, operator, limit=300)

        assert dismiss(dismissed, operator, limit=300)["outcome"] == "dismissed"
        assert correct(lowered, "299", operator, limit=300)["outcome"] == "corrected"

        assert self.alone(operator) == 300

    def test_another_operator_has_a_day_of_their_own(
        self, deposit: Transaction, operator: User
    ) -> None:
        first, second = hold_each(deposit, "300", "300")
        other = User.objects.create_superuser("254799999996", "a-good-password")
        give(first, deposit.user, operator, limit=300)

        assert give(second, deposit.user, other, limit=300)["outcome"] == "resolved"

    def test_rows_of_statements_of_ones_own_are_in_it_and_a_colleagues_are_not(
        self, deposit: Transaction, operator: User
    ) -> None:
        other = User.objects.create_superuser("254799999996", "a-good-password")
        files = [
            add_file(uploaded_by=operator),
            add_file(uploaded_by=other, digest="b" * 64),
        ]
        for n, file in enumerate(files):
            row = add_row(file, receipt=f"ROWS00000{n}", amount_in=Decimal(100 + n))
            assert settle_row(row, operator) == "held"

        assert self.alone(operator) == 100
        hold(deposit)
        case = SuspenseCase.objects.get(transaction=deposit)
        assert give(case, deposit.user, operator, limit=399) == nothing("not_approved")
        assert give(case, deposit.user, operator, limit=400)["outcome"] == "resolved"

    @pytest.mark.parametrize(("said", "alone"), [(400, 0), (399, 400)])
    def test_a_case_whose_true_amount_a_colleagues_statement_says_does_not_count(
        self, deposit: Transaction, operator: User, said: int, alone: int
    ) -> None:
        [case] = hold_each(deposit, "1")
        correct(case, "400", operator)
        assert self.alone(operator) == 400
        other = User.objects.create_superuser("254799999996", "a-good-password")

        add_row(
            add_file(uploaded_by=other), receipt=case.mpesa_receipt_number,
            amount_in=Decimal(said), match="agrees", verdict="held", settled_at=NOON,
            settled_by=operator, reason=REASON,
        )  # fmt: skip

        assert self.alone(operator) == alone


class TestDecisionIsApproved:
    def ask(self, operator: User, kind: str = "dismiss_case", detail: str = "refunded") -> Any:
        """Return whether the decision about case 7 is approved."""
        return value_of(
            "SELECT decision_is_approved(%(kind)s, 7, NULL, %(detail)s, %(operator_id)s)",
            kind=kind, detail=detail, operator_id=operator.pk,
        )  # fmt: skip

    def test_only_exactly_what_was_approved_by_its_approver(self, operator: User) -> None:
        approve_decision(Proposal.Kind.DISMISS_CASE, 7, operator, detail="refunded")
        proposer = User.objects.get(phone_number="254799999998")

        assert self.ask(operator) is True
        assert self.ask(operator, detail="not_in_books") is False
        assert self.ask(operator, kind="correct_case") is False
        assert self.ask(proposer) is False

    def test_a_proposal_that_is_not_decided_approves_nothing(self, operator: User) -> None:
        proposals.propose(
            kind=Proposal.Kind.DISMISS_CASE, subject_id=7, detail="refunded",
            operator=make_customer(OTHER_PHONE), reason="why", now=NOON,
        )  # fmt: skip

        assert self.ask(operator) is False


class TestSuspenseIsOwn:
    def ask(self, case: SuspenseCase, operator: User) -> Any:
        """Return whether the case is the operator's own."""
        return value_of(
            "SELECT suspense_is_own(%(case_id)s, %(operator_id)s)",
            case_id=case.pk, operator_id=operator.pk,
        )  # fmt: skip

    def test_the_depositors_and_the_one_whom_it_seems_to_be_for(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        other = make_customer(OTHER_PHONE)
        by_hand = pay_by_hand(receipt="BYHAND0001", phone=OTHER_PHONE)

        assert self.ask(oldest_case(), deposit.user) is True
        assert self.ask(by_hand, other) is True
        assert self.ask(oldest_case(), operator) is self.ask(by_hand, operator) is False


class TestSuspenseLock:
    def test_it_returns_the_case_or_nothing(self, deposit: Transaction) -> None:
        hold(deposit)
        sql = "SELECT id, status FROM suspense_lock(%(case_id)s, %(deposit_id)s)"

        found = row_of(sql, case_id=oldest_case().pk, deposit_id=deposit.pk)
        missing = row_of(sql, case_id=999_999, deposit_id=None)

        assert found == {"id": oldest_case().pk, "status": "OPEN"}
        assert missing == {"id": None, "status": None}


class TestSuspenseReview:
    """By the decisions that call it."""

    def test_what_is_not_in_the_books_is_asked_about_again(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)

        dismiss(oldest_case(), operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", None)
        assert deposit.next_query_at == after(60)
        assert query(deposit, now=after(70)) == "applied"
        assert deposit.status == "COMPLETED"

    def test_without_a_checkout_id_operators_look_for_it(
        self, customer: User, operator: User
    ) -> None:
        deposit = make_deposit(customer, checkout_request_id=None)
        hold(deposit)

        dismiss(oldest_case(), operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "no_answer")
        assert deposit.next_query_at is None

    def test_a_failed_one_is_failed_and_asked_about_once_more(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, failure())
        hold(deposit)

        dismiss(oldest_case(), operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", None)
        query(deposit, is_paid=False, result_code="1032", now=after(70))
        assert (deposit.status, deposit.next_query_at) == ("FAILED", None)

    def test_what_was_refunded_is_failed_for_good_unless_more_is_paid(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)

        dismiss(oldest_case(), operator, "refunded")

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", "refunded")
        assert deposit.next_query_at is None
        assert query(deposit, now=after(70)) == "kept"
        assert settle(deposit, failure(), now=after(70)) == "mismatched"
        assert settle(deposit, success(), now=after(80)) == "duplicate"
        paid = success(mpesa_receipt_number="SECOND0001")
        assert settle(deposit, paid, now=after(90)) == "applied"
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", None)
        assert money(deposit.user) == (500, 0)

    def test_another_open_case_keeps_the_deposit_in_suspense(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        hold(deposit, mpesa_receipt_number="SECOND0001")
        second = SuspenseCase.objects.latest("id")

        dismiss(oldest_case(), operator, "refunded")
        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")

        dismiss(second, operator)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", "refunded")

    def test_a_payment_that_was_given_is_the_last_word(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        hold(deposit, mpesa_receipt_number="SECOND0001")
        give(oldest_case(), deposit.user, operator)

        dismiss(SuspenseCase.objects.latest("id"), operator, "refunded")

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")

    def test_a_completed_deposit_stays_so_and_a_reversal_is_told(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success())
        settle(deposit, success(mpesa_receipt_number="SECOND0001"))
        reverse_owing(deposit.credit_entry_id, operator)

        dismiss(oldest_case(), operator, "refunded")

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", "reversed")
        assert deposit.next_query_at is None


class TestSuspenseGive:
    def test_up_to_the_limit_one_operator_gives_it_to_the_deposits_own_customer(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)

        given = give(oldest_case(), deposit.user, operator, limit=300)

        assert given["outcome"] == "resolved"
        assert oldest_case().decision == "credited"
        assert money(deposit.user) == (300, 0)

    @pytest.mark.parametrize("limit", [299, 0, None])
    def test_above_the_limit_it_takes_two(
        self, deposit: Transaction, operator: User, limit: int | None
    ) -> None:
        hold(deposit)
        case = oldest_case()
        assert give(case, deposit.user, operator, limit=limit) == nothing("not_approved")
        assert money(deposit.user) == (0, 300)

        approve(case, deposit.user, operator)
        proposer = User.objects.get(phone_number="254799999998")
        assert give(case, deposit.user, proposer, limit=limit) == nothing("not_approved")
        assert give(case, deposit.user, operator, limit=limit)["outcome"] == "resolved"

        assert money(deposit.user) == (300, 0)

    def test_a_payment_by_hand_takes_two_whatever_its_amount(
        self, customer: User, operator: User
    ) -> None:
        case = pay_by_hand()
        assert give(case, customer, operator, limit=250_000) == nothing("not_approved")

        approve(case, customer, operator)

        assert give(case, customer, operator)["outcome"] == "resolved"
        case.refresh_from_db()
        assert (case.decision, money(customer)) == ("credited", (500, 0))

    def test_the_true_amount_is_given_and_completes_the_deposit(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, amount="1")
        correct(oldest_case(), "500", operator)

        give(oldest_case(), deposit.user, operator)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (money(deposit.user), house_balance("mpesa:174379")) == ((500, 0), -500)

    def test_the_true_amount_of_a_payment_by_hand_is_its_deposits(
        self, customer: User, operator: User
    ) -> None:
        case = pay_by_hand("1.00")
        correct(case, "640.00", operator)
        approve(case, customer, operator)

        give(case, customer, operator)

        case.refresh_from_db()
        assert (case.deposit.amount, case.deposit.status) == (640, "COMPLETED")
        assert money(customer) == (640, 0)

    def test_the_true_amount_counts_for_the_limit(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, amount="1")
        correct(oldest_case(), "500", operator)

        assert give(oldest_case(), deposit.user, operator, limit=499) == nothing("not_approved")

    def test_a_case_without_money_is_closed_and_credits_nothing(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, is_new_money=False)

        assert give(oldest_case(), deposit.user, operator, limit=0) == nothing("resolved")
        assert (oldest_case().status, oldest_case().decision) == ("RESOLVED", "")


class TestSuspenseFits:
    """Which payment may be the one that a status query credited."""

    def fits(self, case: SuspenseCase, deposit: Transaction | None) -> bool:
        """Return whether it may be this deposit's."""
        return bool(value_of(
            "SELECT suspense_fits(item, %(deposit_id)s) FROM payments_suspensecase AS item"
            " WHERE item.id = %(case_id)s",
            case_id=case.pk, deposit_id=deposit and deposit.pk,
        ))  # fmt: skip

    @pytest.fixture
    def asked(self, deposit: Transaction) -> Transaction:
        """Let a status query credit the deposit."""
        query(deposit)
        return deposit

    def test_a_payment_by_hand_of_its_amount(self, asked: Transaction) -> None:
        assert self.fits(pay_by_hand(), asked)

    @pytest.mark.parametrize("fields", [{"amount": "499.00"}, {"business_short_code": "600000"}])
    def test_not_another_amount_nor_another_short_code(
        self, asked: Transaction, fields: dict[str, Any]
    ) -> None:
        assert not self.fits(pay_by_hand(**fields), asked)

    def test_a_corrected_amount_counts(self, asked: Transaction, operator: User) -> None:
        case = pay_by_hand("499.00")
        correct(case, "500.00", operator)

        assert self.fits(case, asked)

    def test_not_a_deposit_that_is_not_completed_or_has_a_receipt(
        self, deposit: Transaction
    ) -> None:
        case = pay_by_hand(receipt="BYHAND0001")
        assert not self.fits(case, deposit)

        settle(deposit, success())

        assert not self.fits(case, deposit)
        assert not self.fits(case, None)

    def test_not_a_receipt_of_another_deposit(self, asked: Transaction) -> None:
        other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        hold(other, amount="500")

        assert not self.fits(oldest_case(), asked)

    def test_a_case_without_money_is_of_its_own_deposit_and_receipt(
        self, asked: Transaction
    ) -> None:
        other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        hold(asked, is_new_money=False)
        assert self.fits(oldest_case(), asked)
        assert not self.fits(oldest_case(), other)

        settle(asked, success(mpesa_receipt_number="SECOND0001"), now=after(5))

        assert self.fits(oldest_case(), asked)


class TestSuspenseDismiss:
    @pytest.mark.parametrize("decision", ["not_in_books", "refunded"])
    def test_the_money_goes_back_where_it_came_from(
        self, deposit: Transaction, operator: User, decision: str
    ) -> None:
        hold(deposit)
        case = oldest_case()

        dismissed = dismiss(case, operator, decision)

        entry = JournalEntry.objects.latest("id")
        assert dismissed == {"outcome": "dismissed", "entry_id": entry.pk}
        assert (entry.key, entry.amount) == (f"resolve:{case.pk}", 300)
        assert entry.description == f"M-Pesa {RECEIPT}: {decision}"
        assert (entry.debit_account.code, entry.credit_account.code) == ("suspense", "mpesa:174379")
        case.refresh_from_db()
        assert (case.status, case.decision) == ("RESOLVED", decision)
        assert (case.resolved_by, case.resolved_at) == (operator, after(60))
        assert case.resolution_note == "seen in the portal"
        assert (money(deposit.user), house_balance("mpesa:174379")) == ((0, 0), 0)
        assert dismiss(case, operator, decision) == nothing("already_resolved")
        assert JournalEntry.objects.count() == 2

    def test_the_true_amount_goes_back(self, deposit: Transaction, operator: User) -> None:
        hold(deposit)
        correct(oldest_case(), "640", operator)

        dismiss(oldest_case(), operator)

        assert (money(deposit.user), house_balance("mpesa:174379")) == ((0, 0), 0)

    def test_a_case_without_money_is_closed_without_a_posting(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, is_new_money=False)

        assert dismiss(oldest_case(), operator, limit=None) == nothing("dismissed")
        assert oldest_case().status == "RESOLVED"
        assert not JournalEntry.objects.exists()

    def test_a_payment_by_hand_is_dismissed_without_a_deposit(self, operator: User) -> None:
        case = pay_by_hand()

        assert dismiss(case, operator, "refunded")["outcome"] == "dismissed"
        case.refresh_from_db()
        assert (case.transaction, house_balance("suspense")) == (None, 0)

    def test_a_payment_that_a_query_had_credited_fills_in_its_receipt(
        self, deposit: Transaction, operator: User
    ) -> None:
        Transaction.objects.update(last_query_at=NOON)
        query(deposit)
        case = pay_by_hand()
        assert (money(deposit.user), house_balance("mpesa:174379")) == ((500, 500), -1000)

        dismissed = dismiss(case, operator, "belongs_to_deposit", deposit)

        assert dismissed["outcome"] == "dismissed"
        deposit.refresh_from_db()
        case.refresh_from_db()
        assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
        assert case.transaction == Receipt.objects.get().transaction == deposit
        assert PaybillPayment.objects.get().transaction == deposit
        assert (money(deposit.user), house_balance("mpesa:174379")) == ((500, 0), -500)
        assert settle(deposit, success(), now=after(90)) == "duplicate"

    def test_both_cases_of_one_payment_are_closed(
        self, deposit: Transaction, operator: User
    ) -> None:
        query(deposit)
        by_hand = pay_by_hand()
        settle(deposit, success(), now=after(5))
        told = SuspenseCase.objects.get(transaction=deposit)

        assert dismiss(by_hand, operator, "belongs_to_deposit", deposit)["entry_id"]
        assert dismiss(told, operator, "belongs_to_deposit", deposit) == nothing("dismissed")

        deposit.refresh_from_db()
        assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
        by_hand.refresh_from_db()
        assert by_hand.transaction is None
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize(
        ("decision", "has_deposit"),
        [
            (None, False),
            ("credited", False),
            ("stolen", False),
            ("refunded", True),
            ("belongs_to_deposit", False),
        ],
    )
    def test_other_words_decide_nothing(
        self, deposit: Transaction, operator: User, decision: str | None, has_deposit: bool
    ) -> None:
        hold(deposit)

        refused = dismiss(oldest_case(), operator, decision, deposit if has_deposit else None)

        assert refused == nothing("no_such_decision")
        assert money(deposit.user) == (0, 300)

    def test_a_deposit_that_does_not_fit_is_refused(
        self, deposit: Transaction, operator: User
    ) -> None:
        case = pay_by_hand()

        refused = dismiss(case, operator, "belongs_to_deposit", deposit)

        assert refused == nothing("unfit_deposit")

    def test_operators_dismiss_no_payment_of_their_own(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        assert dismiss(oldest_case(), deposit.user) == nothing("own_money")
        query_credited = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2"
        )
        query(query_credited)
        case = pay_by_hand(receipt="BYHAND0001")

        refused = dismiss(case, query_credited.user, "belongs_to_deposit", query_credited)

        assert refused == nothing("own_money")

    def test_above_the_limit_it_takes_exactly_what_two_agreed_on(
        self, deposit: Transaction, operator: User
    ) -> None:
        query(deposit)
        case = pay_by_hand()
        kind, asked = Proposal.Kind.DISMISS_CASE, f"belongs_to_deposit:{deposit.pk}"
        approve_decision(kind, case.pk, operator, detail=asked)

        for limit in (499, None):
            assert dismiss(case, operator, "refunded", limit=limit) == nothing("not_approved")
        done = dismiss(case, operator, "belongs_to_deposit", deposit, limit=0)

        assert done["outcome"] == "dismissed"

    def test_a_case_that_does_not_exist_is_reported(self, operator: User) -> None:
        assert dismiss(SuspenseCase(pk=999_999), operator) == nothing("no_such_case")


class TestSuspenseCorrect:
    @pytest.mark.parametrize(
        ("amount", "moved", "sides"),
        [
            ("640.00", 340, ("mpesa:174379", "suspense")),
            ("299.50", Decimal("0.50"), ("suspense", "mpesa:174379")),
        ],
    )
    def test_suspense_holds_the_true_amount(
        self, deposit: Transaction, operator: User, amount: str, moved: Any, sides: tuple[str, str]
    ) -> None:
        hold(deposit)
        case = oldest_case()

        corrected = correct(case, amount, operator)

        entry = JournalEntry.objects.latest("id")
        assert corrected == {"outcome": "corrected", "entry_id": entry.pk}
        assert (entry.key, entry.amount) == (f"correct:{case.pk}", moved)
        assert entry.description == f"M-Pesa {RECEIPT}: corrected by the portal"
        assert (entry.debit_account.code, entry.credit_account.code) == sides
        case.refresh_from_db()
        assert (case.status, case.amount, case.true_amount) == ("OPEN", 300, Decimal(amount))
        assert (case.correction_entry, case.corrected_by) == (entry, operator)
        assert case.correction_note == "portal: another amount there"
        assert house_balance("suspense") == Decimal(amount)

    def test_an_amount_is_corrected_once(self, deposit: Transaction, operator: User) -> None:
        hold(deposit)
        correct(oldest_case(), "640", operator)

        for amount in ("640", "500", "300"):
            assert correct(oldest_case(), amount, operator) == nothing("already_corrected")
        assert money(deposit.user) == (0, 640)

    @pytest.mark.parametrize(
        ("amount", "outcome"),
        [
            ("300", "same_amount"),
            ("0", "bad_amount"),
            ("-1", "bad_amount"),
            ("1.005", "bad_amount"),
            ("NaN", "bad_amount"),
            ("infinity", "bad_amount"),
            ("1000000000", "bad_amount"),
            (None, "bad_amount"),
        ],
    )
    def test_an_amount_that_corrects_nothing_is_refused(
        self, deposit: Transaction, operator: User, amount: str | None, outcome: str
    ) -> None:
        hold(deposit)

        assert correct(oldest_case(), amount, operator) == nothing(outcome)
        assert money(deposit.user) == (0, 300)

    def test_a_case_without_money_has_no_amount_to_correct(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit, is_new_money=False)

        assert correct(oldest_case(), "500", operator) == nothing("no_money")

    def test_a_decided_case_is_not_corrected(self, deposit: Transaction, operator: User) -> None:
        hold(deposit)
        give(oldest_case(), deposit.user, operator)

        assert correct(oldest_case(), "500", operator) == nothing("already_resolved")
        assert correct(SuspenseCase(pk=999_999), "500", operator) == nothing("no_such_case")

    def test_operators_correct_no_payment_of_their_own(self, deposit: Transaction) -> None:
        hold(deposit)

        assert correct(oldest_case(), "500", deposit.user) == nothing("own_money")

    @pytest.mark.parametrize(("amount", "limit"), [("640", 639), ("1", 299), ("640", None)])
    def test_above_the_limit_before_or_after_it_takes_two(
        self, deposit: Transaction, operator: User, amount: str, limit: int | None
    ) -> None:
        hold(deposit)
        case = oldest_case()
        assert correct(case, amount, operator, limit=limit) == nothing("not_approved")

        approve_decision(
            Proposal.Kind.CORRECT_CASE, case.pk, operator, detail=f"{Decimal(amount):.2f}"
        )
        assert correct(case, "641", operator, limit=limit) == nothing("not_approved")

        assert correct(case, amount, operator, limit=limit)["outcome"] == "corrected"

    def test_another_report_of_a_corrected_payment_changes_nothing(
        self, deposit: Transaction, operator: User
    ) -> None:
        hold(deposit)
        correct(oldest_case(), "500", operator)

        assert settle(deposit, success(), now=after(90)) == "duplicate"
        assert SuspenseCase.objects.count() == 1
        assert money(deposit.user) == (0, 500)

    def test_a_callback_releases_a_payment_by_hand_of_the_true_amount(
        self, deposit: Transaction, operator: User
    ) -> None:
        case = pay_by_hand("5.00")
        correct(case, "500.00", operator)

        assert settle(deposit, success(), now=after(90)) == "applied"

        case.refresh_from_db()
        assert (case.status, case.decision) == ("RESOLVED", "credited")
        assert (deposit.status, money(deposit.user)) == ("COMPLETED", (500, 0))


def test_the_audit_finds_nothing_wrong_with_any_decision(
    deposit: Transaction, operator: User
) -> None:
    """Only of receipts that no callback named, as those of these tests are."""
    hold(deposit)
    hold(deposit, mpesa_receipt_number="SECOND0001")
    first, second = SuspenseCase.objects.order_by("id")
    correct(first, "640", operator)
    correct(second, "100", operator)
    assert all("no report of M-Pesa" in problem.problem for problem in audit.find_problems())

    dismiss(first, operator)
    give(second, deposit.user, operator)

    assert all("no report of M-Pesa" in problem.problem for problem in audit.find_problems())
