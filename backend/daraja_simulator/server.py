"""The HTTP server: Daraja's routes, the control API and the virtual phone on one port."""

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from . import control_api, endpoints, pages, transport, wire
from .endpoints import Answer, Incoming
from .reply import Manner
from .settings import Settings
from .simulator import Simulator
from .state import SIMULATOR
from .wirelog import Exchange

Endpoint = Callable[[Simulator, Incoming], Answer | Awaitable[Answer]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("/oauth/v1/generate", "oauth", endpoints.oauth),
    ("/mpesa/stkpush/v1/processrequest", "push", endpoints.push),
    ("/mpesa/stkpushquery/v1/query", "query", endpoints.query),
    ("/mpesa/c2b/v1/registerurl", "register", endpoints.register_url),
    ("/mpesa/c2b/v2/registerurl", "register", endpoints.register_url),
)


def build_app(settings: Settings) -> web.Application:
    """Return the application; it creates its simulator when the server starts."""
    app = web.Application(client_max_size=256 * 1024)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_simulator_context(settings))
    app.router.add_get("/healthz", _healthz)
    for path, kind, endpoint in ROUTES:
        app.router.add_route("*", path, _handler(kind, endpoint))
    control_api.add_routes(app)
    pages.add_routes(app)
    # Any other path counts as a request to Daraja, which answers that it knows no such resource.
    app.router.add_route("*", "/{path:.*}", _not_found)
    return app


async def _end_streams(app: web.Application) -> None:
    """End the event streams of open pages, which would keep the server from stopping."""
    app[SIMULATOR].hub.close()


def _simulator_context(settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        simulator = Simulator(settings)
        app[SIMULATOR] = simulator
        yield
        await simulator.close()

    return context


def _handler(kind: str, endpoint: Endpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        sim = request.app[SIMULATOR]
        started, at = time.monotonic(), sim.clock()
        body = await request.read()
        outcome = endpoint(sim, Incoming(request.method, request.query, request.headers, body))
        answer = await outcome if inspect.isawaitable(outcome) else outcome
        if answer.prompt is not None and kind == "push" and transport.is_gone(request):
            answer.prompt.answer_lost = True
        exchange = _exchange(request, kind, body, answer)
        duration_ms = round((time.monotonic() - started) * 1000)
        sim.log.add(replace(exchange, at=at, duration_ms=duration_ms))
        return await transport.write(request, answer.reply, sim.faults.parameters)

    return handle


def _exchange(request: web.Request, kind: str, body: bytes, answer: Answer) -> Exchange:
    reply = answer.reply
    return Exchange(
        direction="in",
        kind=kind,
        method=request.method,
        url=request.path_qs,
        request_headers=dict(request.headers),
        request_body=body.decode("utf-8", "replace"),
        status=reply.status,
        response_headers={"Content-Type": reply.content_type},
        response_body=reply.body,
        error="" if reply.manner is Manner.WHOLE else reply.manner.value,
        fault=answer.fault,
        phone=answer.phone,
        checkout_request_id=answer.prompt.checkout_request_id if answer.prompt else "",
    )


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _not_found(request: web.Request) -> web.StreamResponse:
    reply = wire.rejection(404, "404.001.01", "Resource not found")
    return await transport.write(request, reply, request.app[SIMULATOR].faults.parameters)
