"""Reads request bodies before Django does, within a bounded time.

Granian starts a thread for a request once its headers are there, and the thread waits for the body
for as long as the client likes: a few hundred half-sent bodies would hold all threads. So each body
is read here, whole, and one thread watches all that are being read. Granian offers no such limit
(HTTP1Settings has one for headers only) and no way to end the wait, but its `response_bytes` may be
called by any thread. The watch answers a late request, finds the connection by the size of that
answer (config.connections), and ends its reading, which frees the thread and the connection.

The bodies are small: what is longer than DATA_UPLOAD_MAX_MEMORY_SIZE is left to
common.size_limits, which refuses it, but for an operator's upload of a statement.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from granian.server import mp

from common import catalogue
from config import connections

logger = logging.getLogger(__name__)

#: The key of the WSGI environment with granian's object that sends the request's answer.
PROTOCOL = "kibeezy.protocol"
# Granian's function that turns a WSGI application into what its server calls.
_WRAPPER = "_wsgi_call_wrap"
#: Seconds that a body may take. A phone on a slow network sends 1 KiB in less than one.
MAX_S = 10.0
#: Seconds that it may take while more bodies are being read than BodyWatch's `many`.
MAX_S_AMONG_MANY = 2.0
_LOOK_EVERY_S = 0.25
# Granian writes an answer some microseconds after it was handed over.
_LOOK_AGAIN_S, _LOOKS_FOR_ANSWERS = 0.02, 10

_LATE = catalogue.BY_STATUS[408]
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Connection", "close"),
]


def _late_answer(language: str) -> bytes:
    message = _LATE.customer_message.in_language(language)
    told = {"error": _LATE.error, "customer_message": message, "code": _LATE.code}
    return json.dumps(told).encode()


def _size_on_the_wire(body: bytes) -> int:
    """Return the bytes of the whole answer, with what granian adds to it."""
    headers = [
        *_HEADERS,
        ("server", "granian"),
        ("content-length", str(len(body))),
        ("date", "Mon, 30 Nov 2026 00:00:00 GMT"),
    ]
    lines = ["HTTP/1.1 408 Request Timeout", *(f"{name}: {value}" for name, value in headers), ""]
    return len("".join(f"{line}\r\n" for line in lines)) + len(body)


_ANSWERS = {language: _late_answer(language) for language in ("en", "sw")}
_SIZES = {_size_on_the_wire(body) for body in _ANSWERS.values()}


class BodyLate(Exception):
    """The body did not come in time. The request is answered already."""


@dataclass(eq=False)
class _Reading:
    """A body that is being read since `began` (monotonic seconds)."""

    protocol: Any
    language: str
    began: float
    is_ended: bool = False

    def answer_late(self) -> None:
        """Send the answer. The thread goes on waiting for the body."""
        self.protocol.response_bytes(408, _HEADERS, _ANSWERS[self.language])


class BodyWatch:
    """Ends requests whose bodies take too long; sooner while more than `many` are being read.

    The watching thread starts with the first body, and is one per process.
    """

    def __init__(self, *, many: int) -> None:
        self._many = many
        self._lock = threading.Lock()
        # In the order of their beginning, as a dict keeps it.
        self._readings: dict[int, _Reading] = {}
        self._thread: threading.Thread | None = None

    def read(self, wsgi: dict[str, Any], limit: int) -> bytes:
        """Return the body, or its first `limit` bytes if it is longer.

        A body whose client went away is returned as far as it came.

        Raises:
            BodyLate: it took too long.
        """
        stream, protocol = wsgi["wsgi.input"], wsgi.get(PROTOCOL)
        if protocol is None:
            # Another server than granian, or a test: no body comes over a network.
            return _read_all(stream, limit)
        reading = self._begin(protocol, wsgi.get("HTTP_ACCEPT_LANGUAGE", ""))
        try:
            body = _read_all(stream, limit)
        finally:
            with self._lock:
                self._readings.pop(id(reading), None)
        if reading.is_ended:
            raise BodyLate
        return body

    def _begin(self, protocol: Any, languages: str) -> _Reading:
        language = "sw" if languages.strip().lower().startswith("sw") else "en"
        reading = _Reading(protocol, language, time.monotonic())
        with self._lock:
            self._readings[id(reading)] = reading
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="bodies", daemon=True)
                self._thread.start()
        return reading

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY_S)
            self.end_late(time.monotonic())

    def end_late(self, now: float) -> None:
        """Answer 408 to, and end, every request whose body is late at `now` (monotonic seconds).

        A connection that was written an answer of the same size at the same time is ended as well:
        it has its answer, and its client connects again.
        """
        late = self._take_late(now)
        if not late:
            return
        try:
            before = connections.written_bytes(settings.PORT)
            for reading in late:
                reading.answer_late()
            self._end_answered(before, len(late))
        except Exception:
            # The watch must go on: without it the next half-sent bodies hold their threads.
            logger.exception("late requests could not be ended")

    @staticmethod
    def _end_answered(before: dict[connections.Peer, int], count: int) -> None:
        """End the connections to which an answer was written since `before`, `count` of them."""
        for _ in range(_LOOKS_FOR_ANSWERS):
            time.sleep(_LOOK_AGAIN_S)
            after = connections.written_bytes(settings.PORT)
            answered = {
                peer for peer, written in after.items() if written - before.get(peer, 0) in _SIZES
            }
            if len(answered) >= count:
                break
        connections.end_reading(settings.PORT, answered)

    def _take_late(self, now: float) -> list[_Reading]:
        with self._lock:
            limit_s = MAX_S_AMONG_MANY if len(self._readings) > self._many else MAX_S
            late = [reading for reading in self._readings.values() if now - reading.began > limit_s]
            for reading in late:
                # Under the lock, so that its own thread sees it, however late the last byte came.
                reading.is_ended = True
                del self._readings[id(reading)]
        if late:
            logger.warning("request bodies did not come in time", extra={"requests": len(late)})
        return late


def _read_all(stream: Any, limit: int) -> bytes:
    body = b""
    while len(body) < limit and (piece := stream.read(limit - len(body))):
        body += piece
    return body


def take_body(wsgi: dict[str, Any], watch: BodyWatch) -> None:
    """Replace the request's input by its whole body, unless it is too long or there is none.

    Raises:
        BodyLate: it took too long.
    """
    if wsgi.get("REQUEST_METHOD") == "HEAD":
        # No view reads the body of a HEAD request. It is not waited for, because it could not be
        # ended: the answer has no body, so its size does not identify the connection. Granian
        # closes a connection with unread bytes.
        wsgi["wsgi.input"] = BytesIO()
        return
    declared = wsgi.get("CONTENT_LENGTH") or ""
    if declared:
        is_short = declared.isascii() and declared.isdecimal() and len(declared) < 10
        length = int(declared) if is_short else 0
        # Malformed and long ones are refused unread.
        if 0 < length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            wsgi["wsgi.input"] = BytesIO(watch.read(wsgi, length))
    elif "HTTP_TRANSFER_ENCODING" in wsgi:
        # One byte more than the limit is enough to see that it is exceeded.
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        wsgi["wsgi.input"] = BytesIO(watch.read(wsgi, limit))


def pass_protocol_on() -> None:
    """Let granian put its `protocol` into the WSGI environment, under PROTOCOL.

    Granian keeps it to itself; tests/attacks/test_half_sent.py fails if a release changes that.
    """
    wrap = getattr(mp, _WRAPPER)
    if getattr(wrap, "passes_protocol", False):
        return

    def wrapped(callback: Any, scope_options: Any, access_log_format: Any = None) -> Any:
        run: Callable[[Any, Any], Any] = wrap(callback, scope_options, access_log_format)

        def answer(protocol: Any, scope: dict[str, Any]) -> Any:
            scope[PROTOCOL] = protocol
            return run(protocol, scope)

        return answer

    wrapped.passes_protocol = True  # type: ignore[attr-defined]
    setattr(mp, _WRAPPER, wrapped)
