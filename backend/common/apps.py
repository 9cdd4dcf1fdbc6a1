"""The common app; it starts error tracking once per process."""

from django.apps import AppConfig

from common import sentry


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Start error tracking, in the server, the worker and management commands alike."""
        sentry.start()
