"""Importing a statement, settling its rows, ending unpaid deposits, deleting rows."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from payments import audit, statement_selectors
from payments.models import StatementImport, StatementRow, Transaction, UnpaidDeposit
from payments.services import statements
from payments.services.statements import (
    AlreadyImported,
    ImportReport,
    StatementRefused,
    confirm_unpaid,
    import_statement,
    purge_statement_rows,
    settle_row,
    settle_rows,
)
from payments.services.suspense import ReasonMissing
from payments.statements import StatementUnreadable, check_statement
from payments.tests.breaking import check_constraints
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

REFERENCE = "KP23456789AB"
REASON = "it stands in the statement"
Import = Callable[..., ImportReport]
#: When the file is imported: after the last of its rows.
SEEN = NOON + timedelta(hours=6)


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

    def run(*movements: Moved, **options: Any) -> ImportReport:
        path = write_statement(tmp_path, FIRST, *movements, LAST)
        options = {"name": path.name, "uploaded_by": None, "now": SEEN, **options}
        return import_statement(path=path, **options)

    return run


PAID = Moved(account=REFERENCE, reason_type="Pay Utility")


class TestImportStatement:
    def test_each_row_is_stored_with_its_list(self, load: Import, deposit: Transaction) -> None:
        charge = Moved(amount=-5, details="Pay Bill Charge", reason_type="Pay Bill Charge")
        found = load(PAID, charge)

        row = StatementRow.objects.get(kind="payment", receipt=RECEIPT)
        assert (row.match, row.action, row.reference, row.amount_in) == (
            "theirs_only", "credit", REFERENCE, 500,
        )  # fmt: skip
        assert found.file.rows == 4
        assert found.found.lists["theirs_only"].rows == 3
        assert found.found.lists["charge"].rows == 1
        assert found.file.difference == found.found.difference == -502
        file = StatementImport.objects.get()
        assert (file.state, file.layout, file.short_code) == ("ready", "A", "174379")
        assert file.found["theirs_only"] == {"rows": 3, "amount": "502.00"}
        check_constraints()

    def test_nothing_moves(self, load: Import, deposit: Transaction) -> None:
        load(PAID)

        deposit.refresh_from_db()
        assert (deposit.status, money(deposit.user)) == ("PENDING", (0, 0))

    def test_the_same_file_is_refused_and_an_overlap_is_not(
        self, load: Import, deposit: Transaction
    ) -> None:
        load(PAID)

        with pytest.raises(AlreadyImported, match="imported before"):
            load(PAID)
        assert load(PAID, Moved("NLJ7RT61SW", 10)).file.pk

    def test_one_that_another_process_imports_at_this_moment_is_refused(
        self, load: Import, tmp_path: Path
    ) -> None:
        digest = check_statement(write_statement(tmp_path, FIRST, LAST), "statement.csv").digest
        parameters = connection.get_connection_params()
        wanted = {
            name: parameters[name]
            for name in ("dbname", "user", "password", "host", "port")
            if parameters.get(name)
        }
        import psycopg

        with psycopg.connect(**wanted) as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('statement ' || %s, 0))", [digest]
            )
            with pytest.raises(AlreadyImported):
                load()

    def test_another_business_s_is_refused(self, tmp_path: Path) -> None:
        path = write_statement(tmp_path, FIRST, LAST, short_code="600000")

        with pytest.raises(StatementRefused, match="600000, which is not ours"):
            import_statement(path=path, name=path.name, uploaded_by=None, now=SEEN)
        assert not StatementImport.objects.exists()

    def test_one_that_names_no_short_code_needs_a_payment_that_we_know(
        self, tmp_path: Path, deposit: Transaction
    ) -> None:
        """Another business's would be held as ours, and prove our deposits unpaid."""
        foreign = write_statement(tmp_path, FIRST, LAST, short_code="")
        with pytest.raises(StatementRefused, match="none of its payments is known"):
            import_statement(path=foreign, name="x.csv", uploaded_by=None, now=SEEN)
        assert not StatementImport.objects.exists()

        own = write_statement(tmp_path, FIRST, PAID, LAST, short_code="", name="own.csv")
        imported = import_statement(path=own, name="x.csv", uploaded_by=None, now=SEEN)

        assert imported.file.short_code == "174379"

    def test_one_of_a_time_to_come_is_refused(self, load: Import, deposit: Transaction) -> None:
        """Anybody can write rows of tomorrow: they would prove each open prompt unpaid."""
        with pytest.raises(StatementRefused, match="not come yet"):
            load(now=LAST.at - timedelta(minutes=6))
        assert load(now=LAST.at - timedelta(minutes=5)).file.pk

    def test_one_of_an_account_without_payments_proves_nothing(
        self, tmp_path: Path, deposit: Transaction
    ) -> None:
        """Payments of customers land in one of the organisation's accounts, not in the others."""
        sweep = Moved(
            "NLJ1AAAAAA", 9000, FIRST.at,
            details="Organization Transfer Utility Account to Working Account",
            reason_type="Organization Utility to Working Account Transfer",
        )  # fmt: skip
        paid_out = Moved(
            "NLJ9ZZZZZZ", -100, LAST.at, details="Business Payment", reason_type="Business Payment"
        )
        path = write_statement(tmp_path, sweep, paid_out)

        imported = import_statement(path=path, name=path.name, uploaded_by=None, now=SEEN)

        assert imported.file.is_chained
        assert imported.found.unpaid.rows == 0

    def test_one_without_a_movement_is_refused(self, tmp_path: Path) -> None:
        path = write_statement(tmp_path)

        with pytest.raises((StatementRefused, StatementUnreadable)):
            import_statement(path=path, name=path.name, uploaded_by=None, now=SEEN)

    def test_one_that_contradicts_itself_is_refused_whole(
        self, load: Import, tmp_path: Path
    ) -> None:
        path = write_statement(tmp_path, FIRST, PAID, LAST)
        path.write_text(path.read_text().replace("500.00", "501.00", 1))

        with pytest.raises(StatementUnreadable):
            import_statement(path=path, name=path.name, uploaded_by=None, now=SEEN)
        assert not StatementImport.objects.exists()

    def test_an_error_in_a_later_batch_leaves_nothing(
        self, load: Import, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(statements, "BATCH", 1)
        with (
            broken_table(
                "payments_statementrow", event="INSERT", when=f"NEW.receipt = '{RECEIPT}'"
            ),
            pytest.raises(Exception, match="broken by a test"),
        ):
            load(PAID)

        assert not StatementImport.objects.exists()
        assert load(PAID).file.rows == 3

    def test_batches_change_nothing(self, load: Import, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(statements, "BATCH", 2)
        steps: list[tuple[str, int]] = []

        load(PAID, progress=lambda step, rows: steps.append((step, rows)))

        assert StatementRow.objects.exclude(match="theirs_only").count() == 0
        assert ("read", 3) in steps
        assert ("store", 3) in steps
        assert [step for step, _ in steps[-2:]] == ["compare", "count"]

    def test_a_dry_run_says_the_same_and_stores_nothing(
        self, load: Import, deposit: Transaction
    ) -> None:
        found = load(PAID, is_dry_run=True)

        assert found.found.difference == -502
        assert not StatementImport.objects.exists()
        assert load(PAID).file.difference == -502

    def test_what_needs_an_operator_is_named(self, load: Import, deposit: Transaction) -> None:
        receive(success_body())
        back = Moved("NLJ7RT61SW", -500, linked="NLJ5XXXXXX", details="Pay Bill Reversal")
        found = load(back)

        assert [ours.transaction_id for ours in found.ours_only] == [deposit.pk]
        assert found.found.ours_only.rows == 1

    def test_no_name_or_number_is_kept_unmasked(self, load: Import) -> None:
        load(Moved(details="Pay Bill from 254712345678 - WANJIKU", account="0712345678"))

        row = StatementRow.objects.get(receipt=RECEIPT)
        assert str(row) == f"statement row {row.pk}"
        assert "254712345678" not in row.details
        assert (row.phone, row.payer_number) == ("254712345678", "25471****678")


class TestSettling:
    def test_each_row_is_settled_and_the_books_agree(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        file = load(PAID).file

        report = settle_rows(
            row_ids=statement_selectors.list_waiting(file), operator=operator, reason=REASON,
            now=NOON,
        )  # fmt: skip

        assert report.counts == {"applied": 1, "held": 2}
        assert money(deposit.user) == (500, 2)
        assert statement_selectors.summarise(file).difference == 0
        assert list(audit.find_problems()) == []
        again = settle_rows(
            row_ids=StatementRow.objects.values_list("pk", flat=True), operator=operator,
            reason=REASON, now=NOON,
        )  # fmt: skip
        assert again.counts == {"already_settled": 3}
        assert money(deposit.user) == (500, 2)

    def test_an_error_of_one_row_stops_no_other(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        file = load(PAID).file
        with broken_table("payments_paybillpayment", when="NEW.receipt = 'NLJ1AAAAAA'"):
            report = settle_rows(
                row_ids=statement_selectors.list_waiting(file), operator=operator, reason=REASON,
                now=NOON,
            )  # fmt: skip

        assert (report.failed, report.counts) == (1, {"applied": 1, "held": 1})
        assert len(statement_selectors.list_waiting(file)) == 1

    def test_a_deadlock_is_tried_once_more(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        load(PAID)
        row = StatementRow.objects.get(receipt=RECEIPT)
        with broken_table("payments_receipt", event="INSERT", sqlstate="40P01", times=1):
            outcome = settle_row(row_id=row.pk, operator=operator, reason=REASON, now=NOON)

        assert outcome == "applied"

    @pytest.mark.parametrize("reason", ["", "too short", " " * 20])
    def test_an_operator_gives_a_reason_of_ten_characters(
        self, load: Import, operator: User, reason: str
    ) -> None:
        file = load(PAID).file
        row = StatementRow.objects.get(receipt=RECEIPT)

        with pytest.raises(ReasonMissing):
            settle_row(row_id=row.pk, operator=operator, reason=reason, now=NOON)
        with pytest.raises(ReasonMissing):
            confirm_unpaid(
                file=file, transaction_ids=[1], operator=operator, reason=reason, now=NOON
            )

    def test_compared_again_it_knows_what_came_meanwhile(
        self, load: Import, deposit: Transaction
    ) -> None:
        file = load(PAID).file
        receive(success_body())

        statements.compare_again(file)
        assert StatementRow.objects.get(receipt=RECEIPT).match == "both"
        assert statement_selectors.summarise(file).difference == -2


class TestConfirmUnpaid:
    def test_all_that_the_file_proves(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        paid = make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2",
            account_reference="KP23456789AC",
        )  # fmt: skip
        file = load(Moved(account="KP23456789AC")).file
        listed = statement_selectors.list_unpaid(file)
        assert [unpaid.transaction_id for unpaid in listed] == [deposit.pk]

        report = confirm_unpaid(
            file=file, transaction_ids=[deposit.pk, paid.pk], operator=operator, reason=REASON,
            now=NOON + timedelta(days=1),
        )  # fmt: skip

        assert report.counts == {"unpaid": 1, "not_proven": 1}
        deposit.refresh_from_db()
        decision = UnpaidDeposit.objects.get()
        assert (deposit.status, decision.transaction) == ("FAILED", deposit)
        assert str(decision) == f"deposit {deposit.pk} not paid"
        assert list(audit.find_problems()) == []

    def test_an_error_of_one_stops_no_other(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        file = load().file
        with broken_table("payments_unpaiddeposit", sqlstate="23514"):
            report = confirm_unpaid(
                file=file, transaction_ids=[deposit.pk], operator=operator, reason=REASON, now=NOON
            )

        assert report.failed == 1
        deposit.refresh_from_db()
        assert deposit.status == "PENDING"


class TestPurge:
    def test_rows_that_did_nothing_are_deleted_after_their_days(
        self, load: Import, deposit: Transaction, operator: User, settings: Any
    ) -> None:
        settings.STATEMENT_KEEP_DAYS = 30
        file = load(PAID).file
        row = StatementRow.objects.get(receipt=RECEIPT)
        settle_row(row_id=row.pk, operator=operator, reason=REASON, now=NOON)

        assert purge_statement_rows(now=NOON + timedelta(days=30)) == 0
        assert purge_statement_rows(now=NOON + timedelta(days=31)) == 2
        assert purge_statement_rows(now=NOON + timedelta(days=32)) == 0
        assert list(StatementRow.objects.all()) == [row]
        file.refresh_from_db()
        assert file.rows_deleted_at == NOON + timedelta(days=31)
        assert list(audit.find_problems()) == []

    def test_what_was_deleted_proves_nothing(
        self, load: Import, deposit: Transaction, operator: User
    ) -> None:
        file = load(PAID).file
        purge_statement_rows(now=NOON + timedelta(days=91))

        report = confirm_unpaid(
            file=file, transaction_ids=[deposit.pk], operator=operator, reason=REASON,
            now=NOON + timedelta(days=91),
        )  # fmt: skip
        assert report.counts == {"not_proven": 1}
        assert statement_selectors.list_ours_only(file) == []
        statements.compare_again(file)
        assert not file.lines.exists()
