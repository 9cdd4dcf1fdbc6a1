"""What the operator has: commands that look at everything and move money only through services."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"
