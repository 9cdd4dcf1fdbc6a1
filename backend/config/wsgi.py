"""The WSGI application: `granian --interface wsgi config.wsgi:application`."""

import os
from typing import Any, cast

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponseBase
from django.utils.http import parse_header_parameters

from config import bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_MAX_CONTENT_TYPE_LENGTH = 256


class Utf8Request(WSGIRequest):
    """A request that is decoded as UTF-8, whatever charset its Content-Type names.

    Django decodes the query by that charset before any middleware runs, so a codec that is no
    charset (`rot13`) would raise in the server's thread instead of failing the request.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        if len(meta.get("CONTENT_TYPE", "")) > _MAX_CONTENT_TYPE_LENGTH:
            # Parsing takes time by the square of the parameters' number, and DRF parses again.
            meta["CONTENT_TYPE"] = "application/octet-stream"
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            parsed = "", {}
        self.content_type, self.content_params = parsed


class Application(WSGIHandler):
    """Django's WSGI handler with `Utf8Request`, called once the request's body is there."""

    request_class = Utf8Request

    def __init__(self) -> None:
        super().__init__()
        # Pushes that wait for M-Pesa leave some threads free; bodies may hold half of those.
        free = settings.WEB_THREADS - settings.MPESA_MAX_CALLS_IN_FLIGHT
        self._watch = bodies.BodyWatch(many=max(free // 2, 1))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        try:
            bodies.take_body(environ, self._watch)
        except bodies.BodyLate:
            # Granian ignores a second answer; it takes any iterable.
            start_response("408 Request Timeout", [])
            return cast("HttpResponseBase", [b""])
        return super().__call__(environ, start_response)


bodies.pass_protocol_on()
django.setup(set_prefix=False)
application = Application()
