"""Rejects requests with a body over 64 KiB, more than 200 fields in the query, or a NUL in the URL.

No text of this product has a NUL, and PostgreSQL cannot store or compare one.

It also reads bodies without a Content-Length, in chunks or in frames of HTTP/2, which Django would
take for empty.
"""

import re
from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase

from common.api import API_PREFIX, status_response

_DIGITS_OF_A_LENGTH = 10
_TOO_LARGE = 413
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class SizeLimitMiddleware:
    """Answers 413 for a body over DATA_UPLOAD_MAX_MEMORY_SIZE, 400 for a bad query or a NUL.

    It covers every path: forms of the admin are small too, and Django writes the files of a
    multipart body to disk without a limit. An address of LARGE_BODIES has a limit of its own, for a
    body whose length is declared; its view checks the user before anything reads the body.
    """

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        status = 400 if _has_bad_address(request) else _body_status(request)
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
        and not _is_unmeasured(request)
        and not _has_bad_address(request)
    )


def _has_bad_address(request: WSGIRequest) -> bool:
    """Look for a NUL, and count the query's fields as Django does.

    Django's own check would not do: with DEBUG its error page reads the query again and crashes.
    """
    query: str = request.META.get("QUERY_STRING", "")
    return (
        query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        or "\x00" in request.path_info
        # The API names the field that has one.
        or ("%00" in query and not request.path_info.startswith(API_PREFIX))
    )


def _body_status(request: WSGIRequest) -> int | None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not _WHOLE_NUMBER.fullmatch(declared):
        # Python's int() accepts `1_0` and other scripts' digits; a proxy may read them otherwise.
        return 400
    length = int(declared)
    if _is_unmeasured(request):
        body = _read_whole(request, limit)
        length = len(body)
        request._stream = BytesIO(body)
        request.META["CONTENT_LENGTH"] = str(length)
    return _TOO_LARGE if length > settings.LARGE_BODIES.get(request.path_info, limit) else None


def _is_unmeasured(request: WSGIRequest) -> bool:
    """Return whether the request may have a body whose length no header says."""
    if request.META.get("CONTENT_LENGTH"):
        return False
    encoding: str = request.META.get("HTTP_TRANSFER_ENCODING", "")
    # HTTP/2 has no Transfer-Encoding: there the last frame ends a body.
    is_framed = request.META.get("SERVER_PROTOCOL", "").startswith("HTTP/2")
    return "chunked" in encoding.lower() or (is_framed and request.method not in ("GET", "HEAD"))


def _read_whole(request: WSGIRequest, limit: int) -> bytes:
    """Read at most one byte more than the limit, which is enough to see that it is exceeded."""
    stream, body = request.environ["wsgi.input"], b""
    while len(body) <= limit and (piece := stream.read(limit + 1 - len(body))):
        body += piece
    return body


def _refuse(request: WSGIRequest, status: int) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return status_response(request, status)
    return HttpResponse(_says(request, status), status=status, content_type="text/plain")


def _says(request: WSGIRequest, status: int) -> str:
    """Return what an operator reads, who has sent too large a file."""
    if status != _TOO_LARGE or request.path_info not in settings.LARGE_BODIES:
        return ""
    limit = settings.LARGE_BODIES[request.path_info] // 1024**2
    return (
        f"This file is larger than {limit} MB, and nothing of it was stored. Download a shorter"
        " period, or have it imported on the server (manage.py import_statement)."
    )
