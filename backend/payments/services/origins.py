"""Where a deposit came from: the request that asked for it, for log lines about the deposit.

The id is stored with the deposit, so what the worker and a callback do carries it too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError
from psycopg_pool import PoolTimeout

from common import logs
from common.db import call_function


@dataclass(frozen=True)
class Origin:
    """The request that asked for a deposit: its id, and its W3C trace context; "" where unknown."""

    request_id: str = ""
    traceparent: str = ""


#: For a statement that calls a function of deposits: `text` of `read`, for the deposit whose id is
#: in the column that is filled in. A scalar subquery reads each by its key, whatever the planner
#: takes the number of rows for.
ORIGIN = """(SELECT asked.request_id || ' ' || asked.traceparent
          FROM payments_transaction AS asked WHERE asked.id = {}) AS origin"""

_FIND = f"SELECT {ORIGIN.format('%(id)s')}"


def read(text: str | None) -> Origin:
    """Return the origin that `ORIGIN` selected; None: no deposit."""
    request_id, _, traceparent = (text or "").partition(" ")
    return Origin(request_id, traceparent)


def find(transaction_id: int | None) -> Origin:
    """Look the origin of a deposit up, where no other statement has read it.

    Without a database it is unknown: what is only logged must not fail.
    """
    if transaction_id is None:
        return Origin()
    try:
        return read(call_function(_FIND, {"id": transaction_id})["origin"])
    except (DatabaseError, PoolTimeout):
        return Origin()


@contextmanager
def about(transaction_id: int | None, origin: Origin) -> Iterator[None]:
    """Put the deposit and the request that asked for it on the log lines inside."""
    with logs.about(deposit=transaction_id, tap=origin.request_id):
        yield
