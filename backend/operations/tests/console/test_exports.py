"""The exports for finance: complete, from one snapshot, harmless in a spreadsheet, and logged."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from common import clock
from common.days import DaySpan
from operations.book import find_book
from operations.console.exports import files, pages
from operations.console.exports.ageing import ageing
from operations.console.exports.files import write_csv, write_xlsx
from operations.console.exports.ledger import Sums, day_book
from operations.console.exports.reading import one_snapshot, read
from operations.console.exports.settlement import settlement
from operations.console.exports.sheets import Row, Sheet, amount, moment, number, text
from operations.tests.console.operators import make_operator, sign_in
from payments.models import SuspenseCase
from payments.tests.building import NOON, make_customer, make_deposit, receive, success_body
from payments.tests.statement_rows import add_file, add_row
from wallet.audit import find_problems
from wallet.models import LedgerAccount
from wallet.selectors import get_derived_balance
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(hours=1)
TODAY = date(2026, 11, 20)
DAY = DaySpan(TODAY, TODAY)


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def finance() -> Client:
    """Sign in an operator who may see the ledger and nothing else."""
    return sign_in(make_operator("add_statementimport"))


def rows_of(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the rows of an export by the heads of their columns."""
    heads = [column.head for column in sheet.columns]
    with one_snapshot():
        return [dict(zip(heads, row, strict=True)) for row in sheet.rows]


def deposit(number: int, *, at: datetime = NOON, paid: int = 500) -> None:
    """Store a deposit of KES 500; a payment of another amount is held in suspense."""
    make_deposit(
        make_customer(f"2547230{number:05}"), checkout_request_id=f"ws_CO_{number}",
        token=f"token-{number}", created_at=at, updated_at=at,
    )  # fmt: skip
    body = success_body(f"ws_CO_{number}", amount=paid, receipt=f"NLJ7RT{number:04}")
    receive(body, token=f"token-{number}", now=at)


def take(client: Client, name: str, ending: str, **days: Any) -> Any:
    """Ask for an export."""
    first, last = days.get("first", TODAY), days.get("last", TODAY)
    return client.post(
        f"/admin/exports/{name}/", {"first": f"{first}", "last": f"{last}", "as": ending}
    )


def sent(answer: Any) -> bytes:
    """Return the file that was sent."""
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


class TestDayBook:
    def test_every_entry_stands_with_its_accounts_between_opening_and_closing(self) -> None:
        deposit(1, at=NOON - timedelta(days=2))
        deposit(2)
        deposit(3, paid=300)

        opening, first, second, closing = rows_of(day_book(DAY))

        assert opening["At M-PESA, KES"] == opening["In wallets, KES"] == 500
        assert first["Debit account"] == "mpesa:174379"
        assert first["Credit account"].startswith("wallet:")
        assert (first["Amount, KES"], first["At M-PESA, KES"]) == (500, 1000)
        assert second["Credit account"] == "suspense"
        assert (closing["Amount, KES"], closing["In suspense, KES"]) == (800, 300)

    def test_nairobis_midnight_is_the_border(self) -> None:
        deposit(1, at=DAY.begins_at)
        deposit(2, at=DAY.ends_before)

        assert len(rows_of(day_book(DAY))) == 3

    def test_its_closing_is_what_the_ledger_holds(self) -> None:
        deposit(1)
        deposit(2, paid=300)
        cache.clear()

        closing = rows_of(day_book(DAY))[-1]

        book = find_book(NOW)
        assert book is not None
        assert closing["At M-PESA, KES"] == book.at_mpesa
        assert closing["In suspense, KES"] == book.in_suspense
        assert closing["In wallets, KES"] == book.in_wallets
        assert closing["Owed by customers, KES"] == book.owed
        assert closing["Difference, KES"] == 0

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        moves=st.lists(
            st.tuples(
                st.sampled_from([(0, 3), (0, 2), (2, 3), (3, 0), (1, 3), (3, 1), (2, 0)]),
                st.decimals("0.01", "999.99", places=2),
                st.integers(0, 3),
            ),
            max_size=12,
        )
    )
    def test_any_ledger_closes_with_its_balances(
        self, moves: list[tuple[tuple[int, int], Decimal, int]], subtests_number: Iterator[int]
    ) -> None:
        """Post any entries over four days; then closing, balances and check_ledger agree."""
        tag = next(subtests_number)
        wallet = ledger.get_customer_account(make_customer(f"2547240{tag:05}").pk)
        kinds = [
            ledger.get_clearing_account("174379"),
            ledger._get_system_account("debts", LedgerAccount.Kind.DEBT),
            ledger.get_suspense_account(),
            wallet,
        ]
        for line, ((taken, given_to), moved, days) in enumerate(moves):
            wallet.refresh_from_db()
            if taken == 3 and wallet.balance is not None and wallet.balance < moved:
                continue
            ledger.post(
                key=f"any:{tag}:{line}", debit=kinds[taken], credit=kinds[given_to],
                amount=moved, description="any", now=NOON - timedelta(days=days),
            )  # fmt: skip

        rows = rows_of(day_book(DaySpan(TODAY - timedelta(days=2), TODAY)))

        closing = rows[-1]
        balances = dict.fromkeys(("clearing", "debt", "suspense", "customer"), Decimal(0))
        for account in LedgerAccount.objects.all():
            balances[account.kind] += get_derived_balance(account)
        assert closing["At M-PESA, KES"] == -balances["clearing"]
        assert closing["Owed by customers, KES"] == -balances["debt"]
        assert closing["In suspense, KES"] == balances["suspense"]
        assert closing["In wallets, KES"] == balances["customer"]
        assert {row["Difference, KES"] for row in rows} == {0}
        assert list(find_problems()) == []
        assert closing["Amount, KES"] == sum(row["Amount, KES"] for row in rows[1:-1])

    @pytest.fixture
    def subtests_number(self) -> Iterator[int]:
        """Count the examples: the fixtures are those of the whole test."""
        return iter(range(1, 10_000))

    def test_a_phone_number_in_a_description_is_masked(self) -> None:
        ledger.post(
            key="any:1", debit=ledger.get_clearing_account("174379"),
            credit=ledger.get_suspense_account(), amount=Decimal(5),
            description="paid by 0712345678", now=NOON,
        )  # fmt: skip

        assert "0712345678" not in rows_of(day_book(DAY))[1]["Description"]

    def test_sums_are_of_assets_and_liabilities(self) -> None:
        sums = (
            Sums().after("clearing", "customer", Decimal(5)).after("debt", "customer", Decimal(2))
        )

        assert sums == Sums(clearing=Decimal(5), debt=Decimal(2), customer=Decimal(7))
        assert sums.difference == 0


class TestSettlement:
    def test_a_day_beside_its_statement(self) -> None:
        deposit(1)
        deposit(2, paid=300)
        file = add_file(period_begin=DAY.begins_at, period_end=DAY.ends_before)
        add_row(file, receipt="NLJ7RT0001", amount_in=Decimal(500))
        add_row(file, receipt="NLJ7RT0002", amount_in=Decimal(300))
        for kind, out in (("charge", 27), ("sweep", 700), ("reversal", 40)):
            add_row(
                file, receipt=f"X{kind}"[:10].upper(), kind=kind, amount_in=None,
                amount_out=Decimal(out),
            )  # fmt: skip

        opening, day, closing = rows_of(settlement(DAY))

        assert (opening["Short code"], opening["Day"]) == ("174379", "Opening")
        assert (day["Credited, KES"], day["Held in suspense, KES"]) == (500, 300)
        assert day["Paid in by our books, KES"] == day["Paid in by M-PESA, KES"] == 800
        assert (day["M-PESA's charges, KES"], day["Swept to the bank, KES"]) == (27, 700)
        assert day["Taken back by M-PESA, KES"] == 40
        assert (day["Statement"], day["It covers the day"]) == (file.pk, "yes")
        assert day["Difference of paid in, KES"] == 0
        assert closing["At M-PESA by our books, KES"] == 800

    def test_a_day_without_a_statement_compares_nothing(self) -> None:
        deposit(1)

        day = rows_of(settlement(DAY))[1]

        assert day["Statement"] is None
        assert day["Difference of paid in, KES"] is None

    def test_of_two_files_the_fuller_one_is_compared(self) -> None:
        deposit(1)
        full = add_file()
        add_row(full, receipt="NLJ7RT0001")
        add_row(full, receipt="NLJ7RT0009")
        add_row(add_file(digest="b" * 64), receipt="NLJ7RT0001")
        add_row(add_file(digest="c" * 64, rows_deleted_at=NOON), receipt="NLJ7RT0001")

        day = rows_of(settlement(DAY))[1]

        assert (day["Statement"], day["It covers the day"]) == (full.pk, "in part")
        assert day["Difference of paid in, KES"] == -500

    def test_a_day_that_only_the_statement_has(self) -> None:
        add_row(add_file(short_code="600100"))

        rows = rows_of(settlement(DAY))

        assert [row["Short code"] for row in rows] == ["600100"] * 3
        assert rows[1]["Difference of paid in, KES"] == -500

    def test_what_was_before_is_the_opening_and_what_leaves_is_taken_back(self) -> None:
        deposit(1, at=NOON - timedelta(days=9))
        wallet = LedgerAccount.objects.get(kind="customer")
        clearing = ledger.get_clearing_account("174379")
        suspense = ledger.get_suspense_account()
        moves = (
            ("reverse:deposit:1", wallet, clearing, 200),
            ("suspense:X", clearing, suspense, 90),
            ("correct:1", suspense, clearing, 30),
            ("resolve:1", suspense, clearing, 60),
        )
        for key, debit, credit, moved in moves:
            ledger.post(
                key=key, debit=debit, credit=credit, amount=Decimal(moved), description="any",
                now=NOON,
            )  # fmt: skip

        opening, day, closing = rows_of(settlement(DAY))

        assert opening["At M-PESA by our books, KES"] == 500
        assert day["Taken back, KES"] == 260
        assert (day["Held in suspense, KES"], day["Corrected, KES"]) == (90, -30)
        assert day["Paid in by our books, KES"] == 60
        assert closing["At M-PESA by our books, KES"] == 300
        assert closing["At M-PESA by our books, KES"] == -get_derived_balance(clearing)

    def test_an_empty_ledger_has_no_rows(self) -> None:
        assert rows_of(settlement(DAY)) == []


class TestAgeing:
    @pytest.mark.parametrize(
        ("age", "head"),
        [
            (timedelta(0), "0 to 1 day"), (timedelta(hours=23), "0 to 1 day"),
            (timedelta(days=1), "1 to 3 days"), (timedelta(days=3), "3 to 7 days"),
            (timedelta(days=7), "7 to 30 days"), (timedelta(days=30), "Over 30 days"),
        ],
    )  # fmt: skip
    def test_each_case_is_in_the_column_of_its_age(self, age: timedelta, head: str) -> None:
        deposit(1, at=NOW - age, paid=300)

        row, total = rows_of(ageing(NOW))

        filled = [name for name, cell in row.items() if name.startswith(head) and cell == 300]
        assert filled == [f"{head}, KES"]
        assert row["Held, KES"] == total["Held, KES"] == 300
        assert (row["Days"], row["Phone"]) == (age.days, "2547****0001")

    def test_its_sum_is_what_the_suspense_account_holds(self) -> None:
        for number_of, paid in enumerate((300, 250, 9), 1):
            deposit(number_of, at=NOON - timedelta(days=number_of * 5), paid=paid)

        total = rows_of(ageing(NOW))[-1]

        assert total["Held, KES"] == get_derived_balance(ledger.get_suspense_account()) == 559

    def test_a_case_that_holds_nothing_is_listed_without_an_amount(self) -> None:
        deposit(1, paid=300)
        case = SuspenseCase.objects.get()
        SuspenseCase.objects.create(
            transaction=case.transaction, mpesa_receipt_number="NLJ7RT0009",
            reason="receipt_used", opened_at=NOON,
        )  # fmt: skip

        held = [row["Held, KES"] for row in rows_of(ageing(NOW))]

        assert held == [300, None, 300]


HOSTILE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\uff1d1", "%0A",
)  # fmt: skip


def sheet_of(*rows: Row) -> Sheet:
    """Return an export of four columns."""
    return Sheet("t", (text("a"), number("b"), amount("c"), moment("d")), iter(rows))


def xlsx_rows(body: bytes, page: int = 0) -> list[list[Any]]:
    """Read a page of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(page).to_python()


class TestFiles:
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_no_text_is_run_as_a_formula(self, hostile: str) -> None:
        for write in (write_csv, write_xlsx):
            file = io.BytesIO()
            write(sheet_of((hostile, 1, Decimal(1), NOON)), file)
            body = file.getvalue()
            if write is write_csv:
                [_, row] = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
            else:
                [_, row] = xlsx_rows(body)
            assert row[0].startswith("'"), write

    def test_a_workbook_holds_no_formula_and_no_link(self) -> None:
        file = io.BytesIO()
        write_xlsx(sheet_of(("http://example.com", 1, Decimal(1), NOON)), file)

        book = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
        assert book.get_sheet_by_index(0).to_python()[1][0] == "http://example.com"
        assert b"hyperlink" not in file.getvalue()

    def test_amounts_and_moments_are_numbers_and_nairobis(self) -> None:
        file = io.BytesIO()
        count = write_xlsx(sheet_of(("x", 7, Decimal("-1234567890.05"), NOON), (None,) * 4), file)

        rows = xlsx_rows(file.getvalue())
        assert rows[0] == ["a", "b", "c, KES", "d, Nairobi"]
        assert rows[1] == ["x", 7, -1234567890.05, datetime(2026, 11, 20, 12)]  # noqa: DTZ001
        assert count == 2

    def test_the_csv_says_the_same(self) -> None:
        file = io.BytesIO()
        count = write_csv(sheet_of(("x, y", 7, Decimal("-5"), NOON), (None,) * 4), file)

        lines = file.getvalue().decode("utf-8").split("\r\n")
        assert lines[0] == '\ufeffa,b,"c, KES","d, Nairobi"'
        assert lines[1:3] == ['"x, y",7,-5.00,2026-11-20 12:00:00', ",,,"]
        assert count == 2

    def test_a_long_export_goes_on_in_the_next_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MOST_ROWS", 2)
        file = io.BytesIO()
        write_xlsx(sheet_of(*(("x", each, None, None) for each in range(3))), file)

        assert [row[1] for row in xlsx_rows(file.getvalue())] == ["b", 0, 1]
        assert [row[1] for row in xlsx_rows(file.getvalue(), 1)] == ["b", 2]


class TestReading:
    def test_rows_come_from_a_cursor_of_the_server(self) -> None:
        with one_snapshot(), CaptureQueriesContext(connection) as queries:
            rows = read("SELECT n FROM generate_series(1, 5000) AS n", {})
            assert next(rows) == (1,)
            assert sum(1 for _ in rows) == 4999

        assert len(queries) == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_snapshot_writes_nothing(self) -> None:
        from django.db.utils import InternalError

        with pytest.raises(InternalError, match="read-only"), one_snapshot():
            make_customer()

    @pytest.mark.django_db(transaction=True)
    def test_what_is_booked_meanwhile_is_not_in_it(self) -> None:
        deposit(1)
        rows: list[Row] = []
        with one_snapshot():
            for row in day_book(DAY).rows:
                if not rows:
                    self.book_elsewhere()
                rows.append(row)

        assert len(rows) == 3
        assert rows[-1][7] == 500

    def book_elsewhere(self) -> None:
        """Book a deposit over another connection."""
        from threading import Thread

        def book() -> None:
            try:
                deposit(2)
            finally:
                connection.close()

        other = Thread(target=book)
        other.start()
        other.join()


class TestPages:
    def test_the_page_offers_each_in_both_forms(self, finance: Client) -> None:
        page = finance.get("/admin/exports/").content.decode()

        for name in pages.EXPORTS:
            assert f'action="/admin/exports/{name}/"' in page
        assert page.count('value="csv"') == page.count('value="xlsx"') == 3
        assert page.count('value="2026-11-19"') == 4

    @pytest.mark.parametrize("name", pages.EXPORTS)
    def test_each_is_sent_in_both_forms_and_logged(self, name: str, finance: Client) -> None:
        deposit(1, paid=300)
        rows = list(csv.reader(io.StringIO(sent(take(finance, name, "csv")).decode("utf-8-sig"))))
        book = xlsx_rows(sent(take(finance, name, "xlsx")))

        assert rows[0] == book[0]
        assert len(rows) == len(book) >= 3
        logged = list(
            LogEntry.objects.order_by("pk").values_list("user__full_name", "change_message")
        )
        assert logged == [
            ("Grace Wairimu", f"Exported as {ending}, {len(rows) - 1} rows")
            for ending in ("csv", "xlsx")
        ]
        assert "Export: " in finance.get("/admin/").content.decode()

    def test_the_name_of_the_file_says_where_it_is_from(self, finance: Client) -> None:
        answer = take(finance, "day-book", "xlsx", first=TODAY - timedelta(days=1))

        name = 'filename="mock-day-book-2026-11-19-2026-11-20.xlsx"'
        assert name in answer.headers["Content-Disposition"]
        sent(answer)

    @pytest.mark.parametrize(
        ("first", "last", "says"),
        [
            ("2026-11-20", "2026-11-19", "Before the first day."),
            ("2026-11-20", "2026-11-21", "Not yet over: today is the last."),
            ("2025-11-19", "2026-11-20", "At most 366 days at once."),
            ("1999-12-31", "1999-12-31", "Before this century."),
            ("x", "2026-11-20", "Enter a valid date."),
        ],
    )
    def test_days_that_cannot_be_are_refused_beside_their_field(
        self, first: str, last: str, says: str, finance: Client
    ) -> None:
        answer = take(finance, "day-book", "csv", first=first, last=last)

        assert answer.status_code == 400
        assert says in answer.content.decode()
        assert not LogEntry.objects.exists()

    def test_a_year_with_a_leap_day_is_allowed(self, finance: Client) -> None:
        assert sent(take(finance, "day-book", "csv", first=TODAY - timedelta(days=365)))

    @pytest.mark.parametrize(("name", "ending"), [("moon", "csv"), ("day-book", "pdf")])
    def test_what_is_not_there_is_not_found(self, name: str, ending: str, finance: Client) -> None:
        assert take(finance, name, ending).status_code == 404

    def test_it_takes_the_right_to_see_the_ledger(self) -> None:
        client = sign_in(make_operator("view_transaction"))

        assert client.get("/admin/exports/").status_code == 403
        assert take(client, "ageing", "csv").status_code == 403
        assert "/admin/exports/" not in client.get("/admin/").content.decode()

    def test_a_link_makes_no_export(self, finance: Client) -> None:
        assert finance.get("/admin/exports/day-book/").status_code == 405

    def test_without_its_record_nothing_is_sent(
        self, finance: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(LogEntry.objects, "create", lambda **_: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            take(finance, "ageing", "csv")

    def test_a_process_makes_one_at_a_time(self, finance: Client) -> None:
        with pages.TURNS.take():
            admitted = pages.TURNS._admitted
            assert admitted.acquire(blocking=False)
            try:
                answer = take(finance, "ageing", "csv")
            finally:
                admitted.release()

        assert answer.status_code == 503
        assert "Other exports are being made" in answer.content.decode()
