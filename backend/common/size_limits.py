"""Rejects requests with a body over 64 KiB or a query of more than 200 fields before views run.

It also reads chunked bodies, which have no Content-Length and which Django would take for empty.
"""

import re
from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase

from common.api import API_PREFIX, status_response

_DIGITS_OF_A_LENGTH = 10
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class SizeLimitMiddleware:
    """Answers 413 for a body over DATA_UPLOAD_MAX_MEMORY_SIZE, 400 for a query of too many fields.

    It covers every path: forms of the admin are small too, and Django writes the files of a
    multipart body to disk without a limit.
    """

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        status = 400 if _has_too_many_fields(request) else _body_status(request)
        return self.get_response(request) if status is None else _refuse(request, status)


def is_plain(request: WSGIRequest) -> bool:
    """Return whether this middleware would pass the request unchanged; does not read its body."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return (
        declared.isascii()
        and declared.isdecimal()
        and len(declared) < _DIGITS_OF_A_LENGTH
        and int(declared) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        and "HTTP_TRANSFER_ENCODING" not in request.META
        and not _has_too_many_fields(request)
    )


def _has_too_many_fields(request: WSGIRequest) -> bool:
    """Count the query's fields as Django does.

    Django's own check would not do: with DEBUG its error page reads the query again and crashes.
    """
    query: str = request.META.get("QUERY_STRING", "")
    return query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def _body_status(request: WSGIRequest) -> int | None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not _WHOLE_NUMBER.fullmatch(declared):
        # Python's int() accepts `1_0` and other scripts' digits; a proxy may read them otherwise.
        return 400
    length = int(declared)
    if _is_chunked(request):
        body = _read_chunks(request, limit)
        length = len(body)
        request._stream = BytesIO(body)
        request.META["CONTENT_LENGTH"] = str(length)
    return 413 if length > limit else None


def _is_chunked(request: WSGIRequest) -> bool:
    encoding: str = request.META.get("HTTP_TRANSFER_ENCODING", "")
    return "chunked" in encoding.lower() and not request.META.get("CONTENT_LENGTH")


def _read_chunks(request: WSGIRequest, limit: int) -> bytes:
    """Read at most one byte more than the limit, which is enough to see that it is exceeded."""
    stream, body = request.environ["wsgi.input"], b""
    while len(body) <= limit and (piece := stream.read(limit + 1 - len(body))):
        body += piece
    return body


def _refuse(request: WSGIRequest, status: int) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return status_response(request, status)
    return HttpResponse(status=status, content_type="text/plain")
