"""An HTTP answer before it is sent, and how it is to be sent."""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

JSON_TYPE = "application/json"
HTML_TYPE = "text/html"


class Manner(StrEnum):
    """How the answer is sent, or not sent."""

    WHOLE = "whole"
    DRIP = "drip"
    TRUNCATED = "truncated"
    CLOSED = "closed"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True)
class Reply:
    """Status, body and headers of an answer, and the manner in which it is sent."""

    status: int
    body: str = ""
    content_type: str = JSON_TYPE
    manner: Manner = Manner.WHOLE
    wait_s: float = 0
    headers: dict[str, str] = field(default_factory=dict)

    def sent(self, manner: Manner) -> "Reply":
        """Return the same answer, to be sent in another manner."""
        return replace(self, manner=manner)


def json_reply(status: int, body: Any) -> Reply:
    """Return an answer with a JSON body without spaces, as Daraja sends it."""
    return Reply(status, json.dumps(body, separators=(",", ":")))
