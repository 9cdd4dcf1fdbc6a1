"""The public shapes: layouts A, B and D, as they are downloaded and as programs save them again."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from payments.daraja.callbacks import EAT
from payments.statements import RowKind, StatementUnreadable, check_statement, read_rows
from payments.tests.statements import building
from payments.tests.statements.building import NAME_B, Files, Move, as_csv, as_workbook

_XLS = Path(__file__).parents[1] / "samples" / "statement.xls"


class TestA:
    """The portal's export, in the words of its public samples."""

    ROWS = (
        ("Account Holder:", "EXAMPLE LTD"),
        ("Short Code:", "174379"),
        ("Account:", "Utility Account"),
        ("Time Period:", "From", "01-11-2025 00:00:00", "To", "02-11-2025 23:59:59"),
        ("Operator:", "op", "Organization:", "EXAMPLE LTD", "Date of Report:",
         "03-11-2025 08:15:02"),
        ("Opening Balance:", "1000.00", "Closing Balance:", "1295.00", "Available Balance:",
         "1295.00", "Total Paid In:", "700.00", "Total Withdrawn:", "-405.00"),
        building.HEADER_A,
        ("TK2AB1CD2H", "02-11-2025 10:00:01", "02-11-2025 10:00:00",
         "Utility Account to Organization Settlement Account", "Completed", "", "-200.00",
         "1,295.00", "true", "Utility Account to Organization Settlement Account",
         "174379 - EXAMPLE LTD", "", "", "KES"),
        ("TK2AB1CD2G", "02-11-2025 09:30:00", "02-11-2025 09:30:00",
         "Pay Bill Reversal to 25472****108 - jane doe", "Completed", "", "-200.00", "1,495.00",
         "true", "Pay Bill Reversal", "25472****108 - jane doe", "TK2AB1CD2F", "", "KES"),
        ("TK2AB1CD2E", "02-11-2025 09:15:30", "02-11-2025 09:15:29", "Pay Bill Charge", "Completed",
         "", "-5.00", "1,695.00", "true", "Pay Bill Charge", "SP", "", "", "KES"),
        ("TK2AB1CD2E", "02-11-2025 09:15:30", "02-11-2025 09:15:29",
         "Pay Bill from 25472****108 - NAME **** NAME Acc. 850060", "Completed", "500.00", "",
         "1,700.00", "true", "Pay Bill Online", "25472****108 - NAME **** NAME", "", "850060.0",
         "KES"),
        ("TK1AB1CD2D", "01-11-2025 19:00:00", "01-11-2025 19:00:00",
         "Pay Bill from 010****222 - N N Acc. x", "Declined", "900.00", "", "", "false",
         "Pay Bill Online", "010****222 - N N", "", "x", "KES"),
        ("TK1AB1CD2F", "01-11-2025 18:00:00", "01-11-2025 18:00:00",
         "Pay Bill from 010****222 - FIRST LAST Acc. lOresho 44", "Completed", "200.00", "",
         "1,200.00", "true", "Pay Utility", "010****222 - FIRST LAST", "", "lOresho 44", "KES"),
    )  # fmt: skip

    def test_summary(self, files: Files) -> None:
        summary = files.check(as_csv(self.ROWS), "Statement.csv")

        assert (summary.layout, summary.short_code) == ("A", "174379")
        assert summary.begins_at == datetime(2025, 11, 1, tzinfo=EAT)
        assert summary.ends_at == datetime(2025, 11, 2, 23, 59, 59, tzinfo=EAT)
        assert (summary.opening, summary.closing) == (1000, 1295)
        assert (summary.total_in, summary.total_out) == (700, 405)
        assert summary.rows == 6
        assert summary.counts == {
            RowKind.PAYMENT: 2, RowKind.CHARGE: 1, RowKind.SWEEP: 1, RowKind.REVERSAL: 1,
            RowKind.OTHER: 0, RowKind.DECLINED: 1,
        }  # fmt: skip
        assert summary.first_row_at == datetime(2025, 11, 1, 18, tzinfo=EAT)
        assert summary.last_row_at == datetime(2025, 11, 2, 10, 0, 1, tzinfo=EAT)
        assert summary.names_accounts
        assert summary.is_chained
        assert len(summary.digest) == 64

    def test_rows(self, files: Files) -> None:
        sweep, reversal, charge, payment, declined, prompt = files.rows(as_csv(self.ROWS))

        assert (sweep.kind, sweep.withdrawn, sweep.line) == (RowKind.SWEEP, 200, 8)
        assert (reversal.kind, reversal.linked_receipt) == (RowKind.REVERSAL, "TK2AB1CD2F")
        assert (charge.kind, charge.withdrawn) == (RowKind.CHARGE, 5)
        assert payment.receipt == charge.receipt == "TK2AB1CD2E"
        assert (payment.kind, payment.paid_in, payment.withdrawn) == (RowKind.PAYMENT, 500, None)
        assert payment.completed_at == datetime(2025, 11, 2, 9, 15, 30, tzinfo=EAT)
        assert (payment.payer_name, payment.payer_number) == ("NAME **** NAME", "25472****108")
        assert (payment.account_number, payment.balance) == ("850060", Decimal("1700.00"))
        assert payment.reason_type == "Pay Bill Online"
        assert (declined.kind, declined.status) == (RowKind.DECLINED, "Declined")
        assert (prompt.account_number, prompt.linked_receipt) == ("lOresho 44", None)

    def test_preamble_in_any_order_and_number_of_rows(self, files: Files) -> None:
        head, table = self.ROWS[:6], self.ROWS[6:]

        shuffled = [("",), *reversed(head), ("Remark", "none"), *table]
        together = [
            (*head[3], *head[4]), (*head[1], *head[2]), ("Opening Balance:", "", *head[5][2:]),
            *table,
        ]  # fmt: skip
        one_cell = [("Short Code: 174379",), ("Opening Balance: 1,000.00",), *head[3:4], *table]

        assert files.check(as_csv(shuffled)).opening == 1000
        assert files.check(as_csv(one_cell)).short_code == "174379"
        summary = files.check(as_csv(together))
        assert (summary.opening, summary.closing) == (1000, 1295)
        assert summary.ends_at == datetime(2025, 11, 2, 23, 59, 59, tzinfo=EAT)

    def test_oldest_first_and_without_head(self, files: Files) -> None:
        summary = files.check(as_csv([self.ROWS[6], *reversed(self.ROWS[7:])]))

        assert (summary.opening, summary.closing) == (1000, 1295)
        assert summary.short_code is None
        assert summary.begins_at == summary.first_row_at

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("end", ["\r\n", "\n"])
    def test_text_in_every_form(
        self, files: Files, separator: str, encoding: str, end: str
    ) -> None:
        rows = [*self.ROWS[:10], (*self.ROWS[10][:10], "25472****108 - RENÉ", *self.ROWS[10][11:]),
                *self.ROWS[11:]]  # fmt: skip
        body = as_csv(rows, separator=separator, encoding=encoding, end=end)

        assert files.rows(body)[3].payer_name == "RENÉ"
        assert files.check(body).rows == 6

    def test_columns_in_another_order_with_unknown_ones(self, files: Files) -> None:
        table = [("New", *reversed(row)) for row in self.ROWS[6:]]

        assert files.check(as_csv([*self.ROWS[:6], *table])).rows == 6

    def test_trailing_cells_may_be_missing(self, files: Files) -> None:
        """Some programs leave out the separators of empty cells at a row's end."""
        table = [row[:11] if row[11:13] == ("", "") else row for row in self.ROWS[7:]]

        assert files.check(as_csv([*self.ROWS[:7], *table])).rows == 6

    def test_workbook_with_dates_and_numbers(self, files: Files) -> None:
        rows: list[building.Row] = list(self.ROWS[:7])
        for row in self.ROWS[7:]:
            receipt, completed, _, *rest = row
            at = datetime.strptime(completed, "%d-%m-%Y %H:%M:%S")  # noqa: DTZ007
            amounts = [float(text.replace(",", "")) if text else "" for text in rest[2:5]]
            rows.append((receipt, at, at, *rest[:2], *amounts, *rest[5:9], rest[9], *rest[10:]))
        rows[10] = (*rows[10][:12], 850060.0, "KES")

        text, workbook = files.rows(as_csv(self.ROWS)), files.rows(as_workbook(rows))

        assert workbook == text
        assert files.check(as_workbook(rows)).counts == files.check(as_csv(self.ROWS)).counts

    def test_workbook_with_a_cover_sheet(self, files: Files) -> None:
        assert files.check(as_workbook([("Cover",)], self.ROWS)).rows == 6

    def test_old_workbook(self) -> None:
        summary = check_statement(_XLS, _XLS.name)
        charge, payment = read_rows(_XLS, _XLS.name)

        assert (summary.layout, summary.opening, summary.closing) == ("A", 1000, 1495)
        assert (charge.kind, payment.kind) == (RowKind.CHARGE, RowKind.PAYMENT)
        assert payment.account_number == "850060"
        assert payment.completed_at == datetime(2026, 11, 2, 9, 15, 30, tzinfo=EAT)

    def test_of_a_till(self, files: Files) -> None:
        made = [
            Move("UKE0000001", datetime(2026, 11, 14, 9), Decimal(500), Decimal(1500),  # noqa: DTZ001
                 "Merchant Payment from 25472****108 - JANE", "Customer Merchant Payment",
                 account=""),
            Move("UKE0000001", datetime(2026, 11, 14, 9), Decimal(-3), Decimal(1497),  # noqa: DTZ001
                 "Pay merchant Charge", "Pay merchant Charge", "SP", ""),
            Move("UKE0000002", datetime(2026, 11, 14, 10), Decimal(-1497), Decimal(0),  # noqa: DTZ001
                 "Merchant Account to Organization Settlement Account",
                 "Merchant Account to Organization Settlement Account", "", ""),
        ]  # fmt: skip
        summary = files.check(as_csv(building.layout_a(made)))

        assert (summary.counts[RowKind.PAYMENT], summary.counts[RowKind.CHARGE]) == (1, 1)
        assert summary.counts[RowKind.SWEEP] == 1
        assert not summary.names_accounts

    def test_empty_one(self, files: Files) -> None:
        summary = files.check(as_csv(building.layout_a([])))

        assert (summary.rows, summary.opening, summary.closing) == (0, 1000, 1000)
        assert not summary.names_accounts
        assert not summary.is_chained


class TestB:
    ROWS = (
        building.HEADER_B,
        ("UKE0000005", "30/11/2026 23:59:59", "Agency Withdrawal of funds to Bank by 123456 - BANK",
         "Completed", "0.00", "-1,000.00", "4,000.00"),
        ("UKE0000004", "30/11/2026 12:00:00", "Utility Account to Organization Settlement Account",
         "Completed", "0.00", "-2,000.00", "5,000.00"),
        ("UKE0000004", "30/11/2026 12:00:00", "Utility Account to Organization Settlement Account",
         "Completed", "2,000.00", "0.00", "9,000.00"),
        ("UKE0000003", "14/11/2026 12:00:00",
         "Business Payment to Customer via API to 25472****108 - JANE DOE", "Completed", "0.00",
         "-500.00", "7,000.00"),
        ("UKE0000002", "13/11/2026 12:00:00",
         "FSI to Pay Bill from 247247 - BANK Acc. 0012 via API by api", "Completed", "2,500.00",
         "0.00", "7,500.00"),
        ("UKE0000001", "01/11/2026 00:00:00",
         "Small Business Pay Bill from 25472****108 - JANE DOE Acc. 850060", "Completed",
         "1,000.00", "0.00", "5,000.00"),
    )  # fmt: skip

    def test_summary(self, files: Files) -> None:
        summary = files.check(as_csv(self.ROWS, encoding="utf-8-sig"), NAME_B)

        assert (summary.layout, summary.short_code) == ("B", "174379")
        assert summary.begins_at == datetime(2026, 11, 1, tzinfo=EAT)
        assert summary.ends_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=EAT)
        assert (summary.opening, summary.closing) == (4000, 4000)
        assert (summary.total_in, summary.total_out) == (3500, 3500)
        assert summary.counts[RowKind.SWEEP] == 3
        assert summary.counts[RowKind.PAYMENT] == 2
        assert summary.counts[RowKind.OTHER] == 1
        assert summary.names_accounts
        assert summary.is_chained

    def test_rows_name_account_and_payer_in_the_details(self, files: Files) -> None:
        *_, bank, payment = files.rows(as_csv(self.ROWS), NAME_B)

        assert (bank.account_number, bank.payer_number, bank.payer_name) == ("0012", "", "BANK")
        assert (payment.account_number, payment.payer_name) == ("850060", "JANE DOE")
        assert payment.payer_number == "25472****108"

    def test_name_says_short_code_and_period_only_where_it_does(self, files: Files) -> None:
        renamed = files.check(as_csv(self.ROWS), "download (1).csv")

        assert renamed.short_code is None
        assert renamed.begins_at == renamed.first_row_at

    def test_other_accounts_side_of_a_sweep_may_come_first(self, files: Files) -> None:
        rows = [*self.ROWS[:2], self.ROWS[3], self.ROWS[2], *self.ROWS[4:]]

        assert files.check(as_csv(rows), NAME_B).closing == 4000

    def test_name_of_another_period(self, files: Files) -> None:
        with pytest.raises(StatementUnreadable, match="period"):
            files.check(as_csv(self.ROWS), NAME_B.replace("2026-11-01", "2026-11-02"))

    def test_payment_without_an_account_number_makes_absence_no_evidence(
        self, files: Files
    ) -> None:
        last = (*self.ROWS[-1][:2], "Customer payment from 25472****108 - X", *self.ROWS[-1][3:])

        assert not files.check(as_csv([*self.ROWS[:-1], last]), NAME_B).names_accounts


class TestD:
    def test_summary(self, files: Files) -> None:
        made = building.moves(500, -20, 1250)
        made[1] = replace(made[1], reason="Business Payment", details="Business Payment", party="")
        made[2] = replace(made[2], party="7480407 - ZAVORA HQ")
        for body in (as_workbook(building.layout_d(made)), as_csv(building.layout_d(made))):
            summary, rows = files.check(body), files.rows(body)

            assert (summary.layout, summary.short_code) == ("D", "174379")
            assert (summary.opening, summary.closing) == (1000, 2730)
            assert summary.ends_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=EAT)
            assert [row.kind for row in rows] == [RowKind.PAYMENT, RowKind.OTHER, RowKind.PAYMENT]
            assert (rows[0].payer_name, rows[0].payer_number) == ("ZAVORA HQ", "")
            assert rows[2].account_number == "850060"

    def test_empty_one_must_say_that_nothing_moved(self, files: Files) -> None:
        assert files.check(as_csv(building.layout_d([]))).rows == 0
        with pytest.raises(StatementUnreadable, match="no row"):
            files.check(as_csv([building.HEADER_D]))


def test_progress_is_told_now_and_then_and_at_the_end(files: Files) -> None:
    told: list[int] = []
    path = files.put(as_csv(building.layout_a(building.moves(*[1] * 1300))))

    check_statement(path, "upload", told.append)

    assert told == [1000, 1300]
