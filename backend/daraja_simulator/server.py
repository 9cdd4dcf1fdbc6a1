"""The HTTP server: Daraja's routes, the control API and the virtual phone on one port."""

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from . import (
    c2b_api,
    command_api,
    control_api,
    endpoints,
    missing,
    pages,
    pull_api,
    qr_api,
    text_messages,
    transport,
    wire,
)
from .incoming import Answer, Incoming
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
    ("/mpesa/c2b/v1/registerurl", "register", c2b_api.register_v1),
    ("/mpesa/c2b/v2/registerurl", "register", c2b_api.register_v2),
    ("/mpesa/c2b/v1/simulate", "simulate", c2b_api.simulate),
    ("/mpesa/c2b/v2/simulate", "simulate", c2b_api.simulate),
    ("/pulltransactions/v1/register", "pull", pull_api.register),
    ("/pulltransactions/v1/query", "pull", pull_api.query),
    ("/mpesa/transactionstatus/v1/query", "status", command_api.transaction_status),
    ("/mpesa/reversal/v1/request", "reversal", command_api.reversal),
    ("/mpesa/accountbalance/v1/query", "balance", command_api.account_balance),
    ("/mpesa/b2c/v1/paymentrequest", "b2c", command_api.b2c_v1),
    ("/mpesa/b2c/v3/paymentrequest", "b2c", command_api.b2c_v3),
    ("/mpesa/qrcode/v1/generate", "qr", qr_api.generate),
    (text_messages.PATH, "sms", text_messages.send),
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
    app.router.add_route("*", "/{path:.*}", _handler("unknown", _unknown))
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
        outcome = endpoint(
            sim, Incoming(request.method, request.query, request.headers, body, request.path)
        )
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


def _unknown(sim: Simulator, incoming: Incoming) -> Answer:
    """Say that there is no such endpoint: here, or at Daraja at all."""
    return Answer(wire.rejection(404, "404.001.01", missing.sentence(incoming.path, ROUTES)))
