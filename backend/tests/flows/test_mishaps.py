"""Mishaps that operators settle truthfully: what the customer reads, and what the ledger says."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from common import clock
from payments.models import Debt, SuspenseCase, Transaction
from payments.services import (
    approve_proposal,
    collect_debt,
    correct_suspense_case,
    dismiss_suspense_case,
    propose_resolution,
    reconcile_due_deposits,
    resolve_suspense_case,
    reverse_credit,
)
from payments.services.suspense import Dismissal
from payments.tests.building import OTHER_PHONE, house_balance, make_customer, success_body
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from tests.flows.app import App, call_back
from tests.sql.calling import spend
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]
CLEARING = "mpesa:174379"


@pytest.fixture
def operator(as_application: None) -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


def said(operator: User) -> dict[str, Any]:
    """Return who decides, why and when."""
    return {"operator": operator, "reason": "seen in M-Pesa's portal", "now": clock.now()}


def pay(app: App, gateway: ScriptedGateway, asked: int, **reported: Any) -> int:
    """Start a deposit whose callback reports something else; return its id."""
    started = app.deposit(asked).json()
    checkout = reported.pop("checkout", started["checkout_id"])
    call_back(gateway.pushes[-1].callback_url, success_body(checkout, **reported))
    return int(started["transaction_id"])


class TestWrongAmount:
    """640 was asked for and paid, and the callback said 1."""

    def test_the_amount_is_corrected_and_the_deposit_completes(
        self, gateway: ScriptedGateway, operator: User
    ) -> None:
        app = App()
        deposit_id = pay(app, gateway, 640, amount=1)
        assert app.status(deposit_id)["status"] == "PENDING"
        case = SuspenseCase.objects.get()

        correct_suspense_case(case=case, amount=Decimal(640), **said(operator))
        resolve_suspense_case(case=case, user=app.user, **said(operator))

        assert app.status(deposit_id)["status"] == "COMPLETED"
        assert (app.balance, house_balance(CLEARING)) == ("640.00", -640)
        call_command("check_ledger")


class TestNotInTheBooks:
    """A callback named another checkout, with a payment that nobody made."""

    def test_the_case_is_closed_and_the_deposit_is_asked_about_again(
        self, gateway: ScriptedGateway, operator: User
    ) -> None:
        app = App()
        deposit_id = pay(app, gateway, 820, checkout="ws_CO_another", amount=820)

        dismissal = Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS)
        case = SuspenseCase.objects.get()
        dismiss_suspense_case(case=case, dismissal=dismissal, **said(operator))

        assert app.status(deposit_id)["status"] == "PENDING"
        assert "settled" not in app.status(deposit_id)["customer_message"]
        assert (app.balance, house_balance(CLEARING)) == ("0.00", 0)
        told = app.get(f"/api/payments/transactions/{deposit_id}/timeline/")
        assert "there is no such payment" in str(told)
        call_command("check_ledger")
        # M-Pesa's answer to the next query is the last word.
        gateway.on_query = lambda _: PAID
        reconcile_due_deposits(now=clock.now())
        assert app.status(deposit_id)["status"] == "COMPLETED"
        assert app.balance == "820.00"


class TestRefunded:
    def test_the_customer_reads_that_m_pesa_paid_it_back(
        self, gateway: ScriptedGateway, operator: User
    ) -> None:
        app = App()
        deposit_id = pay(app, gateway, 500, amount=450)

        dismissal = Dismissal(SuspenseCase.Decision.REFUNDED)
        case = SuspenseCase.objects.get()
        dismiss_suspense_case(case=case, dismissal=dismissal, **said(operator))

        status = app.status(deposit_id)
        assert (status["status"], status["money"]) == ("FAILED", "moved")
        assert status["customer_message"].startswith("M-PESA paid your money back")
        told = app.get(f"/api/payments/transactions/{deposit_id}/timeline/")
        assert "M-PESA paid this money back" in str(told)
        assert "did not go through" not in str(told)
        assert (app.balance, house_balance(CLEARING)) == ("0.00", 0)
        assert app.deposit(500).status_code == 200
        call_command("check_ledger")


class TestReversalOfSpentMoney:
    """M-Pesa took 500 back, and the customer has 300 of them left."""

    def test_the_rest_is_a_debt_which_the_statement_shows_and_a_payment_repays(
        self, gateway: ScriptedGateway, operator: User
    ) -> None:
        app = App()
        pay(app, gateway, 500)
        credited = Transaction.objects.get().credit_entry
        assert credited is not None
        spend(app.user, 200)

        reverse_credit(entry=credited, most_owed=Decimal(200), **said(operator))

        assert app.balance == "0.00"
        told = [
            (line["amount"], line["description"].partition(":")[0])
            for line in app.get("/api/wallet/entries/")["results"]
        ]
        assert told[:2] == [("-500.00", "Reversed"), ("200.00", "Owed")]

        pay(app, gateway, 250, amount=250, receipt="SECOND0001")
        repaid = collect_debt(debt=Debt.objects.get(), **said(operator))

        assert (repaid.entry.amount, app.balance) == (200, "50.00")
        assert house_balance("debts") == 0
        line = app.get("/api/wallet/entries/")["results"][0]
        assert (line["amount"], line["description"].partition(":")[0]) == ("-200.00", "Repaid")


class TestWrongCustomer:
    """A case was resolved to the wrong customer."""

    def test_the_money_is_taken_back_and_nothing_is_left_in_suspense(
        self, gateway: ScriptedGateway, operator: User
    ) -> None:
        app = App()
        pay(app, gateway, 820, checkout="ws_CO_another", amount=820)
        other = App(OTHER_PHONE)
        case = SuspenseCase.objects.get()
        proposer = make_customer("254733333333")
        proposal = propose_resolution(case=case, user=other.user, **said(proposer))
        approve_proposal(proposal=proposal, **said(operator))
        assert other.balance == "820.00"
        case.refresh_from_db()
        assert case.resolution_entry is not None

        reverse_credit(entry=case.resolution_entry, **said(operator))

        assert (other.balance, house_balance("suspense")) == ("0.00", 0)
        assert house_balance(CLEARING) == 0
        lines = other.get("/api/wallet/entries/")["results"]
        assert [line["amount"] for line in lines] == ["-820.00", "820.00"]
        call_command("check_ledger")
