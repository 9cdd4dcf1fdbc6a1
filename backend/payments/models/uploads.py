"""Uploaded statements that wait for the worker: the file in parts, and how far its import is."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.guards import Refuse, changed, no_truncate
from payments.models.statements import StatementImport


class StatementUpload(models.Model):
    """A file that an operator uploaded, from the moment it is kept until it is imported or refused.

    It ends in the very transaction that imports it. Its parts are deleted then: what the file says
    is in the statement's rows, and of a refused one no number or name is kept.
    """

    class State(models.TextChoices):
        """The status of the upload."""

        WAITING = "waiting"  # a worker imports it now, or will
        DONE = "done"
        REFUSED = "refused"  # the file contradicts itself, or an operator stopped its import

    class Step(models.TextChoices):
        """What the worker was doing at its last heartbeat."""

        READ = "read"  # the file is checked against itself
        STORE = "store"
        COMPARE = "compare"  # with our books
        COUNT = "count"  # the lists and their sums

    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    size = models.PositiveIntegerField(help_text="In bytes.")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    step = models.CharField(max_length=8, choices=Step, blank=True)
    rows_done = models.PositiveIntegerField(default=0, help_text="Of this step.")
    rows = models.PositiveIntegerField(default=0, help_text="Rows of the file that were read.")
    attempts = models.PositiveSmallIntegerField(default=0)
    #: The last heartbeat of the worker that imports it. Without one for long, it was killed.
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    statement = models.OneToOneField(
        StatementImport, on_delete=models.PROTECT, null=True, blank=True, related_name="upload"
    )
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        # Users who may upload a statement may look at uploads.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        verbose_name = "uploaded statement"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest"],
                name="payments_upload_waits_once",
                condition=Q(state="waiting"),
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True, statement__isnull=True)
                & Q(reason="")
                | Q(state="done", ended_at__isnull=False, statement__isnull=False, reason="")
                | Q(state="refused", ended_at__isnull=False, statement__isnull=True)
                & ~Q(reason=""),
                name="payments_upload_ended_whole",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("uploaded_at")),
                name="payments_upload_ended_later",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="upload_keeps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'waiting' OR "
                    + changed("id", "file_name", "digest", "size", "uploaded_by_id", "uploaded_at")
                ),
                message="upload % keeps who sent which file, and ends once",
                values=("OLD.id",),
            ),
            Refuse(
                name="upload_stays",
                operation=pgtrigger.Delete,
                message="upload % is the record of who sent a file, and stays",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"


class StatementUploadPart(models.Model):
    """A piece of an uploaded file, in its order; deleted when the upload ends."""

    upload = models.ForeignKey(StatementUpload, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["upload", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "number"], name="payments_upload_part"),
        ]
        triggers: ClassVar = [
            Refuse(
                name="part_stays_as_it_is",
                operation=pgtrigger.Update,
                message="a part of upload % never changes",
                values=("OLD.upload_id",),
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of upload {self.upload_id}"
