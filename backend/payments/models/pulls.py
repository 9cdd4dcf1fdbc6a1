"""M-Pesa's own list of payments: each time it was asked for, and what was new in it."""

from datetime import timedelta
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Refuse, append_only, changed, no_truncate
from payments.models.deposits import Transaction

#: Verdicts of rows by which money was booked, or a receipt filled in.
BOOKED = ("applied", "filled", "held")


class PulledRow(models.Model):
    """A row of M-Pesa's list that was new to us, or that could not be used; evidence, so it stays.

    A row about a payment that is booked already is only counted (`PullRun.known`). The payer's
    number is masked in `raw`.
    """

    class Verdict(models.TextChoices):
        """What the row did (docs/glossary.md, pull)."""

        APPLIED = "applied"  # it credited a customer
        FILLED = "filled"  # it filled in the receipt of a deposit that a status query had credited
        HELD = "held"  # its payment waits in suspense for a decision
        FAILED = "failed"  # it could not be settled, because an error came; the next pull tries
        UNREADABLE = "unreadable"  # no receipt, or no amount

    receipt = models.CharField(max_length=32, null=True, blank=True)
    raw = models.JSONField()
    #: SHA-256 of `raw` for a row without a receipt, which is stored once; else "".
    digest = models.CharField(max_length=64, blank=True, db_default="")
    verdict = models.CharField(max_length=10, choices=Verdict)
    note = models.CharField(max_length=255, blank=True, db_default="")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="pulled_rows"
    )
    pulled_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["receipt"], name="payments_pulled_receipt"),
            # What M-Pesa is asked about, since it could not be settled.
            models.Index(
                fields=["pulled_at"], name="payments_pulled_failed", condition=Q(verdict="failed")
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["receipt", "verdict"],
                condition=Q(verdict__in=BOOKED),
                name="payments_pulled_once",
            ),
            models.UniqueConstraint(
                fields=["digest"],
                condition=Q(verdict="unreadable"),
                name="payments_pulled_unreadable_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    verdict="unreadable", receipt__isnull=True, digest__regex=r"^[0-9a-f]{64}$"
                )
                | Q(verdict__in=[*BOOKED, "failed"], receipt__isnull=False, digest=""),
                name="payments_pulled_verdict",
            ),
            # What was credited or filled in has a deposit.
            models.CheckConstraint(
                condition=Q(transaction__isnull=False) | ~Q(verdict__in=["applied", "filled"]),
                name="payments_pulled_deposit",
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"pulled row {self.pk} {self.verdict}"


class PullRun(models.Model):
    """One pull: the window that M-Pesa was asked about, what came, and how it ended.

    Written when it ends; of one that was killed there is no row, and the next covers its window.
    """

    class Outcome(models.TextChoices):
        """How a pull ended (docs/glossary.md, pull)."""

        COMPLETE = "complete"  # the whole list came, and every row was settled
        QUIET = "quiet"  # an empty list, and we know of no payment in the window
        BROKEN = "broken"  # an empty list, although we know of a payment in the window
        FAILED = "failed"  # M-Pesa did not answer to the end, or rows could not be settled

    window_begin = models.DateTimeField()
    window_end = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    detail = models.CharField(max_length=255, blank=True, db_default="")
    requests = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    credited = models.PositiveIntegerField()
    filled = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    unreadable = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Its rows are written by the command and the worker alone.
        default_permissions: ClassVar = ("view",)
        verbose_name = "pull"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["window_end"], name="payments_pull_window")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(window_end__gt=F("window_begin"))
                & Q(window_end__lte=F("window_begin") + timedelta(hours=48)),
                name="payments_pull_window_length",
            ),
            models.CheckConstraint(
                condition=Q(
                    rows=F("credited")
                    + F("filled")
                    + F("held")
                    + F("known")
                    + F("unreadable")
                    + F("failed")
                ),
                name="payments_pull_every_row_counted",
            ),
            # An empty list is never complete, and a list with rows never empty.
            models.CheckConstraint(
                condition=Q(outcome__in=["quiet", "broken"], rows=0)
                | Q(outcome="complete", rows__gt=0, failed=0)
                | Q(outcome="failed"),
                name="payments_pull_honest",
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"pull {self.pk} {self.outcome}"


class PullRequest(models.Model):
    """An operator's wish that M-Pesa's list is asked for now; the worker does it.

    It waits in the database, so that a worker that is killed leaves it for another. At most one
    waits at a time.
    """

    class State(models.TextChoices):
        """The status of the request."""

        WAITING = "waiting"  # a worker pulls now, or will
        DONE = "done"  # it ended, however the pull itself did
        BROKEN_OFF = "broken_off"  # it never came to its end

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=255)
    hours = models.PositiveSmallIntegerField(help_text="How far back.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: When a worker last began with it.
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    run = models.OneToOneField(
        PullRun, on_delete=models.PROTECT, null=True, blank=True, related_name="request"
    )

    class Meta:
        # Users who may look at pulls see who asked for one.
        default_permissions: ClassVar = ("add",)
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"],
                name="payments_pullrequest_waits_once",
                condition=Q(state="waiting"),
            ),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S", hours__gte=1, hours__lte=48),
                name="payments_pullrequest_fields",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True, run__isnull=True)
                | Q(state="done", ended_at__isnull=False, run__isnull=False)
                | Q(state="broken_off", ended_at__isnull=False, run__isnull=True),
                name="payments_pullrequest_ended",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="request_keeps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'waiting' OR "
                    + changed("id", "asked_by_id", "reason", "hours", "asked_at")
                ),
                message="pull request % keeps who asked and why, and ends once",
                values=("OLD.id",),
            ),
            Refuse(
                name="request_stays",
                operation=pgtrigger.Delete,
                message="pull request % is the record of who asked, and stays",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"pull request {self.pk} {self.state}"
