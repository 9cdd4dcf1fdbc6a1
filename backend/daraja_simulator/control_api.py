"""The whole control API: its routes, and the document that describes them."""

from typing import Any

from aiohttp import web

from . import control_run, control_world, openapi
from .control import Call, Routes

_ABOUT = Routes()
ROUTES = [*control_world.ROUTES, *control_run.ROUTES]


@_ABOUT.add("GET", "/openapi.json", "This document")
async def get_openapi(_call: Call) -> Any:
    """The control API in OpenAPI 3.1."""
    return openapi.document([*_ABOUT, *ROUTES])


def add_routes(app: web.Application) -> None:
    """Serve every route."""
    for entry in [*_ABOUT, *ROUTES]:
        app.router.add_route(entry.method, entry.path, entry.__call__)
