"""Control API of statements: the only routes that do not answer in JSON."""

from datetime import date
from urllib.parse import quote

from aiohttp import web

from .clock import EAT
from .simulator import Simulator
from .state import SIMULATOR
from .statements import (
    ENCODINGS,
    FORMATS,
    Statement,
    as_csv,
    as_workbook,
    file_name,
    make_statement,
)

_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PARAMETERS = {
    "format": "A (the default), B or D",
    "file": "csv (the default) or xlsx",
    "shortcode": "default: the paybill",
    "from": "the first day, 2026-11-30; default: the first with a movement",
    "to": "the last day; default: today",
    "listed": "completed (the default) or all, with payments that the business declined",
    "encoding": f"of a CSV: {', '.join(ENCODINGS)}",
}


async def statement(request: web.Request) -> web.Response:
    """Answer with a business's statement; 400 for an unknown format, 404 for no such business."""
    sim, query = request.app[SIMULATOR], request.query
    form, kind = query.get("format", "A").upper(), query.get("file", "csv")
    encoding = query.get("encoding", "utf-8")
    listed = query.get("listed", "completed")
    choices = (
        (listed, ("completed", "all")),
        (form, FORMATS),
        (kind, _TYPES),
        (encoding, ENCODINGS),
    )
    if any(value not in known for value, known in choices):
        return _problem(400, "; ".join(f"{name}: {text}" for name, text in PARAMETERS.items()))
    shortcode = query.get("shortcode", sim.settings.shortcode)
    if shortcode not in sim.world.merchants:
        return _problem(404, "no such shortcode")
    try:
        made = _made(sim, shortcode, query.get("from"), query.get("to"), listed)
    except ValueError as wrong:
        return _problem(400, str(wrong))
    rows = FORMATS[form](made)
    body = as_csv(rows, encoding) if kind == "csv" else as_workbook(rows)
    name = quote(file_name(made, form, kind))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return web.Response(body=body, content_type=_TYPES[kind], headers=headers)


def _made(
    sim: Simulator, shortcode: str, start: str | None, end: str | None, listed: str
) -> Statement:
    accounts, now = sim.world.treasury.accounts[shortcode], sim.clock().astimezone(EAT)
    moments = [movement.at for movement in accounts.movements] or [now]
    first = date.fromisoformat(start) if start else moments[0].astimezone(EAT).date()
    last = date.fromisoformat(end) if end else now.date()
    return make_statement(accounts, sim.world.merchants[shortcode], first, last, now, listed)


def _problem(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
