"""The signed-in user of a request, typed; for views that require a sign-in."""

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from users.models import User


def signed_in_user(request: Request | HttpRequest) -> User:
    """Return the signed-in user of a request.

    Raises:
        NotAuthenticated: no user is signed in; the view lacks the permission class.
    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
