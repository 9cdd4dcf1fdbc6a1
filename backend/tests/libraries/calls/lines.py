"""Lets a test call a library in the library's own virtual environment: a line asks, a line answers.

Uses only the standard library, since nothing else is installed beside the library.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

#: The paybill and the address of the simulator, as the test chose them.
SHOP = SimpleNamespace(**json.loads(os.environ["SHOP"]))


def serve(calls: Mapping[str, Callable[..., Any]]) -> None:
    """Answer `{"call", "with"}` with `{"answer"}`, or `{"error"}` if the library raised."""
    # A library that prints must not write between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            said = {"answer": calls[wanted["call"]](**wanted["with"])}
        except Exception as error:  # noqa: BLE001  # the test reports whatever the library raised
            # Some libraries keep Daraja's words in an attribute.
            answer = getattr(error, "raw_response", "")
            said = {"error": f"{type(error).__name__}: {error} {answer}"}
        answers.write(f"{json.dumps(said, default=str)}\n")
        answers.flush()
