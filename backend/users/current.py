"""Who sent a request, typed. Only for views that demand a sign-in."""

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from users.models import User


def signed_in_user(request: Request | HttpRequest) -> User:
    """Return the user behind a request.

    Raises:
        NotAuthenticated: nobody is; a view without the permission class was asked.
    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
