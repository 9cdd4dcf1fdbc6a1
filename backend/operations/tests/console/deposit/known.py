"""Deposits and operators for the tests of a deposit's page."""

from datetime import datetime
from typing import Any

from django.test import Client

from operations.console.deposit import facts
from operations.console.deposit.facts import Facts
from operations.tests.console.operators import make_operator, sign_in
from payments.models import StatementImport, StatementRow, Transaction
from payments.tests.building import NOON, make_deposit
from payments.tests.statement_rows import add_file, add_row
from users.models import User

REFERENCE = "KP23456789AB"
#: Everything that an operator of Finance needs on the page of a deposit.
ALL = (
    "view_transaction", "view_callbackevent", "view_confirmation", "view_transactionquery",
    "view_pulledrow", "view_statementimport", "view_suspensecase", "view_reversal", "view_claim",
    "view_journalentry", "view_proposal", "view_decision", "view_user", "change_statementrow",
    "change_suspensecase", "add_proposal", "add_reversal", "change_claim",
)  # fmt: skip


def url(deposit: Transaction, where: str = "change/") -> str:
    """Return the address of a deposit's page, or of one beside it."""
    return f"/admin/payments/transaction/{deposit.pk}/{where}"


def text_of(client: Client, path: str) -> str:
    """Return a page as text; it must be there."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return str(page.content.decode())


def finance(*, number: str = "254788888888") -> Client:
    """Sign in an operator with every right of ALL."""
    return sign_in(make_operator(*ALL, number=number))


def read(deposit: Transaction, operator: User | None = None, now: datetime = NOON) -> Facts:
    """Return what an operator with every right sees of a deposit."""
    txn = facts.find(deposit.pk)
    assert txn is not None
    return facts.read(txn, operator=operator or make_operator(*ALL), now=now)


def make_lost(user: User | None = None, **fields: Any) -> Transaction:
    """Store a deposit that has had no answer for a day."""
    nothing = {"review_reason": "no_answer", "next_query_at": None, "account_reference": REFERENCE}
    return make_deposit(user, **{**nothing, **fields})


def bring(uploader: User | None = None, **row: Any) -> tuple[StatementImport, StatementRow]:
    """Store a statement with a row that pays the deposit with REFERENCE."""
    file = add_file(uploaded_by=uploader)
    line = add_row(file, **{"reference": REFERENCE, "account_number": REFERENCE, **row})
    return file, line
