"""The risk app: what may refuse a deposit that the customer could pay."""

from django.apps import AppConfig

from common import catalogue


class RiskConfig(AppConfig):
    name = "risk"

    def ready(self) -> None:
        from risk import errors

        catalogue.register(field_messages=errors.FIELD_MESSAGES)
