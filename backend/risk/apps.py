"""The risk app: fraud rules and customers' own limits; both may deny a deposit."""

from django.apps import AppConfig

from common import catalogue


class RiskConfig(AppConfig):
    name = "risk"

    def ready(self) -> None:
        from risk import errors

        catalogue.register(field_messages=errors.FIELD_MESSAGES)
