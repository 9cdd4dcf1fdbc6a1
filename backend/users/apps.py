"""The users app."""

from importlib import import_module

from django.apps import AppConfig

from common.guard_register import register_guard


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Make known: to the schema generator the ways to sign in; guards of a library's table."""
        import_module("users.schema")
        for guard in ("kept", "unchanged", "no_truncate"):
            register_guard("pghistory_context", f"pghistory_context_{guard}")
