"""Serves the virtual phone, the desk (app and phone side by side) and the stream of events.

The pages need no build step and load nothing from other servers.
"""

import asyncio
import re
from html import escape
from pathlib import Path

from aiohttp import web

from .hub import END
from .state import SIMULATOR

FOLDER = Path(__file__).parent / "phone"
KEEPALIVE_S = 15
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_FRAMED_BY = "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
_POLICY = f"default-src 'self'; img-src 'self' data:; style-src 'self'; {_FRAMED_BY}"
_APP = re.compile(r"https?://[\w.:\[\]-]+(/[^\s\"'<>]*)?")
_DEFAULT_APP = "http://127.0.0.1:3000/"


def add_routes(app: web.Application) -> None:
    """Add the routes of the phone (`/`), the desk, their files and the stream of events."""
    app.router.add_get("/", _phone)
    app.router.add_get("/desk", _desk)
    app.router.add_get("/phone/{name:[a-z-]+[.](css|js|svg)}", _asset)
    app.router.add_get("/control/events", _events)


def _page(name: str, text: str, policy: str) -> web.Response:
    return web.Response(
        text=text,
        content_type=_TYPES[Path(name).suffix],
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
    )


async def _phone(_request: web.Request) -> web.Response:
    return _page("phone.html", (FOLDER / "phone.html").read_text("utf-8"), _POLICY)


async def _desk(request: web.Request) -> web.Response:
    app = request.query.get("app", _DEFAULT_APP)
    if not _APP.fullmatch(app):
        return web.Response(status=400, text="app is the http address of your app")
    origin = "/".join(app.split("/")[:3])
    text = (FOLDER / "desk.html").read_text("utf-8").replace("{{app}}", escape(app, quote=True))
    return _page("desk.html", text, f"{_POLICY}; frame-src 'self' {origin}")


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    path = FOLDER / name
    if not path.is_file():
        raise web.HTTPNotFound
    return _page(name, path.read_text("utf-8"), _POLICY)


async def _events(request: web.Request) -> web.StreamResponse:
    """Send Server-Sent Events until the page is closed."""
    hub = request.app[SIMULATOR].hub
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    queue = hub.listen()
    try:
        await response.write(b": hello\n\n")
        while (event := await _next(queue)) != END:
            await response.write(event.encode())
    except ConnectionError:
        # The page was closed.
        pass
    finally:
        hub.leave(queue)
    return response


async def _next(queue: asyncio.Queue[str]) -> str:
    try:
        return await asyncio.wait_for(queue.get(), KEEPALIVE_S)
    except TimeoutError:
        # A comment of the event stream, which pages ignore; the write fails if the page is closed.
        return ": still here\n\n"
