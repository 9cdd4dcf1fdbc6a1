"""The operations app: tools of operators. They read every app, and move money only by services."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"
