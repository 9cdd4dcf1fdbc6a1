"""An answer before it is written on the wire, and the manner of writing it."""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

JSON_TYPE = "application/json"
HTML_TYPE = "text/html"


class Manner(StrEnum):
    """How the answer travels, or why it does not."""

    WHOLE = "whole"
    DRIP = "drip"
    TRUNCATED = "truncated"
    CLOSED = "closed"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, and the manner in which they are sent."""

    status: int
    body: str = ""
    content_type: str = JSON_TYPE
    manner: Manner = Manner.WHOLE
    wait_s: float = 0
    headers: dict[str, str] = field(default_factory=dict)

    def sent(self, manner: Manner) -> "Reply":
        """The same answer in another manner."""
        return replace(self, manner=manner)


def json_reply(status: int, body: Any) -> Reply:
    """A JSON answer, compact as Daraja's."""
    return Reply(status, json.dumps(body, separators=(",", ":")))
