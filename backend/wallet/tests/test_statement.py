"""Statements: their contents, and their CSV and PDF, without a database."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.days import DaySpan
from common.errors import DomainError
from common.messages import Message
from wallet import statement as words
from wallet.pdf_text import fit, split_glyphs, text_width
from wallet.statement import MAX_LINES, Movement, Statement, build_statement
from wallet.statement_csv import render_csv
from wallet.statement_pdf import Letterhead, render_pdf, split_pages

NOVEMBER = DaySpan(date(2026, 11, 1), date(2026, 11, 30))
# 00:30 on the 21st in Nairobi.
LATE = datetime(2026, 11, 20, 21, 30, 5, tzinfo=UTC)


def move(amount: Any, **fields: Any) -> Movement:
    """Build a movement."""
    fields = {
        "at": LATE,
        "key": "deposit:1",
        "description": "M-Pesa deposit of KSH 500",
        "mpesa_code": "NLJ7RT61SV",
        **fields,
    }
    return Movement(amount=Decimal(amount), **fields)


def build(*movements: Movement, opening: Any = 0) -> Statement:
    """Build November's statement."""
    return build_statement(span=NOVEMBER, opening=Decimal(opening), movements=movements)


def rows(statement: Statement, **options: Any) -> list[list[str]]:
    """Return the cells of the CSV."""
    body = render_csv(statement, **{"language": "en", "stamp": None, **options})
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))


class TestSums:
    def test_the_balance_runs_and_closes(self) -> None:
        found = build(move(500), move(-200), move("0.50"), opening=1000)

        assert [line.balance for line in found.lines] == [1500, 1300, Decimal("1300.50")]
        assert (found.opening, found.closing) == (1000, Decimal("1300.50"))
        assert (found.money_in, found.money_out) == (Decimal("500.50"), 200)

    def test_nothing_moved_closes_as_it_opened(self) -> None:
        found = build(opening=70)

        assert (found.closing, found.money_in, found.money_out) == (70, 0, 0)

    @given(st.lists(st.decimals(-10_000, 10_000, places=2).filter(bool), max_size=50))
    def test_opening_and_movements_are_the_closing(self, amounts: list[Decimal]) -> None:
        found = build(*map(move, amounts), opening=250)

        assert found.closing == 250 + found.money_in - found.money_out == 250 + sum(amounts)

    def test_a_statement_that_is_too_long_is_refused_not_cut_off(self) -> None:
        movements = [move(1)] * (MAX_LINES + 1)

        with pytest.raises(DomainError) as refused:
            build(*movements)

        assert refused.value.code == "statement_too_long"
        assert len(build(*movements[:-1]).lines) == MAX_LINES

    def test_descriptions_of_movements_are_in_both_languages(self) -> None:
        keys = ("deposit:1", "resolve:7", "reverse:deposit:1", "debt:deposit:1", "repay:1:1")
        lines = build(*(move(1, key=key) for key in keys)).lines

        assert all(line.description.en != line.description.sw for line in lines)
        assert (
            build(move(1, key="gift:1", description="A gift")).lines[0].description.sw == "A gift"
        )


class TestDays:
    def test_a_day_begins_at_nine_in_the_evening_of_utc(self) -> None:
        assert NOVEMBER.begins_at == datetime(2026, 10, 31, 21, tzinfo=UTC)
        assert NOVEMBER.ends_before == datetime(2026, 11, 30, 21, tzinfo=UTC)


class TestCsv:
    def test_the_csv_is_rfc_4180_with_a_byte_order_mark_for_spreadsheets(self) -> None:
        body = render_csv(
            build(move(500, key="x", description='He said "hi", twice')), language="en", stamp=None
        )

        assert body.startswith(b"\xef\xbb\xbfDate,Time,Description,M-PESA code,")
        assert body.count(b"\r\n") == body.count(b"\n") == 4
        assert b'"He said ""hi"", twice"' in body

    def test_lines_stand_between_opening_and_closing(self) -> None:
        found = rows(build(move(500), move(-200, key="reverse:deposit:1"), opening=1000))

        assert found[1:] == [
            ["2026-11-01", "", "Opening balance", "", "", "", "1000.00"],
            ["2026-11-21", "00:30:05", "M-PESA deposit", "NLJ7RT61SV", "500.00", "", "1500.00"],
            ["2026-11-21", "00:30:05", "Reversal", "NLJ7RT61SV", "", "200.00", "1300.00"],
            ["2026-11-30", "", "Closing balance", "", "500.00", "200.00", "1300.00"],
        ]

    def test_the_csv_can_be_in_swahili(self) -> None:
        found = rows(build(move(500)), language="sw")

        assert found[0][:3] == ["Tarehe", "Saa", "Maelezo"]
        assert found[2][2] == "Pesa uliyoweka kwa M-PESA"

    def test_a_statement_of_play_money_is_marked(self) -> None:
        found = rows(build(), stamp=words.find_stamp("mock"))

        assert found[1][2] == "Opening balance (MOCK: NOT REAL MONEY)"
        assert words.find_stamp("production") is None
        assert words.file_name(NOVEMBER, "sandbox", "csv") == (
            "kibeezy-statement-2026-11-01-to-2026-11-30-sandbox.csv"
        )
        assert "mock" not in words.file_name(NOVEMBER, "production", "pdf")

    @pytest.mark.parametrize(
        "text",
        [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "|cmd", "%0",
            "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", "\u00a0=1", "=HYPERLINK(\"http://x\")",
        ],
    )  # fmt: skip
    def test_no_cell_is_a_formula(self, text: str) -> None:
        (_, _, line, _) = rows(build(move(1, key="x", description=text, mpesa_code=text)))

        assert line[2] == line[3] == f"'{text}"

    @given(st.text(max_size=40))
    def test_whatever_is_written_comes_back_and_is_never_a_formula(self, text: str) -> None:
        text = text.encode("utf-8", "ignore").decode()
        (_, _, line, _) = rows(build(move(1, key="x", description=text)))

        assert len(line) == 7
        assert line[2].removeprefix("'") == text.replace("\x00", "").removeprefix("'")
        assert not line[2].lstrip().startswith(("=", "+", "-", "@"))


def make_letterhead(**fields: Any) -> Letterhead:
    """Build what stands on every page."""
    fields = {
        "name": "Wanjikũ Kamau",
        "is_verified": True,
        "masked_phone_number": "07** **5 678",
        "made_at": LATE,
        "language": "en",
        "stamp": None,
        **fields,
    }
    return Letterhead(**fields)


class TestPdf:
    @pytest.mark.parametrize(("lines", "pages"), [(0, 1), (1, 1), (38, 1), (39, 2), (1000, 23)])
    def test_every_line_is_on_a_page(self, lines: int, pages: int) -> None:
        found = split_pages(build(*[move(1)] * lines).lines)

        assert len(found) == pages
        assert sum(map(len, found)) == lines

    @pytest.mark.parametrize("language", ["en", "sw"])
    @pytest.mark.parametrize("environment", ["mock", "sandbox", "production"])
    def test_the_pdf_has_the_form_of_a_pdf(self, language: str, environment: str) -> None:
        letterhead = make_letterhead(language=language, stamp=words.find_stamp(environment))

        body = render_pdf(build(move(500), move(-2)), letterhead)

        assert body.startswith(b"%PDF-")
        assert body.rstrip().endswith(b"%%EOF")

    def test_the_file_says_whose_it_is_and_what_it_is_about(self) -> None:
        """One brand, and no word that the library puts where nobody says one."""
        body = render_pdf(build(move(500)), make_letterhead())

        facts = dict(re.findall(rb"/(Author|Creator|Title|Subject) \(([^)]*)\)", body))
        assert facts == {
            b"Author": b"Kibeezy",
            b"Creator": b"Kibeezy",
            b"Title": b"Kibeezy: Wallet statement",
            b"Subject": b"From 1 Nov 2026 to 30 Nov 2026, both included",
        }
        assert b"anonymous" not in body
        assert b"unspecified" not in body

    @given(st.text(max_size=60))
    def test_every_name_can_be_drawn(self, name: str) -> None:
        assert render_pdf(build(), make_letterhead(name=name)).startswith(b"%PDF-")

    @pytest.mark.parametrize(
        ("name", "holder"),
        [
            ("Wanjikũ Kamau", "Wanjikũ Kamau"),
            ("Who? Me", "Who? Me"),
            ("\u12a0\u1260\u1260 \u1260\u1240\u1208", "07** **5 678"),
            ("\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "07** **5 678"),
            ("Asha \u4e2d", "07** **5 678"),
            ("", "07** **5 678"),
        ],
        ids=["latin", "question mark", "amharic", "arabic", "mixed", "none"],
    )
    def test_a_number_stands_for_a_name_that_the_font_lacks(self, name: str, holder: str) -> None:
        assert make_letterhead(name=name).holder == holder

    def test_an_unverified_name_is_marked_as_such(self) -> None:
        stated = make_letterhead(is_verified=False)

        assert stated.note is not None
        assert stated.note.en == "Name as given at sign-up, not verified"
        assert make_letterhead().note is None
        assert len(render_pdf(build(), stated)) > len(render_pdf(build(), make_letterhead()))


class TestText:
    @pytest.mark.parametrize(
        ("text", "glyphs"),
        [
            ("Zoë", [("Z", ""), ("o", ""), ("ë", "")]),
            ("ũ", [("u", "\u02dc")]),
            ("u\u0303", [("u", "\u02dc")]),
            ("Ĩ", [("I", "\u02dc")]),
            ("ĩ", [("\u0131", "\u02dc")]),
            ("ā", [("a", "\u00af")]),
            ("ș", [("s", "")]),
            ("中", [("?", "")]),
            ("a\u202eb\n", [("a", ""), ("b", "")]),
        ],
    )
    def test_letters_that_the_font_lacks_are_composed(
        self, text: str, glyphs: list[tuple[str, str]]
    ) -> None:
        assert split_glyphs(text) == glyphs

    def test_text_that_is_too_wide_is_cut_off(self) -> None:
        short = fit("W" * 100, 80, 8)

        assert short.endswith("…")
        assert text_width(short, 8) <= 80
        assert fit("short", 80, 8) == "short"


def test_a_long_span_is_named_in_the_error() -> None:
    error = words.StatementTooLong()

    assert isinstance(error.customer_message, Message)
    assert "10,000" in error.customer_message.en
    assert "10,000" in error.customer_message.sw


def test_times_are_nairobi_s_whatever_they_were_stored_in() -> None:
    noon = move(1, at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC) + timedelta(0))

    assert rows(build(noon))[2][1] == "15:00:00"
