"""The authentication schemes in the OpenAPI schema."""

from typing import Any, cast

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

#: For `extend_schema(auth=…)`: sign-in is optional, but with a session a CSRF token is needed.
# The cast is needed because drf-spectacular's annotation lacks dictionaries, which it accepts.
SESSION_OR_NOTHING = cast("Any", [{}, {"session": []}])


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Token …`."""

    target_class = "users.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and the token from `POST /api/auth/token/`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The browser's session cookie."""

    target_class = "users.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Unsafe methods also need the CSRF token in `X-CSRFToken`.",
        }


class DevelopmentHeaderScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The development header that signs in by phone number (DevelopmentHeaderAuthentication)."""

    target_class = "users.authentication.DevelopmentHeaderAuthentication"
    name = "developmentHeader"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-User-Phone-Number",
            "description": "`2547…`; only where DEBUG and MPESA_DEBUG are both True.",
        }
