"""Which form an answer has, where the caller's wish must not decide."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class AlwaysTheFirst(DefaultContentNegotiation):
    """Answers in the view's first form whatever is asked for, never with a 406."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
