"""Checks phone number and password, for the API, the browsable API's log-in and the admin."""

import logging
from typing import Any

import pghistory
from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from common import clock
from common.security_log import log_event
from users import lockout
from users.models import User
from users.passwords import hash_in_vain


class PhoneBackend(AxesStandaloneBackend, AllowAllUsersModelBackend):  # type: ignore[misc]  # axes has no types
    """Finds users by any spelling of their phone number, inactive users included.

    Django's backend does not authenticate inactive users, so they would read "not signed in"
    instead of "blocked". Each log-in route therefore checks `is_active` itself: users.services,
    users.permissions, Django's log-in form, and the admin.

    For an unknown number as many hashes are computed as for a wrong password, so the time of a
    response does not reveal whether a number has an account. For a locked number, known or not, no
    hash is computed.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        """Return the user with this phone number and password, or None.

        Raises:
            Throttled: too many failures. Django passes it on without counting another
            failure, so that trying again does not lengthen the lock.
        """
        wait_s = None if request is None else lockout.seconds_to_wait(request, username or "")
        if wait_s is not None and request is not None:
            number = lockout.pseudonym(request, username or "")
            log_event("log_in_refused_by_lock", request=request, number=number)
            raise Throttled(wait_s)
        if username is None or password is None:
            return None
        user = _check(username, password)
        if request is not None:
            _log_try(request, username or "", user)
        return user


def _check(number: str, password: str) -> User | None:
    """Return the user with this number and password, or None; both cases take the same time."""
    try:
        user = User.objects.get_by_natural_key(number)
    except User.DoesNotExist:
        hash_in_vain(password)
        return None
    if not user.check_password(password) or not _is_in_time(user):
        return None
    if user.has_old_hash and not _renew_hash(user, password):
        return None
    return user


def _is_in_time(user: User) -> bool:
    """Return whether the password may still be used: a one-time password has an end."""
    until = user.one_time_password_until
    return until is None or until > clock.now()


def _renew_hash(user: User, password: str) -> bool:
    """Replace the hash by one of the normalised password; like a change, it ends other sign-ins.

    Returns False if another password was set since the old hash was checked, which stays.
    """
    checked = user.password
    user.set_password(password)
    # The history tells this row from one of a new password (users.services).
    with pghistory.context(renewed_hash_of=user.pk):
        renewed = User.objects.filter(pk=user.pk, password=checked).update(password=user.password)
    if renewed:
        return True
    user.refresh_from_db(fields=["password"])
    # Another log-in at the same time may have renewed it.
    return user.check_password(password)


def _log_try(request: HttpRequest, number: str, user: Any) -> None:
    """Log every attempt, with a keyed hash instead of the number."""
    event, level = ("password_right", logging.INFO) if user else ("password_wrong", logging.WARNING)
    pseudonym = lockout.pseudonym(request, number)
    log_event(event, request=request, level=level, user=user.pk if user else None, number=pseudonym)
