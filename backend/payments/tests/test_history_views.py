"""The timeline over HTTP, from rows that the real paths have written."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from payments.models import SuspenseCase, Transaction
from payments.services import reconcile_due_deposits, resolve_suspense_case
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db


def get(user: User | None, path: str, **headers: str) -> Any:
    """Ask as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client.get(path, headers=headers)


def timeline(txn: Transaction, **headers: str) -> list[dict[str, str]]:
    """Return the events of one's own deposit."""
    response = get(txn.user, f"/api/payments/transactions/{txn.pk}/timeline/", **headers)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return list(response.json()["events"])


def kinds(txn: Transaction) -> list[str]:
    """Return what happened, in order."""
    return [event["kind"] for event in timeline(txn)]


class TestTimeline:
    def test_a_paid_deposit_has_every_step_in_its_timeline(self, deposit: Transaction) -> None:
        receive(success_body(), now=NOON + timedelta(seconds=14))
        receive(success_body(), now=NOON + timedelta(seconds=15))  # the same callback again

        events = timeline(deposit)

        assert [event["kind"] for event in events] == [
            "created", "prompt_sent", "callback", "completed",
        ]  # fmt: skip
        assert [event["at"] for event in events] == [
            "2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z",
            "2026-11-20T09:00:14Z", "2026-11-20T09:00:14Z",
        ]  # fmt: skip
        assert all(set(event) == {"at", "kind", "message"} for event in events)
        assert RECEIPT in events[-1]["message"]

    def test_a_failure_and_the_late_success_are_both_in_the_timeline(
        self, deposit: Transaction
    ) -> None:
        with time_machine.travel(NOON, tick=False):
            receive(failure_body())
        receive(success_body(), now=NOON + timedelta(days=400))

        assert kinds(deposit)[2:] == ["callback", "failed", "callback", "completed"]

    def test_a_payment_is_shown_as_under_review_until_it_is_resolved(
        self, deposit: Transaction
    ) -> None:
        receive(success_body(amount=300))
        assert kinds(deposit)[2:] == ["callback", "under_review"]

        resolve_suspense_case(
            case=SuspenseCase.objects.get(),
            user=deposit.user,
            operator=make_customer(OTHER_PHONE, is_staff=True),
            reason="The statement says so",
            now=NOON + timedelta(hours=1),
        )

        told = timeline(deposit)
        assert told[-1]["kind"] == "resolved"
        assert "The statement says so" not in str(told)

    @pytest.mark.django_db(transaction=True)
    def test_a_query_and_the_receipt_that_follows_are_in_the_timeline(
        self, deposit: Transaction, gateway: ScriptedGateway
    ) -> None:
        gateway.on_query = lambda _: PAID
        reconcile_due_deposits(now=NOON + timedelta(seconds=31))
        receive(success_body(), now=NOON + timedelta(days=400))

        told = kinds(deposit)

        assert told[:3] == ["created", "prompt_sent", "asked"]
        assert {"completed", "receipt_added", "callback"} == set(told[3:])

    def test_a_strangers_hint_is_not_in_the_timeline(self, deposit: Transaction) -> None:
        receive(failure_body(), token=None)

        assert kinds(deposit) == ["created", "prompt_sent"]

    def test_the_timeline_is_in_the_language_asked_for(self, deposit: Transaction) -> None:
        told = timeline(deposit, **{"Accept-Language": "sw"})

        assert told[0]["message"] == "Uliomba kuweka KSh 500."

    def test_the_timeline_shows_no_raw_evidence(self, deposit: Transaction) -> None:
        receive(failure_body(), source="196.201.214.200")

        told = str(timeline(deposit))

        for hidden in ("ws_CO", "As M-Pesa says", "196.201", PHONE, "254708374149"):
            assert hidden not in told

    def test_the_number_of_queries_does_not_grow_with_the_timeline(
        self, deposit: Transaction
    ) -> None:
        for receipt in range(3):
            receive(success_body(receipt=f"NLJ7RT61S{receipt}"))

        with CaptureQueriesContext(
            connection,
        ) as asked:
            timeline(deposit)

        assert len(asked) == 4

    def test_other_customers_deposits_are_not_found(self, deposit: Transaction) -> None:
        path = f"/api/payments/transactions/{deposit.pk}/timeline/"

        assert get(make_customer(OTHER_PHONE), path).status_code == 404
        assert get(None, path).status_code == 401
        assert get(deposit.user, "/api/payments/transactions/99/timeline/").status_code == 404
