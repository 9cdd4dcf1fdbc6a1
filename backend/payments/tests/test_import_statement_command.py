"""`manage.py import_statement`: what it prints, settles and refuses, and its exit status."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payments import audit
from payments.models import StatementImport, StatementRow, SuspenseCase, Transaction
from payments.tests.building import (
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

pytestmark = pytest.mark.django_db(transaction=True)

REFERENCE = "KP23456789AB"
PAID = Moved(account=REFERENCE, reason_type="Pay Utility")


@pytest.fixture
def deposit() -> Transaction:
    """Store a PENDING deposit of KES 500 with its account reference."""
    return make_deposit(make_customer(), account_reference=REFERENCE)


def run(path: Path, *options: str) -> tuple[int, str]:
    """Run the command as `manage.py` does; return its exit status and what it wrote."""
    out = StringIO()
    try:
        call_command("import_statement", str(path), *options, stdout=out, skip_checks=True)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def lines(text: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in text.splitlines()]


def test_it_settles_what_the_statement_proves(tmp_path: Path, deposit: Transaction) -> None:
    status, said = run(write_statement(tmp_path, FIRST, PAID, LAST))

    assert status == 0
    assert money(deposit.user) == (500, 2)
    written = lines(said)
    assert ["theirs", "only", "3", "502.00"] in written
    assert ["our", "books", "less", "M-Pesa's", "-502.00"] in written
    assert ["credited", "1"] in written
    assert ["held", "for", "a", "decision", "2"] in written
    assert written[-1] == ["our", "books", "less", "M-Pesa's", "0.00"]
    row = StatementRow.objects.get(receipt=RECEIPT)
    assert (row.settled_by, row.reason) == (None, "import_statement")
    assert list(audit.find_problems()) == []


def test_the_same_file_twice_is_refused(tmp_path: Path, deposit: Transaction) -> None:
    path = write_statement(tmp_path, FIRST, PAID, LAST)
    run(path)

    status, said = run(path)

    assert status == 1
    assert "this very file was imported before" in said
    assert money(deposit.user) == (500, 2)


def test_it_goes_on_where_it_was_interrupted(
    tmp_path: Path, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_statement(tmp_path, FIRST, PAID, LAST)
    assert "was not imported before" in run(path, "--continue")[1]
    with broken_table("payments_receipt", event="INSERT"):
        assert run(path)[0] == 1
    assert money(deposit.user) == (0, 0)

    status, said = run(path, "--continue")

    assert (status, money(deposit.user)) == (0, (500, 2))
    assert ["credited", "1"] in lines(said)
    assert run(path, "--continue")[0] == 0
    assert "choose one" in run(path, "--continue", "--dry-run")[1]
    assert money(deposit.user) == (500, 2)


def test_a_dry_run_moves_and_stores_nothing(tmp_path: Path, deposit: Transaction) -> None:
    path = write_statement(tmp_path, FIRST, PAID, LAST)

    status, said = run(path, "--dry-run")

    assert status == 0
    assert "Nothing was stored or settled" in said
    assert ["theirs", "only", "3", "502.00"] in lines(said)
    assert money(deposit.user) == (0, 0)
    assert not StatementImport.objects.exists()
    assert run(path)[0] == 0


def test_what_contradicts_itself_is_refused_whole(tmp_path: Path, deposit: Transaction) -> None:
    path = write_statement(tmp_path, FIRST, PAID, LAST)
    path.write_text(path.read_text().replace("500.00", "501.00", 1))

    status, said = run(path)

    assert status == 1
    assert "Refused, and nothing was stored" in said
    assert money(deposit.user) == (0, 0)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert run(tmp_path / "none.csv") == (1, f"There is no file {tmp_path / 'none.csv'}.")


@pytest.mark.parametrize(("options", "ends_as"), [([], "PENDING"), (["--not-paid"], "FAILED")])
def test_unpaid_deposits_are_ended_only_where_asked(
    tmp_path: Path, deposit: Transaction, options: list[str], ends_as: str
) -> None:
    status, said = run(write_statement(tmp_path, FIRST, LAST), *options)

    deposit.refresh_from_db()
    assert (status, deposit.status) == (0, ends_as)
    assert ["proven", "not", "paid", "1", "500.00"] in lines(said)
    assert (["ended", "as", "not", "paid", "1"] in lines(said)) is (ends_as == "FAILED")


def test_what_needs_an_operator_is_listed_and_left(tmp_path: Path, deposit: Transaction) -> None:
    """A wrong amount, a payment that M-Pesa took back, and one that it does not have."""
    receive(success_body(amount=1))
    taken = make_deposit(
        make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_CO_2",
        account_reference="KP23456789AC",
    )  # fmt: skip
    receive(success_body("ws_CO_2", receipt="NLJ7RT61SW"), token="other")
    absent = make_deposit(
        taken.user, token="third", checkout_request_id="ws_CO_3", account_reference="KP23456789AD"
    )
    receive(success_body("ws_CO_3", receipt="NLJ7RT61SX"), token="third")
    path = write_statement(
        tmp_path, FIRST, PAID, Moved("NLJ7RT61SW", account="KP23456789AC"),
        Moved("NLJ7RT61SY", -500, details="Pay Bill Reversal", linked="NLJ7RT61SW"), LAST,
    )  # fmt: skip

    status, said = run(path)

    assert status == 0
    written = lines(said)
    assert ["deposit", str(absent.pk), "NLJ7RT61SX", "500.00"] in written
    assert ["NLJ7RT61SY", "NLJ7RT61SW", "500.00"] in written
    assert ["for", "an", "operator,", "in", "the", "admin", "2"] in written
    assert money(taken.user)[0] == 1000
    assert SuspenseCase.objects.filter(corrected_amount__isnull=False).count() == 0


def test_an_error_of_a_row_ends_with_1(tmp_path: Path, deposit: Transaction) -> None:
    with broken_table("payments_paybillpayment", when="NEW.receipt = 'NLJ1AAAAAA'"):
        status, said = run(write_statement(tmp_path, FIRST, PAID, LAST))

    assert status == 1
    assert ["met", "an", "error", "1"] in lines(said)
    assert money(deposit.user) == (500, 1)


def test_a_statement_without_balances_proves_less(
    tmp_path: Path, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_statement(tmp_path, FIRST, PAID, LAST)
    lines_ = path.read_text().splitlines()
    path.write_text("\n".join(_without_balance(line) for line in lines_))

    status, said = run(path, "--not-paid")

    assert status == 0
    assert "Not every row names its balance: rows may be missing." in said


def _without_balance(line: str) -> str:
    cells = line.split(",")
    return (
        ",".join([*cells[:7], "", *cells[8:]])
        if len(cells) > 12 and cells[0] != "Receipt No."
        else line
    )


def test_the_progress_is_shown_on_a_terminal_only(
    tmp_path: Path, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    run(write_statement(tmp_path, FIRST, LAST))
    assert "rows" not in shown.getvalue()

    monkeypatch.setattr(shown, "isatty", lambda: True, raising=False)
    run(write_statement(tmp_path, FIRST, PAID, LAST))
    assert "\rread" in shown.getvalue()
    assert "\rsettle" in shown.getvalue()


def test_neither_names_nor_numbers_are_printed_or_logged(
    tmp_path: Path, deposit: Transaction, caplog: Any
) -> None:
    payer = Moved(
        "NLJ7RT61SZ", 50, account="0722000000", details="Pay Bill from 254722000000 - OTIENO"
    )

    _, said = run(write_statement(tmp_path, FIRST, PAID, payer, LAST))

    for text in (said, caplog.text):
        assert "722000000" not in text
        assert "OTIENO" not in text
        assert "WANJIKU" not in text
