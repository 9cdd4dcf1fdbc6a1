"""A gateway that counts what it is asked, and takes its time so that others can get in between."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    PushAccepted,
    PushRequest,
    QueryAnswer,
    QueryVerdict,
    StkCallback,
)

_TAKES_S = 0.02


def _nothing() -> None:
    """Let nothing happen."""


class CountingGateway:
    """Accepts every push; answers every query with `verdict`. Safe to share between threads."""

    environment = "mock"
    business_short_code = "174379"

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.verdict = QueryVerdict.PAID
        self.requests: list[PushRequest] = []
        self.queries: Counter[str] = Counter()
        #: What happens while M-Pesa works on a push.
        self.meanwhile: Callable[[], None] = _nothing
        self._lock = threading.Lock()

    def push(self, request: PushRequest) -> PushAccepted:
        """Count the prompt."""
        with self._lock:
            self.requests.append(request)
        time.sleep(_TAKES_S)
        self.meanwhile()
        return PushAccepted(
            checkout_request_id=f"ws_CO_{self.name}_{request.account_reference}",
            merchant_request_id=f"29115-{request.account_reference}",
        )

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Count the question."""
        with self._lock:
            self.queries[checkout_request_id] += 1
        time.sleep(_TAKES_S)
        code = {"paid": "0", "failed": "1032", "pending": "4999"}[self.verdict]
        return QueryAnswer(verdict=self.verdict, result_code=code, result_desc="as scripted")

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback as Daraja writes it."""
        return parse_callback(body)
