"""Locks log-ins after wrong passwords: django-axes, by phone number and address, in the database.

Unknown phone numbers are locked in the same way. A known browser has its own counts
(users.known_browser), so that others cannot lock the owner out of it. axes stores no personal data:
it gets a keyed hash instead of the number, and a request without form and headers.
"""

import logging
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
from users import known_browser
from users.models import User
from users.throttles import WrongPasswordThrottle

logger = logging.getLogger(__name__)

Credentials = dict[str, Any]


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
    number = known_browser.hash_number(str((credentials or {}).get("username") or ""))
    browser = known_browser.find_browser(request, number)
    return salted_hmac(__name__, f"{number}:{browser or ''}", algorithm="sha256").hexdigest()


def address_of(request: HttpRequest) -> str:
    """Return the client's network address, by which failures count (AXES_CLIENT_IP_CALLABLE)."""
    return str(client_network(request).network_address)


def seconds_to_wait(request: HttpRequest, number: str) -> int | None:
    """Return the seconds until this client may try this phone number again; None if at once."""
    credentials = {"username": number}
    wait_s = WrongPasswordThrottle(name_of(request, credentials)).seconds_until_free(request)
    if AxesProxyHandler.is_allowed(request, credentials):
        return wait_s
    return max(wait_s or 1, _lock_left_s(request, credentials))


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
        """Count one failure of this number: with this address, and over all addresses."""
        if request is None or is_switched_off(request, credentials):
            return
        WrongPasswordThrottle(name_of(request, credentials)).seconds_to_wait(request)
        bare = _without_content(request)
        super().user_login_failed(sender, credentials, bare)
        if bare.axes_failures_since_start == failure_limit(bare, credentials):
            logger.warning("log-in locked", extra={"path": request.path})


def _without_content(request: HttpRequest) -> Any:
    """Return a request with only the client's network address and the known browser's cookie."""
    bare: Any = HttpRequest()
    bare.META["REMOTE_ADDR"] = address_of(request)
    bare.COOKIES = {known_browser.COOKIE: request.COOKIES.get(known_browser.COOKIE, "")}
    AxesProxyHandler.update_request(bare)
    return bare
