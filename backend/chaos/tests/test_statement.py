"""The end of a run reads what our commands say, and fails where they say what must not be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from chaos.differences import Difference
from chaos.plan import Plan, StatementFile, draw_statements
from chaos.simulator import Book, Payment
from chaos.statement import EndOfRun, read_import, seconds_until_late
from chaos.system import System
from chaos.tests.sides import NOON, by_hand

_HEAD = """\
Statement 0123456789ab, format A, short code 174379, 2026-11-30 10:00 to 2026-12-02 12:00 (Nairobi)
opening balance                                   50,000.00
paid in                                            1,300.00
closing balance                                   51,300.00

in both                              1,204        61,300.00
in both, receipt missing                 2           800.00
theirs only                              1           500.00
ours only                                0             0.00
proven not paid                          3         1,500.00
our books less M-Pesa's                             -500.00
"""
_SETTLED = """
Settled:
  credited                               1
  receipts filled                        2
  ended as not paid                      3
our books less M-Pesa's                                0.00
"""
_NOTHING = (
    _HEAD
    + """
Settled:
our books less M-Pesa's                                0.00
"""
)
_PULLED = """\
rows                  41
credited               1
receipts filled        0
known already         40
The whole list came.
"""


class TestReading:
    def test_counts_of_lists_and_of_what_was_done(self) -> None:
        read = read_import(_HEAD + _SETTLED)

        assert read.lists == {
            "in both": 1204,
            "in both, receipt missing": 2,
            "theirs only": 1,
            "proven not paid": 3,
        }
        assert read.settled == {"credited": 1, "receipts filled": 2, "ended as not paid": 3}
        assert read.difference == Decimal("0.00")

    def test_without_an_end_it_says_no_difference(self) -> None:
        assert read_import(_HEAD).difference is None


class TestLate:
    def test_the_list_has_lost_the_first_third(self) -> None:
        moments = [NOON + timedelta(minutes=nth) for nth in range(9)]
        now = NOON + timedelta(minutes=20)

        ahead = timedelta(seconds=seconds_until_late(moments, now))

        oldest = now + ahead - timedelta(hours=48)
        assert [moment for moment in moments if moment >= oldest] == moments[3:]

    def test_without_payments_two_days_go_by(self) -> None:
        assert seconds_until_late([], NOON) == 48 * 3600


class TestDrawing:
    def test_a_seed_repeats_and_every_layout_and_kind_comes(self) -> None:
        drawn = [draw_statements(Plan(seed=seed)) for seed in range(40)]

        assert drawn == [draw_statements(Plan(seed=seed)) for seed in range(40)]
        assert {first.layout for first, _ in drawn} == {"A", "B", "D"}
        assert {(first.kind, second.kind) for first, second in drawn} == {
            ("csv", "xlsx"), ("xlsx", "csv"),
        }  # fmt: skip
        assert all(first.layout != second.layout for first, second in drawn)


class _Simulator:
    """The simulator's side; it notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.payments: list[Payment] = [by_hand(paid_at=datetime.now(UTC))]

    def book(self) -> Book:
        return Book(is_balanced=True, payments=self.payments)

    def set_clock_ahead(self, seconds: float) -> None:
        self.calls.append(f"{round(seconds / 3600)} hours ahead")

    def sweep(self, _shortcode: str, _amount: int) -> None:
        self.calls.append("sweep")

    def statement(self, file: StatementFile) -> tuple[str, bytes]:
        return f"Statement {file.layout}.{file.kind}", b"rows"


class _System:
    """The system; `says` are the answers to each import, an error is raised."""

    def __init__(self, folder: Path, *says: str | Exception, by_hand: int = 20) -> None:
        self.folder, self.plan = folder, Plan(by_hand=by_hand)
        self.simulator = _Simulator()
        self.calls: list[tuple[str, ...]] = []
        self.pulls: list[str | Exception] = [_PULLED]
        self._says = list(says)

    def manage(self, *arguments: str, **settings: str) -> str:
        # Two days ahead, as M-Pesa is; and the list is asked for only now.
        assert float(settings["KIBEEZY_CLOCK_SHIFT_SECONDS"]) > 47 * 3600
        assert (arguments[0] == "pull") == (settings.get("PULL_ENABLED") == "True")
        self.calls.append(arguments)
        if arguments == ("pull", "--register"):
            return "M-Pesa keeps the list"
        said = self.pulls.pop(0) if arguments[0] == "pull" else self._says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    def python(self, *arguments: str, **_settings: str) -> str:
        self.calls.append(arguments)
        return '{"applied": 1}'


@pytest.fixture
def settle(tmp_path: Path) -> Callable[..., tuple[EndOfRun, _System]]:
    """Settles the end of a run in which the imports say this."""

    def run(*says: str | Exception, **more: Any) -> tuple[EndOfRun, _System]:
        differences: list[Decimal] = more.pop("measured", [Decimal(0), Decimal(0)])
        pulls: list[str | Exception] = more.pop("pulls", [_PULLED])
        system = _System(tmp_path, *says, **more)
        system.pulls = pulls
        checked: list[str] = []
        end = EndOfRun(
            cast(System, system), check=checked.append, measure=lambda: differences.pop(0)
        )
        end.settle()
        # The ledger is checked after each step.
        assert [
            line.partition(name)[:2] for line, name in zip(end.lines, checked, strict=True)
        ] == [("", name) for name in checked]
        return end, system

    return run


def _texts(differences: list[Difference]) -> str:
    return "\n".join(f"{difference.kind}: {difference.text}" for difference in differences)


class TestEndOfRun:
    def test_pulls_imports_decides_and_imports_again(
        self, settle: Callable[..., tuple[EndOfRun, _System]]
    ) -> None:
        end, system = settle(_HEAD + _SETTLED, _NOTHING)

        assert end.differences == []
        assert system.simulator.calls == ["48 hours ahead", "sweep"]
        assert [call[0] for call in system.calls] == [
            "pull", "pull", "import_statement", "-m", "import_statement",
        ]  # fmt: skip
        assert all(call[-1] == "--not-paid" for call in system.calls if "import" in call[0])
        assert [len(Path(call[1]).read_bytes()) for call in system.calls if "import" in call[0]]
        assert end.lines[0] == (
            "M-Pesa's list of the last 48 hours: rows 41, credited 1, known already 40"
        )
        assert end.lines[1].endswith("credited 1, receipts filled 2, ended as not paid 3")
        assert end.lines[2] == "An operator, of the rows left: applied 1"

    def test_without_payments_by_hand_there_is_no_list_to_pull(
        self, settle: Callable[..., tuple[EndOfRun, _System]]
    ) -> None:
        end, system = settle(_HEAD + _SETTLED, _NOTHING, by_hand=0)

        assert end.differences == []
        assert "pull" not in [call[0] for call in system.calls]

    def test_a_pull_that_fails_is_made_again_and_one_that_always_does_is_a_difference(
        self, settle: Callable[..., tuple[EndOfRun, _System]]
    ) -> None:
        failure = RuntimeError("no token")

        mended, _ = settle(_HEAD + _SETTLED, _NOTHING, pulls=[failure, _PULLED])
        failing, _ = settle(_HEAD + _SETTLED, _NOTHING, pulls=[failure] * 8)

        assert mended.differences == []
        assert _texts(failing.differences) == "no rest: pull --hours 48 fails: no token"

    @pytest.mark.parametrize(
        ("says", "measured", "problem"),
        [
            pytest.param(
                [RuntimeError("refused"), _NOTHING], [0], "fails: refused", id="first refused"
            ),
            pytest.param(
                [_HEAD + _SETTLED, RuntimeError("refused")], [0], "fails: refused", id="second"
            ),
            pytest.param(
                [_HEAD.replace("ours only                                0", "ours only   2")
                 + _SETTLED, _NOTHING],
                [0, 0], "the statement lacks what is booked", id="ours only",
            ),
            pytest.param(
                [_HEAD + _SETTLED] * 2, [0, 0], "still did something", id="moves twice"
            ),
            pytest.param(
                [_HEAD + _SETTLED, _NOTHING], [500, 0], "are 500, not 0.00", id="untold difference"
            ),
            pytest.param(
                [_HEAD + _SETTLED, _NOTHING.replace("      0.00\n", "     -5.00\n")],
                [0, -5], "differ after all", id="a difference is left",
            ),
        ],
    )  # fmt: skip
    def test_what_must_not_be_is_a_difference(
        self,
        settle: Callable[..., tuple[EndOfRun, _System]],
        says: list[str | Exception],
        measured: list[int],
        problem: str,
    ) -> None:
        end, _ = settle(*says, measured=[Decimal(kes) for kes in measured])

        assert problem in _texts(end.differences)
