"""Suspense cases, and reversals: decisions about money that did not come as expected."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate
from common.history import Inserted, Updated, keep_history
from payments.models.deposits import Transaction
from wallet.models import JournalEntry

# The entry of a resolved case moves its amount from suspense to a customer, who is not the
# operator.
_PROVE_DECISION = """
IF NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
      JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
      JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
     WHERE entry.id = NEW.resolution_entry_id AND entry.key = 'resolve:' || NEW.id
       AND entry.amount = NEW.amount AND taken.kind = 'suspense'
       AND given.user_id <> NEW.resolved_by_id) THEN
    RAISE EXCEPTION 'suspense case %: entry % does not pay it to another customer than %',
        NEW.id, NEW.resolution_entry_id, NEW.resolved_by_id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


@keep_history(
    Inserted(),
    Updated(),
    fields=["status", "reason", "amount", "resolved_by", "resolution_entry", "resolution_note"],
    model_name="SuspenseCaseHistory",
)
class SuspenseCase(models.Model):
    """A verified payment that does not agree with its deposit, until an operator decides.

    `amount` and `entry` are None where nothing was posted, because the payment was in the ledger
    already.
    """

    class Reason(models.TextChoices):
        """What did not agree with the deposit."""

        AMOUNT = "amount_mismatch"
        CHECKOUT = "checkout_mismatch"
        SECOND_PAYMENT = "second_payment"
        RECEIPT_USED = "receipt_used"

    class Status(models.TextChoices):
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
                | Q(status="RESOLVED", resolved_at__isnull=False, resolved_by__isnull=False)
                & Q(resolution_note__regex=r"\S"),
                name="payments_suspense_resolved",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="case_stays",
                operation=pgtrigger.Delete,
                message="suspense case %: only an open case changes, by its decision",
                values=("OLD.id",),
            ),
            Refuse(
                name="case_decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status = 'RESOLVED' OR "
                    + changed(
                        "id", "transaction_id", "mpesa_receipt_number", "reason", "amount",
                        "entry_id", "opened_at",
                    )
                ),
                message="suspense case %: only an open case changes, by its decision",
                values=("OLD.id",),
            ),
            Refuse(
                name="case_decided_by_entry",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.status = 'RESOLVED'"
                    " AND (NEW.amount IS NULL) <> (NEW.resolution_entry_id IS NULL)"
                ),
                message="suspense case %: its money needs an entry of its own",
                values=("OLD.id",),
                errcode="check_violation",
            ),
            Guard(
                name="decision_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.status = 'RESOLVED' AND NEW.resolution_entry_id IS NOT NULL"
                ),
                func=_PROVE_DECISION,
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.reason} {self.mpesa_receipt_number}"


# A reversal moves a deposit's credit from the wallet back to the clearing account; the operator is
# not the customer.
_PROVE_REVERSAL = """
IF NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS credited
      JOIN wallet_journalentry AS back ON back.key = 'reverse:' || credited.key
       AND back.debit_account_id = credited.credit_account_id AND back.amount = credited.amount
      JOIN wallet_ledgeraccount AS wallet ON wallet.id = credited.credit_account_id
      JOIN wallet_ledgeraccount AS target ON target.id = back.credit_account_id
     WHERE credited.id = NEW.entry_id AND back.id = NEW.reversal_entry_id
       AND wallet.user_id <> NEW.operator_id AND target.kind = 'clearing'
       AND (EXISTS (SELECT 1 FROM payments_transaction AS txn
                     WHERE txn.id = NEW.transaction_id AND txn.credit_entry_id = credited.id)
            OR EXISTS (SELECT 1 FROM payments_suspensecase AS item
                        WHERE item.transaction_id = NEW.transaction_id
                          AND item.resolution_entry_id = credited.id))) THEN
    RAISE EXCEPTION 'entry % does not take back what entry % credited to another customer than %',
        NEW.reversal_entry_id, NEW.entry_id, NEW.operator_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Reversal(models.Model):
    """The reversal of a credit, because M-Pesa took the payment back, with operator and reason."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="reversals")
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="reversed_by")
    reversal_entry = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, related_name="reversal"
    )
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=255)
    reversed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="payments_reversal_reason"
            ),
        ]
        triggers: ClassVar = [
            Guard(
                name="reversal_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_PROVE_REVERSAL,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"reversal {self.pk} of entry {self.entry_id}"
