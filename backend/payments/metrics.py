"""Counts of this process about M-Pesa: its answers to our requests, and what it reported to us."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from common import traces

#: How each request to Daraja ended: an answer of 2xx, another answer, no answer, or not sent.
OUTCOMES = ("answered", "refused", "no_answer", "not_sent")

DARAJA_REQUESTS = Histogram(
    "daraja_request_seconds",
    "Time of each request to Daraja, by its product and how it ended.",
    ["call", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)
CALLBACKS = Counter(
    "mpesa_callbacks", "Callbacks of M-Pesa, by what became of them.", ["verdict", "has_token"]
)

#: Products by the part of Daraja's path that names them; paths of new products count as "other".
_CALLS = {
    "/oauth/": "token",
    "/stkpush/": "push",
    "/stkpushquery/": "query",
    "/pulltransactions/": "pull",
    "/transactionstatus/": "transaction_status",
    "/c2b/": "register",
}


@dataclass
class Timed:
    """A request under way; `outcome` is one of OUTCOMES."""

    outcome: str = "no_answer"


@contextmanager
def time_request(path: str) -> Iterator[Timed]:
    """Measure a request to Daraja; the caller says how it ended."""
    call = name_call(path)
    timed, begun = Timed(), time.perf_counter()
    with traces.span(f"daraja {call}", call=call) as live:
        try:
            yield timed
        finally:
            took_s = time.perf_counter() - begun
            DARAJA_REQUESTS.labels(call, timed.outcome).observe(took_s)
            live.note(outcome=timed.outcome)


def name_call(path: str) -> str:
    """Return the product of a path: paths hold no secrets, but a label has few values."""
    return next((name for part, name in _CALLS.items() if part in path), "other")
