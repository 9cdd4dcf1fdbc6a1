"""The users app."""

from importlib import import_module

from django.apps import AppConfig

from common import catalogue
from common.guard_register import register_guard


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        # The schema generator finds the ways to sign in by import.
        import_module("users.schema")
        from users import errors

        catalogue.register(statuses=errors.STATUS_BY_CODE, field_messages=errors.FIELD_MESSAGES)
        # On a library's table, so no model declares them.
        for guard in ("kept", "unchanged", "no_truncate"):
            register_guard("pghistory_context", f"pghistory_context_{guard}")
