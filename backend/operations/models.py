"""What the watch remembers: what operators were told, when each periodic task and backup ended."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from users.models import User


class Alert(models.Model):
    """What operators were told of one kind of need (operations.needs); one row per kind.

    `since` is when this alert first saw that something waits, None while nothing does. Once an
    operator has taken it, it is told no more for a while (operations.alerts).
    """

    kind = models.CharField(max_length=32, primary_key=True)
    since = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_times = models.PositiveIntegerField(default=0, db_default=0)
    # Until then the message belongs to the worker that sends it. After it another worker sends it:
    # the first one was killed.
    claimed_until = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=255, blank=True, default="", db_default="")
    taken_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Written by the worker, and by an operator who takes one on the console's home.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["kind"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, taken_at__isnull=True)
                | Q(taken_by__isnull=False, taken_at__isnull=False, since__isnull=False),
                name="operations_alert_taken",
            ),
            models.CheckConstraint(
                condition=Q(failed_at__isnull=True, failure="")
                | Q(failed_at__isnull=False) & ~Q(failure=""),
                name="operations_alert_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.kind}"


class TaskRun(models.Model):
    """When a periodic task of the worker last ended well, and when it last failed; one row per
    task.

    `found` is how many faults its last run found, None for tasks that look for none; `details` are
    the first of them, a line each, by the ids of their rows. Task `backup` is none of the worker's:
    its row is of the last backup of the database (operations.backups).
    """

    task = models.CharField(max_length=64, primary_key=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    found = models.PositiveIntegerField(null=True, blank=True)
    details = models.TextField(blank=True, default="", db_default="")

    class Meta:
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["task"]

    def __str__(self) -> str:
        return f"task {self.task}"
