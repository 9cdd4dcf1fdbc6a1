"""The common app: what has to happen once per process."""

from django.apps import AppConfig

from common import sentry


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Run in every process: server, worker, commands."""
        sentry.start()
