"""Content negotiation for views that ignore the Accept header."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class AlwaysTheFirst(DefaultContentNegotiation):
    """Uses the view's first renderer whatever the Accept header says, so that no 406 arises."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
