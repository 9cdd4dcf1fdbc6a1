"""Deposits and their receipts."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, changed, no_truncate
from common.history import Updated, keep_history
from payments import states
from users.phone import MSISDN_PATTERN
from wallet.models import JournalEntry

#: The review reason of a deposit without a clear answer.
NO_ANSWER = "no_answer"
#: Columns that may change once, from NULL to a value.
_LEARNT_ONCE = ("checkout_request_id", "mpesa_receipt_number", "credit_entry_id", "completed_at")
_MOVES = ", ".join(f"('{old}', '{new}')" for old, new in sorted(states.ALLOWED_MOVES))

# A COMPLETED deposit's credit entry has the deposit's key (or resolves one of its suspense cases,
# or is a share of one) and pays exactly its amount into its user's wallet; its receipt is
# registered for it. Entries and receipts are append-only, so checking once, when the deposit is
# written, is enough.
_PROVE_CREDIT = """
IF NEW.credit_entry_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
      JOIN wallet_ledgeraccount AS account ON account.id = entry.credit_account_id
     WHERE entry.id = NEW.credit_entry_id AND entry.amount = NEW.amount
       AND account.user_id = NEW.user_id
       AND (entry.key = 'deposit:' || NEW.id OR EXISTS (
            SELECT 1 FROM payments_suspensecase AS item
             WHERE item.resolution_entry_id = entry.id AND item.transaction_id = NEW.id)
            OR EXISTS (
            SELECT 1 FROM payments_caseshare AS share
              JOIN payments_suspensecase AS item ON item.id = share.case_id
             WHERE share.entry_id = entry.id AND item.transaction_id = NEW.id))) THEN
    RAISE EXCEPTION 'deposit %: entry % does not credit its wallet with its amount',
        NEW.id, NEW.credit_entry_id USING ERRCODE = 'check_violation';
END IF;
IF NEW.mpesa_receipt_number IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM payments_receipt AS receipt
     WHERE receipt.number = NEW.mpesa_receipt_number AND receipt.transaction_id = NEW.id) THEN
    RAISE EXCEPTION 'deposit %: receipt % is not registered for it (payments_receipt_is_booked)',
        NEW.id, NEW.mpesa_receipt_number USING ERRCODE = 'foreign_key_violation';
END IF;
RETURN NULL;
"""


# SQL functions change deposits, so triggers keep the history; pghistory.context adds operator and
# reason.
@keep_history(
    Updated(condition=pgtrigger.AnyChange("status", "mpesa_receipt_number", "review_reason")),
    fields=[
        "status", "result_code", "result_desc", "checkout_request_id", "mpesa_receipt_number",
        "credit_entry", "review_reason",
    ],
    model_name="TransactionHistory",
    # Without an index: nothing looks history up by its entry, entries are never deleted, and each
    # completed deposit would pay for it.
    attrs={
        "credit_entry": models.ForeignKey(
            JournalEntry,
            on_delete=models.DO_NOTHING,
            null=True,
            blank=True,
            db_constraint=False,
            db_index=False,
            related_name="+",
            related_query_name="+",
        )
    },
)  # fmt: skip
class Transaction(models.Model):
    """One STK Push deposit, stored before M-Pesa is called.

    A deposit whose outcome is unknown is PENDING, never FAILED. A COMPLETED one has exactly one
    credit entry in the ledger: a check constraint and the trigger `credit_is_proven` ensure it.
    """

    class Type(models.TextChoices):
        DEPOSIT = "DEPOSIT"

    class Status(models.TextChoices):
        """Status of the deposit; payments.states lists the allowed changes."""

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
    # Up to 128 characters. It contains the payer's last digits and can be guessed
    # (docs/daraja.md §2), so a callback that names it proves nothing.
    checkout_request_id = models.CharField(max_length=128, null=True, blank=True)
    merchant_request_id = models.CharField(max_length=128, null=True, blank=True)
    status = models.CharField(
        max_length=9, choices=Status, default=Status.PENDING, db_default=Status.PENDING
    )
    description = models.CharField(max_length=255, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    completed_at = models.DateTimeField(null=True, blank=True)
    # Unique over all deposits without an index here: payments_receipt has the unique key, and the
    # trigger `credit_is_proven` requires that the receipt is registered for this deposit.
    mpesa_receipt_number = models.CharField(max_length=32, null=True, blank=True)
    # The final outcome, as text: some codes are no numbers, such as "SFC_IC0003"
    # (docs/daraja.md §4).
    result_code = models.CharField(max_length=32, null=True, blank=True)
    result_desc = models.CharField(max_length=255, blank=True, db_default="")
    # Shown on the customer's prompt and in statements; at most 12 characters (docs/daraja.md §2).
    account_reference = models.CharField(max_length=12, null=True, blank=True)
    # The short code that is paid; the ledger's clearing account is `mpesa:<short code>`.
    business_short_code = models.CharField(max_length=16, blank=True, db_default="")
    # SHA-256 of the callback token: a copy of the database is not enough to forge a callback.
    callback_token_hash = models.CharField(max_length=64, null=True, blank=True)
    prompt_expires_at = models.DateTimeField(null=True, blank=True)
    # The id of the request that asked for it (X-Request-ID), on every log line about it; "" for
    # deposits of older releases and payments by hand.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    # The W3C trace context of that request, where it was traced: what the worker and a callback do
    # continues the same trace.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")
    # Without a foreign-key constraint: the trigger `credit_is_proven` checks more than that would.
    credit_entry = models.OneToOneField(
        JournalEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="deposit",
    )

    # When the worker sends the next status query (NULL: never), and how many regular ones it sent.
    next_query_at = models.DateTimeField(null=True, blank=True)
    query_count = models.PositiveSmallIntegerField(db_default=0, default=0)
    last_query_at = models.DateTimeField(null=True, blank=True)
    # When the next regular query is due, while a hint has put an extra one before it; NULL: no
    # hint. While it is set, further hints change nothing: one extra query per wait.
    regular_query_at = models.DateTimeField(null=True, blank=True)
    # Why an operator has to look, or what one decided; else NULL (docs/glossary.md, review reason).
    review_reason = models.CharField(max_length=32, null=True, blank=True)

    class Meta:
        verbose_name = "deposit"
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at", "-id"], name="payments_user_history"),
            # For the list's filter by status. Without COMPLETED, the status of most deposits in a
            # long history: a deposit leaves this index when it completes, which saves a write.
            models.Index(
                fields=["user", "status", "-created_at", "-id"],
                name="payments_user_unpaid",
                condition=Q(status__in=[states.PENDING, states.FAILED]),
            ),
            models.Index(
                fields=["next_query_at"],
                name="payments_due_queries",
                condition=Q(next_query_at__isnull=False),
            ),
            # For deposit_escalate: the oldest deposits with a status query ahead.
            models.Index(
                fields=["created_at"],
                name="payments_oldest_queries",
                condition=Q(next_query_at__isnull=False),
            ),
            models.Index(
                fields=["phone_number", "prompt_expires_at"],
                name="payments_open_prompts",
                condition=Q(status="PENDING"),
            ),
            # For operators: the deposits to look for in M-Pesa's statement.
            models.Index(
                fields=["id"],
                name="payments_to_look_for",
                condition=Q(review_reason=NO_ANSWER),
            ),
            # For prompt_free_at: the recent deposits of a phone. Its columns never change and it
            # has no condition, so that settling a deposit does not write to it.
            models.Index(fields=["phone_number", "-created_at"], name="payments_phone_history"),
            # For operators: the newest first, and a payment by its amount and time. Its columns
            # never change, and a new deposit is written at its end.
            models.Index(fields=["created_at", "amount"], name="payments_newest"),
        ]
        constraints: ClassVar = [
            # Not unique=True on the fields: Django would add a second index for LIKE to each, which
            # no query uses and every deposit would have to write.
            models.UniqueConstraint(
                fields=["checkout_request_id"], name="payments_transaction_checkout_request_id"
            ),
            models.UniqueConstraint(
                fields=["account_reference"], name="payments_transaction_account_reference"
            ),
            models.UniqueConstraint(
                fields=["callback_token_hash"], name="payments_transaction_callback_token_hash"
            ),
            models.CheckConstraint(condition=Q(type="DEPOSIT"), name="payments_type"),
            models.CheckConstraint(condition=Q(status__in=states.STATUSES), name="payments_status"),
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=250000)
                & Q(amount=models.Func(F("amount"), function="trunc")),
                name="payments_amount_whole_kes",
            ),
            models.CheckConstraint(
                condition=Q(phone_number__regex=MSISDN_PATTERN), name="payments_phone_number"
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
        triggers: ClassVar = [
            Refuse(
                name="deposit_stays",
                operation=pgtrigger.Delete,
                message="deposit % is money history and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="deposit_identity",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed(
                        "id", "user_id", "type", "amount", "phone_number", "created_at",
                        "account_reference", "callback_token_hash", "request_id", "traceparent",
                    )
                ),
                message="deposit %: who, what and how much never change",
                values=("OLD.id",),
            ),
            Refuse(
                name="deposit_moves",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.status <> OLD.status"
                    f" AND (OLD.status, NEW.status) NOT IN ({_MOVES})"
                ),
                message="deposit %: % -> % is not a move",
                values=("OLD.id", "OLD.status", "NEW.status"),
            ),
            Refuse(
                name="deposit_completed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status = 'COMPLETED' AND "
                    + changed("result_code", "result_desc", "description")
                ),
                message="deposit %: COMPLETED never changes",
                values=("OLD.id",),
            ),
            Refuse(
                name="deposit_facts",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    " OR ".join(
                        f"(OLD.{name} IS NOT NULL AND {changed(name)})" for name in _LEARNT_ONCE
                    )
                ),
                message="deposit %: a known fact never changes",
                values=("OLD.id",),
            ),
            # A guard, not a check constraint: that would refuse every later change of a deposit
            # which an older release completed "before" it was created.
            Refuse(
                name="deposit_order",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.completed_at < NEW.created_at AND OLD.completed_at IS NULL"
                ),
                message="deposit %: completed before it was created",
                values=("OLD.id",),
                errcode="check_violation",
            ),
            Guard(
                name="credit_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                # Not UPDATE OF: it fires by the columns that a statement names, not by those whose
                # values change.
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.credit_entry_id IS NOT NULL OR NEW.mpesa_receipt_number IS NOT NULL"
                ),
                func=_PROVE_CREDIT,
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.type} {self.pk} {self.status}"


class UnansweredDeposit(Transaction):
    """A deposit without a clear answer, which an operator looks for in M-Pesa's statement.

    It is no row of its own: whatever settles the deposit ends its `no_answer`.
    """

    class Meta:
        proxy = True
        # Users who may look at deposits may look at these.
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["id"]
        verbose_name = "deposit to look for"
        verbose_name_plural = "deposits to look for"

    def __str__(self) -> str:
        return f"deposit {self.pk}"


class Receipt(models.Model):
    """One M-Pesa receipt, registered once, so that it cannot be credited twice.

    `transaction` is None only while its payment is held in suspense and nobody knows whose it is.
    """

    number = models.CharField(max_length=32, primary_key=True)
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts"
    )
    booked_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["booked_at"], name="payments_receipt_age")]
        triggers: ClassVar = [
            Refuse(
                name="append_only",
                operation=pgtrigger.Delete,
                message="% is append-only: % refused",
                values=("TG_TABLE_NAME", "TG_OP"),
            ),
            Refuse(
                name="receipt_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.transaction_id IS NOT NULL OR " + changed("number", "booked_at")
                ),
                message="receipt %: it is registered once, for one deposit",
                values=("OLD.number",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return self.number
