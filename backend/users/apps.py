"""The users app."""

from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Names the app."""

    name = "users"

    def ready(self) -> None:
        """Make the ways to sign in known to the schema generator, which finds them by import."""
        import_module("users.schema")
