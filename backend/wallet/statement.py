"""The statement over a span of days: opening balance, movements, closing balance. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.days import DaySpan
from common.errors import DomainError
from common.messages import Message
from common.turns import Turns

#: The most lines and days of one statement. A longer one is an error, and never cut short.
MAX_LINES = 10_000
MAX_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One posting on the customer's wallet. `amount` is positive for money in."""

    at: datetime
    key: str
    description: str
    mpesa_code: str | None
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Line:
    """A movement as the statement shows it, with the balance after it."""

    at: datetime
    description: Message
    mpesa_code: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement; `closing`, the balance at the end of the span, is `opening` plus all lines."""

    span: DaySpan
    opening: Decimal
    lines: list[Line]

    @property
    def closing(self) -> Decimal:
        """Return the balance after the last line, or `opening` without lines."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def money_in(self) -> Decimal:
        """Return the sum of all positive amounts."""
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal("0.00"))

    @property
    def money_out(self) -> Decimal:
        """Return the sum of all negative amounts, as a positive number."""
        return -sum((line.amount for line in self.lines if line.amount < 0), Decimal("0.00"))


def build_statement(*, span: DaySpan, opening: Decimal, movements: Iterable[Movement]) -> Statement:
    """Return the statement with the balance after each movement; `movements` come oldest first.

    Raises:
        StatementTooLong: there are more than MAX_LINES movements.
    """
    balance = opening
    lines = []
    for movement in movements:
        balance += movement.amount
        lines.append(
            Line(
                at=movement.at,
                description=_describe(movement),
                mpesa_code=movement.mpesa_code or "",
                amount=movement.amount,
                balance=balance,
            )
        )
    if len(lines) > MAX_LINES:
        raise StatementTooLong
    return Statement(span=span, opening=opening, lines=lines)


#: The line's text by the prefix of the entry's key: the ledger stores descriptions in English only.
_DESCRIPTIONS = {
    "deposit": Message(en="M-PESA deposit", sw="Pesa uliyoweka kwa M-PESA"),
    "resolve": Message(en="M-PESA payment, after a check", sw="Malipo ya M-PESA yaliyokaguliwa"),
    "share": Message(
        en="Share of an M-PESA payment, after a check",
        sw="Sehemu ya malipo ya M-PESA yaliyokaguliwa",
    ),
    "reverse": Message(en="Reversal", sw="Muamala uliorudishwa"),
    "debt": Message(
        en="Owed to us: spent before M-PESA took it back",
        sw="Deni kwetu: ilitumika kabla ya M-PESA kuirudisha",
    ),
    "repay": Message(en="Debt repaid", sw="Deni lililolipwa"),
}


def describe_line(kind: str) -> Message:
    """Return the text of a statement's line by the kind of its entry, as `resolve` or `share`."""
    return _DESCRIPTIONS[kind]


def _describe(movement: Movement) -> Message:
    kind, _, _ = movement.key.partition(":")
    as_written = Message(en=movement.description, sw=movement.description)
    return _DESCRIPTIONS.get(kind, as_written)


class StatementTooLong(DomainError):
    """The span has more than MAX_LINES movements."""

    code = "statement_too_long"
    error = "Too many lines for one statement"
    customer_message = Message(
        en="A statement has at most {most:,} lines. Please choose a shorter span.",
        sw="Taarifa haiwezi kuwa na zaidi ya mistari {most:,}. Tafadhali chagua kipindi"
        " kifupi zaidi.",
    ).filled(most=MAX_LINES)


class StatementsBusy(DomainError):
    """Too many statements are being made at once, so this one was not begun."""

    code = "unavailable"
    error = "Too many statements at once"
    customer_message = Message(
        en="Many statements are being made right now. Please try again in a few seconds.",
        sw="Taarifa nyingi zinatengenezwa sasa hivi. Tafadhali jaribu tena baada ya sekunde"
        " chache.",
    )

    def __init__(self) -> None:
        super().__init__(retry_after_s=10)


#: The longest statement as PDF takes four seconds of CPU, so each process makes one at a time:
#: two at once are not made sooner, and callbacks would have a third of the processor.
TURNS = Turns(at_once=1, waiting=4, busy=StatementsBusy)

#: Column heads and labels of the CSV and the PDF file.
OPENING = Message(en="Opening balance", sw="Salio la mwanzo")
CLOSING = Message(en="Closing balance", sw="Salio la mwisho")
DATE = Message(en="Date", sw="Tarehe")
TIME = Message(en="Time", sw="Saa")
DESCRIPTION = Message(en="Description", sw="Maelezo")
MPESA_CODE = Message(en="M-PESA code", sw="Msimbo wa M-PESA")
MONEY_IN = Message(en="Money in", sw="Iliyoingia")
MONEY_OUT = Message(en="Money out", sw="Iliyotoka")
BALANCE = Message(en="Balance", sw="Salio")

_STAMPS = {
    "mock": Message(en="MOCK: NOT REAL MONEY", sw="MAJARIBIO (MOCK): SI PESA HALISI"),
    "sandbox": Message(en="SANDBOX: NOT REAL MONEY", sw="MAJARIBIO (SANDBOX): SI PESA HALISI"),
}


def find_stamp(environment: str) -> Message | None:
    """Return the stamp of the mock or sandbox environment; None in production."""
    return _STAMPS.get(environment)


def file_name(span: DaySpan, environment: str, ending: str) -> str:
    """Return the file's name: first and last day, and outside production the environment."""
    mark = f"-{environment}" if environment in _STAMPS else ""
    return f"kibeezy-statement-{span.first}-to-{span.last}{mark}.{ending}"
