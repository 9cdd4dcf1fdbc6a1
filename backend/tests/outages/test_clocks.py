"""Two hosts whose clocks are 8 seconds apart: nothing ends before it began, and nothing is barred
for a day by a time that was written while a clock was wrong."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from common.db import call_function
from payments import audit, conf, selectors, services
from payments.models import CallbackEvent, IdempotencyKey, Reversal, SuspenseCase, Transaction
from payments.services import (
    callbacks,
    resolve_suspense_case,
    reverse_credit,
)
from payments.services.inbox import Arrival, _record_together
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    TOKEN,
    broken_table,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.conftest import gateway
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

__all__ = ["gateway"]

#: How far the clock of the host that initiated the deposit is ahead of the other host's, `NOON`.
_AHEAD = timedelta(seconds=8)
_CREATED = NOON + _AHEAD


@pytest.fixture
def customer() -> User:
    return make_customer()


@pytest.fixture
def deposit(customer: User) -> Transaction:
    return make_deposit(customer, created_at=_CREATED, updated_at=_CREATED)


def _open_accounts(customer: User) -> None:
    """Let a callback be plain: both accounts exist."""
    ledger.get_customer_account(customer.pk)
    ledger.get_clearing_account("174379")


def _assert_in_order(deposit: Transaction) -> None:
    deposit.refresh_from_db()
    assert deposit.updated_at >= deposit.created_at
    assert deposit.completed_at is None or deposit.completed_at >= deposit.created_at
    assert deposit.last_query_at is None or deposit.last_query_at >= deposit.created_at
    for entry in JournalEntry.objects.all():
        assert entry.created_at >= deposit.created_at
    for event in CallbackEvent.objects.filter(transaction=deposit, has_token=True):
        assert event.processed_at is None or event.processed_at >= deposit.created_at
    events = selectors.find_timeline(user_id=deposit.user_id, transaction_id=deposit.pk)
    assert events is not None
    assert events[0].kind == "created"
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert list(audit.find_problems()) == []


def _together() -> None:
    callback = conf.get_gateway().parse_callback(success_body())
    arrival = Arrival(
        token_hash=callbacks.hash_callback_token(TOKEN),
        source_address=None,
        headers="{}",
        raw_body=success_body(),
        result=callbacks.stk_result(callback),
        is_success=True,
        is_trusted_source=True,
        now=NOON,
    )
    [outcome] = _record_together([arrival])
    assert outcome is not None


def _settle_query(deposit: Transaction) -> None:
    call_function(
        "SELECT deposit_settle_query(%(id)s, true, %(result)s::jsonb, %(now)s) AS verdict",
        {"id": deposit.pk, "result": '{"result_code": "0", "is_certain": true}', "now": NOON},
    )


@pytest.mark.django_db(transaction=True)
class TestOrder:
    def test_a_callback_on_the_plain_path(self, customer: User, deposit: Transaction) -> None:
        _open_accounts(customer)

        assert receive(success_body()).verdict == "applied"

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED

    def test_a_first_callback_that_opens_the_wallet(self, deposit: Transaction) -> None:
        receive(success_body())

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED

    def test_a_completion_by_a_host_that_is_ahead_keeps_its_time(
        self, deposit: Transaction
    ) -> None:
        receive(success_body(), now=_CREATED + _AHEAD)

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED + _AHEAD

    def test_callbacks_that_are_committed_together(
        self, customer: User, deposit: Transaction
    ) -> None:
        _open_accounts(customer)

        _together()

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED

    def test_the_time_of_a_replayed_callback(self, deposit: Transaction) -> None:
        with broken_table("wallet_journalentry"):
            assert receive(success_body()).verdict == "received"

        assert callbacks.replay_callback(CallbackEvent.objects.get(), now=NOON) == "applied"

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED

    def test_a_status_query(self, deposit: Transaction) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE payments_transaction SET next_query_at = %s, last_query_at = %s",
                [NOON, _CREATED],
            )
        _settle_query(deposit)

        _assert_in_order(deposit)
        assert deposit.completed_at == _CREATED

    def test_the_time_of_a_query(self, deposit: Transaction, gateway: ScriptedGateway) -> None:
        gateway.on_query = lambda _: PAID
        Transaction.objects.update(next_query_at=NOON)

        services.reconcile_due_deposits(now=NOON)

        deposit.refresh_from_db()
        assert deposit.last_query_at == _CREATED

    def test_the_time_of_a_failure(self, deposit: Transaction) -> None:
        receive(failure_body())

        _assert_in_order(deposit)
        assert deposit.status == "FAILED"

    def test_the_times_of_a_case_and_its_decision(
        self, customer: User, deposit: Transaction
    ) -> None:
        receive(success_body(amount=400))
        case = SuspenseCase.objects.get()
        assert case.opened_at == _CREATED

        resolve_suspense_case(
            case=case, user=customer, operator=make_customer(OTHER_PHONE), reason="why", now=NOON
        )

        case.refresh_from_db()
        assert case.resolved_at == _CREATED
        _assert_in_order(deposit)

    def test_the_time_of_a_reversal(self, deposit: Transaction) -> None:
        receive(success_body())
        deposit.refresh_from_db()
        assert deposit.credit_entry is not None

        reverse_credit(
            entry=deposit.credit_entry,
            operator=make_customer(OTHER_PHONE),
            reason="M-Pesa took it back",
            now=NOON,
        )

        assert Reversal.objects.get().reversed_at == _CREATED
        _assert_in_order(deposit)

    def test_the_database_refuses_an_end_before_the_beginning(self, deposit: Transaction) -> None:
        entry = ledger.post(
            key=f"deposit:{deposit.pk}",
            debit=ledger.get_clearing_account("174379"),
            credit=ledger.get_customer_account(deposit.user_id),
            amount=Decimal(500),
            description="",
            now=NOON,
        )

        with pytest.raises(IntegrityError, match="completed before it was created"):
            Transaction.objects.update(status="COMPLETED", credit_entry=entry, completed_at=NOON)


@pytest.mark.django_db(transaction=True)
class TestFarAhead:
    """What was written by a clock a day ahead."""

    @pytest.fixture
    def push(self, customer: User, settings: Any) -> Callable[..., Any]:
        def send(key: str | None = None) -> Any:
            return services.initiate_deposit(
                user=customer, amount=100, idempotency_key=key, now=NOON
            )

        return send

    def test_an_open_prompt_from_a_wrong_clock_blocks_no_push(
        self, customer: User, push: Callable[..., Any]
    ) -> None:
        tomorrow = NOON + timedelta(days=1)
        make_deposit(
            customer, created_at=tomorrow, prompt_expires_at=tomorrow + timedelta(seconds=180)
        )

        assert push().checkout_request_id

    def test_a_claimed_key_from_a_wrong_clock_blocks_no_push(
        self, customer: User, push: Callable[..., Any]
    ) -> None:
        tomorrow = NOON + timedelta(days=1)
        push("k")
        IdempotencyKey.objects.update(transaction=None, answer=None, claimed_at=tomorrow)
        Transaction.objects.update(prompt_expires_at=NOON)

        outcome = push("k")

        assert outcome.checkout_request_id
        assert not outcome.is_replay
        assert money(customer) == (200, 0)
