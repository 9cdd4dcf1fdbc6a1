"""A statement over whole days: opening balance, every movement, closing balance. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.days import DaySpan
from common.errors import DomainError
from common.messages import Message

#: What a file and its reader can bear. A longer span is refused, never cut off.
MOST_LINES = 10_000
MOST_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One posting on the wallet. `amount` is positive for money in."""

    at: datetime
    key: str
    description: str
    mpesa_code: str | None
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Line:
    """A movement as it is printed, with the balance after it."""

    at: datetime
    description: Message
    mpesa_code: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, kw_only=True)
class Statement:
    """`closing` is `opening` plus the lines: the balance at the end of the span."""

    span: DaySpan
    opening: Decimal
    lines: list[Line]

    @property
    def closing(self) -> Decimal:
        """Return the balance after the last line."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def money_in(self) -> Decimal:
        """Return the sum of what came in."""
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal("0.00"))

    @property
    def money_out(self) -> Decimal:
        """Return the sum of what went out, as a positive amount."""
        return -sum((line.amount for line in self.lines if line.amount < 0), Decimal("0.00"))


def build_statement(*, span: DaySpan, opening: Decimal, movements: Iterable[Movement]) -> Statement:
    """Run the balance through the movements, which come oldest first.

    Raises:
        StatementTooLong: it has more lines than a file may have.
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
    if len(lines) > MOST_LINES:
        raise StatementTooLong
    return Statement(span=span, opening=opening, lines=lines)


#: By the kind of the entry's key (wallet/sql, payments/sql): the ledger itself speaks English only.
_DESCRIPTIONS = {
    "deposit": Message(en="M-Pesa deposit", sw="Pesa uliyoweka kwa M-Pesa"),
    "resolve": Message(en="M-Pesa payment, after a check", sw="Malipo ya M-Pesa yaliyokaguliwa"),
    "reverse": Message(en="Reversal", sw="Muamala uliorudishwa"),
}


def _describe(movement: Movement) -> Message:
    kind, _, _ = movement.key.partition(":")
    as_written = Message(en=movement.description, sw=movement.description)
    return _DESCRIPTIONS.get(kind, as_written)


class StatementTooLong(DomainError):
    """The span has more movements than a file may have."""

    code = "statement_too_long"
    error = "Too many lines for one statement"
    customer_message = Message(
        en="A statement has at most {most:,} lines. Please choose a shorter span.",
        sw="Taarifa haiwezi kuwa na zaidi ya mistari {most:,}. Tafadhali chagua kipindi"
        " kifupi zaidi.",
    ).filled(most=MOST_LINES)


#: The words of both files.
OPENING = Message(en="Opening balance", sw="Salio la mwanzo")
CLOSING = Message(en="Closing balance", sw="Salio la mwisho")
DATE = Message(en="Date", sw="Tarehe")
TIME = Message(en="Time", sw="Saa")
DESCRIPTION = Message(en="Description", sw="Maelezo")
MPESA_CODE = Message(en="M-Pesa code", sw="Nambari ya M-Pesa")
MONEY_IN = Message(en="Money in", sw="Iliyoingia")
MONEY_OUT = Message(en="Money out", sw="Iliyotoka")
BALANCE = Message(en="Balance", sw="Salio")

_STAMPS = {
    "mock": Message(en="MOCK: NOT REAL MONEY", sw="MAJARIBIO (MOCK): SI PESA HALISI"),
    "sandbox": Message(en="SANDBOX: NOT REAL MONEY", sw="MAJARIBIO (SANDBOX): SI PESA HALISI"),
}


def find_stamp(environment: str) -> Message | None:
    """Return the stamp on statements of play money; None where money is real."""
    return _STAMPS.get(environment)


def file_name(span: DaySpan, environment: str, ending: str) -> str:
    """Name the file by its days, and play money by its name too."""
    mark = f"-{environment}" if environment in _STAMPS else ""
    return f"kibeezy-statement-{span.first}-to-{span.last}{mark}.{ending}"
