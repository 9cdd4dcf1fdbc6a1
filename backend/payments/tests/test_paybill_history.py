"""What customers read of a payment by hand: list, status, timeline, statement, limits."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from payments import services
from payments.models import SuspenseCase, Transaction
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import ScriptedGateway
from tests.sql.test_paybill import NUMBER, give_number, release, tell
from users.models import User

pytestmark = pytest.mark.django_db

TRANSACTIONS = "/api/payments/transactions/"


@pytest.fixture
def user() -> User:
    """Store a customer with the account number NUMBER."""
    stored = make_customer()
    give_number(stored)
    return stored


def get(user: User, path: str) -> Any:
    """Ask as the customer, an hour after the payment."""
    client = APIClient()
    client.force_authenticate(user)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer


def timeline(user: User, deposit_id: int) -> list[str]:
    """Return what happened to a deposit, in order."""
    events = get(user, f"{TRANSACTIONS}{deposit_id}/timeline/").json()["events"]
    return [event["kind"] for event in events]


class TestADepositByHand:
    def test_it_is_in_the_list_with_its_receipt_and_without_a_prompt(self, user: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        [row] = get(user, f"{TRANSACTIONS}?status=COMPLETED&type=DEPOSIT").json()["results"]

        assert (row["id"], row["amount"], row["mpesa_receipt_number"]) == (deposit_id, 500, RECEIPT)
        assert (row["checkout_request_id"], row["merchant_request_id"]) == (None, None)
        assert row["phone_number"] == "2547****5678"
        assert (row["next_poll_after"], row["retry_after"]) == (None, None)

    def test_its_status_is_small_and_final(self, user: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        answer = get(user, f"{TRANSACTIONS}{deposit_id}/status/")

        assert len(answer.content) <= 300
        assert (answer.json()["status"], answer.json()["money"]) == ("COMPLETED", "moved")
        assert answer.json()["next_poll_after"] is None
        assert answer.json()["prompt_expires_at"] is None

    def test_it_stands_on_the_statement(self, user: User) -> None:
        tell(number=NUMBER)

        csv = get(user, "/api/wallet/statement.csv?from=2026-11-01&to=2026-11-30")

        assert RECEIPT in b"".join(csv).decode()
        get(user, "/api/wallet/statement.pdf?from=2026-11-01&to=2026-11-30")

    def test_it_counts_towards_the_limit(self, user: User, settings: Any) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 700
        tell(number=NUMBER)

        limits = get(user, "/api/payments/limits/").json()

        assert limits["remaining_today"] == 200

    @pytest.mark.django_db(transaction=True)
    def test_it_opens_no_prompt(self, user: User, gateway: ScriptedGateway) -> None:
        tell(number=NUMBER)

        outcome = services.initiate_deposit(user=user, amount=200, idempotency_key=None, now=NOON)

        assert Transaction.objects.get(pk=outcome.transaction_id).status == "PENDING"

    def test_the_timeline_begins_with_the_payment(self, user: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        assert timeline(user, deposit_id) == ["paid_by_hand", "completed"]

    def test_a_held_payment_was_paid_before_it_was_looked_at(self, user: User) -> None:
        tell(phone=PHONE)
        deposit_id = release(SuspenseCase.objects.get(), user)["transaction_id"]

        assert timeline(user, deposit_id) == [
            "paid_by_hand", "under_review", "resolved", "completed",
        ]  # fmt: skip


class TestADepositByPrompt:
    def test_its_payment_was_not_by_hand_though_reported_before_its_callback(
        self, user: User
    ) -> None:
        deposit = make_deposit(user)
        tell()
        receive(success_body(), now=NOON + timedelta(seconds=20))

        assert SuspenseCase.objects.get().transaction == deposit
        assert timeline(user, deposit.pk)[:2] == ["created", "prompt_sent"]
