"""Draws the figures about money between M-PESA and wallets: in suspense, and in transit. Pure."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from common.days import DaySpan
from operations.console.amounts import NOTHING, kes
from operations.console.charts.canvas import Canvas, Point, round_steps
from operations.console.charts.facts import DayInTransit, DayOfMoney
from operations.console.charts.figure import Figure, count_of, days_of, say_day

_LEFT, _RIGHT, _TOP, _HEIGHT = 76.0, 440.0, 30, 120


def draw_suspense(found: list[DayOfMoney], span: DaySpan) -> Figure:
    """Draw what suspense held at the end of each day."""
    known = {each.day: each for each in found}
    held = NOTHING
    if None in known:
        held = known[None].came - known[None].left
    opening, rows, ends = held, [], []
    for day in days_of(span):
        moved = known.get(day) or DayOfMoney(day, NOTHING, NOTHING)
        held += moved.came - moved.left
        ends.append((day, held))
        rows.append((f"{day}", moved.came, moved.left, held))
    highest_day, highest = max(ends, key=lambda end: end[1])
    finding = f"KES {kes(held)} in suspense now"
    if highest > held:
        finding += f", the most on {say_day(highest_day)}: {kes(highest)}"
    elif not highest:
        finding = "Nothing in suspense in these days"
    return Figure(
        name="suspense",
        finding=finding,
        says=f"KES {kes(opening)} at the beginning, by the ledger's suspense account.",
        key="Held at the end of each day, today: now.",
        columns=("Day", "Came, KES", "Left, KES", "Held at its end, KES"),
        rows=rows,
        canvas=_steps(
            "suspense", "Money in suspense at the end of each day", finding, ends, "held"
        ),
    )


def draw_in_transit(found: list[DayInTransit], span: DaySpan) -> Figure:
    """Draw the most that was in transit on each day.

    A day without any change keeps what was in transit at the end of the day before it.
    """
    known = {each.day: each for each in found}
    at_end, deposits, rows, highest_of = NOTHING, 0, [], []
    for day in days_of(span):
        each = known.get(day)
        highest = max(at_end, each.highest) if each else at_end
        if each:
            at_end, deposits = each.at_end, each.deposits_at_end
        highest_of.append((day, highest))
        rows.append((f"{day}", highest, at_end, deposits))
    top_day, top = max(highest_of, key=lambda each: each[1])
    finding = f"At most KES {kes(top)} in transit at one time, on {say_day(top_day)}"
    return Figure(
        name="in-transit",
        finding=finding if top else "Nothing in transit in these days",
        says=f"Now KES {kes(at_end)} in {count_of(deposits, 'deposit')} without a known outcome.",
        key="The highest of each day, by the minute. A failed prompt counts to its last question.",
        columns=("Day", "Highest, KES", "At its end, KES", "Deposits at its end"),
        rows=rows,
        canvas=_steps(
            "in-transit", "The most money in transit at one time, by day", finding, highest_of,
            "transit",
        ),
    )  # fmt: skip


def _steps(
    name: str, title: str, finding: str, values: list[tuple[date, Decimal]], kind: str
) -> Canvas:
    """Draw an area in steps, a step for each day, with the last value beside it."""
    canvas = Canvas(name, 530, 180, title=title, described=finding)
    step = (_RIGHT - _LEFT) / len(values)
    ticks = round_steps(float(max(value for _, value in values)), most=3)
    y_of = _scale_of(ticks[-1])
    scale = [(tick, f"{tick:,}") for tick in ticks]
    canvas.scale(scale, left=_LEFT, right=_RIGHT, top=_TOP, height=_HEIGHT, highest=ticks[-1])
    canvas.text((_LEFT, 14), "KES", is_strong=True)
    points: list[Point] = []
    for number, (_, value) in enumerate(values):
        left = _LEFT + number * step
        points += [(left, y_of(value)), (left + step, y_of(value))]
    bottom = _TOP + _HEIGHT
    canvas.line([(_LEFT, bottom), *points, (_RIGHT, bottom)], f"area is-{kind}", is_closed=True)
    canvas.line(points, f"curve is-{kind}")
    canvas.line([(_LEFT, bottom), (_RIGHT, bottom)], "base")
    last = values[-1][1]
    canvas.text((_RIGHT + 8, y_of(last) + 4), f"{last:,.0f}", is_strong=True)
    for number in (0, len(values) // 2, len(values) - 1):
        x = _LEFT + (number + 0.5) * step
        canvas.text((x, bottom + 18), say_day(values[number][0]), anchor="middle")
    return canvas


def _scale_of(highest: float) -> Callable[[Decimal], float]:
    return lambda value: _TOP + _HEIGHT - _HEIGHT * float(value) / highest
