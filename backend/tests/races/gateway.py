"""The scripted gateway that takes its time, so that others can get in between."""

import time
from collections.abc import Callable

from payments.gateway import PushAccepted, PushRequest, QueryAnswer
from payments.tests.scripted_gateway import PAID, ScriptedGateway

_TAKES_S = 0.02


def _nothing() -> None:
    """Let nothing happen."""


class SlowGateway(ScriptedGateway):
    """Accepts every push and answers every query with PAID, unless told; both after a while.

    Safe to share between threads: what it keeps are lists that only grow.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)
        self.on_query = lambda _: PAID
        #: What happens while M-Pesa works on a push.
        self.meanwhile: Callable[[], None] = _nothing

    def push(self, request: PushRequest) -> PushAccepted:
        """Take a while, and let something happen in it."""
        accepted = super().push(request)
        time.sleep(_TAKES_S)
        self.meanwhile()
        return accepted

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Take a while."""
        answer = super().query(checkout_request_id)
        time.sleep(_TAKES_S)
        return answer
