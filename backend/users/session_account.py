"""The header `X-Account`: whose session answers, and for which account a request is meant.

All tabs of a browser share one session. When another customer logs in in one tab, the others go on
showing the account before, and what is sent from them would act on the new one. So every answer to
a session names its account, a page sends back the account that it shows, and a request for another
account is refused before anything is done.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from users.errors import SessionChanged
from users.models import User

HEADER = "X-Account"


def accept_account(request: Request, user: User) -> None:
    """Keep the session's user for the answer's header, unless the request names another one.

    Raises:
        SessionChanged: the header X-Account names another account than the session's.
    """
    wanted = request.headers.get(HEADER)
    if wanted is not None and wanted != str(user.pk):
        raise SessionChanged
    request._request.session_account = user.pk  # type: ignore[attr-defined]


def name_new_account(*, request: HttpRequest, user: User, **_: object) -> None:
    """After a log-in over another account's session, let the answer name the new account."""
    if hasattr(request, "session_account"):
        request.session_account = user.pk


def stamp_account(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put the account of the session that was read for this answer into the header, if one was."""
    account: int | None = getattr(request, "session_account", None)
    if account is not None:
        response[HEADER] = str(account)


class SessionAccountMiddleware:
    """Puts `X-Account` on every answer to a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        stamp_account(request, response)
        return response
