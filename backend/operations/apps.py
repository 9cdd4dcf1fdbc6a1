"""What the operator has: commands that look at everything and move money only through services."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The app."""

    name = "operations"
