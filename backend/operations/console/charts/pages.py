"""The charts' pages: all six on one, and each as a file, SVG or CSV."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from common import clock
from common.days import NAIROBI, DaySpan
from common.spreadsheets import safe_cell
from operations.console.charts import facts, money, prompts
from operations.console.charts.figure import PERIODS, Figure, period
from operations.console.charts.style import file_style
from operations.console.environment import get_stamp

_RIGHT = "payments.view_transaction"
_USUAL = 30

#: How each figure is read and drawn, in the order of the page.
_DRAWN: dict[str, Callable[[DaySpan], Figure]] = {
    "deposits": lambda span: prompts.draw_deposits(facts.list_days(span), span),
    "result-codes": lambda span: prompts.draw_codes(facts.list_codes(span)),
    "time-to-credit": lambda span: prompts.draw_times(facts.find_times(span)),
    "hours": lambda span: prompts.draw_hours(facts.list_hours(span)),
    "suspense": lambda span: money.draw_suspense(facts.list_held(span), span),
    "in-transit": lambda span: money.draw_in_transit(facts.list_in_transit(span), span),
}


@dataclass(frozen=True)
class Panel:
    """A figure's place on the page; `figure` is None where the database did not answer in time."""

    name: str
    figure: Figure | None

    @property
    def label(self) -> str:
        """The figure's name in words; two may have found the same."""
        return self.name.replace("-", " ").capitalize()


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """Show all figures of a period."""
    days = _days(request)
    now = clock.now()
    span = period(days, now)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Charts",
        "panels": [Panel(name, _find(name, span)) for name in _DRAWN],
        "span": span,
        "days": days,
        "periods": PERIODS,
        "drawn_at": now,
    }
    return TemplateResponse(request, "console/charts.html", context)


@require_safe
def as_svg(request: HttpRequest, name: str) -> HttpResponse:
    """Send a figure as a file with its own colours for light and dark."""
    days = _days(request)
    figure = _get(name, period(days, clock.now()))
    stamp = get_stamp()
    drawn_at = clock.now().astimezone(NAIROBI)
    note = f"{figure.finding}. {stamp.label} {stamp.short_code}, {days} days"
    note += f" to {drawn_at:%Y-%m-%d %H:%M} in Nairobi"
    body = figure.canvas.as_file(style=_style(), note=note)
    return _file(body, "image/svg+xml", name, days, "svg")


@require_safe
def as_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Send a figure's numbers."""
    days = _days(request)
    figure = _get(name, period(days, clock.now()))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in [figure.columns, *figure.rows]:
        writer.writerow(safe_cell(cell) if isinstance(cell, str) else cell for cell in row)
    # With a byte order mark, by which Excel knows the encoding.
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", name, days, "csv")


def _file(body: bytes, content_type: str, name: str, days: int, ending: str) -> HttpResponse:
    file_name = f"{name}-{days}-days.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return HttpResponse(body, content_type=content_type, headers=headers)


def _days(request: HttpRequest) -> int:
    """Return the period that is asked for, once the operator's right is known."""
    if not request.user.has_perm(_RIGHT):
        raise PermissionDenied
    asked = request.GET.get("days", f"{_USUAL}")
    known = {f"{days}": days for days in PERIODS}
    if asked not in known:
        message = "No such period."
        raise Http404(message)
    return known[asked]


def _find(name: str, span: DaySpan) -> Figure | None:
    try:
        return _DRAWN[name](span)
    except DatabaseError:
        return None


def _get(name: str, span: DaySpan) -> Figure:
    if name not in _DRAWN:
        message = "No such figure."
        raise Http404(message)
    return _DRAWN[name](span)


@cache
def _style() -> str:
    return file_style()
