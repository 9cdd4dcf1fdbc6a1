"""Locks log-ins after failures; a right password is never counted against anybody.

Three counts lock: a number at an address (django-axes, in the database), a number at all addresses,
and all numbers at an address. Unknown phone numbers are locked in the same way.

A known browser (users.known_browser) has its own counts of its number, and the address count does
not apply to it. So others can keep the owner out of new browsers for a while, but never out of one
that the owner has signed in with; a program is known in the same way. axes stores no personal data:
it gets a keyed hash instead of the number, and a request without form and headers.

The counts are read before the password is checked and raised after it was wrong, so requests at the
same moment may pass together: at most as many as users.hashers lets in.
"""

import math
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.proxies import client_network
from common.security_log import log_event
from common.throttles import Limit, count, find_full
from users import known_browser
from users.models import User
from users.throttles import LogInThrottle, WrongPasswordThrottle

Credentials = dict[str, Any]

#: What is locked when a rate is full, in the words of the log.
_LOCKS = {WrongPasswordThrottle.group: "number", LogInThrottle.group: "address"}


def failure_limit(request: HttpRequest, credentials: Credentials | None) -> int:
    """Return the number of failures that leads to a lock (AXES_FAILURE_LIMIT)."""
    return int(settings.LOGIN_LOCK_AFTER)


def lock_time(request: HttpRequest | None) -> timedelta:
    """Return how long a lock lasts after the last failure (AXES_COOLOFF_TIME)."""
    return timedelta(seconds=settings.LOGIN_LOCK_SECONDS)


def is_switched_off(request: HttpRequest, credentials: Credentials | None) -> bool:
    """Return whether counting is off, as RATELIMIT_ENABLE says (AXES_WHITELIST_CALLABLE)."""
    return not settings.RATELIMIT_ENABLE


def name_of(request: HttpRequest, credentials: Credentials | None) -> str:
    """Return the name under which failures are counted (AXES_USERNAME_CALLABLE).

    It is a keyed hash of the phone number, and of the browser's name too in a known browser.
    """
    number, browser = _number_and_browser(request, credentials)
    return salted_hmac(__name__, f"{number}:{browser or ''}", algorithm="sha256").hexdigest()


def _number_and_browser(
    request: HttpRequest, credentials: Credentials | None
) -> tuple[str, str | None]:
    number = known_browser.hash_number(str((credentials or {}).get("username") or ""))
    return number, known_browser.find_browser(request, number)


def pseudonym(request: HttpRequest, number: str) -> str:
    """Return a short keyed hash for log lines, by which attempts with one number can be linked."""
    return name_of(request, {"username": number})[:12]


def _limits(request: HttpRequest, credentials: Credentials | None) -> list[Limit]:
    """Return the rates that count this client's failures with this number."""
    limits = [WrongPasswordThrottle(name_of(request, credentials)).limit_of(request)]
    if _number_and_browser(request, credentials)[1] is None:
        limits.append(LogInThrottle().limit_of(request))
    return limits


def address_of(request: HttpRequest) -> str:
    """Return the client's network address, by which failures count (AXES_CLIENT_IP_CALLABLE)."""
    return str(client_network(request).network_address)


def seconds_to_wait(request: HttpRequest, number: str) -> int | None:
    """Return the seconds until this client may try this phone number again; None if at once."""
    credentials = {"username": number}
    full = find_full(_limits(request, credentials))
    if AxesProxyHandler.is_allowed(request, credentials):
        return full and full.wait_s
    return max(full.wait_s if full else 1, _lock_left_s(request, credentials))


def _lock_left_s(request: HttpRequest, credentials: Credentials) -> int:
    attempts = AccessAttempt.objects.filter(
        username=name_of(request, credentials), ip_address=address_of(request)
    )
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return math.ceil((last + lock_time(request) - timezone.now()).total_seconds())


def forget_failures(request: HttpRequest, user: User) -> None:
    """Reset the count of failures after a right password."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(
        request, {"username": user.phone_number}
    )


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Counts failures without storing anything of the request's content."""

    def user_login_failed(
        self, sender: Any, credentials: Credentials, request: HttpRequest | None = None, **_: Any
    ) -> None:
        """Count one failure, and log it if it is the one that locks."""
        if request is None or is_switched_off(request, credentials):
            return
        limits = _limits(request, credentials)
        count(limits)
        bare = _without_content(request)
        super().user_login_failed(sender, credentials, bare)
        locks = ["number_at_address"] * (
            bare.axes_failures_since_start == failure_limit(bare, credentials)
        )
        full = find_full(limits)
        if full is not None:
            locks.append(_LOCKS[full.group])
        number = pseudonym(request, str(credentials.get("username") or ""))
        for lock in locks:
            log_event("log_in_locked", request=request, lock=lock, number=number)


def _without_content(request: HttpRequest) -> Any:
    """Return a request with only the client's network address and the known browser's cookie."""
    bare: Any = HttpRequest()
    bare.META["REMOTE_ADDR"] = address_of(request)
    bare.COOKIES = {known_browser.COOKIE: request.COOKIES.get(known_browser.COOKIE, "")}
    AxesProxyHandler.update_request(bare)
    return bare
