"""Who may go on once it is known who asks."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from users.errors import AccountBlocked


class HasOpenAccount(IsAuthenticated):
    """Signed in, and not switched off: 401 without the first, 403 `account_blocked` without the
    second. A view whose contract checks other things first takes DRF's IsAuthenticated instead.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say whether the user may go on.

        Raises:
            AccountBlocked: the second.
        """
        is_signed_in = super().has_permission(request, view)
        if is_signed_in and not request.user.is_active:
            raise AccountBlocked
        return is_signed_in
