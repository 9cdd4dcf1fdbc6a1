"""Decides which pushes are sent to M-Pesa: not too many at once, and none while M-Pesa is down."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from payments.gateway import GatewayUnreachable, OutcomeUnknown
from payments.gateways.circuit import CircuitBreaker, CircuitOpen

logger = logging.getLogger(__name__)

#: Seconds after which a slot is probably free: a call usually takes one or two.
BULKHEAD_RETRY_AFTER_S = 5


class PushGate:
    """A bulkhead before a circuit breaker. Safe to share between threads.

    At most `max_calls_in_flight` pushes wait for M-Pesa at a time, so that a slow M-Pesa cannot
    occupy the threads that callbacks and reads need. While M-Pesa fails, no push is sent. A push
    that is refused here was not sent; the outcome of one that was sent is not changed.
    """

    def __init__(
        self, max_calls_in_flight: int, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._slots = threading.BoundedSemaphore(max_calls_in_flight)
        self._circuit = CircuitBreaker(monotonic=monotonic, on_change=_tell)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Let one call through.

        A rejection counts as success, because M-Pesa answered. A call that was not sent, or that
        had no clear answer, counts as failed.

        Raises:
            GatewayUnreachable: the call was refused; `retry_after_s` says when to try again.
        """
        if not self._slots.acquire(blocking=False):
            raise GatewayUnreachable(
                "as many pushes are in flight as we allow", retry_after_s=BULKHEAD_RETRY_AFTER_S
            )
        try:
            with self._circuit.call(GatewayUnreachable, OutcomeUnknown):
                yield
        except CircuitOpen as error:
            wait_s = math.ceil(error.retry_after_s)
            raise GatewayUnreachable(str(error), retry_after_s=wait_s) from error
        finally:
            self._slots.release()


def _tell(state: str) -> None:
    if state == "open":
        logger.warning("M-Pesa fails: pushes are turned away until one that tries succeeds")
    else:
        logger.info("M-Pesa answers again: pushes are sent")
