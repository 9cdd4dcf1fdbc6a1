"""The payments app."""

from django.apps import AppConfig

from common import catalogue


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import checks, errors  # noqa: F401

        catalogue.register(statuses=errors.STATUS_BY_CODE)
