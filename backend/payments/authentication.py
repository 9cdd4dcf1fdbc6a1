"""Authenticates a push: one SQL statement reads the token's user and the user's rule inputs."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest
from knox.crypto import hash_token
from rest_framework.request import Request

from common import clock
from payments.services import risk_inputs
from risk.sightings import find_request_source
from users.authentication import TokenAuthentication
from users.models import User


@dataclass(frozen=True)
class PushSignIn:
    """`request.auth` of a push with a token: what `risk_inputs.find_numbers` would return for
    it."""

    numbers: dict[str, Any]


_FIELDS = [field.attname for field in User._meta.concrete_fields]
_SIGN_IN = f"""
SELECT {", ".join(f"customer.{field.column}" for field in User._meta.concrete_fields)}, numbers.*
  FROM knox_authtoken AS token
  JOIN users_user AS customer ON customer.id = token.user_id
 CROSS JOIN LATERAL deposit_risk_inputs(
    customer.id, %(address)s, %(device)s, %(failures)s, %(never_sent)s, %(most)s, %(now)s
 ) AS numbers
 WHERE token.digest = %(digest)s AND (token.expiry IS NULL OR token.expiry >= %(now)s)
"""  # noqa: S608  # names of our own columns


class PushTokenAuthentication(TokenAuthentication):
    """Token authentication for the view that initiates deposits."""

    #: The request, where it initiates a deposit (POST); else None.
    _push: HttpRequest | None = None

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """Return the token's user, and for a push a `PushSignIn`."""
        self._push = request._request if request.method == "POST" else None
        found: tuple[User, Any] | None = super().authenticate(request)
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        """Look up a push's token; where none is found, the base class raises the right error."""
        if self._push is not None and token.isascii() and token.isalnum():
            found = _find(token.decode(), self._push)
            if found is not None:
                return found
        return super().authenticate_credentials(token)


def _find(token: str, request: HttpRequest) -> tuple[User, PushSignIn] | None:
    inputs = risk_inputs.describe(find_request_source(request), clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_SIGN_IN, {"digest": hash_token(token), **inputs})
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        return None
    width = len(_FIELDS)
    numbers = dict(zip(names[width:], row[width:], strict=True))
    return User.from_db(connection.alias, _FIELDS, row[:width]), PushSignIn(numbers)
