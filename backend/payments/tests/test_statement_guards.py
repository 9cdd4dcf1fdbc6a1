"""What the database refuses about imported statements, even if the code is wrong."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from payments.models import StatementImport, StatementRow, Transaction, UnpaidDeposit
from payments.services.statements import ImportReport, import_statement, settle_row
from payments.tests.building import (
    NOON,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.services.test_statements import PAID, REASON, REFERENCE, SEEN
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

Import = Callable[..., ImportReport]


@pytest.fixture
def operator() -> User:
    """Store an operator, who did not upload the file."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def deposit() -> Transaction:
    """Store a PENDING deposit of KES 500 with its account reference."""
    return make_deposit(make_customer(), account_reference=REFERENCE)


@pytest.fixture
def load(tmp_path: Path) -> Import:
    """Return what writes a statement of movements between FIRST and LAST, and imports it."""

    def run(*movements: Moved) -> ImportReport:
        path = write_statement(tmp_path, FIRST, *movements, LAST)
        return import_statement(path=path, name=path.name, uploaded_by=None, now=SEEN)

    return run


class TestGuards:
    """What the database refuses, even if the code is wrong."""

    def test_no_row_is_added_to_a_file_that_is_ready(self, load: Import) -> None:
        file = load(PAID).file

        with pytest.raises(IntegrityError, match="only while it is imported"):
            StatementRow.objects.create(
                file=file, line=99, receipt="NLJ7RT61SX", completed_at=NOON, kind="payment",
                amount_in=Decimal(9000),
            )  # fmt: skip

    @pytest.mark.parametrize(
        "fields",
        [{"amount_in": 9}, {"receipt": "X"}, {"reference": "KP1"}, {"completed_at": NOON}],
        ids=str,
    )
    def test_what_the_file_says_never_changes(self, load: Import, fields: dict[str, Any]) -> None:
        load(PAID)

        with pytest.raises(IntegrityError, match="never changes"):
            StatementRow.objects.filter(receipt="NLJ9ZZZZZZ").update(**fields)

    @pytest.mark.parametrize(
        "fields", [{"difference": 0}, {"state": "loading"}, {"short_code": "1"}], ids=str
    )
    def test_the_head_never_changes(self, load: Import, fields: dict[str, Any]) -> None:
        file = load(PAID).file

        with pytest.raises(IntegrityError, match="never changes"):
            StatementImport.objects.filter(pk=file.pk).update(**fields)

    def test_the_head_and_settled_rows_stay(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        file = load(PAID).file
        row = StatementRow.objects.get(receipt=RECEIPT)
        settle_row(row_id=row.pk, operator=operator, reason=REASON, now=NOON)

        with pytest.raises(IntegrityError, match="evidence and stays"):
            StatementRow.objects.filter(pk=row.pk).delete()
        with pytest.raises(IntegrityError, match="settled once"):
            StatementRow.objects.filter(pk=row.pk).update(reason="another")
        with pytest.raises(IntegrityError, match="evidence and stays"):
            StatementImport.objects.filter(pk=file.pk)._raw_delete("default")

    def test_no_payment_is_said_to_be_taken_back_that_was_not(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        load(Moved("NLJ7RT61SX", -500, linked=RECEIPT, reason_type="Pay Bill Reversal"))

        with pytest.raises(IntegrityError, match="is taken back nowhere"):
            StatementRow.objects.filter(receipt="NLJ7RT61SX").update(
                verdict="taken_back", settled_by=operator, settled_at=NOON, reason=REASON
            )

    def test_no_deposit_is_ended_without_a_proof(self, load: Import, deposit: Transaction) -> None:
        file = load(PAID).file

        with pytest.raises(IntegrityError, match="does not prove that it is not paid"):
            UnpaidDeposit.objects.create(
                file=file, transaction=deposit, reason=REASON, decided_at=NOON
            )
