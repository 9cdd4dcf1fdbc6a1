"""The common app: what has to happen once per process."""

from django.apps import AppConfig

from common import sentry


class CommonConfig(AppConfig):
    """Names the app, starts error tracking, lets admin classes be subscripted."""

    name = "common"

    def ready(self) -> None:
        """Run in every process: server, worker, commands."""
        from django.contrib.admin.options import BaseModelAdmin

        # django-stubs types `ModelAdmin[Model]`, which Django itself does not know at run time.
        if not hasattr(BaseModelAdmin, "__class_getitem__"):
            BaseModelAdmin.__class_getitem__ = classmethod(lambda admin, *_: admin)  # type: ignore[attr-defined]
        sentry.start()
