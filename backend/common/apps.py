"""The common app; it starts error tracking, and the watch for a database that is away."""

from django.apps import AppConfig

from common import sentry, unavailable


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Start both, in the server, the worker and management commands alike."""
        sentry.start()
        unavailable.watch()
