"""What the run reads of our tables, beside the states that it must tell apart."""

from decimal import Decimal

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from chaos.ledger import Ledger, read_ledger
from common import clock
from payments.models import Transaction
from payments.services.statements import settle_row
from payments.tests.building import RECEIPT, make_customer, make_deposit, receive, success_body
from payments.tests.statement_rows import add_file, add_row
from tests.sql.test_paybill import tell
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

REFERENCE = "KP23456789AB"


def read() -> Ledger:
    """Read the test's database as a run reads its own."""
    settings = connection.settings_dict
    return read_ledger(
        make_conninfo(
            "",
            host=settings["HOST"],
            port=settings["PORT"] or None,
            dbname=settings["NAME"],
            user=settings["USER"],
            password=settings["PASSWORD"] or None,
        )
    )


@pytest.fixture
def deposit() -> Transaction:
    """Store a deposit whose payment M-Pesa told twice: without its reference, and wrongly."""
    made = make_deposit(make_customer(), account_reference=REFERENCE)
    tell()
    receive(success_body(amount=1))
    return made


def test_the_reason_of_a_receipt_is_that_of_the_case_with_its_money(deposit: Transaction) -> None:
    ours = read()

    booking = ours.bookings[RECEIPT]
    assert (booking.reason, booking.held, booking.cases) == ("unknown_account", 500, 2)
    assert ours.deposits[0].held == 0
    assert {(case.reason, case.amount) for case in ours.cases} == {
        ("unknown_account", Decimal(500)),
        ("receipt_used", None),
    }


@pytest.mark.parametrize("by", [None, "operator"])
def test_what_an_operator_credits_by_a_row_is_told_apart(by: str | None) -> None:
    deposit = make_deposit(make_customer(), account_reference=REFERENCE)
    operator = by and User.objects.create_superuser("254799999998", "a-good-password")
    file = add_file()
    row = add_row(file, reference=REFERENCE, account_number=REFERENCE)

    settle_row(row_id=row.pk, operator=operator or None, reason="it is there", now=clock.now())

    deposit.refresh_from_db()
    assert deposit.status == "COMPLETED"
    wanted = "operator, by the statement" if by else "statement"
    assert [found.credited_by for found in read().deposits] == [wanted]
