"""Payments by hand to the paybill: account numbers, M-Pesa's confirmations, the payments."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.guards import Refuse, append_only, changed, no_truncate
from common.retention import cut_of_body
from payments.models.deposits import Transaction

#: What the receiver did with a confirmation (docs/glossary.md, verdict of a confirmation).
VERDICTS = ("received", "applied", "duplicate", "held", "untrusted", "malformed")


class PaybillAccount(models.Model):
    """A customer's personal account number: what they type when they pay the paybill by hand.

    It is drawn at random, so that nobody guesses a neighbour's, and never given to anybody else.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="paybill_account"
    )
    number = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        constraints: ClassVar = [
            # Not unique=True on the field: it would add a second index for LIKE, unused here.
            models.UniqueConstraint(fields=["number"], name="payments_paybill_number"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^[2-9][0-9]{9}$"), name="payments_paybill_number_form"
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return self.number


class PaybillPayment(models.Model):
    """A payment that M-Pesa told us of without a prompt of ours behind it; one row per receipt.

    `transaction` is the payment's own deposit in the customer's history; None while nobody has it.
    Nothing is stored of the payer but what an operator needs to find whose it is.
    """

    receipt = models.CharField(max_length=32, primary_key=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    business_short_code = models.CharField(max_length=16)
    account_number = models.CharField(max_length=64, blank=True, help_text="As the payer typed it.")
    transaction_type = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    payer_name = models.CharField(max_length=80, blank=True)
    payer_number = models.CharField(max_length=16, blank=True, help_text="Masked.")
    # SHA-256 of the payer's number, as M-Pesa's v1 confirmations have it: compared with the hashes
    # of our customers' numbers, and with nothing else.
    payer_hash = models.CharField(max_length=64, blank=True)
    #: How the first report of it came: confirmation, pull, statement or status.
    source = models.CharField(max_length=16)
    seen_at = models.DateTimeField(db_default=Now())
    transaction = models.OneToOneField(
        Transaction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="paybill_payment",
    )
    case = models.OneToOneField(
        "payments.SuspenseCase",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment",
    )
    # Whose it seems to be, while nobody has it. This moves nothing: an operator looks there first.
    proposed_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        verbose_name = "payment by hand"
        verbose_name_plural = "payments by hand"
        indexes: ClassVar = [
            # For operators: the payments to an account number, however it was typed.
            models.Index(fields=["account_number"], name="payments_paybill_typed"),
            # What a statement of these days should have (statement_ours_only).
            models.Index(fields=["paid_at"], name="payments_paybill_paid"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_paybill_amount"),
            # Its money is in a wallet or in suspense.
            models.CheckConstraint(
                condition=Q(transaction__isnull=False) | Q(case__isnull=False),
                name="payments_paybill_booked",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="payment_stays",
                operation=pgtrigger.Delete,
                message="payment % is money history and stays",
                values=("OLD.receipt",),
            ),
            Refuse(
                name="payment_facts",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed(
                        "receipt", "amount", "business_short_code", "account_number",
                        "transaction_type", "paid_at", "payer_name", "payer_number", "payer_hash",
                        "source", "seen_at", "case_id",
                    )
                    + " OR (OLD.transaction_id IS NOT NULL AND "
                    + changed("transaction_id")
                    + ")"
                ),
                message="payment %: a known fact never changes",
                values=("OLD.receipt",),
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.receipt


class Confirmation(models.Model):
    """The inbox of the paybill: one confirmation as it arrived, with its verdict.

    Only a sender who knows PAYBILL_URL_SECRET gets one stored, so all of them are evidence and
    stay.
    """

    class Verdict(models.TextChoices):
        """What the stored confirmation did."""

        RECEIVED = "received"  # not settled, because an error came: to be replayed
        APPLIED = "applied"  # it credited a customer, or filled in a deposit's receipt
        DUPLICATE = "duplicate"
        HELD = "held"  # its payment waits in suspense for a decision
        UNTRUSTED = "untrusted"  # it came from an address that is not believed; not settled
        MALFORMED = "malformed"

    raw_body = models.BinaryField()
    headers = models.JSONField(default=dict)
    source_address = models.GenericIPAddressField(null=True, blank=True)
    receipt = models.CharField(max_length=32, null=True, blank=True)
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="confirmations"
    )
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.RECEIVED)
    note = models.CharField(max_length=255, blank=True, db_default="")
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["receipt"], name="payments_confirmation_receipt"),
            models.Index(
                fields=["id"], name="payments_confirmation_open", condition=Q(verdict="received")
            ),
            models.Index(
                fields=["id"], name="payments_confirmation_doubt", condition=Q(verdict="untrusted")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict__in=VERDICTS), name="payments_confirmation_verdict"
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="confirmation_stays",
                operation=pgtrigger.Delete,
                message="confirmation % is evidence and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="confirmation_keeps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed("id", "raw_body", "headers", "source_address", "received_at")
                    # What is past its age may be cut down to its receipt (docs/retention.md).
                    + f" AND NOT ({cut_of_body('id', 'received_at')})"
                ),
                message="confirmation % is evidence and never changes",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"confirmation {self.pk} {self.verdict}"
