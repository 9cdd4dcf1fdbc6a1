"""Attempts on the database in plain SQL, as an operator with a console would make them."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.db import transaction as db_transaction

from payments.tests.building import NOON
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger
from wallet.tests.booking import check_constraints, run

__all__ = ["book", "check_constraints", "refused", "run"]


@contextmanager
def refused(text: str) -> Iterator[None]:
    """Expect the database to refuse what is inside, at the latest when it is committed."""
    with pytest.raises(DatabaseError, match=text), db_transaction.atomic():  # noqa: PT012
        yield
        check_constraints()


def book(user: User, amount: int, key: str = "some entry") -> JournalEntry:
    """Credit a customer."""
    return ledger.post(
        key=key,
        debit=ledger.get_clearing_account("174379"),
        credit=ledger.get_customer_account(user.pk),
        amount=Decimal(amount),
        description="",
        now=NOON,
    )
