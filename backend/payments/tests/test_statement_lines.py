"""How deposits appear on the customer's statement."""

import csv
from io import StringIO

import pytest
from rest_framework.test import APIClient

from payments.models import SuspenseCase, Transaction
from payments.services import resolve_suspense_case
from payments.tests.building import NOON, OTHER_PHONE, RECEIPT, make_customer, receive, success_body
from users.models import User

pytestmark = pytest.mark.django_db


def rows(user: User) -> list[list[str]]:
    """Return the cells below the heads of November's statement."""
    client = APIClient()
    client.force_authenticate(user)
    body = client.get("/api/wallet/statement.csv?from=2026-11-01&to=2026-11-30").content
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))[1:]


def test_a_deposit_is_named_with_its_m_pesa_code(deposit: Transaction) -> None:
    receive(success_body())

    (_, line, _) = rows(deposit.user)

    assert line == [
        "2026-11-20", "12:00:00", "M-PESA deposit", RECEIPT, "500.00", "", "500.00",
    ]  # fmt: skip


def test_a_payment_that_an_operator_gave_has_its_m_pesa_code(deposit: Transaction) -> None:
    receive(success_body(amount=300))
    resolve_suspense_case(
        case=SuspenseCase.objects.get(),
        user=deposit.user,
        operator=make_customer(OTHER_PHONE, is_staff=True),
        reason="On the statement",
        now=NOON,
    )

    (_, line, _) = rows(deposit.user)

    assert line[2:5] == ["M-PESA payment, after a check", RECEIPT, "300.00"]
