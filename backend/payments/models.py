"""Deposit rows and what proves them. Money columns change only through payments/sql."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from payments import states
from wallet.models import JournalEntry

MSISDN = r"^254[17][0-9]{8}$"
VERDICTS = ("received", "applied", "duplicate", "hint", "unmatched", "mismatched", "malformed")


# Money moves in SQL, so its history is kept by triggers (who and why: pghistory.context).
@pghistory.track(
    pghistory.UpdateEvent(
        condition=pgtrigger.AnyChange("status", "mpesa_receipt_number", "review_reason")
    ),
    fields=[
        "status", "result_code", "result_desc", "checkout_request_id", "mpesa_receipt_number",
        "credit_entry", "review_reason",
    ],
    model_name="TransactionHistory",
    append_only=True,
)  # fmt: skip
class Transaction(models.Model):
    """One STK Push deposit, stored before M-Pesa is called.

    PENDING also means "we do not know": unknown is never FAILED. COMPLETED has exactly one ledger
    entry, held together by a check constraint and the guard trigger in sql/guards.sql.
    """

    class Type(models.TextChoices):
        """What moves money here."""

        DEPOSIT = "DEPOSIT"

    class Status(models.TextChoices):
        """Where the deposit stands; moves are in payments.states."""

        PENDING = states.PENDING
        COMPLETED = states.COMPLETED
        FAILED = states.FAILED

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,
    )
    type = models.CharField(
        max_length=10, choices=Type, default=Type.DEPOSIT, db_default=Type.DEPOSIT
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2, help_text="Whole KES.")
    phone_number = models.CharField(max_length=12)
    # Opaque, up to 128 characters, holds the payer's last digits, guessable (daraja.md §2): never
    # a proof of anything.
    checkout_request_id = models.CharField(max_length=128, null=True, blank=True, unique=True)
    merchant_request_id = models.CharField(max_length=128, null=True, blank=True)
    status = models.CharField(
        max_length=9, choices=Status, default=Status.PENDING, db_default=Status.PENDING
    )
    description = models.CharField(max_length=255, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    completed_at = models.DateTimeField(null=True, blank=True)
    mpesa_receipt_number = models.CharField(max_length=32, null=True, blank=True, unique=True)
    # The final outcome as text: numbers and "SFC_IC0003" alike (daraja.md §4).
    result_code = models.CharField(max_length=32, null=True, blank=True)
    result_desc = models.CharField(max_length=255, blank=True, db_default="")
    # Shown on the customer's prompt and in statements; at most 12 characters (daraja.md §2).
    account_reference = models.CharField(max_length=12, null=True, blank=True, unique=True)
    # The account that money arrives on; the ledger's clearing account is `mpesa:<short code>`.
    business_short_code = models.CharField(max_length=16, blank=True, db_default="")
    # sha256 of the secret in this deposit's callback URL: the database alone forges nothing.
    callback_token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    prompt_expires_at = models.DateTimeField(null=True, blank=True)
    credit_entry = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="deposit"
    )

    # The worker's side: when to ask M-Pesa next (NULL: never); how often it did by its schedule.
    next_query_at = models.DateTimeField(null=True, blank=True)
    query_count = models.PositiveSmallIntegerField(db_default=0, default=0)
    last_query_at = models.DateTimeField(null=True, blank=True)
    # When the schedule's next query comes, once a hint has put one before it: one per wait.
    regular_query_at = models.DateTimeField(null=True, blank=True)
    # Why a person has to look; NULL while nobody has to.
    review_reason = models.CharField(max_length=32, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at", "-id"], name="payments_user_history"),
            models.Index(
                fields=["next_query_at"],
                name="payments_due_queries",
                condition=Q(next_query_at__isnull=False),
            ),
            models.Index(
                fields=["phone_number", "prompt_expires_at"],
                name="payments_open_prompts",
                condition=Q(status="PENDING"),
            ),
            # How a phone answered lately (prompt_free_at). Of columns that never change, without a
            # condition: settling a deposit does not touch it.
            models.Index(fields=["phone_number", "-created_at"], name="payments_phone_history"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(type="DEPOSIT"), name="payments_type"),
            models.CheckConstraint(condition=Q(status__in=states.STATUSES), name="payments_status"),
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=250000)
                & Q(amount=models.Func(F("amount"), function="trunc")),
                name="payments_amount_whole_kes",
            ),
            models.CheckConstraint(
                condition=Q(phone_number__regex=MSISDN), name="payments_phone_number"
            ),
            models.CheckConstraint(
                condition=Q(status="COMPLETED", credit_entry__isnull=False)
                & Q(completed_at__isnull=False)
                | ~Q(status="COMPLETED") & Q(credit_entry__isnull=True, completed_at__isnull=True),
                name="payments_completed_is_credited",
            ),
            models.CheckConstraint(
                condition=Q(mpesa_receipt_number__isnull=True) | Q(status="COMPLETED"),
                name="payments_receipt_is_credited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk} {self.status}"


class Receipt(models.Model):
    """One M-Pesa receipt, booked once. Whatever news brings it, this key lets it in once."""

    number = models.CharField(max_length=32, primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="receipts")
    booked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "transaction"], name="payments_receipt_owner")
        ]

    def __str__(self) -> str:
        return self.number


class CallbackEvent(models.Model):
    """A callback as it arrived, stored before it is acted on: the inbox.

    A trigger cuts a body over 4 KiB that came without a token (sql/stranger_guard.sql).
    """

    class Verdict(models.TextChoices):
        """What came of it."""

        RECEIVED = "received"  # stored, not acted on yet, or acting failed: replay it
        APPLIED = "applied"
        DUPLICATE = "duplicate"
        HINT = "hint"
        UNMATCHED = "unmatched"
        MISMATCHED = "mismatched"
        MALFORMED = "malformed"

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="callbacks"
    )
    has_token = models.BooleanField(help_text="It came to the deposit's own secret address.")
    source_address = models.GenericIPAddressField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    raw_body = models.BinaryField()
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.RECEIVED)
    note = models.CharField(max_length=255, blank=True, db_default="")
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="payments_callback_age"),
            models.Index(
                fields=["id"], name="payments_callback_open", condition=Q(verdict="received")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict__in=VERDICTS),
                name="payments_callback_verdict",
            ),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} {self.verdict}"


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["status", "reason", "amount", "resolved_by", "resolution_entry", "resolution_note"],
    model_name="SuspenseCaseHistory",
    append_only=True,
)
class SuspenseCase(models.Model):
    """A verified payment that does not agree with its deposit, waiting for a person.

    `amount` and `entry` are empty when nothing was posted, because the receipt was booked before.
    """

    class Reason(models.TextChoices):
        """What did not agree."""

        AMOUNT = "amount_mismatch"
        CHECKOUT = "checkout_mismatch"
        SECOND_PAYMENT = "second_payment"
        RECEIPT_USED = "receipt_used"

    class Status(models.TextChoices):
        """Whether a person has decided."""

        OPEN = "OPEN"
        RESOLVED = "RESOLVED"

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="suspense_cases"
    )
    mpesa_receipt_number = models.CharField(max_length=32)
    reason = models.CharField(max_length=20, choices=Reason)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    entry = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="suspense_case"
    )
    status = models.CharField(
        max_length=8, choices=Status, default=Status.OPEN, db_default=Status.OPEN
    )
    opened_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    resolution_entry = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="resolved_case"
    )
    resolution_note = models.CharField(max_length=255, blank=True, db_default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["transaction", "mpesa_receipt_number"], name="payments_suspense_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, entry__isnull=True)
                | ~Q(reason="receipt_used") & Q(amount__gt=0, entry__isnull=False),
                name="payments_suspense_posted",
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", resolved_at__isnull=True, resolution_entry__isnull=True)
                | Q(status="RESOLVED", resolved_at__isnull=False) & ~Q(resolution_note=""),
                name="payments_suspense_resolved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.mpesa_receipt_number}"


class IdempotencyKey(models.Model):
    """One Idempotency-Key of one user for 24 hours, with the answer that will be replayed.

    `claim` is who works on it now: a process that stalled and lost its claim can no longer create
    a deposit under this key.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    claim = models.UUIDField()
    claimed_at = models.DateTimeField()
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="idempotency_key"
    )
    # The outcome that is given again (services.idempotency.StoredAnswer); NULL while under way.
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="payments_idempotency_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="payments_idempotency_age")]

    def __str__(self) -> str:
        return f"key of user {self.user_id}"


class DarajaToken(models.Model):
    """The one access token of all processes, and the lease of whoever renews it.

    A new token may kill the last one (daraja.md §1), so processes never keep their own.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    access_token = models.TextField(db_default="", blank=True)
    fingerprint = models.CharField(max_length=64, db_default="", blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="payments_daraja_token_single")
        ]

    def __str__(self) -> str:
        return "Daraja token"


class QueryPace(models.Model):
    """The one row by which all workers together keep to DARAJA_QUERY_RATE and rest in outages."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_slot_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(db_default=0, default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="payments_query_pace_single")
        ]

    def __str__(self) -> str:
        return "query pace"
