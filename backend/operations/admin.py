"""Admin of the worker's jobs: read-only. Nobody starts, repeats or stops a job that moves money.

Procrastinate's own page lets anybody who may look retry, cancel and abort. A job that failed or
whose worker died is taken up again by the worker (operations.stalled_jobs); a command of the
product does by hand what a job does, as `manage.py reconcile`.
"""

from importlib import import_module

from django.contrib import admin
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateJob

from common.admin import ReadOnlyAdmin
from operations.console import lists
from operations.console.customer import page as customer_page
from operations.console.deposit import page as deposit_page
from operations.models import Alert, TaskRun

# This module registers its page when it is imported. Import it now: Django would do it later, after
# the `unregister` below.
_theirs = import_module("procrastinate.contrib.django.admin")
admin.site.unregister(ProcrastinateJob)
# One page for each deposit, and one for each customer, in the place of Django's forms.
deposit_page.register()
customer_page.register()
lists.register()


class EventInline(_theirs.ProcrastinateEventInline):  # type: ignore[misc,name-defined]
    """What happened to a job."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """What operators were told, by kind of need; it is taken on the home."""

    list_display = (
        "kind", "since", "told_at", "told_times", "taken_by", "taken_at", "failed_at", "failure",
    )  # fmt: skip
    list_select_related = ("taken_by",)


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnlyAdmin):
    """When each periodic task of the worker last ended well, and when it last failed."""

    list_display = ("task", "succeeded_at", "failed_at", "found", "first_found")

    @admin.display(description="what it found")
    def first_found(self, run: TaskRun) -> str:
        """Return the first thing that its last run found; the row's own page has the others."""
        return run.details.partition("\n")[0] or "-"


@admin.register(ProcrastinateJob)
class JobAdmin(_theirs.ProcrastinateJobAdmin):  # type: ignore[misc,name-defined]  # a module by name
    """The jobs of the worker."""

    actions = ()
    inlines = (EventInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
