"""The messages on the wire, in and out, the newest few hundred of them."""

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from .clock import EAT

# A long body is cut: the log is for reading.
BODY_SHOWN = 4000
# Until the exchange is over.
NEVER = datetime.min.replace(tzinfo=EAT)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, whichever side asked."""

    direction: str  # "in": someone asked us; "out": we sent a callback
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
    # Why there is no answer, or what was done to it.
    error: str = ""
    fault: str = ""
    phone: str = ""
    checkout_request_id: str = ""


class WireLog:
    """Bounded; each entry has a number that only grows."""

    def __init__(self, size: int, publish: Callable[[str, Any], None]) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._publish = publish

    def add(self, exchange: Exchange) -> None:
        """Keep it and tell the readers."""
        entry = {"number": next(self._numbers), **asdict(exchange), "at": exchange.at.isoformat()}
        entry["request_headers"] = readable_headers(exchange.request_headers)
        for body in ("request_body", "response_body"):
            entry[body] = entry[body][:BODY_SHOWN]
        self._entries.append(entry)
        self._publish("wire", entry)

    def newest(self, limit: int, **wanted: str) -> list[dict[str, Any]]:
        """The newest entries first; those whose fields are as wanted (empty: any)."""
        conditions = {name: value for name, value in wanted.items() if value}
        chosen = (
            entry
            for entry in reversed(self._entries)
            if all(entry[name] == value for name, value in conditions.items())
        )
        return list(itertools.islice(chosen, limit))

    def clear(self) -> None:
        """Forget the entries; the numbers go on."""
        self._entries.clear()


def readable_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers without the key and secret; of a token only its end."""
    shown = dict(headers)
    for name in shown:
        if name.lower() == "authorization":
            scheme, _, value = shown[name].partition(" ")
            shown[name] = f"{scheme} …{value[-4:]}" if scheme.lower() == "bearer" else f"{scheme} …"
    return shown
