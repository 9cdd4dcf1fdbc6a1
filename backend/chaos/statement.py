"""The end of a run: M-Pesa's list is pulled when it is late, then its statement is imported.

So much time goes by at M-Pesa that its list, which goes back 48 hours, has lost the first third of
the payments, or more; only the statement still has those. Our commands have the same late clock.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chaos.differences import Difference, Kind
from chaos.plan import StatementFile, draw_statements
from chaos.system import SHORTCODE, System

_LIST_GOES_BACK = timedelta(hours=48)
#: A pull may fail, since M-Pesa's tokens do; it is then made again, as docs/runbook.md says.
_TRIES = 8
_NOMINATED_NUMBER = "254710000000"
#: What the business puts into its account ten minutes before the run, and takes out after it. A
#: statement proves unpaid what lies between the first minutes after its oldest row and the last
#: hour before its newest one.
FUNDED_KES, FUNDED_BEFORE_S = 1_000, 600
_LINE = re.compile(r"^ *(?P<name>\S.*?) {2,}(?P<count>[\d,]+)?(?: +(?P<amount>-?[\d,]+\.\d\d))?$")
_DIFFERENCE = "our books less M-Pesa's"


@dataclass(frozen=True)
class Line:
    """A line of what a command prints: a count, an amount in KES, or both."""

    name: str
    count: int | None
    amount: Decimal | None


def read_lines(text: str) -> list[Line]:
    """Read the lines of `pull` and `import_statement` that have a name and a number."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None or not (match["count"] or match["amount"]):
            continue
        count = int(match["count"].replace(",", "")) if match["count"] else None
        amount = Decimal(match["amount"].replace(",", "")) if match["amount"] else None
        found.append(Line(match["name"], count, amount))
    return found


@dataclass
class Imported:
    """What one import said.

    `lists`: rows of each list as compared; `settled`: rows by what they did; `difference`: our
    books less M-Pesa's afterwards, in KES; None: it was not said.
    """

    lists: dict[str, int]
    settled: dict[str, int]
    difference: Decimal | None


def read_import(text: str) -> Imported:
    """Read what `import_statement` prints."""
    compared, _, settled = text.partition("\nSettled:\n")
    last = [line for line in read_lines(settled) if line.name == _DIFFERENCE]
    return Imported(
        lists={line.name: line.count or 0 for line in read_lines(compared) if line.count},
        settled={line.name: line.count or 0 for line in read_lines(settled) if line.count},
        difference=last[-1].amount if last else None,
    )


def seconds_until_late(paid_at: list[datetime], now: datetime) -> float:
    """Return in how many seconds M-Pesa's list has lost the first third of these payments."""
    lost = sorted(paid_at)[len(paid_at) // 3] if paid_at else now
    return (_LIST_GOES_BACK - (now - lost)).total_seconds()


#: What no row of a second statement of the same days may do: the first statement has done it all.
_MOVES = {"credited", "receipts filled", "held for a decision", "ended as not paid"}


@dataclass
class EndOfRun:
    """Pulls and imports, and keeps what each did, for the report, and what was wrong with it.

    `check` checks the ledger, and is called with what was done just before; `measure` returns our
    clearing account less the simulator's book, in KES.
    """

    system: System
    check: Callable[[str], None]
    measure: Callable[[], Decimal]
    differences: list[Difference] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Settle all that no report told us of."""
        moments = [payment.paid_at for payment in self.system.simulator.book().payments]
        self._ahead_s = seconds_until_late(moments, datetime.now(UTC))
        self.system.simulator.set_clock_ahead(self._ahead_s)
        self.system.simulator.sweep(SHORTCODE, FUNDED_KES)
        if self.system.plan.by_hand:
            # Without payments by hand there is no list: PULL_ENABLED needs them.
            self._pull()
        first, second = draw_statements(self.system.plan)
        self._import(first)
        self._decide()
        self._import_again(second)

    def _pull(self) -> None:
        settings = {"PULL_ENABLED": "True", "PULL_NOMINATED_NUMBER": _NOMINATED_NUMBER}
        if self._repeat("pull", "--register", **settings) is None:
            return
        said = self._repeat("pull", "--hours", "48", **settings)
        if said is not None:
            counts = {line.name: line.count for line in read_lines(said) if line.count}
            self._note("M-Pesa's list of the last 48 hours", counts)

    def _repeat(self, *arguments: str, **settings: str) -> str | None:
        """Run a command until it succeeds; None, and a difference, where it never does."""
        for _ in range(_TRIES):
            try:
                return self._manage(*arguments, **settings)
            except RuntimeError as error:
                said = str(error)
        self._differ(Kind.UNREST, f"{' '.join(arguments)} fails: {said}")
        return None

    def _import(self, asked: StatementFile) -> None:
        said = self._manage_import(asked)
        if said is None:
            return
        imported = read_import(said)
        self._note(_name(asked), {**imported.lists, **imported.settled})
        self._compare_difference(imported, said)

    def _decide(self) -> None:
        """Let an operator decide the rows that the command leaves for one."""
        said = self.system.python("-m", "chaos.decisions", **self._late())
        counts: dict[str, int] = json.loads(said)
        self._note("An operator, of the rows left", counts)

    def _import_again(self, asked: StatementFile) -> None:
        """Import the same days in another layout: nothing is left to do, and the books agree."""
        said = self._manage_import(asked)
        if said is None:
            return
        imported = read_import(said)
        self._note(f"The same days again: {_name(asked)}", {**imported.lists, **imported.settled})
        if moved := sorted(_MOVES & imported.settled.keys()):
            self._differ(Kind.DOUBLED, f"the second statement still did something: {moved}\n{said}")
        self._compare_difference(imported, said)
        if imported.difference != 0:
            self._differ(Kind.WRONG_SUM, f"books and statement differ after all\n{said}")

    def _compare_difference(self, imported: Imported, said: str) -> None:
        """Compare the difference that an import reports with the books' own."""
        if imported.lists.get("ours only"):
            self._differ(Kind.DOUBLED, f"the statement lacks what is booked\n{said}")
        measured = self.measure()
        if imported.difference != measured:
            text = f"our books less M-Pesa's are {measured}, not {imported.difference}\n{said}"
            self._differ(Kind.WRONG_SUM, text)

    def _manage_import(self, asked: StatementFile) -> str | None:
        name, content = self.system.simulator.statement(asked)
        path = self.system.folder / name
        path.write_bytes(content)
        try:
            return self._manage("import_statement", str(path), "--not-paid")
        except RuntimeError as error:
            self._differ(Kind.UNREST, f"import_statement {name} fails: {error}")
            return None

    def _manage(self, *arguments: str, **settings: str) -> str:
        return self.system.manage(*arguments, **settings, **self._late())

    def _late(self) -> dict[str, str]:
        return {"KIBEEZY_CLOCK_SHIFT_SECONDS": str(self._ahead_s)}

    def _note(self, name: str, counts: dict[str, int] | dict[str, int | None]) -> None:
        """Keep what was done for the report, and check the ledger after it."""
        told = ", ".join(f"{what} {count:,}" for what, count in counts.items() if count)
        self.lines.append(f"{name}: {told or 'nothing'}")
        self.check(name)

    def _differ(self, kind: Kind, text: str) -> None:
        self.differences.append(Difference(kind, text))


def _name(asked: StatementFile) -> str:
    how = f", {asked.encoding}" if asked.kind == "csv" else ""
    return f"statement, layout {asked.layout}, {asked.kind}{how}, {asked.listed} rows"
