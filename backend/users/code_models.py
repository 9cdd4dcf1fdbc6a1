"""SMS that wait or were sent, one-time codes, and passwords that were recovered by them."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.guards import Refuse, append_only, changed, no_truncate
from users.phone import MSISDN_PATTERN

#: How often a message is begun to be sent, at most: of a worker that was killed while it sent
#: nobody knows whether the message went out, so another one sends it once more.
MAX_SENDINGS = 2
#: How long a code is.
DIGITS = 6
#: Wrong codes that are counted until a code has ended.
MAX_GUESSES = 5


class TextMessage(models.Model):
    """One SMS: written with what it tells of, in the same transaction; sent by the worker.

    Its text is encrypted, because it may hold a code, and is erased once the message has ended.
    WITHHELD: nothing is sent, as the number has no account that may have it. Such a row costs what
    any other does, so that an answer's time says nothing about the number.
    """

    class Status(models.TextChoices):
        """Where the message is; UNKNOWN: it may have been sent, and is not sent again."""

        WAITING = "WAITING"
        SENDING = "SENDING"
        SENT = "SENT"
        UNKNOWN = "UNKNOWN"
        REJECTED = "REJECTED"
        EXPIRED = "EXPIRED"
        WITHHELD = "WITHHELD"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    phone_number = models.CharField(max_length=12)
    sealed_text = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status)
    sendings = models.PositiveSmallIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    # After it the message helps nobody, and is not sent any more.
    send_before = models.DateTimeField()
    next_at = models.DateTimeField()
    # A worker that sends has it until then.
    claimed_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=64, blank=True, default="", db_default="")
    failure = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], condition=Q(ended_at__isnull=True), name="users_sms_due"
            ),
            models.Index(fields=["created_at"], name="users_sms_created"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone_number__regex=MSISDN_PATTERN), name="users_sms_number"
            ),
            models.CheckConstraint(
                condition=Q(sendings__lte=MAX_SENDINGS), name="users_sms_sendings"
            ),
            models.CheckConstraint(
                condition=Q(status="WAITING", ended_at__isnull=True, claimed_until__isnull=True)
                & ~Q(sealed_text="")
                | Q(status="SENDING", ended_at__isnull=True, claimed_until__isnull=False)
                & ~Q(sealed_text="")
                | Q(
                    status__in=["SENT", "UNKNOWN", "REJECTED", "EXPIRED", "WITHHELD"],
                    ended_at__isnull=False,
                    claimed_until__isnull=True,
                    sealed_text="",
                ),
                name="users_sms_status",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL"),
                message="SMS %: it ends once",
                values=("OLD.id",),
            ),
            Refuse(
                name="written_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed("id", "user_id", "phone_number", "created_at", "send_before")
                ),
                message="SMS %: what was written never changes",
                values=("OLD.id",),
            ),
        ]

    def __str__(self) -> str:
        return f"SMS {self.pk}: {self.status}"


class OneTimeCode(models.Model):
    """A code of six digits that was sent to a number, for one purpose; one is live at a time.

    Numbers, codes and handles are stored as keyed hashes. The handle is a random text that the
    caller holds, so that a stranger who knows the number alone cannot use up its guesses.
    """

    class Purpose(models.TextChoices):
        """What the right code allows."""

        RECOVERY = "recovery"
        SIGNUP = "signup"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    purpose = models.CharField(max_length=16, choices=Purpose)
    number_hash = models.CharField(max_length=64)
    # The number, with the browser that its owner signed in with before: each is counted apart.
    asked_by = models.CharField(max_length=64)
    handle_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    guesses = models.PositiveSmallIntegerField(default=0, db_default=0)
    # It was used, or another took its place.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["asked_by", "created_at"], name="users_code_asked"),
            models.Index(fields=["created_at"], name="users_code_created"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number_hash", "purpose"],
                condition=Q(ended_at__isnull=True),
                name="users_code_one_live",
            ),
            models.CheckConstraint(
                condition=Q(guesses__lte=MAX_GUESSES), name="users_code_guesses"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["recovery", "signup"]), name="users_code_purposes"
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL"),
                message="code %: it ends once",
                values=("OLD.id",),
            ),
            Refuse(
                name="guesses_rise",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.guesses < OLD.guesses OR "
                    + changed(
                        "id", "user_id", "purpose", "number_hash", "asked_by", "handle_hash",
                        "code_hash", "created_at", "expires_at",
                    )
                ),
                message="code %: only its guesses and its end change",
                values=("OLD.id",),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"code {self.pk} for {self.purpose}"


class Recovery(models.Model):
    """A password that was forgotten and set by a code; until `waits_until` the number stays.

    The guard `after_recovery` of PhoneChange reads it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recoveries"
    )
    recovered_at = models.DateTimeField(db_default=Now())
    waits_until = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["user", "waits_until"], name="users_recovery_waits")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(waits_until__gte=models.F("recovered_at")),
                name="users_recovery_waits_after",
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"recovery of user {self.user_id}"
