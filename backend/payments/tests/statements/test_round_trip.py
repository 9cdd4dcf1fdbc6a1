"""Whatever moves, in whichever layout and kind of file: what is read is what was written."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.statements import RowKind, StatementUnreadable
from payments.tests.statements.building import (
    NAME_B,
    Files,
    Move,
    as_csv,
    as_workbook,
    layout_a,
    layout_b,
    layout_d,
)

_LAYOUTS = {"A": layout_a, "B": layout_b, "D": layout_d}
_CENTS = st.integers(min_value=1, max_value=15_000_000)
_ACCOUNTS = st.from_regex(r"[A-Za-z0-9=+@#_]{1,20}", fullmatch=True).filter(
    lambda text: "Acc" not in text
)


@st.composite
def histories(draw: st.DrawFn) -> list[Move]:
    """Movements of one account, oldest first, some of them in one second."""
    at, balance, made = datetime(2026, 11, 14, 9), Decimal(10**9), []  # noqa: DTZ001
    for number in range(draw(st.integers(1, 25))):
        at += timedelta(seconds=draw(st.integers(0, 90)))
        amount = Decimal(draw(_CENTS)) / 100 * draw(st.sampled_from([1, 1, 1, -1]))
        balance += amount
        account = draw(_ACCOUNTS)
        details = f"Pay Bill from 25472****108 - JANE **** DOE Acc. {account}"
        if amount < 0:
            details, account = "Business Payment to Customer via API", ""
        made.append(
            Move(f"X{number:09}", at, amount, balance, details, details.split(" from")[0],
                 account=account)
        )  # fmt: skip
    return made


def _check(made: list[Move], layout: str, *, is_workbook: bool) -> None:
    rows = _LAYOUTS[layout](made) if layout != "A" else layout_a(made, opening=10**9)
    body = as_workbook(rows) if is_workbook else as_csv(rows)
    with TemporaryDirectory() as folder:
        files = Files(Path(folder))
        summary, read = files.check(body, NAME_B), files.rows(body, NAME_B)

    assert (summary.opening, summary.closing) == (10**9, made[-1].balance)
    assert summary.is_chained
    assert summary.layout == layout
    for row, move in zip(read, reversed(made), strict=True):
        assert row.receipt == move.receipt
        assert row.completed_at.replace(tzinfo=None) == move.at
        assert (row.paid_in or 0) - (row.withdrawn or 0) == move.amount
        assert row.account_number == move.account
        assert row.kind is (RowKind.PAYMENT if move.amount > 0 else RowKind.OTHER)


@pytest.mark.parametrize("layout", _LAYOUTS)
@given(made=histories())
def test_text(layout: str, made: list[Move]) -> None:
    _check(made, layout, is_workbook=False)


@pytest.mark.parametrize("layout", _LAYOUTS)
@settings(max_examples=5, deadline=None)
@given(made=histories())
def test_workbook(layout: str, made: list[Move]) -> None:
    _check(made, layout, is_workbook=True)


@given(made=histories(), data=st.data())
def test_no_changed_amount_is_overlooked(made: list[Move], data: st.DataObject) -> None:
    """One cent more or less in any row of a statement without a head, and it is refused.

    Of a file's one row, or in its first or last one, a change cannot be told without a head.
    """
    if len(made) < 3:
        return
    place = data.draw(st.integers(1, len(made) - 2))
    move = made[place]
    if move.at in (made[0].at, made[-1].at):
        return
    changed = replace(move, amount=move.amount + (1 if move.amount > 0 else -1) * Decimal("0.01"))
    with TemporaryDirectory() as folder, pytest.raises(StatementUnreadable):
        Files(Path(folder)).check(as_csv(layout_b([*made[:place], changed, *made[place + 1 :]])))
