"""Files that are no statement, are damaged or contradict themselves: each is refused whole."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from payments.statements import StatementUnreadable, cells, chain, workbook
from payments.tests.statements import building
from payments.tests.statements.building import (
    HEADER_A,
    HEADER_B,
    NAME_B,
    Files,
    Row,
    as_csv,
    as_workbook,
    layout_a,
    moves,
)

#: The header's line in a statement of layout A, and the line of its newest row.
_HEADER, _NEWEST = 7, 8


def edited(line: int, place: int, value: building.Cell) -> list[Row]:
    """A statement of four payments with one cell changed; lines from 1, places from 0."""
    rows = layout_a(moves(500, -40, 250, 125))
    cells_of_row = list(rows[line - 1])
    cells_of_row[place] = value
    rows[line - 1] = cells_of_row
    return rows


def without_row(line: int) -> list[Row]:
    rows = layout_a(moves(500, -40, 250, 125))
    del rows[line - 1]
    return rows


def zipped(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def with_corner(place: str) -> bytes:
    """A workbook with cells at A1 and `place`: all between are held, at 32 bytes each."""
    source, file = io.BytesIO(as_workbook([("a",), ("b",)])), io.BytesIO()
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(file, "w") as made:
        for name in archive.namelist():
            text = archive.read(name)
            made.writestr(name, text.replace(b'r="A2"', f'r="{place}"'.encode()))
    return file.getvalue()


def with_entities() -> bytes:
    """The billion laughs."""
    entities = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    source, file = io.BytesIO(as_workbook([("a",)])), io.BytesIO()
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(file, "w") as made:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if "sheet1" in name:
                text = entities + "]>" + text.replace(">a<", ">&a9;<")
            made.writestr(name, text)
    return file.getvalue()


GOOD = as_csv(layout_a(moves(500, -40, 250, 125)))
WORKBOOK = as_workbook(layout_a(moves(500, -40, 250, 125)))
LINES = GOOD.split(b"\r\n")

NO_STATEMENTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \r\n\r\n", "empty"),
    "web page": (b"<!DOCTYPE html><html>Receipt No.,Completion Time</html>", "web page"),
    "web page with a mark": (b"\xef\xbb\xbf\n<table><tr><td>Receipt No.</td></tr>", "web page"),
    "PDF": (b"%PDF-1.7 ...", "PDF"),
    "JSON": (b'{"error": "log in"}', "JSON"),
    "text": (b"to whom it may concern\n", "no statement"),
    "customers' list": (as_csv([("Name", "Number"), ("x", "1")]), "no statement"),
    "header too far down": (as_csv([("x",)] * 150) + GOOD, "no statement"),
    "ZIP": (zipped(**{"a.csv": "Receipt No."}), "without an Excel workbook"),
    "ZIP cut": (zipped(**{"a.csv": "Receipt No."})[:30], "damaged"),
    "workbook cut": (WORKBOOK[: len(WORKBOOK) // 2], "damaged"),
    "workbook without sheets": (
        zipped(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}),
        "damaged",
    ),
    "old workbook cut": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    "workbook of something else": (as_workbook([("Name",), ("x",)]), "no statement"),
    "empty workbook": (as_workbook([]), "no statement"),
    "rectangle of 550 GB": (with_corner("XFD1048576"), "too large or damaged"),
    # The machine may have that much; the limit is ours.
    "rectangle of 4 GB": (with_corner("DV1048576"), "too large or damaged"),
}


@pytest.mark.parametrize("case", NO_STATEMENTS)
def test_no_statement(files: Files, case: str) -> None:
    body, why = NO_STATEMENTS[case]
    with pytest.raises(StatementUnreadable, match=why):
        files.check(body)
    with pytest.raises(StatementUnreadable, match=why):
        files.rows(body)


def test_entities_are_not_expanded(files: Files) -> None:
    with pytest.raises(StatementUnreadable):
        files.check(with_entities())


#: What is wrong, the rows, the line that is named, and a part of the sentence.
CONTRADICTIONS: dict[str, tuple[list[Row], int | None, str]] = {
    "column missing": (edited(_HEADER, 5, "Credit"), _HEADER, "no column Paid In"),
    "two columns of one name": (edited(_HEADER, 3, "Paid In"), _HEADER, "two columns"),
    "short code": (edited(2, 1, "17437A"), 2, "short code"),
    "period": (edited(4, 2, "31-02-2026"), 4, "period"),
    "period backwards": (edited(4, 2, "01-12-2026"), 4, "ends before"),
    "amount in the head": (edited(6, 1, "1.000,00"), 6, "amount in the head"),
    "label twice": ([*edited(1, 0, "Short Code:")], 2, "twice"),
    "settlement account": (edited(3, 1, "Organization Settlement Account"), 3, "no payments"),
    "opening balance": (edited(6, 1, "1001.00"), _HEADER, "opening balance is 1,001.00"),
    "closing balance": (edited(6, 3, "1001.00"), _HEADER, "closing balance is 1,001.00"),
    "total paid in": (edited(6, 7, "870.00"), _HEADER, "total paid in is 870.00"),
    "total withdrawn": (edited(6, 9, "-41.00"), _HEADER, "total withdrawn is 41.00"),
    "no receipt": (edited(_NEWEST, 0, ""), _NEWEST, "no receipt"),
    "formula for a receipt": (edited(_NEWEST, 0, '=HYPERLINK("x")'), _NEWEST, "no receipt"),
    "no date": (edited(_NEWEST, 1, ""), _NEWEST, "no date"),
    "no day of the calendar": (edited(_NEWEST, 1, "31-11-2026 09:00:00"), _NEWEST, "no date"),
    "no time of day": (edited(_NEWEST, 1, "14-11-2026 25:00:00"), _NEWEST, "no date"),
    "no hour of half a day": (edited(_NEWEST, 1, "14-11-2026 13:00:00 PM"), _NEWEST, "no date"),
    "month first": (edited(_NEWEST, 1, "11-14-2026 09:03:00"), _NEWEST, "no date"),
    "outside the period": (edited(_NEWEST, 1, "01-12-2026 00:00:00"), _NEWEST, "period"),
    "no status": (edited(_NEWEST, 4, ""), _NEWEST, "status"),
    "status changed": (edited(_NEWEST + 1, 4, "Cancelled"), _NEWEST + 2, "does not lead"),
    "amount with a decimal comma": (edited(_NEWEST, 5, "125,00"), _NEWEST, "cannot be read"),
    "amount that may be two": (edited(_NEWEST, 5, "1.250"), _NEWEST, "cannot be read"),
    "amount as a word": (edited(_NEWEST, 5, "#REF!"), _NEWEST, "cannot be read"),
    "no amount": (edited(_NEWEST, 5, ""), _NEWEST + 1, "does not lead"),
    "negative paid in": (edited(_NEWEST, 5, "-125.00"), _NEWEST, "negative"),
    "both amounts": (edited(_NEWEST, 6, "-1.00"), _NEWEST, "both"),
    "currency": (edited(_NEWEST, 13, "USD"), _NEWEST, "currency"),
    "amount changed": (edited(_NEWEST, 5, "126.00"), _NEWEST + 1, "does not lead"),
    "balance changed": (edited(_NEWEST + 1, 7, "1,711.00"), _NEWEST + 1, "1,711.00"),
    "newest row missing": (without_row(_NEWEST), _HEADER, "closing balance"),
    "row missing": (without_row(_NEWEST + 1), _NEWEST + 1, "does not lead"),
    "oldest row missing": (without_row(_NEWEST + 3), _HEADER, "opening balance"),
    "row moved": (edited(_NEWEST, 1, "14-11-2026 09:01:30"), _NEWEST + 2, "order of time"),
    "second header": ([*layout_a(moves(500)), HEADER_A], 9, "second statement"),
    "two statements": (
        [*layout_a(moves(500)), *layout_a(moves(500))[6:]],
        9,
        "second statement",
    ),
    "rows twice": (
        [*layout_a(moves(500, 250)), *layout_a(moves(500, 250))[7:]],
        10,
        "order of time",
    ),
    "more columns than any": ([*layout_a(moves(500)), ("x",) * 65], 9, "columns"),
    "long cell": (edited(_NEWEST, 3, "x" * 5000), _NEWEST, "characters"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradiction(files: Files, case: str) -> None:
    rows, line, why = CONTRADICTIONS[case]
    with pytest.raises(StatementUnreadable, match=why) as refused:
        files.check(as_csv(rows))
    assert refused.value.line == line
    assert str(refused.value) == f"line {line}: {refused.value.why}"


@pytest.mark.parametrize(
    "case", ["column missing", "period", "no date", "amount changed", "row missing", "long cell"]
)
def test_contradiction_in_a_workbook(files: Files, case: str) -> None:
    rows, line, why = CONTRADICTIONS[case]
    with pytest.raises(StatementUnreadable, match=why) as refused:
        files.check(as_workbook(rows))
    assert refused.value.line == line


class TestText:
    def test_nul_byte(self, files: Files) -> None:
        body = GOOD.replace(b"UKE0000001", b"UKE\0000001")
        with pytest.raises(StatementUnreadable, match="NUL") as refused:
            files.check(body)
        assert refused.value.line == 10

    def test_cut_within_quotes(self, files: Files) -> None:
        body = GOOD.replace(b"850060,KES", b'"850060,KES', 1)
        with pytest.raises(StatementUnreadable, match="quotation mark"):
            files.check(body)

    def test_bytes_of_no_encoding(self, files: Files) -> None:
        with pytest.raises(StatementUnreadable, match="encoding"):
            files.check(GOOD.replace(b"JANE", b"J\x81NE", 1))

    def test_every_cut_is_noticed(self, files: Files) -> None:
        """Layout A says in its head what the rows must add up to."""
        start = GOOD.index(b"Opening Balance")
        whole = files.check(GOOD)
        # After its last amount only balances are missing, which the head makes up for.
        end = GOOD.rindex(b",500.00,") + 2
        for length in range(start, end, 7):
            with pytest.raises(StatementUnreadable):
                files.check(GOOD[:length])
        assert whole.rows == 4


class TestChain:
    def test_same_payment_twice_without_balances(self, files: Files) -> None:
        first, second = moves(500, 500)
        rows = layout_a([first, replace(second, receipt=first.receipt)])
        rows[7:] = [(*row[:7], "", *row[8:]) for row in rows[7:]]
        with pytest.raises(StatementUnreadable, match="above already") as refused:
            files.check(as_csv(rows))
        assert refused.value.line == 9

    def test_identical_duplicate(self, files: Files) -> None:
        (made,) = moves(500)
        with pytest.raises(StatementUnreadable):
            files.check(as_csv([HEADER_A, *[building.row_a(made)] * 2]))

    def test_duplicate_that_shares_its_balance_is_no_twin(self, files: Files) -> None:
        first, second = moves(500, -500)
        same = [replace(first, amount=Decimal(250)), replace(first, amount=Decimal(250))]
        with pytest.raises(StatementUnreadable):
            files.check(as_csv(layout_a([*same, second])))

    def test_rows_of_one_second_in_any_order(self, files: Files) -> None:
        made = [replace(m, at=m.at.replace(minute=0)) for m in moves(500, -40, 250, 125)]
        later = replace(moves(7, opening=1835)[0], receipt="UKE0000009",
                        at=made[0].at + timedelta(hours=1))  # fmt: skip
        shuffled = [made[2], made[0], made[3], made[1], later]
        for rows in (shuffled, list(reversed(shuffled))):
            summary = files.check(as_csv([HEADER_A, *map(building.row_a, rows)]))
            assert (summary.opening, summary.closing) == (1000, 1842)

    def test_rows_of_one_second_that_fall_apart(self, files: Files) -> None:
        """Two rows cancel each other out, at a balance that the account did not have."""
        made = [replace(m, at=m.at.replace(minute=0)) for m in moves(500, -40)]
        stray = [replace(m, at=made[0].at) for m in moves(60, -60, opening=9000)]
        with pytest.raises(StatementUnreadable, match="do not follow"):
            files.check(as_csv(layout_a([*made, *stray])))

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_rows_that_lead_back_at_either_end(self, files: Files, newest_first: bool) -> None:
        """In and out again within a second, at both ends of the file, without a head."""
        made = moves(100, -100, 500, 40, -40)
        at = [made[0].at, made[0].at, made[2].at, made[3].at, made[3].at]
        made = [replace(m, at=moment) for m, moment in zip(made, at, strict=True)]
        for order in ([0, 1, 2, 3, 4], [1, 0, 2, 4, 3]):
            rows = [building.row_a(made[place]) for place in order]
            rows = rows[::-1] if newest_first else rows
            summary = files.check(as_csv([HEADER_A, *rows]))
            assert (summary.opening, summary.closing) == (1000, 1500)

    def test_head_decides_between_two_ends(self, files: Files) -> None:
        made = [replace(m, at=m.at.replace(minute=0)) for m in moves(100, -100)]

        assert files.check(as_csv(layout_a(made))).opening == 1000
        assert files.check(as_csv(layout_a(list(reversed(made))))).opening == 1000

    def test_payment_and_charge_that_share_a_balance(self, files: Files) -> None:
        payment, charge, later = moves(500, -5, 100)
        charge = replace(charge, receipt=payment.receipt, at=payment.at, details="Pay Bill Charge",
                         reason="Pay Bill Charge")  # fmt: skip
        payment = replace(payment, balance=charge.balance)

        assert files.check(as_csv(layout_a([payment, charge, later]))).is_chained

    def test_balance_that_does_not_follow_oldest_first(self, files: Files) -> None:
        made = moves(500, 250)
        rows = [HEADER_A, *map(building.row_a, [made[0], replace(made[1], balance=Decimal(99))])]
        with pytest.raises(StatementUnreadable, match=r"99\.00 does not follow from 1,500\.00"):
            files.check(as_csv(rows))

    def test_missing_balance_breaks_the_chain_and_no_more(self, files: Files) -> None:
        rows = layout_a(moves(500, -40, 250, 125))
        rows[8] = (*rows[8][:7], "", *rows[8][8:])

        summary = files.check(as_csv(rows))

        assert not summary.is_chained
        assert (summary.opening, summary.closing) == (1000, 1835)
        with pytest.raises(StatementUnreadable, match="neither the head"):
            files.check(as_csv(rows[6:]))

    def test_one_balance_in_the_head_is_enough(self, files: Files) -> None:
        table = [(*row[:7], "", *row[8:]) for row in layout_a(moves(500, -40))[7:]]
        for label, value in (("Opening Balance:", "1000.00"), ("Closing Balance:", "1460.00")):
            summary = files.check(as_csv([(label, value), HEADER_A, *table]))
            assert (summary.opening, summary.closing) == (1000, 1460)

    def test_row_without_amount_and_balance(self, files: Files) -> None:
        rows = layout_a(moves(500))
        rows[7] = (*rows[7][:5], "", "", "", *rows[7][8:])
        with pytest.raises(StatementUnreadable, match="no amount"):
            files.check(as_csv(rows))

    def test_row_of_zero_moves_nothing(self, files: Files) -> None:
        assert files.check(as_csv(layout_a(moves(500, 0, 250)))).is_chained

    def test_too_many_rows_of_one_second(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chain, "MAX_GROUP", 2)
        made = [replace(m, at=m.at.replace(minute=0)) for m in moves(1, 2, 3)]
        with pytest.raises(StatementUnreadable, match="one second"):
            files.check(as_csv(layout_a(made)))


class TestDates:
    """Day first, always; a file that reads better the other way round is refused."""

    def test_receipt_of_another_day(self, files: Files) -> None:
        """UK2 is the second of November 2026, which 11/02/2026 means with the month first."""
        made = [replace(moves(500)[0], receipt="UK2AB1CD2E")]
        rows = layout_a(made)
        swapped = [HEADER_B, ("UK2AB1CD2E", "11/02/2026 09:00:00", "x", "Completed", "500.00",
                              "0.00", "1,500.00")]  # fmt: skip
        with pytest.raises(StatementUnreadable, match="month first"):
            files.check(as_csv(swapped), "upload")
        assert files.rows(as_csv(rows))

    def test_span_that_fits_the_other_reading_only(self, files: Files) -> None:
        rows = [
            ("X00000000" + str(month), f"11/{month:02}/2026 09:00:00", "x", "Completed", "1.00",
             "0.00", f"{month}.00")
            for month in range(1, 11)
        ]  # fmt: skip
        with pytest.raises(StatementUnreadable, match="month first"):
            files.check(as_csv([HEADER_B, *rows]))
        assert files.check(as_csv([HEADER_B, *rows[:2]])).rows == 2

    def test_receipts_that_agree_remove_the_doubt(self, files: Files) -> None:
        rows = [
            (f"U{letter}BAB1CD2E", f"11/{month:02}/2026 09:00:00", "x", "Completed", "1.00",
             "0.00", f"{month}.00")
            for month, letter in ((8, "H"), (9, "I"), (10, "J"))
        ]  # fmt: skip
        assert files.check(as_csv([HEADER_B, *rows])).rows == 3

    def test_year_first_is_never_in_doubt(self, files: Files) -> None:
        rows = [
            (f"X00000000{month}", f"2026-{month:02}-11 09:00:00", "x", "Completed", "1.00", "0.00",
             f"{month}.00")
            for month in range(1, 10)
        ]  # fmt: skip
        assert files.check(as_csv([HEADER_B, *rows])).rows == 9

    def test_name_with_a_period_that_cannot_be(self, files: Files) -> None:
        body = as_csv(building.layout_b(moves(500)))
        with pytest.raises(StatementUnreadable, match="cannot be"):
            files.check(body, NAME_B.replace("2026-11-30", "2026-11-31"))


class TestLimits:
    def test_rows(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cells, "MAX_ROWS", 10)
        with pytest.raises(StatementUnreadable, match="more than 10 rows"):
            files.check(GOOD)

    def test_file(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cells, "MAX_FILE_BYTES", 100)
        with pytest.raises(StatementUnreadable, match="MiB"):
            files.check(GOOD)

    def test_unpacked_workbook(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 100)
        with pytest.raises(StatementUnreadable, match="too large"):
            files.check(WORKBOOK)


def test_what_a_file_says_is_in_no_exception(files: Files) -> None:
    """Names, numbers, receipts and accounts: each broken file holds them, no sentence does."""
    secrets = ("JANE", "DOE", "25472", "850060", "UKE0", "EXAMPLE")
    for rows, _, _ in CONTRADICTIONS.values():
        with pytest.raises(StatementUnreadable) as refused:
            files.check(as_csv(rows))
        assert not any(secret in str(refused.value) for secret in secrets)
