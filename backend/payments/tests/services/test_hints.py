"""A callback that may not move money brings the next query forward, once per wait, and no more."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from payments.models import CallbackEvent, Transaction
from payments.services import reconcile_due_deposits
from payments.tests.building import (
    CHECKOUT,
    NOON,
    callback_body,
    failure_body,
    make_deposit,
    money,
    receive,
    success_body,
    success_items,
)
from payments.tests.scripted_gateway import CANCELLED, ScriptedGateway

SAFARICOM, SOMEWHERE = "196.201.214.200", "203.0.113.9"


def after(seconds: float) -> Any:
    """Return a moment after the push."""
    return NOON + timedelta(seconds=seconds)


@pytest.mark.django_db
class TestWithoutToken:
    @pytest.mark.parametrize("body", [success_body(), success_body(amount=1), failure_body()])
    def test_moves_and_stores_nothing(self, deposit: Transaction, body: bytes) -> None:
        before = dict(Transaction.objects.values().get())

        outcome = receive(body, token=None, now=after(5))

        now = dict(Transaction.objects.values().get())
        changed = {name for name in before if now[name] != before[name]}
        assert outcome.verdict == "hint"
        assert changed == {"next_query_at", "regular_query_at"}
        assert money(deposit.user) == (0, 0)

    def test_brings_the_next_query_forward(self, deposit: Transaction) -> None:
        receive(success_body(), token=None, now=after(5))

        deposit.refresh_from_db()
        assert deposit.next_query_at == after(5)

    def test_never_pushes_a_due_query_back(self, deposit: Transaction) -> None:
        receive(success_body(), token=None, now=after(60))

        deposit.refresh_from_db()
        assert deposit.next_query_at == after(30)

    @pytest.mark.parametrize("body", [success_body(), failure_body()])
    def test_a_hint_about_an_ended_deposit_changes_nothing(
        self, deposit: Transaction, body: bytes
    ) -> None:
        receive(body)

        receive(success_body(), token=None, now=after(5))

        deposit.refresh_from_db()
        assert deposit.next_query_at is None

    def test_a_deposit_held_in_suspense_is_not_queried(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        receive(success_body(), token=None)
        receive(callback_body(), now=after(5))

        deposit.refresh_from_db()
        assert deposit.next_query_at is None

    def test_a_success_with_an_unknown_token_is_a_hint(self, deposit: Transaction) -> None:
        outcome = receive(success_body(), token="unknown")

        assert (outcome.verdict, outcome.has_token) == ("hint", False)
        assert money(deposit.user) == (0, 0)


@pytest.mark.django_db
class TestWithToken:
    @pytest.mark.parametrize(
        "items", [None, {}, success_items(amount=None), success_items(receipt=None)]
    )
    def test_a_success_without_amount_or_receipt_goes_to_a_query(
        self, deposit: Transaction, items: dict[str, Any] | None
    ) -> None:
        outcome = receive(callback_body(items=items), now=after(5))

        deposit.refresh_from_db()
        assert outcome.verdict == "hint"
        assert (deposit.status, deposit.next_query_at) == ("PENDING", after(5))
        assert CallbackEvent.objects.get().transaction == deposit

    def test_the_checkout_id_of_a_hint_lets_queries_ask_about_an_unanswered_push(self) -> None:
        deposit = make_deposit(checkout_request_id=None)

        receive(callback_body(), now=after(5))

        deposit.refresh_from_db()
        assert (deposit.checkout_request_id, deposit.next_query_at) == (CHECKOUT, after(5))

    @pytest.mark.parametrize("result_code", ["00", "0.0", "SUCCESS", 1032])
    def test_a_failure_with_a_receipt_goes_to_a_query(
        self, deposit: Transaction, result_code: Any
    ) -> None:
        outcome = receive(callback_body(result_code=result_code, items=success_items()))

        deposit.refresh_from_db()
        assert (outcome.verdict, deposit.status) == ("hint", "PENDING")

    def test_a_callback_of_another_prompt_is_not_ours(self, deposit: Transaction) -> None:
        assert receive(callback_body("ws_CO_other")).verdict == "mismatched"

    def test_a_callback_after_the_credit_is_a_repetition(self, deposit: Transaction) -> None:
        receive(success_body())

        assert receive(callback_body()).verdict == "duplicate"


@pytest.mark.django_db
class TestSourceAddress:
    @pytest.fixture(autouse=True)
    def _only_safaricom(self, settings: Any) -> None:
        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]

    def test_a_callback_from_the_list_is_believed(self, deposit: Transaction) -> None:
        assert receive(success_body(), source=SAFARICOM).verdict == "applied"

    def test_a_callback_from_elsewhere_is_a_hint(self, deposit: Transaction) -> None:
        outcome = receive(success_body(), source=SOMEWHERE)

        assert (outcome.verdict, outcome.has_token) == ("hint", True)
        assert money(deposit.user) == (0, 0)

    def test_a_success_from_elsewhere_has_a_failed_deposit_asked_about(
        self, deposit: Transaction
    ) -> None:
        receive(failure_body(), source=SAFARICOM)

        receive(success_body(), source=SOMEWHERE, now=after(5))

        deposit.refresh_from_db()
        assert (deposit.status, deposit.next_query_at) == ("FAILED", after(5))

    def test_a_callback_from_elsewhere_gives_a_deposit_no_id(self) -> None:
        deposit = make_deposit(checkout_request_id=None)

        receive(success_body(), source=SOMEWHERE)

        deposit.refresh_from_db()
        assert deposit.checkout_request_id is None

    def test_a_gateway_without_a_network_has_no_address(self, deposit: Transaction) -> None:
        assert receive(success_body(), source=None).verdict == "applied"


@pytest.mark.django_db(transaction=True)
class TestTheQueue:
    def test_a_hint_is_asked_about_once_per_wait(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        for second in range(1, 29):
            receive(success_body(), token=None, now=after(second))
            reconcile_due_deposits(now=after(second))

        assert len(gateway.queries) == 1

    def test_hints_do_not_delay_the_regular_queries(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        receive(success_body(), token=None, now=after(1))
        reconcile_due_deposits(now=after(1))

        reconcile_due_deposits(now=after(30))

        deposit.refresh_from_db()
        assert len(gateway.queries) == 2
        assert deposit.next_query_at == after(90)

    def test_the_next_wait_takes_a_hint_again(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        for second in (1, 30, 40, 50):
            receive(success_body(), token=None, now=after(second))
            reconcile_due_deposits(now=after(second))

        assert len(gateway.queries) == 3

    def test_a_success_claimed_for_a_failed_deposit_is_asked_about_once(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: CANCELLED
        receive(failure_body())
        receive(callback_body(), now=after(5))

        reconcile_due_deposits(now=after(5))

        deposit.refresh_from_db()
        assert gateway.queries == [CHECKOUT]
        assert (deposit.status, deposit.next_query_at) == ("FAILED", None)

    def test_a_success_claimed_after_a_day_is_asked_about_and_then_escalated(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        receive(failure_body())
        receive(callback_body(), now=after(90_000))

        report = reconcile_due_deposits(now=after(90_001))

        deposit.refresh_from_db()
        assert (gateway.queries, report.escalated) == ([CHECKOUT], 1)
        assert (deposit.status, deposit.review_reason) == ("FAILED", "no_answer")
        assert deposit.next_query_at is None
