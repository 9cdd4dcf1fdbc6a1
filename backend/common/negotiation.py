"""Content negotiation by shorter ways than Django REST Framework's, where they are sure."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

_JSON = JSONRenderer.media_type
#: Accept headers that mean JSON wherever JSON is the first renderer.
_PLAIN = frozenset({_JSON, "*/*"})


class JSONFirst(DefaultContentNegotiation):
    """Answers a plain request for JSON at once, and every other Accept header as DRF does.

    Almost every request has one of two headers, and DRF would parse the media types for each.
    """

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        is_plain = accepted in _PLAIN and renderers[0].media_type == _JSON
        if is_plain and not request.META.get("QUERY_STRING") and not format_suffix:
            return renderers[0], _JSON
        chosen: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen


class AlwaysTheFirst(DefaultContentNegotiation):
    """Uses the view's first renderer whatever the Accept header says, so that no 406 arises."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
