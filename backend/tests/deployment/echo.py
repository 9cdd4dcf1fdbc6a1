"""A WSGI application for test_framing: our limits of a body, then the body itself as the answer."""

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse

from common.size_limits import SizeLimitMiddleware

django.setup()


class EchoHandler(WSGIHandler):
    """Answers each request with the body that a view would read."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Put the limits of a body in front of the echo, and nothing else."""
        self._middleware_chain = SizeLimitMiddleware(_echo)


def _echo(request: WSGIRequest) -> HttpResponse:
    return HttpResponse(request.body, content_type="text/plain")


application = EchoHandler()
