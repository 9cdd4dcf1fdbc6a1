"""Refuses bodies over 64 KiB under /api/ before anything reads them.

Also those that come in chunks without a Content-Length, which Django would take for empty.
"""

import re
from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponseBase

from common.api import API_PREFIX, status_response

_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def _is_chunked(request: WSGIRequest) -> bool:
    encoding: str = request.META.get("HTTP_TRANSFER_ENCODING", "")
    return "chunked" in encoding.lower() and not request.META.get("CONTENT_LENGTH")


def _read_chunks(request: WSGIRequest, limit: int) -> bytes:
    """Read the body up to one byte over the limit: enough to know."""
    stream, body = request.environ["wsgi.input"], b""
    while len(body) <= limit and (piece := stream.read(limit + 1 - len(body))):
        body += piece
    return body


class BodyLimitMiddleware:
    """Answers 413 for a body over DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        """Answer the request."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not request.path.startswith(API_PREFIX):
            return self.get_response(request)
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if not _WHOLE_NUMBER.fullmatch(declared):
            # Python reads `1_0` and digits of every script as numbers: no two readers may differ.
            return status_response(request, 400)
        length = int(declared)
        if _is_chunked(request):
            body = _read_chunks(request, limit)
            length = len(body)
            request._stream = BytesIO(body)
            request.META["CONTENT_LENGTH"] = str(length)
        if length > limit:
            return status_response(request, 413)
        return self.get_response(request)
