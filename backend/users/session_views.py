"""Views of what an account is signed in with."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from users import open_sessions
from users.authentication import SessionAuthentication
from users.current import signed_in_user


class OpenSessionSerializer(serializers.Serializer[Any]):
    """A browser or token that opens the account."""

    kind = serializers.ChoiceField(choices=("browser", "token"))
    browser = serializers.CharField(help_text="A coarse name, such as Chrome; may be empty.")
    system = serializers.CharField(help_text="A coarse name, such as Android; may be empty.")
    opened_at = serializers.DateTimeField(
        allow_null=True, help_text="Null for sessions of before this list."
    )
    expires_at = serializers.DateTimeField()
    is_current = serializers.BooleanField(help_text="Whether this request came by it.")


class OpenSessionsSerializer(serializers.Serializer[Any]):
    """What opens the account now; at most 50, the newest."""

    sessions = OpenSessionSerializer(many=True)


class SessionsView(APIView):
    """What the account is signed in with."""

    @extend_schema(
        operation_id="auth_sessions", responses={200: OpenSessionsSerializer, **errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """List the browsers and tokens that open the account, this one first."""
        token = request.auth if isinstance(request.auth, AuthToken) else None
        found = open_sessions.list_open(
            signed_in_user(request),
            session_key=request._request.session.session_key,
            token=token,
            now=clock.now(),
        )
        return Response(OpenSessionsSerializer({"sessions": found}).data)


class EndSessionsView(APIView):
    """The end of all other sign-ins."""

    @extend_schema(
        operation_id="auth_sessions_end",
        request=None,
        responses={204: None, **errors(401, 403)},
    )
    def post(self, request: Request) -> Response:
        """End every other session and every token. This session goes on under a new key."""
        user = signed_in_user(request)
        open_sessions.end_all(user)
        if isinstance(request.successful_authenticator, SessionAuthentication):
            update_session_auth_hash(request._request, user)
        return Response(status=204)
