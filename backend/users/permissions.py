"""The permission that most API views require."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from users.errors import AccountBlocked


class HasOpenAccount(IsAuthenticated):
    """Requires a signed-in user (else 401) with an active account (else 403 `account_blocked`).

    A view that checks other things before the account uses DRF's IsAuthenticated instead.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the user is signed in.

        Raises:
            AccountBlocked: the account is not active.
        """
        is_signed_in = super().has_permission(request, view)
        if is_signed_in and not request.user.is_active:
            raise AccountBlocked
        return is_signed_in
