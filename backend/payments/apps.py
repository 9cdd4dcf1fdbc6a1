"""The payments app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Names the app and registers its checks."""

    name = "payments"

    def ready(self) -> None:
        """Register the checks."""
        from payments import checks  # noqa: F401
