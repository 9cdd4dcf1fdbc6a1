"""A push whose process died before the answer: no query can ask about it, so an operator looks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from payments import audit, selectors
from payments.models import Transaction
from payments.services import reconcile_due_deposits
from payments.tests.building import (
    NOON,
    TOKEN,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.conftest import gateway
from payments.tests.scripted_gateway import ScriptedGateway
from users.models import User

__all__ = ["gateway"]

pytestmark = pytest.mark.django_db

_LIST = "/admin/payments/unanswereddeposit/"
_REFERENCE = "KP2345678ABC"


@pytest.fixture
def deposit() -> Transaction:
    """Store what `push_start` committed before its process was killed."""
    return make_deposit(
        make_customer(), checkout_request_id=None, account_reference=_REFERENCE, token=TOKEN
    )


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("0700000001", "a-good-password"))
    return client


@pytest.fixture
def look(gateway: ScriptedGateway) -> Callable[[float], int]:
    def after(minutes: float) -> int:
        report = reconcile_due_deposits(now=NOON + timedelta(minutes=minutes))
        assert gateway.queries == []
        return report.escalated

    return after


def _now(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class TestEscalation:
    def test_a_deposit_waits_for_a_callback_until_a_quarter_of_an_hour_after_its_prompt(
        self, deposit: Transaction, look: Callable[[float], int]
    ) -> None:
        assert look(17.9) == 0

        assert look(18) == 1

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "no_answer")
        assert deposit.next_query_at is None
        assert look(20) == 0

    def test_a_deposit_with_a_checkout_id_is_left_to_the_worker(
        self, look: Callable[[float], int]
    ) -> None:
        make_deposit(next_query_at=_now(1000), prompt_expires_at=NOON)

        assert look(900) == 0

    def test_the_customer_reads_that_we_look_for_the_deposit(
        self, deposit: Transaction, look: Callable[[float], int]
    ) -> None:
        look(18)

        events = selectors.find_timeline(user_id=deposit.user_id, transaction_id=deposit.pk)

        assert events is not None
        assert "never answered our request" in events[-1].message.en
        assert "do not pay again" in events[-1].message.en


class TestCase:
    @pytest.fixture(autouse=True)
    def _escalated(self, deposit: Transaction, look: Callable[[float], int]) -> None:
        assert look(18) == 1

    @pytest.mark.parametrize("page", ["", "{id}/change/"])
    def test_the_page_names_what_to_look_for(
        self, deposit: Transaction, operator: Client, page: str
    ) -> None:
        text = operator.get(_LIST + page.format(id=deposit.pk)).content.decode()

        assert _REFERENCE in text
        assert "never answered" in text
        for seen in ("500", "2547****5678", "20 Nov"):
            assert seen in text
        assert deposit.phone_number not in text

    def test_the_deposit_is_found_by_its_account_reference(self, operator: Client) -> None:
        assert _REFERENCE in operator.get(_LIST, {"q": _REFERENCE}).content.decode()

    def test_an_operator_without_the_right_sees_no_deposits(self) -> None:
        client = Client()
        client.force_login(User.objects.create_user("254700000002", None, is_staff=True))

        assert client.get(_LIST).status_code == 403

    def test_the_command_reconcile_names_the_deposit(self, deposit: Transaction) -> None:
        out = StringIO()

        call_command("reconcile", stdout=out)

        assert (
            f"deposit {deposit.pk} has no answer: look in M-Pesa's statement for {_REFERENCE},"
            " KES 500, 2547****5678, 2026-11-20 09:00 UTC"
        ) in out.getvalue()

    def test_a_late_callback_credits_the_deposit_and_ends_the_case(
        self, deposit: Transaction, operator: Client
    ) -> None:
        assert receive(success_body(), now=_now(60)).verdict == "applied"
        assert receive(success_body(), now=_now(61)).verdict == "duplicate"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", None)
        assert money(deposit.user) == (500, 0)
        assert _REFERENCE not in operator.get(_LIST).content.decode()
        assert list(audit.find_problems()) == []

    def test_a_late_failure_ends_the_case(self, deposit: Transaction, operator: Client) -> None:
        receive(failure_body(), now=_now(60))

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", None)
        assert _REFERENCE not in operator.get(_LIST).content.decode()

    def test_another_amount_makes_it_a_suspense_case(
        self, deposit: Transaction, operator: Client
    ) -> None:
        receive(success_body(amount=400), now=_now(60))

        deposit.refresh_from_db()
        assert deposit.review_reason == "suspense"
        assert money(deposit.user) == (0, 400)
        assert _REFERENCE not in operator.get(_LIST).content.decode()
