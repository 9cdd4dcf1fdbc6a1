"""The common app: what has to happen once per process."""

from django.apps import AppConfig

from common import sentry


class CommonConfig(AppConfig):
    """Names the app, starts error tracking, lets typed admin classes and forms load."""

    name = "common"

    def ready(self) -> None:
        """Run in every process: server, worker, commands."""
        _allow_type_arguments()
        sentry.start()


def _allow_type_arguments() -> None:
    """Let `ModelAdmin[User]` and `ModelForm[User]`, which django-stubs demands, run as well.

    Django itself has done the same for its managers and querysets since 3.1.
    """
    from django.contrib.admin.options import BaseModelAdmin
    from django.forms import BaseForm

    for base in (BaseModelAdmin, BaseForm):
        if not hasattr(base, "__class_getitem__"):
            setattr(base, "__class_getitem__", classmethod(lambda cls, *_: cls))  # noqa: B010
