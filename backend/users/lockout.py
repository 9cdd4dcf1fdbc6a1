"""How often a password may be wrong: django-axes' lock by number and address, in the database.

The same for numbers that nobody has. A browser with which a number's owner has signed in has counts
of its own (users.known_browser): nobody else can lock the owner out of it. What axes would keep
beside its counts (typed numbers, forms, browsers) does not reach it: a number is a keyed hash, a
form never arrives.
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
    """Return how many failures lock (AXES_FAILURE_LIMIT)."""
    return int(settings.LOGIN_LOCK_AFTER)


def lock_time(request: HttpRequest | None) -> timedelta:
    """Return how long a lock lasts after the last failure (AXES_COOLOFF_TIME)."""
    return timedelta(seconds=settings.LOGIN_LOCK_SECONDS)


def is_switched_off(request: HttpRequest, credentials: Credentials | None) -> bool:
    """Say whether nothing is counted (AXES_WHITELIST_CALLABLE): one switch for every count."""
    return not settings.RATELIMIT_ENABLE


def name_of(request: HttpRequest, credentials: Credentials | None) -> str:
    """Return whose failures count together (AXES_USERNAME_CALLABLE).

    A keyed hash of the number; of number and browser where its owner has signed in with this one.
    """
    number = known_browser.hash_number(str((credentials or {}).get("username") or ""))
    browser = known_browser.find_browser(request, number)
    return salted_hmac(__name__, f"{number}:{browser or ''}", algorithm="sha256").hexdigest()


def address_of(request: HttpRequest) -> str:
    """Return what counts as one place (AXES_CLIENT_IP_CALLABLE)."""
    return str(client_network(request).network_address)


def seconds_to_wait(request: HttpRequest, number: str) -> int | None:
    """Return how long this number must wait before another try from here; None when it may."""
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
    """Reset the count: the user knows the password."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(
        request, {"username": user.phone_number}
    )


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Counts failures, and keeps nothing of what was sent."""

    def user_login_failed(
        self, sender: Any, credentials: Credentials, request: HttpRequest | None = None, **_: Any
    ) -> None:
        """Count one failure of this number from this address, and of this number anywhere."""
        if request is None or is_switched_off(request, credentials):
            return
        WrongPasswordThrottle(name_of(request, credentials)).seconds_to_wait(request)
        bare = _without_content(request)
        super().user_login_failed(sender, credentials, bare)
        if bare.axes_failures_since_start == failure_limit(bare, credentials):
            logger.warning("log-in locked", extra={"path": request.path})


def _without_content(request: HttpRequest) -> Any:
    """Return a request of the same moment and place, which only says whether it is known."""
    bare: Any = HttpRequest()
    bare.META["REMOTE_ADDR"] = address_of(request)
    bare.COOKIES = {known_browser.COOKIE: request.COOKIES.get(known_browser.COOKIE, "")}
    AxesProxyHandler.update_request(bare)
    return bare
