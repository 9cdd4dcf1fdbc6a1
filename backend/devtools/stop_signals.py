"""Lets a step of `make test` clean up whatever signal ends it, and however often it is told."""

import os
import signal
from types import FrameType

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def clean_up_on_stop() -> None:
    """From now on the first signal that ends this process raises KeyboardInterrupt, once.

    By default SIGTERM and SIGHUP run no `finally`, and a second Ctrl-C breaks the first one off:
    what a step has mounted, started or created would stay.
    """
    for number in _ENDS:
        signal.signal(number, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    if os.getpgrp() == os.getpid():
        # The programs of this step, too: a signal may have been sent to this process alone.
        os.killpg(0, signal.SIGINT)
    raise KeyboardInterrupt
