"""Checks number and password for the API, the browser's log-in page and the admin alike."""

import logging
from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from users import lockout
from users.models import User

logger = logging.getLogger(__name__)


class PhoneBackend(AxesStandaloneBackend, AllowAllUsersModelBackend):  # type: ignore[misc]  # axes has no types
    """Finds users under any spelling of their number, and those switched off too.

    Django would treat an account that was switched off as nobody, and the customer would read
    "not signed in" instead of "blocked". Each log-in route checks `is_active` itself:
    users.services, users.permissions, Django's log-in form, and the admin.

    An unknown number costs one password hash like a wrong password (Django's own promise), so the
    time of an answer does not tell who is a customer. A locked number costs none, known or not.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        """Return whom number and password name.

        Raises:
            Throttled: too many failures. Django raises it to the caller, and takes it
                for no failure of its own, so that trying again does not lengthen the lock.
        """
        wait_s = None if request is None else lockout.seconds_to_wait(request, username or "")
        if wait_s is not None:
            raise Throttled(wait_s)
        user = AllowAllUsersModelBackend.authenticate(self, request, username, password, **more)
        if request is not None:
            _log_try(request, username or "", user)
        return user


def _log_try(request: HttpRequest, number: str, user: Any) -> None:
    """Tell of every try. The pseudonym joins tries on one number without saying which it is."""
    pseudonym = lockout.name_of(request, {"username": number})[:12]
    who = {"user": user.pk if user else None, "number": pseudonym, "path": request.path}
    logger.info("password right" if user else "password wrong", extra=who)
