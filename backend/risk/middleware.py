"""Records sightings at sign-ins, and sets the cookie by which the rules count devices."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponseBase

from common import clock
from risk import sightings
from users.models import User

logger = logging.getLogger(__name__)

#: Names of the routes (users.urls) that open a session and set the device cookie.
_SIGN_INS = {"auth-signup", "auth-login"}
#: Names of the routes that record a sighting. Pushes are recorded elsewhere, with M-Pesa's answer
#: (push_accepted in payments/sql/functions/push.sql).
_SEEN_AT = _SIGN_INS | {"auth-token"}


class SightingMiddleware:
    """Records after the view, which sets the signed-in user; an error here fails no response."""

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
            # The user is signed in, so the response must be sent anyway.
            logger.warning("the origin of a request was not recorded", extra={"user": user.pk})


def _set_cookie(response: HttpResponseBase, device: str) -> None:
    response.set_cookie(
        sightings.DEVICE_COOKIE,
        device,
        max_age=sightings.DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
