"""The users app."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from common import catalogue
from common.guard_register import register_guard


def _renew_session_key(request: HttpRequest, **_: object) -> None:
    """Give a session a new key at every sign-in, also of a user who was signed in already.

    Django keeps the key then. A key that was stolen or planted before would be raised with it: by
    the second factor, to the admin.
    """
    request.session.cycle_key()


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        # The schema generator finds the ways to sign in by import.
        import_module("users.schema")
        user_logged_in.connect(_renew_session_key)
        from users import errors

        catalogue.register(statuses=errors.STATUS_BY_CODE, field_messages=errors.FIELD_MESSAGES)
        # On a library's table, so no model declares them.
        for guard in ("kept", "unchanged", "no_truncate"):
            register_guard("pghistory_context", f"pghistory_context_{guard}")
