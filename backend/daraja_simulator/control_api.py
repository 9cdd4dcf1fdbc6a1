"""Joins the control API: all its routes, and its OpenAPI document."""

from typing import Any

from aiohttp import web

from . import control_business, control_run, control_world, openapi
from .control import Call, Routes
from .control_statement import statement

_ABOUT = Routes()
ROUTES = [*control_world.ROUTES, *control_business.ROUTES, *control_run.ROUTES]


@_ABOUT.add("GET", "/openapi.json", "This document")
async def get_openapi(_call: Call) -> Any:
    """The control API in OpenAPI 3.1."""
    return openapi.document([*_ABOUT, *ROUTES])


def add_routes(app: web.Application) -> None:
    """Add every route of the control API to the application."""
    for entry in [*_ABOUT, *ROUTES]:
        app.router.add_route(entry.method, entry.path, entry.__call__)
    app.router.add_get("/control/statement", statement)
    # The name of this route before there were formats: format A.
    app.router.add_get("/control/statement.csv", statement)
