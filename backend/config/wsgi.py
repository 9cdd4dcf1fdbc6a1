"""What the production server loads: `granian --interface wsgi config.wsgi:application`."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_LONGEST_CONTENT_TYPE = 256


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset its Content-Type names.

    Django decodes the query by that charset before any middleware is asked, and a charset that
    is none (`rot13`), or that cannot be used so, breaks the server's thread instead of the request.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        if len(meta.get("CONTENT_TYPE", "")) > _LONGEST_CONTENT_TYPE:
            # Reading its parameters costs by the square of their number; DRF reads it again.
            meta["CONTENT_TYPE"] = "application/octet-stream"
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            parsed = "", {}
        self.content_type, self.content_params = parsed


class Application(WSGIHandler):
    """Django's own, with our request."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Application()
