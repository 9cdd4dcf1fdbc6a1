"""Refuses what is too large before anything reads it: bodies over 64 KiB, queries of 200 fields.

Also bodies that come in chunks without a Content-Length, which Django would take for empty.
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

    On every path: a form of the admin is small as well, and Django writes the files of a multipart
    body to disk without counting them.
    """

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        status = 400 if _has_too_many_fields(request) else _body_status(request)
        return self.get_response(request) if status is None else _refuse(request, status)


def is_plain(request: WSGIRequest) -> bool:
    """Say whether nothing here would refuse or rewrite the request. It reads nothing of it."""
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
    """Count as Django does, whose own error page with DEBUG reads the query again and breaks."""
    query: str = request.META.get("QUERY_STRING", "")
    return query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def _body_status(request: WSGIRequest) -> int | None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not _WHOLE_NUMBER.fullmatch(declared):
        # Python reads `1_0` and digits of every script as numbers: no two readers may differ.
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
    """Read the body up to one byte over the limit: enough to know."""
    stream, body = request.environ["wsgi.input"], b""
    while len(body) <= limit and (piece := stream.read(limit + 1 - len(body))):
        body += piece
    return body


def _refuse(request: WSGIRequest, status: int) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return status_response(request, status)
    return HttpResponse(status=status, content_type="text/plain")
