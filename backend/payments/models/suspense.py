"""Suspense cases, and reversals: decisions about money that did not come as expected."""

from decimal import Decimal
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

# The entry of a decided case takes its true amount out of suspense: to a customer, who is not the
# operator (M-Pesa's own word may give it: then there is no operator); or back to the very clearing
# account that it came from, by an operator whose deposit it is not.
_PROVE_DECISION = """
IF NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
      JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
      JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
     WHERE entry.id = NEW.resolution_entry_id AND entry.key = 'resolve:' || NEW.id
       AND entry.amount = coalesce(NEW.corrected_amount, NEW.amount) AND taken.kind = 'suspense'
       AND CASE WHEN NEW.decision IN ('', 'credited')
           THEN given.user_id IS NOT NULL AND given.user_id IS DISTINCT FROM NEW.resolved_by_id
           ELSE given.kind = 'clearing' AND NEW.resolved_by_id IS NOT NULL
                AND given.id = (SELECT held.debit_account_id FROM wallet_journalentry AS held
                                 WHERE held.id = NEW.entry_id)
                AND NOT EXISTS (SELECT 1 FROM payments_transaction AS txn
                                 WHERE txn.id = NEW.transaction_id
                                   AND txn.user_id = NEW.resolved_by_id) END) THEN
    RAISE EXCEPTION 'suspense case %: entry % does not pay it to another customer than %',
        NEW.id, NEW.resolution_entry_id, NEW.resolved_by_id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

# A correction moves the difference between what the case held and what M-Pesa's record says,
# between suspense and the very clearing account that the case's money came from.
_PROVE_CORRECTION = """
IF NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
      JOIN wallet_journalentry AS held ON held.id = NEW.entry_id
     WHERE entry.id = NEW.correction_entry_id AND entry.key = 'correct:' || NEW.id
       AND entry.amount = abs(NEW.corrected_amount - NEW.amount)
       AND (entry.debit_account_id, entry.credit_account_id)
           = CASE WHEN NEW.corrected_amount > NEW.amount
             THEN (held.debit_account_id, held.credit_account_id)
             ELSE (held.credit_account_id, held.debit_account_id) END)
   OR EXISTS (SELECT 1 FROM payments_transaction AS txn
               WHERE txn.id = NEW.transaction_id AND txn.user_id = NEW.corrected_by_id) THEN
    RAISE EXCEPTION 'suspense case %: entry % does not correct its amount to %',
        NEW.id, NEW.correction_entry_id, NEW.corrected_amount USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


# A payment is shared out whole: its shares, two to five, are numbered from 1, of different
# customers, and add up to the case's true amount to the cent. Another operator proposed exactly
# them, and neither of the two gets one, nor is the payment one of a deposit of theirs.
_PROVE_SHARES = """
IF NEW.decision <> 'credited' OR NEW.status <> 'RESOLVED' OR NEW.resolution_entry_id IS NOT NULL
   OR NEW.share_count NOT BETWEEN 2 AND 5
   OR NOT EXISTS (
    SELECT 1 FROM (
        SELECT count(*) AS shares, max(share.number) AS last, sum(share.amount) AS amount,
               array_agg(share.customer_id) AS customers,
               string_agg(share.customer_id || ':' || share.amount, ',' ORDER BY share.number)
                   AS detail
          FROM payments_caseshare AS share WHERE share.case_id = NEW.id) AS given
      JOIN users_proposal AS proposal
        ON proposal.kind = 'split_case' AND proposal.subject_id = NEW.id
       AND proposal.detail = given.detail AND proposal.status = 'APPROVED'
       AND proposal.decided_by_id = NEW.resolved_by_id
     WHERE given.shares = NEW.share_count AND given.last = NEW.share_count
       AND given.amount = coalesce(NEW.corrected_amount, NEW.amount)
       AND NOT ARRAY[proposal.proposed_by_id, proposal.decided_by_id] && given.customers
       AND NOT EXISTS (SELECT 1 FROM payments_transaction AS txn
                        WHERE txn.id = NEW.transaction_id
                          AND txn.user_id IN (proposal.proposed_by_id,
                                              proposal.decided_by_id))) THEN
    RAISE EXCEPTION 'suspense case %: its shares are not its amount, or not agreed on by two',
        NEW.id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

# A share's entry takes it out of suspense into its customer's wallet. At the end of the transaction
# its case is decided by just these shares.
_PROVE_SHARE = """
IF NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
      JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
      JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
     WHERE entry.id = NEW.entry_id AND entry.amount = NEW.amount
       AND entry.key = 'share:' || NEW.case_id || ':' || NEW.number
       AND taken.kind = 'suspense' AND given.user_id = NEW.customer_id) THEN
    RAISE EXCEPTION 'share % of case %: entry % does not pay it to its customer',
        NEW.number, NEW.case_id, NEW.entry_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
_PROVE_SHARE_DECIDED = """
IF NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                WHERE item.id = NEW.case_id AND item.share_count >= NEW.number) THEN
    RAISE EXCEPTION 'share % of case %: the case is not shared out like this',
        NEW.number, NEW.case_id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


# At the end of the transaction: the payment names its case, so it is stored after it.
_PROVE_SUBJECT = """
IF NOT EXISTS (SELECT 1 FROM payments_paybillpayment AS payment WHERE payment.case_id = NEW.id) THEN
    RAISE EXCEPTION 'suspense case %: it is about no deposit and no payment', NEW.id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


@keep_history(
    Inserted(),
    Updated(),
    fields=[
        "status", "reason", "amount", "resolved_by", "resolution_entry", "resolution_note",
        "decision", "corrected_amount", "correction_note",
    ],
    model_name="SuspenseCaseHistory",
)  # fmt: skip
class SuspenseCase(models.Model):
    """A verified payment that does not agree with its deposit, or has none, until somebody decides.

    It is about a deposit, or about a payment by hand (`payment`), which gets a deposit of its own
    once it is known whose it is. `amount` and `entry` are None where nothing was
    posted, because the payment was in the ledger already. `amount` is what was reported;
    `corrected_amount` is what M-Pesa's own record says, where an operator found that it differs.
    """

    class Reason(models.TextChoices):
        """What did not agree with the deposit; or why a payment by hand found no wallet."""

        AMOUNT = "amount_mismatch"
        CHECKOUT = "checkout_mismatch"
        SECOND_PAYMENT = "second_payment"
        RECEIPT_USED = "receipt_used"
        UNKNOWN_ACCOUNT = "unknown_account"
        PHONE_TYPED = "phone_typed"
        CUSTOMER_NOT_ALLOWED = "customer_not_allowed"
        ODD_AMOUNT = "odd_amount"

    class Status(models.TextChoices):
        OPEN = "OPEN"
        RESOLVED = "RESOLVED"

    class Decision(models.TextChoices):
        """What was decided. Empty: nothing yet, nothing about money, or by an older release."""

        CREDITED = "credited"  # given to a customer, or shared out among several (share_count)
        NOT_IN_BOOKS = "not_in_books"  # M-Pesa has no such payment: the money never came
        REFUNDED = "refunded"  # paid back in M-Pesa's portal
        BELONGS_TO_DEPOSIT = "belongs_to_deposit"  # a status query had credited it before

    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspense_cases",
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
    decision = models.CharField(max_length=20, choices=Decision, blank=True, db_default="")
    corrected_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    # No index: nothing looks for a case by these. The entry's key, `correct:<case id>`, is unique.
    correction_entry = models.ForeignKey(
        JournalEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    # Which record of M-Pesa's says the amount, and why it is believed.
    correction_note = models.CharField(max_length=255, blank=True, db_default="")
    # How many customers share the payment (CaseShare); None: it went whole, or to nobody.
    share_count = models.PositiveSmallIntegerField(null=True, blank=True)
    # Which word of M-Pesa's gave the payment to its customer without an operator: callback,
    # confirmation, claim, pull or statement.
    released_by = models.CharField(max_length=16, blank=True, db_default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # For operators: what waits for a decision, and a case by its receipt.
            models.Index(
                fields=["opened_at"], name="payments_suspense_open", condition=Q(status="OPEN")
            ),
            models.Index(fields=["mpesa_receipt_number"], name="payments_suspense_receipt"),
            # For operators: refunds that have to be in a statement by now.
            models.Index(
                fields=["resolved_at"],
                name="payments_suspense_refunded",
                condition=Q(decision="refunded"),
            ),
            # One operator's day (decided_alone).
            models.Index(
                fields=["resolved_by", "resolved_at"],
                name="payments_suspense_given",
                condition=Q(decision="credited"),
            ),
            models.Index(
                fields=["corrected_by"],
                name="payments_suspense_corrected",
                condition=Q(corrected_by__isnull=False),
            ),
        ]
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
                | Q(status="RESOLVED", resolved_at__isnull=False)
                & (Q(resolved_by__isnull=False) | ~Q(released_by=""))
                & Q(resolution_note__regex=r"\S"),
                name="payments_suspense_decided",
            ),
            models.CheckConstraint(
                condition=Q(decision="")
                | Q(decision__in=["credited", "not_in_books", "refunded", "belongs_to_deposit"])
                & Q(status="RESOLVED"),
                name="payments_suspense_decision",
            ),
            models.CheckConstraint(
                condition=Q(
                    corrected_amount__isnull=True,
                    correction_entry__isnull=True,
                    corrected_by__isnull=True,
                    correction_note="",
                )
                | Q(
                    amount__isnull=False,
                    corrected_amount__gt=0,
                    correction_entry__isnull=False,
                    corrected_by__isnull=False,
                    correction_note__regex=r"\S",
                ),
                name="payments_suspense_corrected",
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
                    "OLD.status = 'RESOLVED' OR (OLD.transaction_id IS NOT NULL AND "
                    + changed("transaction_id")
                    + ") OR "
                    + changed(
                        "id", "mpesa_receipt_number", "reason", "amount", "entry_id", "opened_at",
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
                    " AND NEW.share_count IS NULL"
                    " AND (NEW.amount IS NULL) <> (NEW.resolution_entry_id IS NULL)"
                ),
                message="suspense case %: its money needs an entry of its own",
                values=("OLD.id",),
                errcode="check_violation",
            ),
            Refuse(
                name="case_begins_undecided",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(
                    "NEW.decision <> '' OR NEW.corrected_amount IS NOT NULL"
                    " OR NEW.share_count IS NOT NULL"
                ),
                message="suspense case %: it is open before it is corrected or decided",
                values=("NEW.id",),
            ),
            Refuse(
                name="case_corrected_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.corrected_amount IS NOT NULL AND "
                    + changed(
                        "corrected_amount", "correction_entry_id", "corrected_by_id",
                        "correction_note",
                    )
                ),
                message="suspense case %: its amount is corrected once",
                values=("OLD.id",),
            ),
            Guard(
                name="correction_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.corrected_amount IS NOT NULL AND OLD.corrected_amount IS NULL"
                ),
                func=_PROVE_CORRECTION,
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
            Guard(
                name="shares_are_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.share_count IS NOT NULL"),
                func=_PROVE_SHARES,
            ),
            Guard(
                name="case_has_subject",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.transaction_id IS NULL"),
                func=_PROVE_SUBJECT,
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.reason} {self.mpesa_receipt_number}"

    @property
    def true_amount(self) -> Decimal | None:
        """What the case holds in KES: as corrected, else as reported; None: nothing was posted."""
        return self.amount if self.corrected_amount is None else self.corrected_amount

    @property
    def deposit(self) -> Transaction:
        """The deposit that the case is about.

        Raises:
            ValueError: it is about a payment by hand, which has no deposit before the decision.
        """
        if self.transaction is None:
            message = f"case {self.pk} is about a payment by hand"
            raise ValueError(message)
        return self.transaction


class CaseShare(models.Model):
    """What one customer got of a payment that was shared out among several; `amount` in KES."""

    case = models.ForeignKey(SuspenseCase, on_delete=models.PROTECT, related_name="shares")
    number = models.PositiveSmallIntegerField(help_text="The first share of a case is 1.")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_shares"
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="case_share")

    class Meta:
        ordering: ClassVar = ["case", "number"]
        default_permissions: ClassVar = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="payments_share_number"),
            models.UniqueConstraint(fields=["case", "customer"], name="payments_share_customer"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=5, amount__gt=0), name="payments_share_fits"
            ),
        ]
        triggers: ClassVar = [
            Guard(
                name="share_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_PROVE_SHARE,
            ),
            Guard(
                name="share_is_decided",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=_PROVE_SHARE_DECIDED,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"share {self.number} of case {self.case_id}: {self.amount}"


# A reversal moves a credit from the wallet back to the clearing account; the operator is not the
# customer. It names the deposit of the credit; or its case, where the payment has no deposit.
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
                        WHERE (item.resolution_entry_id = credited.id
                               OR EXISTS (SELECT 1 FROM payments_caseshare AS share
                                           WHERE share.entry_id = credited.id
                                             AND share.case_id = item.id))
                          AND (item.transaction_id = NEW.transaction_id
                               OR item.id = NEW.case_id AND item.transaction_id IS NULL)))) THEN
    RAISE EXCEPTION 'entry % does not take back what entry % credited to another customer than %',
        NEW.reversal_entry_id, NEW.entry_id, NEW.operator_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Reversal(models.Model):
    """The reversal of a credit, because M-Pesa took the payment back, with operator and reason.

    `case` is set in place of `transaction` where the payment got no deposit, as one with cents.
    """

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="reversals"
    )
    case = models.ForeignKey(
        SuspenseCase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="reversals",
    )
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
            models.CheckConstraint(
                condition=Q(transaction__isnull=False, case__isnull=True)
                | Q(transaction__isnull=True, case__isnull=False),
                name="payments_reversal_subject",
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
