"""Starting a deposit: who may, what M-Pesa may answer, and what becomes of the row."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction

from common import clock
from common.db import TransactionIsOpen
from payments.gateway import (
    PushAccepted,
    PushRequest,
)
from payments.models import Transaction
from payments.services import PushOutcome, initiate_deposit
from payments.tests.building import (
    NOON,
    PHONE,
)
from payments.tests.scripted_gateway import ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def deposit_of(user: User, amount: int = 500, now: datetime = NOON) -> PushOutcome:
    """Start a deposit without an Idempotency-Key."""
    return initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)


class TestTheRequest:
    def test_prompts_the_customers_own_phone(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 500)

        [request] = gateway.pushes
        assert (request.phone_number, request.amount) == (PHONE, 500)
        assert type(request.amount) is int
        assert len(request.account_reference) <= 12
        assert len(request.transaction_desc) <= 13

    def test_each_deposit_has_a_secret_callback_address(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.MPESA_CALLBACK_URL = "https://pay.example/api/payments/callback/"

        deposit_of(customer)

        token = gateway.token
        assert gateway.pushes[0].callback_url == f"{settings.MPESA_CALLBACK_URL}{token}/"
        assert len(token) >= 43
        assert token not in repr(Transaction.objects.values().get())

    def test_the_row_is_committed_before_the_push(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        seen: list[dict[str, Any]] = []

        def look(request: PushRequest) -> PushAccepted:
            columns = "status", "account_reference", "next_query_at"
            seen.extend(map(dict, Transaction.objects.values(*columns)))
            return gateway.accept(request)

        gateway.on_push = look

        deposit_of(customer)

        assert seen == [
            {
                "status": "PENDING",
                "account_reference": gateway.pushes[0].account_reference,
                "next_query_at": NOON + timedelta(seconds=30),
            }
        ]

    def test_the_row_says_what_the_seed_says(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        outcome = deposit_of(customer)

        row = Transaction.objects.get(pk=outcome.transaction_id)
        assert (row.user, row.type) == (customer, "DEPOSIT")
        assert row.amount == 500
        assert (row.phone_number, row.status) == (PHONE, "PENDING")
        assert row.description == "M-Pesa deposit of KSH 500"
        assert (row.created_at, row.prompt_expires_at) == (NOON, NOON + timedelta(seconds=180))

    def test_a_push_inside_a_transaction_is_refused(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        with pytest.raises(TransactionIsOpen), db_transaction.atomic():
            deposit_of(customer)

        assert gateway.pushes == []


def test_no_connection_is_held_and_no_transaction_open_during_the_push(
    gateway: ScriptedGateway, customer: User
) -> None:
    held: list[Any] = []

    def look(request: PushRequest) -> PushAccepted:
        held.append((connection.connection, connection.in_atomic_block))
        return gateway.accept(request)

    gateway.on_push = look

    initiate_deposit(user=customer, amount=500, idempotency_key="key", now=clock.now())

    assert held == [(None, False)]


def test_amounts_are_booked_to_the_cent_as_asked(gateway: ScriptedGateway, customer: User) -> None:
    outcome = deposit_of(customer, 150_000)

    assert Transaction.objects.get(pk=outcome.transaction_id).amount == Decimal("150000.00")
