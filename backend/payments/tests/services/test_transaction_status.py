"""Asking M-Pesa about a receipt, and taking its answer."""

import json
import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pghistory
import pytest
from django.db import connection

from common.db import TransactionIsOpen
from payments import audit, errors
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    InitiatorRejected,
    OutcomeUnknown,
    RejectionReason,
    TransactionQueryAccepted,
)
from payments.models import (
    Claim,
    InitiatorState,
    Receipt,
    SuspenseCase,
    Transaction,
    TransactionQuery,
)
from payments.services import ask_next, look_at_open_claims, make_claim
from payments.services.suspense import (
    Dismissal,
    correct_suspense_case,
    dismiss_suspense_case,
)
from payments.services.transaction_status import (
    NotAsked,
    ask_about_receipt,
    list_untold,
    record_result,
    record_timeout,
    resume_initiator,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    broken_table,
    hidden_function,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.daraja.test_transaction_status import failure_body, result_body
from payments.tests.scripted_gateway import ScriptedGateway, failing
from payments.tests.statement_rows import add_file, add_row
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "UKL52ZDR4F"
ASKED = NOON + timedelta(minutes=2)
ANSWERED = ASKED + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def initiator(settings: Any) -> None:
    """Configure an initiator."""
    settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False
    settings.MPESA_CALLBACK_URL = "https://pay.example/api/payments/callback/"


@pytest.fixture
def customer() -> User:
    """Store a customer who was one long before NOON."""
    user = make_customer()
    User.objects.filter(pk=user.pk).update(created_at=NOON - timedelta(days=30))
    return user


def make_operator() -> User:
    """Store an operator."""
    with pghistory.context(command="a test"):
        return make_customer(OTHER_PHONE, is_staff=True)


def ask(gateway: ScriptedGateway, receipt: str = CODE, now: datetime = ASKED) -> TransactionQuery:
    return ask_about_receipt(receipt=receipt, why="claim", now=now, gateway=gateway)


def token_of(gateway: ScriptedGateway) -> str:
    """Return the secret in the addresses of the last question."""
    return gateway.transaction_queries[-1][1].split("/")[-3]


def tell(
    gateway: ScriptedGateway, body: bytes | None = None, *, now: datetime = ANSWERED, **more: Any
) -> Any:
    """Let M-Pesa answer the last question; by default that the customer paid KES 500 at NOON."""
    token = more.pop("token", token_of(gateway))
    return record_result(
        token=token, body=body or result_body(**more), source_address=None, now=now
    )


class TestAsking:
    def test_the_answer_goes_to_two_addresses_with_a_secret(self, gateway: ScriptedGateway) -> None:
        query = ask(gateway)

        receipt, result_url, timeout_url = gateway.transaction_queries[0]
        start = "https://pay.example/api/payments/transaction-status/"
        assert receipt == CODE
        assert result_url == f"{start}{token_of(gateway)}/result/"
        assert timeout_url == f"{start}{token_of(gateway)}/timeout/"
        assert len(token_of(gateway)) == 64
        assert token_of(gateway) not in repr(query.__dict__)
        assert (query.state, query.conversation_id) == ("asked", "AG_20261120_1")

    def test_the_question_is_committed_before_it_is_sent(self, gateway: ScriptedGateway) -> None:
        def look(_: str) -> TransactionQueryAccepted:
            assert not connection.in_atomic_block
            assert TransactionQuery.objects.get().state == "asked"
            raise GatewayUnreachable("no")

        gateway.on_query_transaction = look

        assert ask(gateway).state == "refused"

    def test_no_transaction_lasts_as_long_as_the_request(self, gateway: ScriptedGateway) -> None:
        from django.db import transaction as db_transaction

        with pytest.raises(TransactionIsOpen), db_transaction.atomic():
            ask(gateway)
        assert gateway.transaction_queries == []

    @pytest.mark.parametrize("name", ["MPESA_INITIATOR_NAME", "MPESA_DEBUG"])
    def test_without_an_initiator_nothing_is_asked(
        self, gateway: ScriptedGateway, settings: Any, name: str
    ) -> None:
        setattr(settings, name, "" if name == "MPESA_INITIATOR_NAME" else True)

        with pytest.raises(NotAsked, match="off"):
            ask(gateway)
        assert ask_next(now=ASKED, gateway=gateway) is None
        assert gateway.transaction_queries == []

    def test_one_is_under_way_at_a_time(self, gateway: ScriptedGateway) -> None:
        ask(gateway)

        with pytest.raises(NotAsked, match="busy"):
            ask(gateway, "UKL52ZDR4G")
        assert len(gateway.transaction_queries) == 1

    @pytest.mark.parametrize(
        ("error", "state", "stopped", "paused"),
        [
            (InitiatorRejected("no", result_code="8006"),
             "refused", "8006", False),
            (GatewayRejected("spike", reason=RejectionReason.BUSY), "refused", "", True),
            (GatewayRejected("bad request"), "refused", "", False),
            (GatewayUnreachable("no connection"), "refused", "", True),
            (OutcomeUnknown("read timed out"), "asked", "", False),
        ],
    )  # fmt: skip
    def test_what_an_error_means(
        self, gateway: ScriptedGateway, error: Exception, state: str, stopped: str, paused: bool
    ) -> None:
        gateway.on_query_transaction = failing(error)

        query = ask(gateway)

        initiator = InitiatorState.objects.get()
        assert (query.state, query.verdict) == (state, "")
        assert query.note
        assert (initiator.stopped_code, initiator.paused_until is not None) == (stopped, paused)

    def test_after_the_first_rejection_nothing_is_sent(self, gateway: ScriptedGateway) -> None:
        error = InitiatorRejected("no", result_code="2001")
        gateway.on_query_transaction = failing(error)
        ask(gateway)

        for _ in range(5):
            with pytest.raises(NotAsked, match="stopped"):
                ask(gateway)
        assert len(gateway.transaction_queries) == 1

        assert resume_initiator(by="amina", now=ASKED)
        assert not resume_initiator(by="amina", now=ASKED)
        ask(gateway, now=ASKED + timedelta(minutes=1))
        assert len(gateway.transaction_queries) == 2

    def test_one_whose_fate_is_not_known_may_still_be_answered(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_query_transaction = failing(OutcomeUnknown("read timed out"))
        make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        ask(gateway)

        assert tell(gateway).verdict == "applied"
        assert money(customer) == (500, 0)

    def test_an_answer_before_the_acknowledgement_is_kept(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        def answer_early(_: str) -> TransactionQueryAccepted:
            assert tell(gateway).verdict == "held"
            return TransactionQueryAccepted(conversation_id="AG_1", originator_conversation_id="")

        gateway.on_query_transaction = answer_early

        assert ask(gateway).verdict == "held"

    def test_a_killed_process_leaves_a_question_that_is_lost_and_asked_again(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        class Killed(BaseException):
            pass

        make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        gateway.on_query_transaction = failing(Killed())  # type: ignore[arg-type]
        with pytest.raises(Killed):
            ask(gateway)
        first = token_of(gateway)
        gateway.on_query_transaction = ScriptedGateway(name="x").on_query_transaction

        assert ask_next(now=ASKED + timedelta(minutes=4), gateway=gateway) is None
        assert ask_next(now=ASKED + timedelta(minutes=5), gateway=gateway) is None  # a pause
        again = ask_next(now=ASKED + timedelta(minutes=7), gateway=gateway)

        assert again is not None
        assert [query.state for query in TransactionQuery.objects.order_by("id")] == [
            "lost", "asked",
        ]  # fmt: skip
        assert tell(gateway, now=ASKED + timedelta(minutes=8)).verdict == "applied"
        # The first question was sent after all, and is answered late.
        assert tell(gateway, token=first, now=ASKED + timedelta(minutes=9)).verdict == "confirmed"
        assert money(customer) == (500, 0)


class TestAskNext:
    def test_an_open_claim_is_asked_about_after_two_minutes(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_claim(user=customer, text=CODE, now=NOON)

        assert ask_next(now=NOON + timedelta(seconds=119), gateway=gateway) is None
        query = ask_next(now=ASKED, gateway=gateway)

        assert query is not None
        assert (query.receipt, query.why) == (CODE, "claim")

    def test_an_old_receipt_is_asked_about_where_no_claim_waits(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        receive(success_body())

        query = ask_next(now=NOON + timedelta(days=4))

        assert query is not None
        assert (query.receipt, query.why) == ("NLJ7RT61SV", "old_receipt")
        assert gateway.transaction_queries[0][0] == "NLJ7RT61SV"

    def test_a_lost_deposit_that_a_statement_names_is_credited_without_an_operator(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit = make_deposit(customer, account_reference="KP23456789AB")
        add_row(add_file(), receipt=CODE, reference="KP23456789AB")

        assert ask_next(now=NOON + timedelta(seconds=599), gateway=gateway) is None
        query = ask_next(now=NOON + timedelta(minutes=10), gateway=gateway)
        told = tell(gateway, now=NOON + timedelta(minutes=11))

        assert query is not None
        assert (query.receipt, query.why) == (CODE, "unbooked")
        assert (told.verdict, told.transaction_id) == ("applied", deposit.pk)
        assert money(customer) == (500, 0)
        assert list(audit.find_problems()) == []

    def test_an_open_case_is_asked_about_once_in_three_days(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE, amount=700))

        query = ask_next(now=NOON + timedelta(minutes=10))
        told = tell(gateway, now=NOON + timedelta(minutes=11), Amount="700.00")

        assert query is not None
        assert (query.receipt, query.why, told.verdict) == (CODE, "case", "confirmed")
        # Late on the third day, and then again: M-Pesa may have taken the payment back.
        assert ask_next(now=NOON + timedelta(days=3)) is None
        assert ask_next(now=NOON + timedelta(days=3, minutes=10)) is not None

    def test_a_customer_who_waits_comes_before_a_case(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt="UKL52ZDR4G", amount=700))
        make_claim(user=customer, text=CODE, now=NOON)

        query = ask_next(now=NOON + timedelta(minutes=10))

        assert query is not None
        assert (query.receipt, query.why) == (CODE, "claim")

    @pytest.mark.parametrize(
        ("error", "minutes"),
        [
            (InitiatorRejected("no", result_code="2001"), 60 * 24),
            (GatewayRejected("spike", reason=RejectionReason.BUSY), 0.9),
        ],
    )
    def test_while_the_initiator_is_stopped_or_paused_nothing_is_even_looked_for(
        self,
        gateway: ScriptedGateway,
        customer: User,
        django_assert_num_queries: Any,
        error: Exception,
        minutes: float,
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE, amount=700))
        gateway.on_query_transaction = failing(error)
        assert ask_next(now=NOON + timedelta(minutes=10)) is not None

        with django_assert_num_queries(1):
            assert ask_next(now=NOON + timedelta(minutes=10 + minutes)) is None
        assert len(gateway.transaction_queries) == 1

    def test_nothing_is_due(self, gateway: ScriptedGateway) -> None:
        assert ask_next(now=ASKED) is None
        assert gateway.transaction_queries == []

    def test_a_claim_waits_while_another_question_is_under_way(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        ask(gateway, "UKL52ZDR4G")
        make_claim(user=customer, text=CODE, now=NOON)

        assert ask_next(now=ASKED) is None
        assert len(gateway.transaction_queries) == 1


class TestAnswers:
    def test_the_claimants_lost_deposit_is_credited_within_seconds(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit = make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        assert ask_next(now=ASKED) is not None

        outcome = tell(gateway)

        assert (outcome.verdict, outcome.transaction_id) == ("applied", deposit.pk)
        assert look_at_open_claims(now=ANSWERED) == 1
        assert Claim.objects.get().status == "CREDITED"
        assert list(audit.find_problems()) == []
        assert money(customer) == (500, 0)

    def test_a_till_is_named_by_either_of_its_numbers(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        options = settings.PAYMENTS_GATEWAY["OPTIONS"]
        make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        ask(gateway)
        settings.PAYMENTS_GATEWAY = {
            "CLASS": "payments.tests.services.test_transaction_status.TillGateway",
            "OPTIONS": {**options, "party_b": "600111"},
        }

        assert tell(gateway, CreditPartyName="600111 - Kibeezy Till").verdict == "applied"
        assert TransactionQuery.objects.get().credit_party == "174379"

    @pytest.mark.parametrize(
        ("code", "stopped"),
        [("2001", "2001"), ("TP40153", "TP40153"), ("26", ""), ("1", ""), ("SFC_IC0003", "")],
    )
    def test_a_failed_question_changes_no_money(
        self, gateway: ScriptedGateway, customer: User, code: str, stopped: str
    ) -> None:
        make_deposit(customer)
        ask(gateway)

        assert tell(gateway, failure_body(code)).verdict == "unclear"

        state = InitiatorState.objects.get()
        assert state.stopped_code == stopped
        assert (state.paused_until is not None) is (code == "26")
        assert (state.proven_at is not None) is (code == "SFC_IC0003")
        assert Transaction.objects.get().status == "PENDING"
        assert not Receipt.objects.exists()

    def test_a_malformed_answer_is_kept_and_refused(self, gateway: ScriptedGateway) -> None:
        ask(gateway)

        with pytest.raises(errors.CallbackMalformed):
            tell(gateway, b'{"Result": "none of 254712345678"}')

        query = TransactionQuery.objects.get()
        assert (query.state, query.verdict) == ("asked", "malformed")
        assert query.raw == {"Result": "none of 2547****5678"}

    def test_a_guessed_token_is_unknown(self, gateway: ScriptedGateway) -> None:
        ask(gateway)

        assert tell(gateway, token="guessed") is None
        assert not record_timeout(token="guessed", body=b"{}", source_address=None, now=ANSWERED)

    def test_a_time_out_leaves_it_unknown_and_an_answer_after_it_counts(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        ask(gateway)
        token = token_of(gateway)

        assert record_timeout(token=token, body=b"{}", source_address=None, now=ANSWERED)
        assert TransactionQuery.objects.get().state == "timed_out"
        assert Transaction.objects.get().status == "PENDING"

        assert tell(gateway).verdict == "applied"
        assert record_timeout(token=token, body=b"{}", source_address=None, now=ANSWERED)
        assert TransactionQuery.objects.get().state == "answered"

    def test_an_address_that_is_not_believed_moves_no_money(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        from ipaddress import ip_network

        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]
        make_deposit(customer)
        make_claim(user=customer, text=CODE, now=NOON)
        ask(gateway)
        token = token_of(gateway)

        forged = record_result(
            token=token, body=result_body(), source_address="203.0.113.9", now=ANSWERED
        )
        true = record_result(
            token=token, body=result_body(), source_address="196.201.214.7", now=ANSWERED
        )

        assert forged is not None
        assert true is not None
        assert (forged.verdict, true.verdict) == ("untrusted", "applied")

    def test_one_that_cannot_be_stored_is_said_to_be_so(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        ask(gateway)

        with (
            broken_table("payments_transactionquery"),
            pytest.raises(errors.CallbackNotStored),
        ):
            tell(gateway)
        assert TransactionQuery.objects.get().verdict == ""
        assert tell(gateway).verdict == "held"

    def test_a_deadlock_is_tried_once_more(self, gateway: ScriptedGateway, customer: User) -> None:
        ask(gateway)

        with broken_table("wallet_journalentry", sqlstate="40P01", times=1):
            assert tell(gateway).verdict == "held"

    def test_the_payers_number_is_nowhere_in_the_table_or_the_log(
        self, gateway: ScriptedGateway, customer: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        ask(gateway)
        with caplog.at_level(logging.DEBUG):
            tell(gateway, TransactionReason="paid by 254712345678")

        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(query)::text FROM payments_transactionquery AS query")
            [(row,)] = cursor.fetchall()
        assert "254712345678" not in row + caplog.text
        assert json.loads(row)["payer_hash"]

    def test_a_function_that_is_missing_is_an_error_of_ours(self, gateway: ScriptedGateway) -> None:
        ask(gateway)
        with hidden_function("transaction_query_record"), pytest.raises(errors.CallbackNotStored):
            tell(gateway)


class TestUntoldReversals:
    def test_it_is_listed_logged_and_takes_nothing_back(
        self, gateway: ScriptedGateway, customer: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE))
        ask(gateway, now=NOON + timedelta(days=4))

        tell(gateway, now=NOON + timedelta(days=4), TransactionStatus="Reversed")

        assert [query.verdict for query in list_untold()] == ["reversed"]
        assert any(record.levelno == logging.ERROR for record in caplog.records)
        assert money(customer) == (500, 0)

    def test_another_amount_is_listed_too(self, gateway: ScriptedGateway, customer: User) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE))
        ask(gateway)

        assert tell(gateway, Amount="400.00").verdict == "differs"
        assert list_untold().count() == 1

    def test_a_confirmed_receipt_is_not(self, gateway: ScriptedGateway, customer: User) -> None:
        make_customer(OTHER_PHONE)
        make_deposit(customer)
        receive(success_body(receipt=CODE))
        ask(gateway)

        assert tell(gateway).verdict == "confirmed"
        assert not list_untold().exists()

    def test_one_in_suspense_leaves_the_list_when_it_is_paid_back(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE, amount=700))
        ask(gateway)
        assert tell(gateway, Amount="700.00", TransactionStatus="Reversed").verdict == "reversed"
        assert list_untold().count() == 1

        dismiss_suspense_case(
            case=SuspenseCase.objects.get(), dismissal=Dismissal(SuspenseCase.Decision.REFUNDED),
            operator=make_operator(), reason="paid back by M-Pesa", now=ANSWERED,
        )  # fmt: skip

        assert not list_untold().exists()

    def test_another_amount_leaves_it_when_the_case_is_corrected(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(customer)
        receive(success_body(receipt=CODE, amount=700))
        ask(gateway)
        assert tell(gateway, Amount="600.00").verdict == "differs"
        assert list_untold().count() == 1

        correct_suspense_case(
            case=SuspenseCase.objects.get(), amount=Decimal(600), operator=make_operator(),
            reason="as M-Pesa's record says", now=ANSWERED,
        )  # fmt: skip

        assert not list_untold().exists()


class TillGateway(ScriptedGateway):
    """A gateway whose short code has a second number, as a till has."""

    def __init__(self, *, name: str, party_b: str) -> None:
        super().__init__(name=name)
        self.party_b = party_b
