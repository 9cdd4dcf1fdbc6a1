"""The functions of payments/sql/functions/transaction_status.sql."""

import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.db import transaction as db_transaction

from payments import audit
from payments.models import (
    InitiatorState,
    PaybillPayment,
    PulledRow,
    Receipt,
    StatementRow,
    SuspenseCase,
    Transaction,
    TransactionQuery,
)
from payments.services.callbacks import hash_callback_token
from payments.tests.breaking import check_constraints
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    TOKEN,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row
from payments.tests.statement_rows import look as look_at_row
from tests.sql.calling import after, approve, query, resolve, row_of, settle, success, value_of
from tests.sql.test_claim import CODE, OTHER_CODE, claim_of, look, make
from tests.sql.test_paybill import NUMBER, REFERENCE, give_number, tell
from users.models import PhoneChange, User

pytestmark = pytest.mark.django_db

SECRET = "the-secret-of-the-question"  # pragma: allowlist secret
#: An answer comes two minutes after the payment at NOON.
ASKED, ANSWERED = after(120), after(125)
#: What waits is asked about after ten minutes.
WAITED = after(600)
CLEAR = ("applied", "filled", "held", "confirmed", "differs", "reversed", "not_paid")


def hash_of(phone: str) -> str:
    return hashlib.sha256(phone.encode()).hexdigest()


def ask(
    receipt: str = CODE, now: datetime = ASKED, token: str = SECRET, why: str = "claim"
) -> tuple[str, Any]:
    """Store a question; return the outcome and its id."""
    asked = row_of(
        "SELECT * FROM transaction_query_ask(%(receipt)s, %(why)s, NULL, %(token)s, '174379',"
        " %(now)s)",
        receipt=receipt, why=why, token=hash_callback_token(token), now=now,
    )  # fmt: skip
    return asked["outcome"], asked["query_id"]


def answer(
    *,
    token: str = SECRET,
    now: datetime = ANSWERED,
    payer: str | None = PHONE,
    status: str = "Completed",
    is_trusted: bool = True,
    is_readable: bool = True,
    paid_at: datetime | None = NOON,
    **fields: Any,
) -> dict[str, Any]:
    """Record an answer: that KES 500 were paid to us at NOON, by the customer's phone."""
    receipt, amount = fields.get("receipt", CODE), fields.get("amount", "500.00")
    credit_party = fields.get("credit_party", "174379")
    result = {
        "result_code": "0",
        "receipt": receipt,
        "transaction_status": status,
        "amount": amount,
        "credit_party": credit_party,
        "own_short_code": "174379",
        "is_completed": status == "Completed",
        "is_undone": status in {"Reversed", "Declined"},
        "payer": payer,
        "effect": "proven",
        "payment": {
            "receipt": receipt,
            "amount": amount,
            "business_short_code": credit_party,
            "account_number": "",
            "transaction_type": "Pay Bill Online",
            "paid_at": paid_at and paid_at.isoformat(),
            "payer_name": "JOHN",
            "payer_number": "2547****5678",
            "payer_hash": hash_of(payer) if payer else "",
        },
        **fields,
    }
    return row_of(
        "SELECT * FROM transaction_query_record(%(token)s, %(is_trusted)s, '196.201.214.200',"
        " %(result)s::jsonb, %(raw)s::jsonb, %(now)s)",
        token=hash_callback_token(token), is_trusted=is_trusted,
        result=json.dumps(result) if is_readable else None,
        raw=json.dumps({"Result": "as it came"}), now=now,
    )  # fmt: skip


def verdict_of(**fields: Any) -> str:
    return str(answer(**fields)["verdict"])


def asked() -> TransactionQuery:
    return TransactionQuery.objects.latest("id")


def initiator() -> InitiatorState:
    return InitiatorState.objects.get()


def report(effect: str, code: str = "", now: datetime = NOON) -> None:
    row_of("SELECT initiator_lock()")
    row_of(
        "SELECT initiator_report(%(effect)s, %(code)s, %(now)s)", effect=effect, code=code, now=now
    )


def sent(
    *, is_refused: bool, effect: str = "", code: str = "", note: str = "", now: datetime = ASKED
) -> None:
    row_of(
        "SELECT transaction_query_sent(%(id)s, %(is_refused)s, 'AG_1', '1236-1', %(effect)s,"
        " %(code)s, %(note)s, %(now)s)",
        id=asked().pk, is_refused=is_refused, effect=effect, code=code, note=note, now=now,
    )  # fmt: skip


def time_out(*, token: str = SECRET, is_trusted: bool = True, now: datetime = ANSWERED) -> Any:
    return value_of(
        "SELECT transaction_query_time_out(%(token)s, %(is_trusted)s, NULL, '{}', %(now)s)",
        token=hash_callback_token(token), is_trusted=is_trusted, now=now,
    )  # fmt: skip


def problems() -> list[str]:
    return [f"{found.row} {found.problem}" for found in audit.find_problems()]


@pytest.fixture
def customer() -> User:
    """Store a customer who was one long before NOON."""
    user = make_customer()
    User.objects.filter(pk=user.pk).update(created_at=NOON - timedelta(days=30))
    return user


@pytest.fixture(autouse=True)
def _consistent(db: None) -> Any:
    """Check after each test what is only checked at the end of a transaction."""
    yield
    check_constraints()


class TestTransactionQueryAsk:
    def test_a_question_is_stored_before_it_is_sent(self) -> None:
        outcome, query_id = ask()

        question = asked()
        assert (outcome, query_id) == ("asked", question.pk)
        assert (question.receipt, question.why, question.state) == (CODE, "claim", "asked")
        assert (question.asked_at, question.business_short_code) == (ASKED, "174379")
        assert question.token_hash == hash_callback_token(SECRET)

    def test_one_is_under_way_at_a_time(self) -> None:
        ask()

        assert ask(OTHER_CODE, now=after(121), token="2") == ("busy", None)
        assert TransactionQuery.objects.count() == 1

    def test_the_database_refuses_a_second_one(self) -> None:
        ask()

        with pytest.raises(IntegrityError, match="one_in_flight"), db_transaction.atomic():
            TransactionQuery.objects.create(
                receipt=CODE, why="claim", token_hash="a" * 64, business_short_code="174379"
            )

    def test_after_its_answer_the_next_may_go(self) -> None:
        ask()
        answer(result_code="SFC_IC0003")

        assert ask(OTHER_CODE, now=after(126), token="2")[0] == "asked"

    def test_a_worker_that_found_the_same_receipt_does_not_ask_again(self) -> None:
        ask()
        answer()

        assert ask(now=after(179), token="2") == ("busy", None)
        assert ask(now=after(180), token="2")[0] == "asked"

    def test_an_operator_may_ask_again_at_once(self, operator: User) -> None:
        ask()
        answer()

        again = row_of(
            "SELECT * FROM transaction_query_ask(%(receipt)s, 'operator', %(operator)s, %(token)s,"
            " '174379', %(now)s)",
            receipt=CODE, operator=operator.pk, token="b" * 64, now=after(130),
        )  # fmt: skip

        assert again["outcome"] == "asked"

    def test_one_without_an_answer_is_lost_and_makes_us_wait(self) -> None:
        ask()

        assert ask(now=after(120 + 299), token="2")[0] == "busy"
        assert ask(now=after(120 + 300), token="2") == ("paused", None)
        assert (asked().state, initiator().failures_in_a_row) == ("lost", 1)
        assert ask(now=after(120 + 300 + 61), token="2")[0] == "asked"

    def test_nothing_is_asked_while_the_initiator_is_stopped(self) -> None:
        report("stop", "2001")

        assert ask() == ("stopped", None)
        assert not TransactionQuery.objects.exists()

    def test_an_operators_question_names_the_operator(self) -> None:
        with pytest.raises(IntegrityError, match="txnquery_reason"), db_transaction.atomic():
            ask(why="operator")


class TestInitiatorReport:
    def test_the_first_wrong_credential_stops_all(self) -> None:
        report("stop", "2001", NOON)
        report("stop", "8006", after(60))

        state = initiator()
        assert (state.stopped_at, state.stopped_code) == (NOON, "2001")

    @pytest.mark.parametrize("effect", ["busy", "silent"])
    def test_each_failure_doubles_the_wait_up_to_an_hour(self, effect: str) -> None:
        report("proven")
        waits = []
        for _ in range(12):
            report(effect)
            waits.append((initiator().paused_until or NOON) - NOON)

        assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
        assert waits[-1] == timedelta(hours=1)
        assert initiator().stopped_at is None

        report("proven", now=after(1))
        state = initiator()
        assert (state.paused_until, state.failures_in_a_row) == (None, 0)

    def test_two_silences_stop_a_credential_that_was_never_proven(self) -> None:
        report("silent")
        assert initiator().stopped_at is None

        report("silent", now=after(60))

        state = initiator()
        assert (state.stopped_at, state.stopped_code) == (after(60), "unproven")

    def test_overload_alone_never_stops(self) -> None:
        for _ in range(5):
            report("busy")

        assert initiator().stopped_at is None

    def test_an_unknown_effect_says_nothing(self) -> None:
        report("")

        state = initiator()
        assert (state.failures_in_a_row, state.proven_at, state.stopped_at) == (0, None, None)


class TestInitiatorResume:
    def test_only_an_operator_starts_it_again(self) -> None:
        report("stop", "18")
        report("proven", "0", after(60))
        assert initiator().stopped_code == "18"

        assert value_of("SELECT initiator_resume('amina', %(now)s)", now=after(90)) is True

        state = initiator()
        assert (state.stopped_at, state.stopped_code) == (None, "")
        assert (state.resumed_at, state.resumed_by) == (after(90), "amina")
        assert ask()[0] == "asked"

    def test_one_that_is_not_stopped_is_not_resumed(self) -> None:
        assert value_of("SELECT initiator_resume('amina', %(now)s)", now=NOON) is False
        assert initiator().resumed_at is None

    def test_a_resumed_credential_must_prove_itself_again(self) -> None:
        report("proven")
        report("stop", "2001")
        value_of("SELECT initiator_resume('amina', %(now)s)", now=NOON)

        report("silent")
        report("silent")

        assert initiator().stopped_code == "unproven"


class TestInitiatorLock:
    def test_its_row_is_made_once(self) -> None:
        for _ in range(2):
            assert row_of("SELECT * FROM initiator_lock()")["id"] == 1

        assert InitiatorState.objects.count() == 1

    def test_it_returns_the_state(self) -> None:
        report("stop", "2001")

        assert row_of("SELECT * FROM initiator_lock()")["stopped_code"] == "2001"


class TestTransactionStatusNamesPayer:
    @staticmethod
    def is_named(user: User) -> Any:
        return value_of(
            "SELECT transaction_status_names_payer(%(receipt)s, %(user)s)",
            receipt=CODE, user=user.pk,
        )  # fmt: skip

    def test_the_customer_whose_whole_number_paid(self, customer: User) -> None:
        ask()
        answer()

        assert self.is_named(customer) is True
        assert self.is_named(make_customer(OTHER_PHONE)) is False

    def test_nobody_where_the_number_is_masked(self, customer: User) -> None:
        ask()
        answer(payer=None)

        assert self.is_named(customer) is False

    def test_nobody_who_came_after_the_payment(self, customer: User) -> None:
        User.objects.filter(pk=customer.pk).update(created_at=after(1))
        ask()
        answer()

        assert self.is_named(customer) is False


class TestTransactionStatusDoubt:
    @staticmethod
    def doubt(amount: int = 500, paid_at: datetime = NOON) -> Any:
        return value_of(
            "SELECT transaction_status_doubt(%(amount)s, %(paid_at)s)",
            amount=amount, paid_at=paid_at,
        )  # fmt: skip

    def test_a_credit_by_query_without_a_receipt_is_named(self, customer: User) -> None:
        deposit = make_deposit(customer)
        assert self.doubt() == ""

        query(deposit)

        assert self.doubt() == f"perhaps booked already: deposit {deposit.pk}"

    def test_of_another_amount_or_time_nothing_is_said(self, customer: User) -> None:
        query(make_deposit(customer))

        assert self.doubt(amount=400) == ""
        assert self.doubt(paid_at=NOON + timedelta(hours=1)) == ""


class TestTransactionQuerySent:
    def test_an_acknowledged_question_waits_for_its_answer(self) -> None:
        ask()

        sent(is_refused=False)

        question = asked()
        assert (question.state, question.conversation_id) == ("asked", "AG_1")
        assert question.originator_conversation_id == "1236-1"

    def test_an_answer_before_the_acknowledgement_stays(self, customer: User) -> None:
        ask()
        assert verdict_of() == "held"

        sent(is_refused=False)

        assert (asked().state, asked().verdict) == ("answered", "held")

    def test_a_refused_one_makes_way_for_the_next(self) -> None:
        ask()

        sent(is_refused=True, code="400.002.02", note="Bad Request")

        question = asked()
        assert (question.state, question.result_code, question.note) == (
            "refused", "400.002.02", "Bad Request",
        )  # fmt: skip
        assert ask(now=after(180), token="2")[0] == "asked"

    def test_one_refused_for_the_initiator_stops_all(self) -> None:
        ask()

        sent(is_refused=True, effect="stop", code="2001")

        assert initiator().stopped_code == "2001"
        assert ask(token="2")[0] == "stopped"


class TestTransactionQueryTimeOut:
    def test_a_time_out_is_no_answer(self, customer: User) -> None:
        ask()

        assert time_out() == asked().pk

        question = asked()
        assert (question.state, question.verdict, question.answered_at) == ("timed_out", "", None)
        assert initiator().failures_in_a_row == 1

    def test_an_answer_after_it_is_taken(self, customer: User) -> None:
        ask()
        time_out()

        assert verdict_of(now=after(600)) == "held"
        assert (asked().state, asked().answered_at) == ("answered", after(600))

    def test_one_after_the_answer_changes_nothing(self, customer: User) -> None:
        ask()
        answer()

        assert time_out() == asked().pk
        assert (asked().state, asked().verdict) == ("answered", "held")

    def test_a_second_one_is_not_counted_twice(self) -> None:
        ask()
        time_out()
        time_out()

        assert initiator().failures_in_a_row == 1

    def test_one_from_an_address_that_is_not_believed_is_kept_alone(self) -> None:
        ask()

        time_out(is_trusted=False)

        assert (asked().state, asked().verdict) == ("asked", "untrusted")
        assert initiator().failures_in_a_row == 0

    def test_a_guessed_token_stores_nothing(self) -> None:
        assert time_out(token="guessed") is None
        assert not TransactionQuery.objects.exists()


class TestTransactionQueryRecord:
    """Answers that move no money, whatever the books have."""

    @pytest.fixture(autouse=True)
    def _claimed(self, customer: User) -> None:
        make_deposit(customer)
        make(customer)
        ask()

    @pytest.mark.parametrize(
        ("fields", "verdict", "state"),
        [
            ({"is_readable": False}, "malformed", "asked"),
            ({"is_trusted": False}, "untrusted", "asked"),
            ({"receipt": OTHER_CODE}, "foreign", "asked"),
            ({"credit_party": "600000"}, "untrusted", "asked"),
            ({"credit_party": ""}, "unclear", "answered"),
            ({"amount": None}, "unclear", "answered"),
            ({"receipt": None}, "unclear", "answered"),
            ({"result_code": "SFC_IC0003"}, "unclear", "answered"),
            ({"result_code": "00"}, "unclear", "answered"),
            ({"status": "Initiated"}, "unclear", "answered"),
            ({"status": "Authorized"}, "unclear", "answered"),
            ({"status": ""}, "unclear", "answered"),
            ({"status": "Reversed"}, "not_paid", "answered"),
            ({"status": "Declined", "amount": None}, "not_paid", "answered"),
        ],
    )
    def test_it_is_stored_and_books_nothing(
        self, customer: User, fields: dict[str, Any], verdict: str, state: str
    ) -> None:
        assert verdict_of(**fields) == verdict

        question = asked()
        assert (question.verdict, question.state, question.raw) == (
            verdict, state, {"Result": "as it came"},
        )  # fmt: skip
        assert money(customer) == (0, 0)
        assert not Receipt.objects.exists()
        assert Transaction.objects.get().status == "PENDING"

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_readable": False}, {"is_trusted": False}, {"receipt": OTHER_CODE},
            {"result_code": "17"}, {"status": "Authorized"},
        ],
    )  # fmt: skip
    def test_the_true_answer_still_comes(self, customer: User, fields: dict[str, Any]) -> None:
        answer(**fields)

        assert verdict_of(now=after(130)) == "applied"
        assert money(customer) == (500, 0)

    def test_a_clear_answer_is_the_last(self, customer: User) -> None:
        answer(status="Reversed")

        assert verdict_of(now=after(130)) == "duplicate"
        assert (asked().verdict, money(customer)) == ("not_paid", (0, 0))

    def test_an_unclear_answer_is_not_replaced_by_none(self) -> None:
        answer(status="Authorized")
        answer(receipt=OTHER_CODE)

        assert (asked().verdict, asked().state) == ("unclear", "answered")

    def test_one_about_another_receipt_says_nothing_of_the_initiator(self) -> None:
        answer(receipt=OTHER_CODE, effect="stop")

        assert initiator().stopped_at is None

    def test_a_rejected_initiator_is_learnt_from_the_answer(self) -> None:
        answer(result_code="2001", effect="stop")

        assert initiator().stopped_code == "2001"
        assert (asked().verdict, asked().result_code) == ("unclear", "2001")

    def test_a_guessed_token_stores_nothing(self, customer: User) -> None:
        assert answer(token="guessed")["query_id"] is None
        assert asked().verdict == ""
        assert money(customer) == (0, 0)


class TestTransactionStatusSettle:
    """A completed payment that our books do not have."""

    def test_the_claimants_own_deposit_is_credited(self, customer: User) -> None:
        deposit = make_deposit(customer)
        make(customer)
        ask()

        told = answer()

        assert (told["verdict"], told["transaction_id"]) == ("applied", deposit.pk)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", CODE)
        assert deposit.completed_at == ANSWERED
        question = asked()
        assert (question.amount, question.transaction_id) == (500, deposit.pk)
        assert question.answered_at == ANSWERED
        assert money(customer) == (500, 0)
        assert look(claim_of(customer)) == "credited"
        assert problems() == []

    @pytest.mark.parametrize("times", [2, 3])
    def test_answers_that_come_again_credit_nothing(self, customer: User, times: int) -> None:
        make_deposit(customer)
        make(customer)
        ask()

        assert [verdict_of() for _ in range(times)] == ["applied", *["duplicate"] * (times - 1)]
        assert money(customer) == (500, 0)

    def test_the_lost_callback_that_comes_after_all_credits_nothing(self, customer: User) -> None:
        make_deposit(customer)
        make(customer)
        ask()
        answer()

        assert receive(success_body(receipt=CODE)).verdict == "duplicate"
        assert money(customer) == (500, 0)
        assert problems() == []

    def test_a_failed_deposit_that_was_paid_is_credited(self, customer: User) -> None:
        make_deposit(customer, status="FAILED", next_query_at=None)
        make(customer)
        ask()

        assert verdict_of() == "applied"
        assert money(customer) == (500, 0)
        assert problems() == []

    def test_without_a_claim_of_the_payers_an_operator_decides(self, customer: User) -> None:
        deposit = make_deposit(customer)
        make(make_customer(OTHER_PHONE))
        ask()

        assert verdict_of() == "held"
        deposit.refresh_from_db()
        assert deposit.status == "PENDING"
        assert PaybillPayment.objects.get().proposed_user == customer
        assert money(customer) == (0, 500)

    def test_somebody_who_saw_the_sms_gets_nothing(self, customer: User) -> None:
        """A screenshot names the receipt; M-Pesa names the payer."""
        thief = make_customer(OTHER_PHONE)
        User.objects.filter(pk=thief.pk).update(created_at=NOON - timedelta(days=30))
        make_deposit(thief)
        make(thief)
        ask()

        assert verdict_of() == "held"
        assert look(claim_of(thief)) == "checking"
        assert (money(thief), money(customer)) == ((0, 500), (0, 500))

    def test_a_masked_number_credits_nobody(self, customer: User) -> None:
        make_deposit(customer)
        make(customer)
        ask()

        assert verdict_of(payer=None) == "held"
        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (0, 500)
        assert PaybillPayment.objects.get().proposed_user == customer  # who claims it
        assert problems() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": 499},
            {"created_at": NOON - timedelta(minutes=16)},
            {"created_at": NOON + timedelta(minutes=3)},
            {"phone_number": OTHER_PHONE},
            {"business_short_code": "600000"},
        ],
    )
    def test_a_deposit_that_does_not_fit_is_left(
        self, customer: User, changes: dict[str, Any]
    ) -> None:
        deposit = make_deposit(customer, **changes)
        make(customer)
        ask()

        assert verdict_of() == "held"
        deposit.refresh_from_db()
        assert deposit.status == "PENDING"
        assert money(customer) == (0, 500)

    def test_between_two_that_fit_an_operator_decides(self, customer: User) -> None:
        make_deposit(customer)
        make_deposit(customer, checkout_request_id="ws_CO_2", token="2")
        make(customer)
        ask()

        assert verdict_of() == "held"
        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (0, 500)

    def test_without_a_time_no_deposit_is_found(self, customer: User) -> None:
        make_deposit(customer)
        make(customer)
        ask()

        assert verdict_of(paid_at=None) == "held"
        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (0, 500)

    def test_a_payment_by_hand_of_the_claimants_is_theirs(self, customer: User) -> None:
        make(customer)
        ask()
        assert verdict_of() == "held"

        assert look(claim_of(customer)) == "credited"

        deposit = Transaction.objects.get()
        assert (deposit.mpesa_receipt_number, deposit.checkout_request_id) == (CODE, None)
        assert PaybillPayment.objects.get().source == "status"
        assert money(customer) == (500, 0)
        assert problems() == []

    def test_one_that_lies_in_suspense_already_is_theirs_once_mpesa_names_the_payer(
        self, customer: User
    ) -> None:
        tell(receipt=CODE, payer_hash="")
        make(customer)
        assert look(claim_of(customer)) == "checking"
        ask()

        assert verdict_of() == "confirmed"
        assert look(claim_of(customer)) == "credited"
        assert money(customer) == (500, 0)

    def test_an_account_opened_after_the_payment_is_not_its_payers(self) -> None:
        late = make_customer()
        User.objects.filter(pk=late.pk).update(created_at=NOON + timedelta(minutes=1))
        make(late)
        ask()
        answer()

        assert look(claim_of(late)) == "checking"
        assert money(late) == (0, 500)

    def test_a_number_taken_over_after_the_payment_is_not_its_payers(self, customer: User) -> None:
        operator = User.objects.create_superuser("254799999999", "a-good-password")
        PhoneChange.objects.create(
            user=customer, old_phone_number=OTHER_PHONE, new_phone_number=PHONE,
            status="APPROVED", requested_at=NOON, decided_at=after(60), decided_by=operator,
            reason="seen at the desk",
        )  # fmt: skip
        make(customer)
        ask()
        answer()

        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (0, 500)

    def test_an_old_payment_may_be_one_that_a_query_credited_long_ago(self, customer: User) -> None:
        deposit = make_deposit(customer, created_at=NOON - timedelta(hours=1), updated_at=NOON)
        query(deposit)
        make(customer, now=after(20 * 86_400))
        ask(now=after(20 * 86_400 + 120))

        assert verdict_of(now=after(20 * 86_400 + 125)) == "held"
        assert look(claim_of(customer), now=after(20 * 86_400 + 130)) == "checking"
        assert money(customer) == (500, 500)

    def test_one_of_an_amount_that_no_deposit_has_waits(self, customer: User) -> None:
        make(customer)
        ask()

        assert verdict_of(amount="500.50") == "held"
        assert look(claim_of(customer)) == "checking"


class TestTransactionStatusDeposits:
    """A deposit that a status query has credited may be the very payment."""

    def test_its_receipt_is_filled_in_and_nothing_credited(self, customer: User) -> None:
        deposit = make_deposit(customer)
        query(deposit)
        make(customer)
        ask()

        told = answer()

        assert (told["verdict"], told["transaction_id"]) == ("filled", deposit.pk)
        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == CODE
        assert money(customer) == (500, 0)
        assert look(claim_of(customer)) == "credited"

    def test_for_a_payer_who_is_not_known_an_operator_is_warned(self, customer: User) -> None:
        deposit = make_deposit(customer)
        query(deposit)
        make(customer)
        ask()

        assert answer(payer=None)["note"] == f"perhaps booked already: deposit {deposit.pk}"

        assert asked().note == f"perhaps booked already: deposit {deposit.pk}"
        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (500, 500)

    def test_with_another_that_fits_an_operator_decides(self, customer: User) -> None:
        query(make_deposit(customer))
        make_deposit(customer, checkout_request_id="ws_CO_2", token="2")
        make(customer)
        ask()

        assert verdict_of() == "held"
        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (500, 500)

    def test_no_claim_is_needed_to_learn_a_receipt(self, customer: User) -> None:
        deposit = make_deposit(customer)
        query(deposit)
        ask(why="old_receipt")

        assert verdict_of() == "filled"
        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == CODE


class TestOtherReports:
    """The same payment is told by a callback, a confirmation or M-Pesa's list, before or after."""

    @pytest.fixture
    def held(self, customer: User) -> SuspenseCase:
        """Hold a payment that Transaction Status told of first."""
        ask()
        assert verdict_of(payer=None) == "held"
        return SuspenseCase.objects.get()

    def test_a_receipt_of_our_books_is_confirmed(self, customer: User) -> None:
        deposit = make_deposit(customer)
        settle(deposit, success(mpesa_receipt_number=CODE))
        ask()

        told = answer()

        assert (told["verdict"], told["transaction_id"]) == ("confirmed", deposit.pk)
        assert money(customer) == (500, 0)

    def test_another_amount_is_for_an_operator(self, customer: User) -> None:
        settle(make_deposit(customer), success(mpesa_receipt_number=CODE))
        ask()

        told = answer(amount="400.00")

        assert (told["verdict"], told["note"]) == ("differs", "our books have 500.00")
        assert money(customer) == (500, 0)

    def test_so_is_one_of_a_payment_in_suspense(self, customer: User) -> None:
        tell(receipt=CODE)
        ask()

        assert verdict_of(amount="400.00") == "differs"

    def test_a_callback_releases_it_to_its_deposit(
        self, customer: User, held: SuspenseCase
    ) -> None:
        make_deposit(customer)

        assert receive(success_body(receipt=CODE), token=TOKEN).verdict == "applied"

        held.refresh_from_db()
        assert held.status == "RESOLVED"
        assert money(customer) == (500, 0)
        assert problems() == []

    @pytest.mark.parametrize("source", ["confirmation", "pull"])
    def test_a_report_that_names_an_account_number_releases_it(
        self, customer: User, held: SuspenseCase, source: str
    ) -> None:
        give_number(customer)
        if source == "pull":
            told = row_of(
                "SELECT * FROM pull_record(%(payment)s::jsonb, '{}', true, %(now)s)",
                payment=json.dumps(_notice(number=NUMBER)), now=after(3600),
            )  # fmt: skip
        else:
            told = row_of(
                "SELECT * FROM confirmation_record(%(payment)s::jsonb, true, NULL, '{}', '{}',"
                " true, %(now)s)",
                payment=json.dumps(_notice(number=NUMBER)), now=after(3600),
            )  # fmt: skip

        assert told["verdict"] == "applied"
        held.refresh_from_db()
        assert (held.status, held.released_by) == ("RESOLVED", "callback")
        assert Transaction.objects.get().pk == told["transaction_id"]
        assert money(customer) == (500, 0)

    @pytest.mark.parametrize(
        ("changes", "kyc_status"),
        [({"amount": "400.00"}, "VERIFIED"), ({}, "PENDING"), ({"number": None}, "VERIFIED")],
    )
    def test_one_that_does_not_fit_releases_nothing(
        self, customer: User, held: SuspenseCase, changes: dict[str, Any], kyc_status: str
    ) -> None:
        give_number(customer)
        User.objects.filter(pk=customer.pk).update(kyc_status=kyc_status)

        assert tell(after(3600), **_notice(number=NUMBER) | changes) == ("duplicate", None)
        assert money(customer) == (0, 500)

    def test_one_that_another_report_held_is_not_released_so(self, customer: User) -> None:
        give_number(customer)
        tell(receipt=CODE)

        assert tell(after(60), **_notice(number=NUMBER)) == ("duplicate", None)

    def test_a_reference_releases_it(self, customer: User, held: SuspenseCase) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE)

        told = row_of(
            "SELECT * FROM pull_record(%(payment)s::jsonb, '{}', true, %(now)s)",
            payment=json.dumps(_notice(reference=REFERENCE)), now=after(3600),
        )  # fmt: skip

        assert (told["verdict"], told["transaction_id"]) == ("applied", deposit.pk)
        assert money(customer) == (500, 0)

    def test_operators_give_it_to_a_customer(
        self, customer: User, held: SuspenseCase, operator: User
    ) -> None:
        approve(held, customer, operator)

        assert resolve(held.pk, customer, operator)["outcome"] == "resolved"
        assert money(customer) == (500, 0)


def _notice(**fields: Any) -> dict[str, Any]:
    return {
        "receipt": CODE, "amount": "500.00", "business_short_code": "174379",
        "account_number": "as typed", "transaction_type": "Pay Bill",
        "paid_at": NOON.isoformat(), "payer_name": "", "payer_number": "", "payer_hash": "",
        "reference": None, "number": None, "phone": None, **fields,
    }  # fmt: skip


class TestTransactionStatusUndone:
    def test_a_reversal_that_nobody_told_us_of_is_for_an_operator(self, customer: User) -> None:
        deposit = make_deposit(customer)
        settle(deposit, success(mpesa_receipt_number=CODE))
        ask(why="old_receipt")

        told = answer(status="Reversed")

        assert (told["verdict"], told["transaction_id"]) == ("reversed", deposit.pk)
        assert money(customer) == (500, 0)  # never taken back automatically

    def test_one_that_we_have_reversed_is_confirmed(self, customer: User, operator: User) -> None:
        deposit = make_deposit(customer)
        settle(deposit, success(mpesa_receipt_number=CODE))
        reversed_ = row_of(
            "SELECT * FROM payment_reverse(%(entry)s, %(operator)s, 'M-Pesa says so', %(now)s)",
            entry=deposit.credit_entry_id, operator=operator.pk, now=after(60),
        )  # fmt: skip
        assert reversed_["outcome"] == "reversed"
        ask(why="old_receipt")

        assert verdict_of(status="Reversed") == "confirmed"

    def test_one_in_suspense_is_for_an_operator_too(self, customer: User) -> None:
        tell(receipt=CODE)
        ask()

        assert verdict_of(status="Reversed") == "reversed"

    def test_one_that_was_released_and_reversed_is_confirmed(
        self, customer: User, operator: User
    ) -> None:
        tell(receipt=CODE)
        case = SuspenseCase.objects.get()
        approve(case, customer, operator)
        entry_id = resolve(case.pk, customer, operator)["entry_id"]
        row_of(
            "SELECT * FROM payment_reverse(%(entry)s, %(operator)s, 'M-Pesa says so', %(now)s)",
            entry=entry_id, operator=operator.pk, now=after(60),
        )  # fmt: skip
        ask()

        assert verdict_of(status="Reversed") == "confirmed"


class TestErrors:
    def test_one_that_cannot_be_settled_is_kept_and_settled_later(self, customer: User) -> None:
        make_deposit(customer)
        make(customer)
        ask()
        with broken_table("wallet_journalentry"):
            assert verdict_of() == "received"
        assert (asked().state, asked().note[:6]) == ("asked", "53100 ")
        assert not Receipt.objects.exists()

        assert verdict_of(now=after(130)) == "applied"
        assert money(customer) == (500, 0)

    def test_a_deadlock_is_for_the_caller_to_repeat(self, customer: User) -> None:
        ask()
        with (
            broken_table("wallet_journalentry", sqlstate="40P01"),
            pytest.raises(OperationalError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            answer()

    def test_a_clear_answer_never_changes(self, customer: User) -> None:
        ask()
        answer()

        with pytest.raises(IntegrityError, match="clear answer changes"), db_transaction.atomic():
            TransactionQuery.objects.update(verdict="confirmed")
        with pytest.raises(IntegrityError, match="evidence"), db_transaction.atomic():
            TransactionQuery.objects.all().delete()


class TestTransactionQueryNextClaim:
    def next(self, now: datetime = ASKED) -> Any:
        return value_of(
            "SELECT transaction_query_next_claim(interval '2 minutes', 3, %(now)s)", now=now
        )

    def test_reports_have_two_minutes_to_come(self, customer: User) -> None:
        make(customer)

        assert self.next(after(119)) is None
        assert self.next(after(120)) == CODE

    def test_what_a_report_told_is_not_asked(self, customer: User) -> None:
        settle(make_deposit(customer), success(mpesa_receipt_number=CODE))
        make(make_customer(OTHER_PHONE))

        assert self.next() is None

    def test_of_a_payment_in_suspense_the_payer_is_asked(self, customer: User) -> None:
        tell(receipt=CODE)
        make(customer)

        assert self.next() == CODE

    def test_unless_mpesa_has_named_the_payer(self, customer: User) -> None:
        tell(receipt=CODE, payer_hash=hash_of(OTHER_PHONE))
        make(customer)

        assert self.next() is None

    @pytest.mark.parametrize("verdict", ["unclear", "lost", "refused"])
    def test_without_a_clear_answer_each_wait_is_twice_as_long(
        self, customer: User, verdict: str
    ) -> None:
        make(customer)
        ask()
        if verdict == "unclear":
            answer(result_code="17")
        elif verdict == "refused":
            sent(is_refused=True)

        assert self.next(after(120 + 239)) is None
        assert self.next(after(120 + 240)) == CODE

    def test_a_clear_answer_ends_it(self, customer: User) -> None:
        make(customer)
        ask()
        answer(status="Declined")

        assert self.next(after(86_400)) is None

    def test_so_do_three_questions(self, customer: User) -> None:
        make(customer)
        for number in range(3):
            ask(now=after(3600 * (1 + number)), token=str(number))
            answer(token=str(number), now=after(3600 * (1 + number)), result_code="17")

        assert self.next(after(86_400)) is None

    def test_another_reading_is_asked_about_too(self, customer: User) -> None:
        make(customer, CODE, OTHER_CODE)
        ask()
        answer(result_code="SFC_IC0003")

        assert self.next(after(130)) == OTHER_CODE

    def test_a_claim_that_has_ended_asks_nothing(self, customer: User) -> None:
        make(customer, lasts_s=600)

        assert self.next(after(599)) == CODE
        assert self.next(after(600)) is None


def is_due(now: datetime, receipt: str = CODE) -> bool:
    """Ask for three questions within three days, the first after ten minutes."""
    return bool(
        value_of(
            "SELECT transaction_query_is_due(%(receipt)s, interval '3 days', interval '10 minutes',"
            " 3, %(now)s)",
            receipt=receipt, now=now,
        )
    )  # fmt: skip


class TestTransactionQueryIsDue:
    def test_a_receipt_that_was_never_asked_about_is(self) -> None:
        assert is_due(NOON)

    @pytest.mark.parametrize("receipt", ["", "abc", "UKL5-2ZDR", "A" * 33])
    def test_what_is_no_receipt_never_is(self, receipt: str) -> None:
        assert not is_due(NOON, receipt)

    def test_each_wait_is_twice_as_long(self) -> None:
        ask(now=NOON)
        answer(now=after(5), result_code="17")

        assert [is_due(after(60 * minutes)) for minutes in (19, 20)] == [False, True]

        ask(now=after(1200), token="2")
        answer(now=after(1205), token="2", result_code="17")

        assert [is_due(after(1200 + 60 * minutes)) for minutes in (39, 40)] == [False, True]

    def test_after_three_questions_it_waits_until_they_are_old(self) -> None:
        for number in range(3):
            at = after(3600 * number)
            ask(now=at, token=str(number))
            answer(now=at, token=str(number), result_code="17")

        assert not is_due(after(86_400 * 3 - 1))
        assert is_due(after(86_400 * 3))

    @pytest.mark.parametrize("status", ["Completed", "Reversed"])
    def test_a_clear_answer_holds_for_three_days(self, status: str) -> None:
        ask(now=NOON)
        answer(now=after(5), status=status)

        assert not is_due(after(86_400 * 3 - 1))
        assert is_due(after(86_400 * 3))


class TestTransactionQueryNextUnbooked:
    def next(self, now: datetime = WAITED, short_code: str = "174379") -> Any:
        return value_of(
            "SELECT transaction_query_next_unbooked(%(short_code)s, interval '3 days',"
            " interval '10 minutes', 3, %(now)s)",
            short_code=short_code, now=now,
        )  # fmt: skip

    def test_a_statements_row_of_a_pending_deposit_is_asked_about(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        add_row(add_file(), receipt=CODE, reference=REFERENCE)

        assert self.next(after(599)) is None
        assert self.next() == CODE

    @pytest.mark.parametrize(
        ("deposit", "row"),
        [
            ({"review_reason": "suspense"}, {}),
            ({"business_short_code": "600111"}, {}),
            ({"amount": Decimal(501)}, {}),
            ({}, {"reference": "KPZZZZZZZZZZ"}),
            ({}, {"kind": "other"}),
        ],
    )
    def test_a_row_of_anything_else_is_not(
        self, customer: User, deposit: dict[str, Any], row: dict[str, Any]
    ) -> None:
        make_deposit(customer, account_reference=REFERENCE, **deposit)
        add_row(add_file(), **{"receipt": CODE, "reference": REFERENCE, **row})

        assert self.next() is None

    def test_nor_one_whose_payment_is_booked(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        add_row(add_file(), receipt=CODE, reference=REFERENCE)
        tell(receipt=CODE)

        assert self.next() is None

    def test_nor_one_whose_deposit_is_credited(self, customer: User) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE)
        add_row(add_file(), receipt=CODE, reference=REFERENCE)
        query(deposit)

        assert self.next() is None

    def test_an_answer_is_waited_for_twice_as_long_each_time(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        add_row(add_file(), receipt=CODE, reference=REFERENCE)
        ask(now=after(600), why="unbooked")
        answer(now=after(605), result_code="17")

        assert self.next(after(600 + 1199)) is None
        assert self.next(after(600 + 1200)) == CODE

    def test_the_oldest_deposit_comes_first(self, customer: User) -> None:
        older = {"created_at": NOON - timedelta(hours=1), "checkout_request_id": "ws_2"}
        make_deposit(customer, account_reference=REFERENCE)
        make_deposit(customer, account_reference="KPOLDER", token="2", **older)
        file = add_file()
        add_row(file, receipt=CODE, reference=REFERENCE)
        add_row(file, receipt=OTHER_CODE, reference="KPOLDER")

        assert self.next() == OTHER_CODE

    def test_so_is_a_row_of_mpesas_list_that_could_not_be_settled(self) -> None:
        PulledRow.objects.create(receipt=CODE, raw={}, verdict="failed", pulled_at=NOON)

        assert self.next(after(599)) is None
        assert self.next() == CODE
        assert self.next(after(86_400 * 3)) is None

    def test_but_not_once_it_is_booked(self) -> None:
        PulledRow.objects.create(receipt=CODE, raw={}, verdict="failed", pulled_at=NOON)
        tell(receipt=CODE)

        assert self.next() is None


class TestTransactionQueryNextCase:
    def next(self, now: datetime = WAITED, short_code: str = "174379") -> Any:
        return value_of(
            "SELECT transaction_query_next_case(%(short_code)s, interval '3 days',"
            " interval '10 minutes', 3, %(now)s)",
            short_code=short_code, now=now,
        )  # fmt: skip

    def test_an_open_case_is_asked_about(self) -> None:
        tell(receipt=CODE)

        assert self.next(after(599)) is None
        assert self.next() == CODE

    def test_so_is_one_of_a_deposit(self, customer: User) -> None:
        settle(make_deposit(customer), success(mpesa_receipt_number=CODE, amount=700))

        assert self.next() == CODE

    def test_a_clear_answer_holds_for_three_days(self) -> None:
        tell(receipt=CODE)
        ask(now=after(600), why="case")
        answer(now=after(605))

        assert self.next(after(600 + 86_400 * 3 - 1)) is None
        assert self.next(after(600 + 86_400 * 3)) == CODE

    def test_one_of_another_short_code_cannot_be_asked_about(self) -> None:
        tell(receipt=CODE)

        assert self.next(short_code="600111") is None

    def test_one_that_is_decided_asks_nothing(self, customer: User, operator: User) -> None:
        tell(receipt=CODE)
        case = SuspenseCase.objects.get()
        approve(case, customer, operator)
        resolve(case.pk, customer, operator)

        assert self.next() is None

    def test_the_oldest_comes_first(self) -> None:
        tell(receipt=OTHER_CODE, now=after(60))
        tell(receipt=CODE)

        assert self.next(after(660)) == CODE


class TestTransactionStatusNamed:
    """Of a deposit that a statement names."""

    def named(self, amount: int = 500) -> list[int]:
        rows = value_of(
            "SELECT array_agg(id) FROM transaction_status_named(%(receipt)s, %(amount)s) AS id",
            receipt=CODE, amount=amount,
        )  # fmt: skip
        return rows or []

    @pytest.fixture
    def deposit(self, customer: User) -> Transaction:
        """Store a PENDING deposit that a statement names for CODE."""
        deposit = make_deposit(customer, account_reference=REFERENCE)
        add_row(add_file(), receipt=CODE, reference=REFERENCE)
        return deposit

    def test_it_is_found_by_its_reference_and_amount(self, deposit: Transaction) -> None:
        assert self.named() == [deposit.pk]
        assert self.named(amount=501) == []

    def test_two_files_name_it_once(self, deposit: Transaction) -> None:
        add_row(add_file(digest="b" * 64), receipt=CODE, reference=REFERENCE)

        assert self.named() == [deposit.pk]

    def test_not_where_a_file_says_that_it_was_taken_back(self, deposit: Transaction) -> None:
        add_row(
            add_file(digest="b" * 64), receipt=OTHER_CODE, kind="reversal", amount_in=None,
            amount_out=Decimal(500), linked_receipt=CODE,
        )  # fmt: skip

        assert self.named() == []

    def test_mpesas_answer_credits_it_to_the_payer(
        self, deposit: Transaction, customer: User
    ) -> None:
        ask(why="unbooked")

        told = answer()

        assert (told["verdict"], told["transaction_id"]) == ("applied", deposit.pk)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", CODE)
        assert money(customer) == (500, 0)
        assert problems() == []

    def test_of_two_that_fit_the_payer_it_is_the_one(
        self, deposit: Transaction, customer: User
    ) -> None:
        other = make_deposit(customer, checkout_request_id="ws_2", token="2")
        ask(why="unbooked")

        assert answer()["transaction_id"] == deposit.pk
        other.refresh_from_db()
        assert other.status == "PENDING"

    @pytest.mark.parametrize("payer", [None, OTHER_PHONE])
    def test_a_file_alone_gives_nobody_a_payment_of_another_payer(
        self, deposit: Transaction, customer: User, payer: str | None
    ) -> None:
        ask(why="unbooked")

        assert verdict_of(payer=payer) == "held"

        deposit.refresh_from_db()
        assert deposit.status == "PENDING"
        assert money(customer) == (0, 500)
        # An operator is told whose it may be.
        assert PaybillPayment.objects.get().proposed_user == customer

    def test_what_was_held_is_credited_by_the_row(
        self, deposit: Transaction, customer: User
    ) -> None:
        ask(why="unbooked")
        answer(payer=None)
        row = StatementRow.objects.get()

        assert look_at_row(row) == ("both", "credit", Decimal(500))
        settled = row_of(
            "SELECT * FROM statement_settle(%(row)s, NULL, 'as imported', %(rules)s::jsonb,"
            " %(now)s)",
            row=row.pk, now=after(3600), rules=json.dumps({
                "own_short_code": "174379", "is_kyc_required": True, "approval_above": 10_000,
            }),
        )  # fmt: skip

        assert (settled["outcome"], settled["transaction_id"]) == ("applied", deposit.pk)
        assert money(customer) == (500, 0)
        assert SuspenseCase.objects.get().status == "RESOLVED"

    def test_the_callback_that_comes_after_all_credits_nothing(
        self, deposit: Transaction, customer: User
    ) -> None:
        ask(why="unbooked")
        answer()

        assert settle(deposit, success(mpesa_receipt_number=CODE)) == "duplicate"
        assert money(customer) == (500, 0)


class TestTransactionQueryNextOld:
    DAY = 86_400

    def next(self, days: float, per_hour: int = 20) -> Any:
        return value_of(
            "SELECT transaction_query_next_old('174379', interval '3 days', interval '90 days',"
            " %(per_hour)s, %(now)s)",
            per_hour=per_hour, now=after(days * self.DAY),
        )  # fmt: skip

    def check(self, days: float, token: str = SECRET, **fields: Any) -> None:
        ask(now=after(days * self.DAY), token=token, why="old_receipt")
        answer(now=after(days * self.DAY), token=token, **fields)

    @pytest.fixture(autouse=True)
    def deposit(self, customer: User) -> Transaction:
        """Store a deposit that was credited at NOON."""
        deposit = make_deposit(customer)
        settle(deposit, success(mpesa_receipt_number=CODE))
        return deposit

    def test_it_is_asked_about_between_three_and_ninety_days(self) -> None:
        assert [self.next(days) for days in (2.9, 3, 90, 90.1)] == [None, CODE, CODE, None]

    def test_the_oldest_comes_first(self, customer: User) -> None:
        older = make_deposit(
            customer, checkout_request_id="ws_CO_2", token="2", created_at=NOON - timedelta(days=1)
        )
        settle(
            older,
            success(checkout_request_id="ws_CO_2", mpesa_receipt_number=OTHER_CODE),
            NOON - timedelta(hours=1),
        )

        assert self.next(4) == OTHER_CODE

    def test_of_the_oldest_the_one_of_most_money_comes_first(self, customer: User) -> None:
        large = make_deposit(
            customer, checkout_request_id="ws_CO_2", token="2", amount=Decimal(9_000)
        )
        settle(
            large,
            success(checkout_request_id="ws_CO_2", mpesa_receipt_number=OTHER_CODE, amount=9_000),
            after(60),
        )

        assert self.next(4) == OTHER_CODE
        assert self.next(3) == CODE

    def test_once_confirmed_it_is_not_asked_again(self) -> None:
        self.check(3)

        assert self.next(50) is None

    def test_a_check_for_a_claim_when_it_was_new_is_none(self) -> None:
        ask()
        answer()

        assert self.next(3) == CODE

    def test_without_a_clear_answer_it_is_asked_a_day_later_three_times(self) -> None:
        self.check(3, "1", result_code="17")
        assert self.next(3.9) is None
        assert self.next(4.1) == CODE
        self.check(4.1, "2", result_code="17")
        self.check(5.2, "3", result_code="17")

        assert self.next(10) is None

    def test_so_many_in_an_hour(self) -> None:
        self.check(3, result_code="17")

        assert self.next(3.01, per_hour=1) is None
        assert self.next(4.1, per_hour=1) == CODE
        assert self.next(4.1, per_hour=0) is None

    def test_one_that_we_have_reversed_is_known(self, deposit: Transaction, operator: User) -> None:
        row_of(
            "SELECT * FROM payment_reverse(%(entry)s, %(operator)s, 'M-Pesa says so', %(now)s)",
            entry=deposit.credit_entry_id, operator=operator.pk, now=after(60),
        )  # fmt: skip

        assert self.next(3) is None

    def test_one_of_another_short_code_cannot_be_asked_about(self, customer: User) -> None:
        other = make_deposit(
            customer, checkout_request_id="ws_CO_2", token="2", business_short_code="600000"
        )
        settle(
            other,
            success(checkout_request_id="ws_CO_2", mpesa_receipt_number=OTHER_CODE),
            NOON,
        )
        self.check(3)

        assert self.next(5) is None


class TestAudit:
    """What an answer booked is explained by that answer, and by no other."""

    def test_money_of_an_answer_about_another_payment_is_found(self, customer: User) -> None:
        deposit = make_deposit(customer)
        settle(deposit, success(mpesa_receipt_number=CODE))
        ask(OTHER_CODE)
        answer(receipt=OTHER_CODE)

        assert [problem.partition(" ")[0] for problem in problems()] == ["deposit", "receipt"]

    def test_a_confirmed_receipt_is_no_cause(self, customer: User) -> None:
        settle(make_deposit(customer), success(mpesa_receipt_number=CODE))
        ask()
        assert verdict_of() == "confirmed"

        assert len(problems()) == 2
