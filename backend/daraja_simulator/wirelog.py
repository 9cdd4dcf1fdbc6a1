"""The wire log: the newest few hundred HTTP requests, received and sent, with their answers."""

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from .clock import EAT

# How many characters of a body the log keeps.
BODY_SHOWN = 4000
# The time of the answer while there is none yet.
NEVER = datetime.min.replace(tzinfo=EAT)


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and its answer, received or sent by the simulator."""

    direction: str  # "in": the merchant's request to the simulator; "out": a callback to it
    kind: str
    method: str
    url: str
    at: datetime = NEVER
    duration_ms: int = 0
    request_headers: Mapping[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
    # `error`: why there is no answer, or how it was damaged. `fault`: the fault that did so.
    error: str = ""
    fault: str = ""
    phone: str = ""
    checkout_request_id: str = ""


class WireLog:
    """Keeps the newest entries; numbers of entries only grow, also after `clear`."""

    def __init__(self, size: int, publish: Callable[[str, Any], None]) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._publish = publish

    def add(self, exchange: Exchange) -> None:
        """Add an entry and publish it to the open pages."""
        entry = {"number": next(self._numbers), **asdict(exchange), "at": exchange.at.isoformat()}
        entry["request_headers"] = readable_headers(exchange.request_headers)
        for body in ("request_body", "response_body"):
            entry[body] = entry[body][:BODY_SHOWN]
        self._entries.append(entry)
        self._publish("wire", entry)

    def newest(self, limit: int, **wanted: str) -> list[dict[str, Any]]:
        """Return the newest entries first: only those with the wanted field values; an empty value
        matches any.
        """
        conditions = {name: value for name, value in wanted.items() if value}
        chosen = (
            entry
            for entry in reversed(self._entries)
            if all(entry[name] == value for name, value in conditions.items())
        )
        return list(itertools.islice(chosen, limit))

    def clear(self) -> None:
        """Remove all entries; new ones continue the numbers."""
        self._entries.clear()


def readable_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without consumer key and secret, and with only the end of a token."""
    shown = dict(headers)
    for name in shown:
        if name.lower() == "authorization":
            scheme, _, value = shown[name].partition(" ")
            shown[name] = f"{scheme} …{value[-4:]}" if scheme.lower() == "bearer" else f"{scheme} …"
    return shown
