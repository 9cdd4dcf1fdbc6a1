"""Renders a statement as PDF; outside production each page is stamped "not real money"."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from common.days import NAIROBI
from common.messages import Message
from wallet import statement as words
from wallet.pdf_text import BOLD, PLAIN, can_draw, draw_right, draw_text, fit, text_width
from wallet.statement import Line, Statement

_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 40, _WIDTH - 40
_SIZE, _ROW = 8, 15
_TABLE_TOP = _HEIGHT - 190
_NEXT_TABLE_TOP = _HEIGHT - 102
_BOTTOM = 70
_FIRST_PAGE_ROWS = int((_TABLE_TOP - _BOTTOM) // _ROW)
_NEXT_PAGE_ROWS = int((_NEXT_TABLE_TOP - _BOTTOM) // _ROW)
_INK, _GREY, _RULE, _SHADE = map(HexColor, ("#0e1b14", "#4b5951", "#dde3db", "#eaeee8"))
_GREEN, _RED = HexColor("#0a6847"), HexColor("#b3261e")
#: The logo as the page draws it: its paper, and the three strokes of the letter in their colours.
_CLOTH = HexColor("#07543a")
_THREADS = tuple(map(HexColor, ("#ffffff", "#8ce8bd", "#fbc94a")))
_LOGO = ((7.5, 5.5, 7.5, 16.5), (10.7, 11.3, 14.8, 15.8), (10.7, 10, 14.8, 5.8))
#: Horizontal positions in points: left ends of text columns, right ends of amounts.
_DATE, _DESCRIPTION, _CODE, _IN, _OUT, _BALANCE = 44, 142, 292, 424, 482, _RIGHT - 4
_DESCRIPTION_WIDTH = _CODE - _DESCRIPTION - 8

#: The name that customers know us by, as on the page.
BRAND = "Kibeezy"
_MONTHS = tuple(
    Message(en=en, sw=sw)
    for en, sw in zip(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        ["Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"],
        strict=True,
    )
)
_TITLE = Message(en="Wallet statement", sw="Taarifa ya pochi")
_PERIOD = Message(en="From {first} to {last}, both included", sw="Kuanzia {first} hadi {last}")
_MADE = Message(en="Made on {at} (Nairobi time)", sw="Imetolewa {at} (saa za Nairobi)")
_CURRENCY = Message(
    en="All amounts in Kenya shillings (KES)", sw="Kiasi chote ni kwa shilingi za Kenya (KES)"
)
_PAGE = Message(en="Page {number} of {total}", sw="Ukurasa {number} kati ya {total}")
_NOT_VERIFIED = Message(
    en="Name as given at sign-up, not verified",
    sw="Jina kama lilivyotolewa wakati wa kujisajili, halijathibitishwa",
)
_EMPTY = Message(en="No movements in this period.", sw="Hakuna miamala katika kipindi hiki.")


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """The customer, time, language and stamp that the pages show.

    A statement is shown to third parties: it says whether anybody has verified the name.
    """

    name: str
    is_verified: bool
    masked_phone_number: str
    made_at: datetime
    language: str | None
    stamp: Message | None

    @property
    def holder(self) -> str:
        """The name; the masked phone number where the font lacks letters of the name."""
        return self.name if can_draw(self.name, BOLD) else self.masked_phone_number

    @property
    def note(self) -> Message | None:
        """The note about a name that is not verified."""
        return None if self.is_verified else _NOT_VERIFIED


def render_pdf(statement: Statement, letterhead: Letterhead) -> bytes:
    """Return the PDF file, in the reader's language."""
    return _Writer(statement, letterhead).write()


def split_pages(lines: list[Line]) -> list[list[Line]]:
    """Return the lines of each page; an empty statement still has one page."""
    pages = [lines[:_FIRST_PAGE_ROWS]]
    for start in range(_FIRST_PAGE_ROWS, len(lines), _NEXT_PAGE_ROWS):
        pages.append(lines[start : start + _NEXT_PAGE_ROWS])
    return pages


class _Writer:
    """Draws one statement on one canvas."""

    def __init__(self, statement: Statement, letterhead: Letterhead) -> None:
        self.statement = statement
        self.head = letterhead
        self.file = BytesIO()
        self.canvas: Any = Canvas(self.file, pagesize=A4, pageCompression=1)

    def say(self, message: Message, **values: object) -> str:
        """Return the message, filled with the values, in the reader's language."""
        return message.filled(**values).in_language(self.head.language)

    def day(self, day: date) -> str:
        """Return a day as people write it, `30 Nov 2026`, in the reader's language."""
        month = _MONTHS[day.month - 1].in_language(self.head.language)
        return f"{day.day} {month} {day.year}"

    def brand(self, x: float, y: float) -> None:
        """Draw the logo and the name; `y` is the lower edge."""
        canvas = self.canvas
        canvas.saveState()
        canvas.setFillColor(_CLOTH)
        canvas.roundRect(x, y, 22, 22, 6, stroke=0, fill=1)
        canvas.setLineCap(1)
        canvas.setLineWidth(2.4)
        for colour, stroke in zip(_THREADS, _LOGO, strict=True):
            canvas.setStrokeColor(colour)
            canvas.line(*(start + end for start, end in zip((x, y, x, y), stroke, strict=True)))
        canvas.restoreState()
        self.text(x + 29, y + 5.5, BRAND, 15, BOLD)

    def write(self) -> bytes:
        """Draw all pages and return the PDF file."""
        span = self.statement.span
        self.canvas.setTitle(f"{BRAND}: {self.say(_TITLE)}")
        self.canvas.setAuthor(BRAND)
        self.canvas.setCreator(BRAND)
        self.canvas.setSubject(
            self.say(_PERIOD, first=self.day(span.first), last=self.day(span.last))
        )
        pages = split_pages(self.statement.lines)
        for number, lines in enumerate(pages, start=1):
            self.stamp()
            self.page_head(is_first=number == 1)
            self.table(lines, _TABLE_TOP if number == 1 else _NEXT_TABLE_TOP)
            self.page_foot(number, len(pages))
            self.canvas.showPage()
        self.canvas.save()
        return self.file.getvalue()

    def text(self, x: float, y: float, text: str, size: float = _SIZE, font: str = PLAIN) -> None:
        """Draw a text whose left end is at `x`."""
        draw_text(self.canvas, x, y, text, size, font)

    def right(self, x: float, y: float, text: str, font: str = PLAIN) -> None:
        """Draw a text whose right end is at `x`."""
        draw_right(self.canvas, x, y, text, _SIZE, font)

    def stamp(self) -> None:
        """Draw the stamp at the top and across the page, so that cropping cannot remove it."""
        if self.head.stamp is None:
            return
        text = self.say(self.head.stamp)
        canvas = self.canvas
        canvas.setFillColor(_RED)
        canvas.rect(0, _HEIGHT - 24, _WIDTH, 24, stroke=0, fill=1)
        canvas.saveState()
        canvas.setFillAlpha(0.09)
        canvas.translate(_WIDTH / 2, _HEIGHT / 2)
        canvas.rotate(52)
        for row in (-190, 0, 190):
            self.text(-text_width(text, 38, BOLD) / 2, row, text, 38, BOLD)
        canvas.restoreState()
        canvas.setFillColor(HexColor("#ffffff"))
        self.text((_WIDTH - text_width(text, 10, BOLD)) / 2, _HEIGHT - 16, text, 10, BOLD)

    def page_head(self, *, is_first: bool) -> None:
        """Draw the page's head; on the first page with the customer and the summary."""
        canvas, span = self.canvas, self.statement.span
        canvas.setFillColor(_INK)
        self.brand(_LEFT, _HEIGHT - 64)
        self.right(_RIGHT, _HEIGHT - 58, self.say(_TITLE), BOLD)
        canvas.setFillColor(_GREY)
        self.right(
            _RIGHT,
            _HEIGHT - 72,
            self.say(_PERIOD, first=self.day(span.first), last=self.day(span.last)),
        )
        if is_first:
            made_at = self.head.made_at.astimezone(NAIROBI)
            moment = f"{self.day(made_at.date())}, {made_at:%H:%M}"
            self.right(_RIGHT, _HEIGHT - 84, self.say(_MADE, at=moment))
            self.right(_RIGHT, _HEIGHT - 96, self.say(_CURRENCY))
            self.text(_LEFT, _HEIGHT - 96, self.head.masked_phone_number, 9)
            canvas.setFillColor(_INK)
            self.text(_LEFT, _HEIGHT - 82, fit(self.head.holder, 250, 10, BOLD), 10, BOLD)
            if self.head.note is not None:
                canvas.setFillColor(_GREY)
                self.text(_LEFT, _HEIGHT - 108, self.say(self.head.note), 7)
            self.summary(_HEIGHT - 140)

    def summary(self, y: float) -> None:
        """Draw opening balance, money in, money out and closing balance."""
        figures = (
            (words.OPENING, self.statement.opening),
            (words.MONEY_IN, self.statement.money_in),
            (words.MONEY_OUT, self.statement.money_out),
            (words.CLOSING, self.statement.closing),
        )
        width = (_RIGHT - _LEFT) / len(figures)
        self.canvas.setFillColor(_SHADE)
        self.canvas.setFillAlpha(0.8)
        self.canvas.roundRect(_LEFT, y - 10, _RIGHT - _LEFT, 38, 4, stroke=0, fill=1)
        self.canvas.setFillAlpha(1)
        for position, (word, amount) in enumerate(figures):
            x = _LEFT + 12 + position * width
            self.canvas.setFillColor(_GREY)
            self.text(x, y + 13, self.say(word), 7)
            self.canvas.setFillColor(_INK)
            self.text(x, y - 1, f"{amount:,.2f}", 11, BOLD)

    def table(self, lines: list[Line], top: float) -> None:
        """Draw the column heads and the lines below them."""
        self.canvas.setFillColor(_GREY)
        self.text(_DATE, top + 5, self.say(words.DATE), 7, BOLD)
        self.text(_DESCRIPTION, top + 5, self.say(words.DESCRIPTION), 7, BOLD)
        self.text(_CODE, top + 5, self.say(words.MPESA_CODE), 7, BOLD)
        for x, word in (
            (_IN, words.MONEY_IN),
            (_OUT, words.MONEY_OUT),
            (_BALANCE, words.BALANCE),
        ):
            draw_right(self.canvas, x, top + 5, self.say(word), 7, BOLD)
        self.rule(top)
        for row, line in enumerate(lines, start=1):
            self.line(line, top - row * _ROW)
        if not self.statement.lines:
            self.canvas.setFillColor(_GREY)
            self.text(_DATE, top - _ROW + 5, self.say(_EMPTY))

    def line(self, line: Line, y: float) -> None:
        """Draw one movement."""
        at = line.at.astimezone(NAIROBI)
        self.canvas.setFillColor(_INK)
        self.text(_DATE, y + 5, f"{self.day(at.date())}, {at:%H:%M:%S}")
        description = fit(self.say(line.description), _DESCRIPTION_WIDTH, _SIZE)
        self.text(_DESCRIPTION, y + 5, description)
        self.text(_CODE, y + 5, line.mpesa_code)
        self.right(_BALANCE, y + 5, _amount(line.balance))
        self.canvas.setFillColor(_GREEN if line.amount > 0 else _INK)
        self.right(_IN if line.amount > 0 else _OUT, y + 5, _amount(abs(line.amount)))
        self.rule(y)

    def rule(self, y: float) -> None:
        """Draw a thin line across the page."""
        self.canvas.setStrokeColor(_RULE)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(_LEFT, y, _RIGHT, y)

    def page_foot(self, number: int, total: int) -> None:
        """Draw the page's number, and the closing balance once more on the last page."""
        self.canvas.setFillColor(_GREY)
        self.right(_RIGHT, 32, self.say(_PAGE, number=number, total=total))
        self.text(_LEFT, 32, f"{BRAND} · {self.head.masked_phone_number}")
        if number == total:
            self.canvas.setFillColor(_INK)
            closing = f"{self.say(words.CLOSING)}: KES {self.statement.closing:,.2f}"
            self.right(_BALANCE, 50, closing, BOLD)


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}"
