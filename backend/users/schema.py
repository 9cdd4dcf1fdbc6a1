"""The authentication schemes in the OpenAPI schema."""

from typing import Any, cast

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from common.schema import add_code
from users.errors import SessionChanged

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
            "description": "Unsafe methods also need the CSRF token in `X-CSRFToken`. Every answer"
            " names the session's account in `X-Account`; a request that sends this header is"
            " answered 409 `session_changed`, before anything is done, if it names another one.",
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


def document_session_changed(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add 409 `session_changed` to every operation that reads the session.

    A postprocessing hook of drf-spectacular, so that no view can forget it.
    """
    for operations in result["paths"].values():
        for operation in operations.values():
            if any("session" in scheme for scheme in operation.get("security", ())):
                add_code(operation["responses"], 409, SessionChanged.code)
    return result
