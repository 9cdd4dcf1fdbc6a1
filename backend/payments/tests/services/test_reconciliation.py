"""The worker's status queries: what each kind of answer changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from payments.gateway import (
    GatewayError,
    QueryAnswer,
    QueryOutcome,
)
from payments.models import SuspenseCase, Transaction
from payments.tests.building import (
    CHECKOUT,
    NOON,
    RECEIPT,
    broken_table,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import CANCELLED, PAID, PENDING, ScriptedGateway, failing
from payments.tests.services.asking import UNCLEAR, after, ask, make_many

pytestmark = pytest.mark.django_db(transaction=True)


class TestAnswers:
    def test_paid_credits_the_requested_amount_without_a_receipt(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID

        report = ask()

        deposit.refresh_from_db()
        assert report.outcomes == {deposit.pk: "credited"}
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", None)
        assert (deposit.result_code, deposit.next_query_at) == ("0", None)
        assert money(deposit.user) == (500, 0)

    def test_a_clear_failure_fails_the_deposit(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: CANCELLED

        report = ask()

        deposit.refresh_from_db()
        assert report.counts() == {"failed": 1}
        assert (deposit.status, deposit.result_code) == ("FAILED", "1032")

    def test_pending_changes_nothing(self, gateway: ScriptedGateway, deposit: Transaction) -> None:
        gateway.on_query = lambda _: PENDING

        report = ask()

        deposit.refresh_from_db()
        assert report.counts() == {"pending": 1}
        assert (deposit.status, deposit.result_code) == ("PENDING", None)

    @pytest.mark.parametrize("error", UNCLEAR)
    def test_an_unclear_answer_changes_nothing(
        self, gateway: ScriptedGateway, deposit: Transaction, error: GatewayError
    ) -> None:
        gateway.on_query = failing(error)

        ask()

        deposit.refresh_from_db()
        assert (deposit.status, deposit.result_code, deposit.review_reason) == (
            "PENDING",
            None,
            None,
        )

    def test_a_failed_deposit_that_turns_out_paid_is_credited(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID
        receive(failure_body())
        Transaction.objects.update(next_query_at=NOON)

        assert ask().counts() == {"credited": 1}
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize("code", ["1037", "1019", "9999"])
    def test_a_failure_that_is_not_certain_is_asked_about_once_more(
        self, gateway: ScriptedGateway, deposit: Transaction, code: str
    ) -> None:
        denied = QueryAnswer(outcome=QueryOutcome.FAILED, result_code=code, result_desc="")
        gateway.on_query = lambda _: denied

        counts = [ask(seconds).counts() for seconds in (30, 90, 600, 6000)]

        deposit.refresh_from_db()
        assert counts == [{"failed": 1}, {"unchanged": 1}, {}, {}]
        assert (deposit.status, deposit.next_query_at) == ("FAILED", None)

    def test_a_deposit_that_a_query_denied_is_credited_when_the_next_one_says_paid(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        denied = QueryAnswer(outcome=QueryOutcome.FAILED, result_code="1037", result_desc="")
        answers = iter([denied, PAID])
        gateway.on_query = lambda _: next(answers)

        assert [ask(30).counts(), ask(90).counts()] == [{"failed": 1}, {"credited": 1}]
        assert money(deposit.user) == (500, 0)

    def test_an_uncertain_failure_by_callback_is_asked_about(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID
        receive(failure_body(result_code=1037))

        assert ask().counts() == {"credited": 1}
        assert money(deposit.user) == (500, 0)

    def test_a_callback_that_comes_first_leaves_nothing_to_do(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = _first(lambda: receive(success_body()), PAID)

        report = ask()

        assert report.counts() == {"unchanged": 1}
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize("answer", [PAID, CANCELLED])
    def test_a_deposit_held_in_suspense_is_left_to_operators(
        self, gateway: ScriptedGateway, deposit: Transaction, answer: QueryAnswer
    ) -> None:
        gateway.on_query = _first(lambda: receive(success_body(amount=300)), answer)

        report = ask()

        deposit.refresh_from_db()
        assert report.counts() == {"unchanged": 1}
        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")
        assert money(deposit.user) == (0, 300)

    def test_an_unexpected_exception_does_not_stop_the_other_queries(
        self, gateway: ScriptedGateway
    ) -> None:
        first, second = make_many(2)

        def answer(checkout_request_id: str) -> QueryAnswer:
            if checkout_request_id == first.checkout_request_id:
                raise ValueError("our own bug")
            return PAID

        gateway.on_query = answer

        assert ask().outcomes == {first.pk: "unknown", second.pk: "credited"}

    def test_a_database_that_fails_then_costs_one_wait(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID

        with broken_table("wallet_journalentry"):
            report = ask()

        deposit.refresh_from_db()
        assert report.counts() == {"unknown": 1}
        assert (deposit.status, deposit.next_query_at) == ("PENDING", after(90))


class TestCallbackAfterQuery:
    @pytest.fixture(autouse=True)
    def _credited_by_query(self, gateway: ScriptedGateway, deposit: Transaction) -> None:
        gateway.on_query = lambda _: PAID
        ask()

    def test_a_callback_after_a_query_adds_only_the_receipt(self, deposit: Transaction) -> None:
        outcome = receive(success_body())

        deposit.refresh_from_db()
        assert (outcome.verdict, deposit.mpesa_receipt_number) == ("applied", RECEIPT)
        assert money(deposit.user) == (500, 0)

    def test_another_amount_opens_a_case_and_posts_nothing(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        case = SuspenseCase.objects.get()
        deposit.refresh_from_db()
        assert (case.reason, case.amount, case.entry) == ("amount_mismatch", None, None)
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", None)
        assert money(deposit.user) == (500, 0)

    def test_a_used_receipt_opens_a_case_and_posts_nothing(self, deposit: Transaction) -> None:
        make_deposit(
            make_customer("254110000001"), checkout_request_id="ws_CO_other", token="other"
        )
        receive(success_body("ws_CO_other"), token="other")

        receive(success_body())

        deposit.refresh_from_db()
        assert SuspenseCase.objects.get().reason == "receipt_used"
        assert deposit.mpesa_receipt_number is None
        assert money(deposit.user) == (500, 0)

    def test_a_second_payment_after_the_back_fill_goes_to_suspense(
        self, deposit: Transaction
    ) -> None:
        receive(success_body())

        receive(success_body(receipt="SECOND0001"))

        assert money(deposit.user) == (500, 500)

    def test_a_failure_changes_nothing(self, deposit: Transaction) -> None:
        assert receive(failure_body()).verdict == "mismatched"
        assert money(deposit.user) == (500, 0)


def test_no_connection_is_held_and_no_transaction_open_while_m_pesa_is_asked(
    gateway: ScriptedGateway,
) -> None:
    make_many(3)
    held: list[Any] = []

    def look(_: str) -> QueryAnswer:
        held.append((connection.connection, connection.in_atomic_block))
        return PAID

    gateway.on_query = look

    ask()

    assert held == [(None, False)] * 3


def test_the_pool_is_whole_while_m_pesa_is_asked(
    gateway: ScriptedGateway, deposit: Transaction
) -> None:
    held: list[int] = []

    def look(_: str) -> QueryAnswer:
        stats = connection.pool.get_stats()  # type: ignore[attr-defined]  # PostgreSQL's own
        held.append(stats["pool_size"] - stats["pool_available"])
        return PAID

    gateway.on_query = look

    ask()

    assert held == [0]
    assert gateway.queries == [CHECKOUT]


def _first(event: Callable[[], object], answer: QueryAnswer) -> Callable[[str], QueryAnswer]:
    """Return a query that something overtakes."""

    def query(_: str) -> QueryAnswer:
        event()
        return answer

    return query
