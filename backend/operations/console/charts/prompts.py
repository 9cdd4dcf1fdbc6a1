"""Draws the figures about prompts: how they ended by day and by code, how fast, and when. Pure."""

from common.days import DaySpan
from operations.console.amounts import NOTHING, kes
from operations.console.charts.canvas import Canvas, round_steps
from operations.console.charts.facts import TIMES_S, Code, DayOfPrompts, Hour, Times
from operations.console.charts.figure import Cell, Figure, count_of, days_of, percent, say_day
from payments import states
from payments.daraja.result_codes import describe_result
from payments.gateway import SUCCESS

#: A day or hour is told apart when its share is so many points below the period's, and it had
#: enough prompts for that to mean something.
_WORSE_BY, _ENOUGH = 10, 10
#: A paid prompt is credited within a minute, as the customer's page says.
_PROMISE_S = 60
_MOST_CODES = 12
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NONE = "No prompt in these days"


def draw_deposits(found: list[DayOfPrompts], span: DaySpan) -> Figure:
    """Draw the share that was paid above the prompts of each day."""
    known = {each.day: each for each in found}
    days = [known.get(day) or DayOfPrompts(day, 0, 0, 0, NOTHING) for day in days_of(span)]
    prompts, paid = sum(each.prompts for each in days), sum(each.paid for each in days)
    worst = _worst_day(days, paid, prompts)
    finding = f"{percent(paid, prompts)} of {count_of(prompts, 'prompt')} were paid"
    if worst:
        finding += f"; on {say_day(worst.day)} only {percent(worst.paid, worst.prompts)}"
    return Figure(
        name="deposits",
        finding=finding if prompts else _NONE,
        says=f"KES {kes(sum((each.amount for each in days), NOTHING))} into wallets.",
        key="Solid: paid. Striped: not paid. Outlined: no answer yet.",
        columns=("Day", "Prompts", "Paid", "Not paid", "No answer yet", "Share paid", "KES paid"),
        rows=[
            (
                f"{each.day}", each.prompts, each.paid, each.failed, each.unknown,
                percent(each.paid, each.prompts), each.amount,
            )
            for each in days
        ],
        canvas=_deposits_canvas(days, worst, finding),
    )  # fmt: skip


def _worst_day(days: list[DayOfPrompts], paid: int, prompts: int) -> DayOfPrompts | None:
    """Return the day with the lowest share, if it stands out."""
    counted = [each for each in days if each.prompts >= _ENOUGH]
    worst = min(counted, key=lambda each: each.paid / each.prompts, default=None)
    if worst is None:
        return None
    is_worse = paid / prompts - worst.paid / worst.prompts >= _WORSE_BY / 100
    return worst if is_worse else None


def _deposits_canvas(days: list[DayOfPrompts], worst: DayOfPrompts | None, finding: str) -> Canvas:
    canvas = Canvas(
        "deposits", 1078, 288,
        title="Prompts and the share that was paid, by day", described=finding,
    )  # fmt: skip
    left, right, step = 48.0, 986.0, 938 / len(days)

    def middle(number: int) -> float:
        return left + (number + 0.5) * step

    canvas.text((left, 12), "Paid, of all prompts", is_strong=True)
    shares = [(0, "0 %"), (0.5, "50 %"), (1, "100 %")]
    canvas.scale(shares, left=left, right=right, top=22, height=64, highest=1)
    known = [(number, each) for number, each in enumerate(days) if each.prompts]
    points = [(middle(number), 86 - 64 * each.paid / each.prompts) for number, each in known]
    canvas.line(points, "curve")
    if known:
        canvas.dot(points[-1], "dot")
        last = known[-1][1]
        canvas.text(
            (right + 10, points[-1][1] + 4), percent(last.paid, last.prompts), is_strong=True
        )
    if worst is not None:
        at = (middle(days.index(worst)), 86 - 64 * worst.paid / worst.prompts)
        canvas.dot(at, "dot is-wrong")
        words = f"{percent(worst.paid, worst.prompts)}, {say_day(worst.day)}"
        side = "end" if at[0] > left + 700 else "start"
        canvas.text((at[0] + (-10 if side == "end" else 10), at[1] + 4), words, anchor=side)

    canvas.text((left, 112), "Prompts a day", is_strong=True)
    highest = _draw_bars(canvas, days, left=left, right=right, step=step)
    canvas.line([(left, 258), (right, 258)], "base")
    for number in _labelled(days):
        canvas.text((middle(number), 276), say_day(days[number].day), anchor="middle")
    if known:
        _name_parts(canvas, known[-1][1], right + 10, highest)
    return canvas


def _draw_bars(
    canvas: Canvas, days: list[DayOfPrompts], *, left: float, right: float, step: float
) -> float:
    """Draw the bars of all days; return the highest value of their scale."""
    ticks = round_steps(max(each.prompts for each in days), most=3)
    highest = ticks[-1]
    scale = [(tick, f"{tick:,}") for tick in ticks]
    canvas.scale(scale, left=left, right=right, top=122, height=136, highest=highest)
    for number, each in enumerate(days):
        y = 258.0
        tip = f"{say_day(each.day)}: {each.paid:,} of {each.prompts:,} paid"
        parts = ((each.paid, "solid"), (each.failed, "striped"), (each.unknown, "outlined"))
        for count, kind in parts:
            height = 136 * count / highest
            y -= height
            canvas.bar((left + (number + 0.12) * step, y), (step * 0.76, height), kind, tip=tip)
    return highest


def _name_parts(canvas: Canvas, last: DayOfPrompts, x: float, highest: float) -> None:
    """Name the parts of the last bar beside it, no two names on one line."""
    y, lowest = 258.0, 262.0
    for count, name in (
        (last.paid, "paid"),
        (last.failed, "not paid"),
        (last.unknown, "no answer"),
    ):
        if count:
            height = 136 * count / highest
            at = min(y - height / 2 + 4, lowest)
            canvas.text((x, at), name)
            y, lowest = y - height, at - 14


def _labelled(days: list[DayOfPrompts]) -> list[int]:
    """Return the numbers of the days that are named: all of a week, else the Mondays."""
    if len(days) <= 10:
        return list(range(len(days)))
    every = 1 if len(days) <= 31 else 2
    return [number for number, each in enumerate(days) if each.day.weekday() == 0][::every]


def draw_codes(found: list[Code]) -> Figure:
    """Draw how the prompts ended, as a bar for each result code."""
    prompts = sum(each.prompts for each in found)
    ends = sorted(_by_meaning(found).items(), key=lambda end: -end[1])
    shown, others = ends[:_MOST_CODES], ends[_MOST_CODES:]
    if others:
        shown.append((("striped", "", "Other codes"), sum(count for _, count in others)))
    lost = [(meaning, count) for (kind, _, meaning), count in ends if kind == "striped"]
    missed = sum(count for _, count in lost)
    finding = "Every prompt was paid, or waits for its answer" if prompts else _NONE
    if lost:
        meaning, count = lost[0]
        finding = f"{count:,} of {missed:,} that were not paid: {meaning[:1].lower()}{meaning[1:]}"
    canvas = Canvas(
        "result-codes", 530, 40 * max(len(shown), 1),
        title="How the prompts ended, by M-PESA's result code", described=finding,
    )  # fmt: skip
    most = max((count for _, count in shown), default=1)
    for number, ((kind, code, meaning), count) in enumerate(shown):
        y = 40 * number
        canvas.text((0, y + 14), " ".join(filter(None, (code, meaning))))
        canvas.bar((0, y + 20), (max(400 * count / most, 2), 11), kind)
        words = f"{count:,}, {percent(count, prompts)}"
        canvas.text((max(400 * count / most, 2) + 8, y + 30), words, is_strong=True)
    return Figure(
        name="result-codes",
        finding=finding,
        says=f"{count_of(prompts, 'prompt')}, {missed:,} of them not paid.",
        key="Solid: paid. Striped: not paid. Outlined: no answer yet.",
        columns=("Code", "Means", "Prompts", "Share"),
        rows=[
            (code or "\u2013", meaning, count, percent(count, prompts))
            for (_, code, meaning), count in shown
        ],
        canvas=canvas,
    )


def _by_meaning(found: list[Code]) -> dict[tuple[str, str, str], int]:
    """Return prompts by (kind of bar, code, meaning)."""
    counts: dict[tuple[str, str, str], int] = {}
    for each in found:
        end = _meaning(each)
        counts[end] = counts.get(end, 0) + each.prompts
    return counts


def _meaning(each: Code) -> tuple[str, str, str]:
    if each.status == states.COMPLETED:
        return "solid", SUCCESS, "Paid"
    if each.status == states.PENDING:
        return "outlined", "", "No answer yet"
    if each.code == states.NOT_IN_STATEMENT:
        return "striped", "", "Not in M-PESA's statement"
    if not each.code:
        return "striped", "", "Prompt was not sent"
    return "striped", each.code, describe_result(each.code).title


def draw_times(found: Times) -> Figure:
    """Draw how long it took from prompt to wallet, in classes of time."""
    total = sum(found.counts)
    within = sum(
        count for count, upper in zip(found.counts, TIMES_S, strict=False) if upper <= _PROMISE_S
    )
    finding = "No deposit was credited in these days"
    if found.median_s is not None:
        finding = f"Half were credited within {found.median_s:.0f} s of their prompt"
    names = _class_names()
    canvas = Canvas(
        "time-to-credit", 530, 236, title="From prompt to wallet, in classes of time",
        described=f"{finding}; {percent(within, total)} within a minute",
    )  # fmt: skip
    left, right, step = 4.0, 526.0, 522 / len(names)
    most = max(*found.counts, 1)
    for number, (count, name) in enumerate(zip(found.counts, names, strict=True)):
        height = 160 * count / most
        is_late = number > TIMES_S.index(_PROMISE_S)
        kind = "striped" if is_late else "solid"
        canvas.bar((left + (number + 0.08) * step, 204 - height), (step * 0.84, height), kind)
        x = left + (number + 0.5) * step
        canvas.text((x, 199 - height), f"{count:,}", anchor="middle", is_strong=True)
        canvas.text((x, 222), name, anchor="middle")
    canvas.line([(left, 204), (right, 204)], "base")
    x = left + (TIMES_S.index(_PROMISE_S) + 1) * step
    canvas.line([(x, 14), (x, 204)], "promise")
    canvas.text((x + 8, 22), f"within a minute: {percent(within, total)}", is_strong=True)
    return Figure(
        name="time-to-credit",
        finding=finding,
        says=f"{count_of(total, 'deposit')} credited, {total - within:,} later than a minute.",
        key="Solid: within a minute. Striped: later.",
        columns=("From prompt to wallet", "Deposits", "Share"),
        rows=[
            (name, count, percent(count, total))
            for name, count in zip(names, found.counts, strict=True)
        ],
        canvas=canvas,
    )


def _class_names() -> list[str]:
    """Return a short name for each class by its upper end: to 5 s, to 1 min, longer."""
    return [*(f"to {_say_time(upper)}" for upper in TIMES_S), "longer"]


def _say_time(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"


def draw_hours(found: list[Hour]) -> Figure:
    """Draw the week as a grid of hours: size is the number of prompts, a ring a low share."""
    known = {(each.weekday, each.hour): each for each in found}
    prompts, paid = sum(each.prompts for each in found), sum(each.paid for each in found)
    busiest = max(found, key=lambda each: each.prompts, default=None)
    finding = _NONE
    if busiest is not None:
        finding = f"Busiest on {_name_hour(busiest)}: {count_of(busiest.prompts, 'prompt')}"
    canvas = Canvas(
        "hours", 530, 178, title="Prompts by weekday and hour in Nairobi", described=finding
    )
    for hour in range(0, 24, 3):
        canvas.text((52 + 20.4 * hour, 14), f"{hour:02}", anchor="middle")
    most = busiest.prompts if busiest else 1
    weak = 0
    for weekday, name in enumerate(_WEEKDAYS, 1):
        y = 14 + 22 * weekday
        canvas.text((0, y + 4), name)
        for hour in range(24):
            each = known.get((weekday, hour))
            if each is None:
                continue
            side = 3 + 14 * (each.prompts / most) ** 0.5
            x = 52 + 20.4 * hour
            tip = f"{_name_hour(each)}: {each.prompts:,} prompts, {each.paid:,} paid"
            canvas.bar((x - side / 2, y - side / 2), (side, side), "solid", tip=tip)
            if _is_weak(each, paid, prompts):
                weak += 1
                corners = [(x - 10, y - 10), (x + 10, y - 10), (x + 10, y + 10), (x - 10, y + 10)]
                canvas.line(corners, "ring", is_closed=True)
    return Figure(
        name="hours",
        finding=finding,
        says=f"{count_of(weak, 'hour')} of the week with a share {_WORSE_BY} points lower.",
        key="Size: prompts. Ring: a low share was paid.",
        columns=("Weekday", "Hour", "Prompts", "Paid", "Share paid"),
        rows=[_hour_row(each) for each in found],
        canvas=canvas,
    )


def _hour_row(each: Hour) -> tuple[Cell, ...]:
    share = percent(each.paid, each.prompts)
    return _WEEKDAYS[each.weekday - 1], f"{each.hour:02}:00", each.prompts, each.paid, share


def _name_hour(each: Hour) -> str:
    return f"{_WEEKDAYS[each.weekday - 1]} {each.hour:02}:00"


def _is_weak(each: Hour, paid: int, prompts: int) -> bool:
    if each.prompts < _ENOUGH:
        return False
    return paid / prompts - each.paid / each.prompts >= _WORSE_BY / 100
