"""Sends a reply on the connection, or breaks the connection as a fault demands."""

import asyncio
import socket
import struct
import sys

from aiohttp import web

from .faults import Parameters
from .reply import Manner, Reply

DRIP_BYTES = 8
_LOOK_EVERY_S = 0.05
# Flags to peek into a socket without waiting and without consuming data; Windows lacks them.
_LOOK = socket.MSG_PEEK | socket.MSG_DONTWAIT if hasattr(socket, "MSG_DONTWAIT") else None
# The C struct `linger`: switched on, with a time of zero.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def write(request: web.Request, reply: Reply, parameters: Parameters) -> web.StreamResponse:
    """Send the reply in its manner; it is no error if the caller has disconnected meanwhile."""
    try:
        return await _write(request, reply, parameters)
    except ConnectionError:
        return web.Response()


async def _write(request: web.Request, reply: Reply, parameters: Parameters) -> web.StreamResponse:
    if reply.wait_s:
        await asyncio.sleep(reply.wait_s)
    match reply.manner:
        case Manner.WHOLE:
            return web.Response(
                status=reply.status,
                body=reply.body.encode(),
                headers={**reply.headers, "Content-Type": reply.content_type},
            )
        case Manner.DRIP:
            return await _drip(request, reply, parameters.drip_ms / 1000)
        case Manner.TRUNCATED:
            return await _truncate(request, reply)
        case Manner.HANG:
            await _wait_until_gone(request, parameters.hang_seconds)
        case Manner.RESET:
            _linger_zero(request)
        case Manner.CLOSED:
            pass
    return _break(request)


def is_gone(request: web.Request) -> bool:
    """Whether the caller has disconnected, even if the event loop does not know it yet.

    Under load a request may be read together with the end of its connection; only a look into the
    socket shows whether the answer will still be received.
    """
    if request.transport is None or request.transport.is_closing():
        return True
    sock = request.get_extra_info("socket")
    if sock is None or _LOOK is None:
        return sock is None
    with socket.fromfd(sock.fileno(), sock.family, sock.type) as copy:
        try:
            return copy.recv(1, _LOOK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


async def _begin(request: web.Request, reply: Reply, length: int) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = reply.content_type
    response.content_length = length
    await response.prepare(request)
    return response


async def _drip(request: web.Request, reply: Reply, pause_s: float) -> web.StreamResponse:
    body = reply.body.encode()
    response = await _begin(request, reply, len(body))
    for start in range(0, len(body), DRIP_BYTES):
        await response.write(body[start : start + DRIP_BYTES])
        await asyncio.sleep(pause_s)
    await response.write_eof()
    return response


async def _truncate(request: web.Request, reply: Reply) -> web.StreamResponse:
    body = reply.body.encode()
    response = await _begin(request, reply, len(body))
    await response.write(body[: len(body) // 2])
    # `close`, not `abort`, so that the half of the answer that was written still arrives.
    if request.transport is not None:
        request.transport.close()
    return response


async def _wait_until_gone(request: web.Request, longest_s: float) -> None:
    end = asyncio.get_running_loop().time() + longest_s
    while not is_gone(request) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(_LOOK_EVERY_S)


def _linger_zero(request: web.Request) -> None:
    """Set a linger time of zero: the system then closes the connection by RST instead of FIN."""
    sock = request.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def _break(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    # The connection is closed, so no caller receives this response; aiohttp requires one.
    return web.Response()
