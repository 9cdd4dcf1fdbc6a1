"""Keeps the API's answers out of HTTP caches: they are about one customer's money."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from common.api import API_PREFIX


def forbid_storing(response: HttpResponseBase) -> None:
    """Add `Cache-Control: no-store` to a response, unless its view has set Cache-Control."""
    response.headers.setdefault("Cache-Control", "no-store")


class NoStoreMiddleware:
    """Adds `Cache-Control: no-store` under /api/, unless the view has set Cache-Control."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(API_PREFIX):
            forbid_storing(response)
        return response
