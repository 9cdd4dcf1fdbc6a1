"""Knows errors of a database that is away for a moment: the answer is 503, never 500.

PostgreSQL may be unreachable or restarting, may refuse writes during a fail-over, or may have
ended a statement that waited too long for a lock or ran too long. Whatever was not committed did
not happen, so the request may be repeated.
"""

import sys
from typing import Any

from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg.errors import ReadOnlySqlTransaction

#: Whole seconds after which a client may try again.
RETRY_AFTER_S = 5
_MARK = "_database_is_unavailable"
_PAGE = (
    "<!doctype html><title>Unavailable</title>"
    "<p>The database does not take this at the moment. Nothing was lost: please try again in a few"
    " seconds.</p>"
)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the error says that the server takes no writes now (SQLSTATE 25006)."""
    return isinstance(error, DatabaseError) and isinstance(error.__cause__, ReadOnlySqlTransaction)


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether the same request may succeed a moment later."""
    return isinstance(error, OperationalError | InterfaceError) or refuses_writes(error)


def is_marked(request: HttpRequest) -> bool:
    """Return whether the request ended by such an error, in a view or in a middleware."""
    return getattr(request, _MARK, False)


def page() -> HttpResponse:
    """Return the answer for a browser outside /api/, such as an operator in the admin."""
    return HttpResponse(_PAGE, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


def watch() -> None:
    """Mark each request that ends by such an error; called once, when the app is ready.

    Django turns an exception of a view or a middleware into a 500 before any middleware further
    out sees it, and tells of it by a signal only.
    """
    got_request_exception.connect(_mark, dispatch_uid="common.unavailable")


def _mark(sender: Any, request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None and is_unavailable(sys.exception()):
        setattr(request, _MARK, True)
