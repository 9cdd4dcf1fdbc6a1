"""Claims: customers who say that they have paid, and name M-Pesa's receipt."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, changed, no_truncate
from common.history import Inserted, Updated, keep_history
from payments.models.deposits import Transaction
from payments.models.suspense import SuspenseCase

# A credited claim names what M-Pesa's own report credited: a COMPLETED deposit of its customer with
# one of its receipts, or a case of one of them whose entry pays into the customer's wallet.
_PROVE_CLAIM = """
IF NOT EXISTS (
    SELECT 1 FROM payments_transaction AS txn
      JOIN payments_receipt AS receipt ON receipt.transaction_id = txn.id
     WHERE txn.id = NEW.transaction_id AND txn.user_id = NEW.user_id AND txn.status = 'COMPLETED'
       AND receipt.number = ANY (NEW.readings)
    UNION ALL
    SELECT 1 FROM payments_suspensecase AS item
      JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
      JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
     WHERE item.id = NEW.case_id AND wallet.user_id = NEW.user_id
       AND item.mpesa_receipt_number = ANY (NEW.readings)
    UNION ALL
    SELECT 1 FROM payments_suspensecase AS item
      JOIN payments_caseshare AS share ON share.case_id = item.id
     WHERE item.id = NEW.case_id AND share.customer_id = NEW.user_id
       AND item.mpesa_receipt_number = ANY (NEW.readings)) THEN
    RAISE EXCEPTION 'claim %: no payment of its receipt is credited to its customer', NEW.id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


# SQL functions follow claims, so triggers keep the history; pghistory.context adds operator and
# reason. The worker's looks leave no row.
@keep_history(
    Inserted(),
    Updated(condition=pgtrigger.AnyChange("status", "transaction", "case", "escalated_at")),
    fields=["status", "transaction", "case", "escalated_at", "closed_by", "note"],
    model_name="ClaimHistory",
)
class Claim(models.Model):
    """A customer's claim to have paid: it says which receipt to look for, and moves no money.

    Only what M-Pesa itself reports of the receipt credits anybody. `readings` are the receipts that
    the customer's text may stand for, best first; `receipt` is the first. The text is not stored;
    `amount` (KES) and `paid_at` are what it said, as hints for an operator.
    """

    class Status(models.TextChoices):
        """Whether the claim has ended, and how."""

        OPEN = "OPEN"  # the worker looks; once escalated, an operator does too
        CREDITED = "CREDITED"  # the customer has the money, by M-Pesa's own report
        CLOSED = "CLOSED"  # an operator found nothing to credit

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims", db_index=False
    )
    receipt = models.CharField(max_length=10)
    readings = ArrayField(models.CharField(max_length=10))
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=8, choices=Status, default=Status.OPEN, db_default=Status.OPEN
    )
    # What became of it: the deposit that was credited, and the case of its payment, if it has one.
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    case = models.ForeignKey(
        SuspenseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(help_text="Until then M-Pesa's reports are waited for.")
    # When the worker looks next; NULL once it has ended.
    next_look_at = models.DateTimeField(null=True, blank=True)
    # When it was handed to operators.
    escalated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    note = models.CharField(
        max_length=255, blank=True, db_default="", help_text="The customer reads it."
    )

    class Meta:
        # An operator closes a claim; nobody adds or deletes one.
        default_permissions: ClassVar = ("view", "change")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="payments_claims_of_user"),
            models.Index(
                fields=["next_look_at"],
                name="payments_claims_to_look_at",
                condition=Q(next_look_at__isnull=False),
            ),
            # For operators: the claims of a receipt.
            GinIndex(fields=["readings"], name="payments_claim_receipts"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "receipt"], condition=Q(status="OPEN"), name="payments_claim_once"
            ),
            models.CheckConstraint(
                condition=Q(receipt__regex="^[A-Z][A-L][1-9A-V][A-Z0-9]{7}$"),
                name="payments_claim_receipt",
            ),
            models.CheckConstraint(
                condition=Q(readings__contains=[F("receipt")]) & Q(readings__len__lte=32),
                name="payments_claim_readings",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="payments_claim_amount"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("created_at")), name="payments_claim_lasts"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="OPEN",
                    next_look_at__isnull=False,
                    ended_at__isnull=True,
                    closed_by__isnull=True,
                    transaction__isnull=True,
                    note="",
                )
                | Q(
                    status="CREDITED",
                    next_look_at__isnull=True,
                    ended_at__isnull=False,
                    closed_by__isnull=True,
                    note="",
                )
                | Q(
                    status="CLOSED",
                    next_look_at__isnull=True,
                    ended_at__isnull=False,
                    closed_by__isnull=False,
                    transaction__isnull=True,
                )
                & Q(note__regex=r"\S")
                & ~Q(closed_by=F("user")),
                name="payments_claim_ended",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="claim_stays",
                operation=pgtrigger.Delete,
                message="claim % stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="claim_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status <> 'OPEN' OR "
                    + changed(
                        "id", "user_id", "receipt", "readings", "amount", "paid_at", "created_at",
                        "ends_at",
                    )
                ),
                message="claim %: what was claimed never changes, and it ends once",
                values=("OLD.id",),
            ),
            Guard(
                name="claim_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.status = 'CREDITED'"),
                func=_PROVE_CLAIM,
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.receipt} {self.status}"
