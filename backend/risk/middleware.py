"""Records from where people sign in; gives browsers the name they are counted by."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponseBase

from common import clock
from risk import sightings
from users.models import User

logger = logging.getLogger(__name__)

#: Names of addresses (config.urls): opening a session is when a browser gets its name.
_SIGN_INS = {"auth-signup", "auth-login"}
#: A push is recorded with its answer, by payments (push_accepted in sql/functions/push.sql).
_SEEN_AT = _SIGN_INS | {"auth-token"}


class SightingMiddleware:
    """Looks after the view, which alone knows who signed in. No answer fails because of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        place = request.resolver_match.view_name if request.resolver_match else ""
        if request.method == "POST" and place in _SEEN_AT and response.status_code < 400:
            self._look(request, response, is_sign_in=place in _SIGN_INS)
        return response

    def _look(self, request: HttpRequest, response: HttpResponseBase, *, is_sign_in: bool) -> None:
        user = request.user
        if not isinstance(user, User):
            return
        device = sightings.find_device(request)
        if device is None and is_sign_in:
            device = sightings.new_device()
            _set_cookie(response, device)
        source = sightings.find_request_source(request, device=device)
        try:
            sightings.record(user_id=user.pk, source=source, now=clock.now())
        except DatabaseError:
            # They are signed in, and their answer must get through.
            logger.warning("the origin of a request by user %s was not recorded", user.pk)


def _set_cookie(response: HttpResponseBase, device: str) -> None:
    response.set_cookie(
        sightings.DEVICE_COOKIE,
        device,
        max_age=sightings.DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
