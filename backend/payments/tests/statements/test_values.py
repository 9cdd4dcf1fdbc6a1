"""Cells as values, and what kind of movement a row reports."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.daraja.callbacks import EAT
from payments.statements import RowKind, StatementUnreadable, values
from payments.statements.rows import classify
from payments.tests.statements.building import Files, as_csv, as_workbook, layout_a, moves


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("", None), ("-", None), ("0", "0.00"), ("0.00", "0.00"), ("500", "500.00"),
            ("1,234,567.8", "1234567.80"), (" -1 000.5", "-1000.50"), ("\u2212200.00", "-200.00"),
            ("+7", "7.00"), ("1\u00a0250.00", "1250.00"),
        ],
    )  # fmt: skip
    def test_read(self, text: str, amount: str | None) -> None:
        assert values.read_amount(text) == (None if amount is None else Decimal(amount))

    @pytest.mark.parametrize(
        "text",
        [
            "500,00",
            "1.000",
            "1.000,00",
            "12,34",
            "1,2345",
            "1e3",
            "=1",
            "KES",
            "--1",
            "٣",
            "1.234",
            "1" * 13,
            "1" * 30,
            "1,000,000,000,000.00",
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no amount"):
            values.read_amount(text)

    @given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
    def test_what_a_portal_writes_is_read_back(self, amount: Decimal) -> None:
        assert values.read_amount(f"{amount:,.2f}") == amount
        assert values.read_amount(f"{amount:.2f}") == amount


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("02-11-2025 09:15:30", datetime(2025, 11, 2, 9, 15, 30, tzinfo=EAT)),
            ("2/11/2025 9:15", datetime(2025, 11, 2, 9, 15, tzinfo=EAT)),
            ("02.11.2025", datetime(2025, 11, 2, tzinfo=EAT)),
            ("2025-11-02 09:15:30.123", datetime(2025, 11, 2, 9, 15, 30, tzinfo=EAT)),
            ("2025-11-02T09:15:30", datetime(2025, 11, 2, 9, 15, 30, tzinfo=EAT)),
            ("02-11-2025 12:00:01 AM", datetime(2025, 11, 2, 0, 0, 1, tzinfo=EAT)),
            ("02/11/2025 01:00:00 p.m.", datetime(2025, 11, 2, 13, tzinfo=EAT)),
        ],
    )
    def test_read(self, text: str, moment: datetime) -> None:
        assert values.read_moment(text) == moment

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "02-11-25",
            "45963.385",
            "02-11-2025 10",
            "02-11-2025x",
            "00-11-2025",
            "01-01-0001",
            "31-12-2006 23:59:59",
            "01-01-99999",
            "99999-01-01",
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            values.read_moment(text)

    def test_a_period_has_two_ends(self) -> None:
        with pytest.raises(ValueError, match="values to unpack"):
            values.find_moments("From 01-11-2025")


class TestParties:
    @pytest.mark.parametrize(
        ("party", "details", "name", "number"),
        [
            ("25472****108 - FIRST **** LAST", "", "FIRST **** LAST", "25472****108"),
            ("010****222 - n", "", "n", "010****222"),
            ("254712345678 - JANE DOE", "", "JANE DOE", "2547****5678"),
            ("0712 345 678 - JANE DOE", "", "JANE DOE", "2547****5678"),
            ("7480407-ZAVORA HQ", "", "ZAVORA HQ", ""),
            ("SP", "", "SP", ""),
            ("", "Pay Bill from 254712345678 - JANE Acc. 1", "JANE", "2547****5678"),
            ("", "Pay Bill Charge", "", ""),
            ("JANE 0712345678", "", "", ""),
            ("25472****108 - JANE 0712345678", "", "JANE 2547****5678", "25472****108"),
        ],
    )
    def test_read(self, party: str, details: str, name: str, number: str) -> None:
        assert values.read_party(party, details) == (name, number)

    def test_whole_numbers_in_details_are_masked(self, files: Files) -> None:
        rows = layout_a(moves(500))
        details = "Pay Bill from 254712345678 - JANE Acc. 0712345678"
        rows[7] = (*rows[7][:3], details, *rows[7][4:12], "", "KES")

        (row,) = files.rows(as_csv(rows))

        assert row.details == "Pay Bill from 2547****5678 - JANE Acc. 2547****5678"
        assert row.account_number == "0712345678"


class TestAccounts:
    @pytest.mark.parametrize(
        ("account", "details", "read"),
        [
            ("850060.0", "", "850060"),
            ("497456#Loresho_44", "Pay Bill from 1 - N Acc. other", "497456#Loresho_44"),
            ("", "Pay Bill from 1 - N Acc. 850060", "850060"),
            ("", "Pay Bill from 1 - N Acc. 850060 via API by api", "850060"),
            ("", "Pay Bill from 1 - N Acc. a via b", "a via b"),
            ("", "Pay Bill from 1 - N Acc. x Acc. y", "x Acc. y"),
            ("", "Pay Bill from 1 - N Acc. ", ""),
            ("", "Pay Bill Charge", ""),
            ("=1+1", "", "=1+1"),
        ],
    )
    def test_read(self, account: str, details: str, read: str) -> None:
        assert values.read_account(account, details) == read


class TestKinds:
    @pytest.mark.parametrize(
        ("reason", "details", "amount", "kind"),
        [
            ("Pay Utility with OD via STK", "Pay Bill from 1 - N Acc. 1", 5, RowKind.PAYMENT),
            ("Standing Order Pay Bill", "Pay Bill from 1 - N Acc. 1", 5, RowKind.PAYMENT),
            ("", "Merchant Pay Utility Received from 1 - N Acc. 1", 5, RowKind.PAYMENT),
            ("", "FSI to Pay Bill from 247247 - BANK Acc. 1", 5, RowKind.PAYMENT),
            ("Organization To Organization Transfer", "", 5, RowKind.PAYMENT),
            ("", "something that nobody has seen yet", 5, RowKind.PAYMENT),
            # What a payer typed, or is called, changes nothing.
            ("", "Pay Bill from 1 - N Acc. to settlement account", 5, RowKind.PAYMENT),
            ("", "Pay Bill from 2*1 - CHARGE REVERSAL Acc. 1", 5, RowKind.PAYMENT),
            ("", "Pay Bill from REVERSAL CHARGES LTD Acc. 1", 5, RowKind.PAYMENT),
            ("", "Pay Bill from Utility to Bank LTD Acc. 1", 5, RowKind.PAYMENT),
            ("", "Funds received from REVERSAL LTD", 5, RowKind.PAYMENT),
            ("", "Pay Bill from  - Acc. reversal", 5, RowKind.PAYMENT),
            ("", "Business Transfer from MMF to Utility", 5, RowKind.SWEEP),
            ("Pay Bill Charge", "Pay Bill Charge", -5, RowKind.CHARGE),
            ("", "Pay merchant Charge", -5, RowKind.CHARGE),
            ("", "B2C Charge", 0, RowKind.CHARGE),
            ("", "Pay Bill Charge reversal", 5, RowKind.OTHER),
            ("Pay Bill Reversal", "", -5, RowKind.REVERSAL),
            ("", "Pay Bill Reversal to 25472****108 - JANE", -5, RowKind.REVERSAL),
            ("Business Payment Reversal", "", 5, RowKind.OTHER),
            ("Business Payment to Customer via API", "", -5, RowKind.OTHER),
            ("Utility Account to Organization Settlement Account", "", -5, RowKind.SWEEP),
            ("Merchant Account to Organization Settlement Account", "", -5, RowKind.SWEEP),
            ("", "Utility Account to Organization Settlement Account via API", 5, RowKind.SWEEP),
            ("", "Agency Withdrawal of funds to Bank by 1 - BANK", -5, RowKind.SWEEP),
            ("Business Transfer from MMF to Utility", "", 5, RowKind.SWEEP),
            ("", "", 0, RowKind.OTHER),
        ],
    )
    def test_completed_row(self, reason: str, details: str, amount: int, kind: RowKind) -> None:
        paid_in = Decimal(amount) if amount > 0 else None
        withdrawn = Decimal(-amount) if amount < 0 else None
        type_text = values.read_type(reason, details)

        assert classify(type_text, paid_in, withdrawn, is_linked=False) is kind

    def test_what_leaves_for_a_payment_takes_it_back(self) -> None:
        assert classify("x", None, Decimal(5), is_linked=True) is RowKind.REVERSAL
        assert classify("x", Decimal(5), None, is_linked=True) is RowKind.PAYMENT


class TestFormulas:
    """Values are read, formulas never; what looks like one in a text stays a text."""

    TYPED = ("=1+1", "+254", "-1", "@SUM(A1)", '=HYPERLINK("http://example.com")', "\tx", "'x")

    @pytest.mark.parametrize("typed", TYPED)
    def test_text_stays_text(self, files: Files, typed: str) -> None:
        rows = layout_a(moves(500))
        rows[7] = (*rows[7][:12], typed, "KES")
        for body in (as_csv(rows), as_workbook(rows)):
            (row,) = files.rows(body)
            assert row.account_number == typed.strip()

    def test_value_of_a_formula_is_read(self, files: Files) -> None:
        rows = layout_a(moves(500))
        rows[7] = (*rows[7][:5], "{=499+1.0000001}500.0000001", *rows[7][6:])

        assert files.check(as_workbook(rows)).total_in == 500

    def test_formula_without_a_value_is_no_amount(self, files: Files) -> None:
        rows = layout_a(moves(500))
        rows[7] = (*rows[7][:5], "{=499+1}", *rows[7][6:])

        with pytest.raises(StatementUnreadable, match="opening balance"):
            files.check(as_workbook(rows))


class TestDeclined:
    def test_may_lack_its_time_of_completion(self, files: Files) -> None:
        rows = layout_a(moves(500))
        rows.append((*rows[7][:1], "", "14-11-2026 08:00:00", "x", "Failed", *[""] * 9))

        *_, declined = files.rows(as_csv(rows))

        assert declined.kind is RowKind.DECLINED
        assert declined.completed_at == datetime(2026, 11, 14, 8, tzinfo=EAT)

    def test_remark_below_the_table_is_no_row(self, files: Files) -> None:
        rows = [*layout_a(moves(500)), (), ("This is no receipt.",)]

        assert files.check(as_csv(rows)).rows == 1
