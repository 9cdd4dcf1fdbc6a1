"""The common app; it starts error tracking, traces, and the watch for a database that is away."""

from django.apps import AppConfig

from common import sentry, traces, unavailable


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Start them, in the server, the worker and management commands alike."""
        sentry.start()
        traces.start()
        unavailable.watch()
