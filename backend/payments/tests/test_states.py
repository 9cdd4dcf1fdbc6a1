"""The table of moves, in Python and in the database's trigger: all nine pairs are tried."""

from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction
from django.utils.timezone import now

from payments import states
from payments.models import Transaction
from payments.tests.building import make_customer, make_deposit
from wallet.models import JournalEntry
from wallet.tests import ledger

_PAIRS = [(old, new) for old in states.STATUSES for new in states.STATUSES]


@pytest.mark.parametrize(("old", "new"), _PAIRS)
def test_only_the_three_moves_are_allowed(old: str, new: str) -> None:
    is_allowed = (old, new) in {
        ("PENDING", "COMPLETED"),
        ("PENDING", "FAILED"),
        ("FAILED", "COMPLETED"),
    }

    assert ((old, new) in states.ALLOWED_MOVES) is is_allowed


@pytest.mark.parametrize(
    ("status", "is_final"), [("PENDING", False), ("COMPLETED", True), ("FAILED", True)]
)
def test_only_pending_keeps_the_customer_waiting(status: str, is_final: bool) -> None:
    assert states.is_final(status) is is_final


@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new"), [pair for pair in _PAIRS if pair[0] != pair[1]])
def test_the_database_allows_the_same_moves(old: str, new: str) -> None:
    deposit = _deposit_in(old)

    expected: AbstractContextManager[Any] = (
        nullcontext()
        if (old, new) in states.ALLOWED_MOVES
        else pytest.raises(DatabaseError, match="a move")
    )
    with expected, db_transaction.atomic():
        _move(deposit, new)


@pytest.mark.django_db
@pytest.mark.parametrize("status", states.STATUSES)
def test_keeping_a_status_is_always_allowed(status: str) -> None:
    deposit = _deposit_in(status)

    Transaction.objects.filter(pk=deposit.pk).update(status=status, updated_at=now())

    deposit.refresh_from_db()
    assert deposit.status == status


def _deposit_in(status: str) -> Transaction:
    deposit = make_deposit(make_customer())
    if status != states.PENDING:
        _move(deposit, status)
    return deposit


def _move(deposit: Transaction, status: str) -> None:
    """Change the status with everything that must go with it, so that only the move can fail."""
    entry = _credit(deposit) if status == states.COMPLETED else None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_transaction SET status = %s,"
            " credit_entry_id = coalesce(credit_entry_id, %s),"
            " completed_at = CASE WHEN %s = 'COMPLETED' THEN now() ELSE completed_at END"
            " WHERE id = %s",
            [status, entry.pk if entry else None, status, deposit.pk],
        )


def _credit(deposit: Transaction) -> JournalEntry:
    return ledger.post(
        key=f"deposit:{deposit.pk}",
        debit=ledger.get_clearing_account("174379"),
        credit=ledger.get_customer_account(deposit.user_id),
        amount=Decimal(deposit.amount),
        description="",
        now=deposit.created_at,
    )
