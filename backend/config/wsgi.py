"""The WSGI application: `granian --interface wsgi config.wsgi:application`."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_LONGEST_CONTENT_TYPE = 256


class Utf8Request(WSGIRequest):
    """A request that is decoded as UTF-8, whatever charset its Content-Type names.

    Django decodes the query by that charset before any middleware runs, so a codec that is no
    charset (`rot13`) would raise in the server's thread instead of failing the request.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        if len(meta.get("CONTENT_TYPE", "")) > _LONGEST_CONTENT_TYPE:
            # Parsing takes time by the square of the parameters' number, and DRF parses again.
            meta["CONTENT_TYPE"] = "application/octet-stream"
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            parsed = "", {}
        self.content_type, self.content_params = parsed


class Application(WSGIHandler):
    """Django's WSGI handler with `Utf8Request`."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Application()
