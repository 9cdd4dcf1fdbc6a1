"""Transaction Status in the admin: what operators see, and the action that asks M-Pesa."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from payments.models import Claim, TransactionQuery
from payments.services import make_claim
from payments.tests.building import NOON, make_customer, make_deposit, receive, success_body
from payments.tests.scripted_gateway import ScriptedGateway
from payments.tests.test_claims_admin import clerk, text
from payments.tests.test_transaction_query_guards import ANSWERED, make_query

QUERIES, CLAIMS, DEPOSITS = (
    f"/admin/payments/{name}/" for name in ("transactionquery", "claim", "transaction")
)
CODE = "UKK52ZDR4F"


@pytest.fixture(autouse=True)
def initiator(settings: Any) -> None:
    settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False


def act(client: Client, path: str, *rows: Any) -> str:
    form = {"action": "ask_mpesa", "_selected_action": [row.pk for row in rows]}
    return str(client.post(path, form, follow=True).content.decode())


@pytest.mark.django_db(transaction=True)
class TestAsking:
    def test_about_a_claims_receipt(self, gateway: ScriptedGateway) -> None:
        operator = clerk("view_claim", "change_claim")
        make_claim(user=make_customer(), text=CODE, now=NOON)

        page = act(operator, CLAIMS, Claim.objects.get())

        assert f"Asked M-PESA about {CODE}" in page
        query = TransactionQuery.objects.get()
        assert (query.why, query.asked_by is not None) == ("operator", True)
        assert [receipt for receipt, _, _ in gateway.transaction_queries] == [CODE]

    def test_about_a_deposits_receipt(self, gateway: ScriptedGateway) -> None:
        operator = clerk("view_transaction", "change_claim")
        deposit = make_deposit()
        receive(success_body(receipt=CODE))

        assert f"Asked M-PESA about {CODE}" in act(operator, DEPOSITS, deposit)

    def test_a_deposit_without_receipt_has_nothing_to_ask_about(
        self, gateway: ScriptedGateway
    ) -> None:
        page = act(clerk("view_transaction", "change_claim"), DEPOSITS, make_deposit())

        assert "It has no receipt to ask about" in page
        assert gateway.transaction_queries == []

    def test_why_nothing_was_asked(self, gateway: ScriptedGateway) -> None:
        operator = clerk("view_claim", "change_claim")
        make_claim(user=make_customer(), text=CODE, now=NOON)

        act(operator, CLAIMS, Claim.objects.get())

        assert "another question is under way" in act(operator, CLAIMS, Claim.objects.get())
        assert len(gateway.transaction_queries) == 1

    def test_who_may_not_decide_about_claims_may_not_ask(self, gateway: ScriptedGateway) -> None:
        make_claim(user=make_customer(), text=CODE, now=NOON)

        act(clerk("view_claim"), CLAIMS, Claim.objects.get())
        act(clerk("view_transaction", number="254788888882"), DEPOSITS, make_deposit(
            make_customer("254722000000")))  # fmt: skip

        assert gateway.transaction_queries == []


@pytest.mark.django_db
class TestSeeing:
    def test_the_list_has_what_mpesa_said_and_no_secret(self) -> None:
        query = make_query(
            **ANSWERED, verdict="unclear", payer_hash="c" * 64, transaction_status="Authorized"
        )

        operator = clerk("view_transactionquery")

        assert "Authorized" in text(operator, QUERIES)
        page = text(operator, f"{QUERIES}{query.pk}/change/")
        assert query.token_hash not in page
        assert query.payer_hash not in page

    def test_untold_reversals_are_listed_apart(self) -> None:
        make_query(**ANSWERED, verdict="confirmed")
        operator = clerk("view_transactionquery")
        assert "0 questions to M-PESA" in text(operator, f"{QUERIES}?untold=yes")

        make_query(**ANSWERED, verdict="reversed", token_hash="b" * 64,
                   asked_at=NOON + timedelta(days=4), transaction=make_deposit())  # fmt: skip

        assert "1 question to M-PESA" in text(operator, f"{QUERIES}?untold=yes")
        assert "2 questions to M-PESA" in text(operator, QUERIES)

    def test_the_initiators_state_is_shown(self) -> None:
        assert text(clerk("view_initiatorstate"), "/admin/payments/initiatorstate/")
