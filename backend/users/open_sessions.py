"""The browsers and tokens that an account is signed in with, and the end of all others.

A row is written when a session opens. Whether it still opens the account is asked of the session
itself: a log-out, a new password and a raised epoch end it without a word to this table.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.db import transaction as db_transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from knox.models import AuthToken

from common import clock
from common.security_log import log_event
from users.browser_names import name_browser
from users.known_browser import LOG_IN_ROUTES
from users.models import User
from users.session_models import BrowserSession
from users.sessions import SessionStore, hash_key

logger = logging.getLogger(__name__)

#: These give a session another key.
_ROUTES = LOG_IN_ROUTES | {"auth-password", "auth-sessions-end", "admin:password_change"}
#: The newest ones that a list shows.
_SHOWN = 50


@dataclass(frozen=True)
class OpenSession:
    """A browser, or a token of a program, that opens the account now.

    `opened_at` is None for sessions of before this list.
    """

    kind: str
    browser: str
    system: str
    opened_at: datetime | None
    expires_at: datetime
    is_current: bool


class OpenSessionsMiddleware:
    """Notes each session that was opened. It stands outside the session's, which stores the key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        place = request.resolver_match.view_name if request.resolver_match else ""
        if request.method == "POST" and place in _ROUTES and response.status_code < 400:
            _note(request)
        return response


def list_open(
    user: User, *, session_key: str | None, token: AuthToken | None, now: datetime
) -> list[OpenSession]:
    """Return what opens the account now, this session or token first, then the newest.

    `session_key` and `token` are those of the request.
    """
    current = hash_key(session_key) if session_key is not None and token is None else None
    noted = {row.key_hash: row for row in BrowserSession.objects.filter(user=user)}
    keys = [*noted, *([current] if current is not None else [])]
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    found = [
        _of_session(row, noted.get(row.session_key), is_current=row.session_key == current)
        for row in alive
        if _opens(row, user)
    ]
    tokens = AuthToken.objects.filter(user=user, expiry__gt=now)
    found += [
        OpenSession("token", "", "", each.created, each.expiry, each.pk == (token and token.pk))
        for each in tokens
    ]
    # Those without a time are the oldest.
    found.sort(key=_rank)
    return found[::-1][:_SHOWN]


def _rank(found: OpenSession) -> tuple[bool, float]:
    """Sort this one last, and those without a time, which are the oldest, first."""
    return found.is_current, found.opened_at.timestamp() if found.opened_at else 0.0


def end_all(user: User) -> None:
    """End every session and token of the account, those of the caller too.

    `user` is as it is stored then: `update_session_auth_hash` keeps the caller's session.
    """
    with db_transaction.atomic():
        # The trigger `tokens_end` deletes the tokens.
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
    log_event("signed_out_everywhere", level=logging.INFO, user=user.pk)


def _note(request: HttpRequest) -> None:
    key, user_id = request.session.session_key, request.session.get(SESSION_KEY)
    if key is None or user_id is None:
        return
    browser, system = name_browser(request.headers.get("User-Agent", ""))
    row = BrowserSession(
        user_id=int(user_id),
        key_hash=hash_key(key),
        browser=browser,
        system=system,
        opened_at=clock.now(),
    )
    try:
        BrowserSession.objects.bulk_create([row], ignore_conflicts=True)
    except DatabaseError:
        # The customer is signed in; the list then knows the session by nothing but its end.
        logger.exception("a session was not noted")


def _opens(row: Session, user: User) -> bool:
    """Return whether the session is this user's, and of the present password and epoch."""
    content = SessionStore().decode(row.session_data)
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    return content.get(SESSION_KEY) == str(user.pk) and content.get(HASH_SESSION_KEY) in hashes


def _of_session(row: Session, noted: BrowserSession | None, *, is_current: bool) -> OpenSession:
    return OpenSession(
        "browser",
        noted.browser if noted else "",
        noted.system if noted else "",
        noted.opened_at if noted else None,
        row.expire_date,
        is_current,
    )
