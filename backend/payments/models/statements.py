"""Statements of M-Pesa's organisation portal: imported files, their rows, what they decided."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate
from payments.models.deposits import Transaction

#: The verdicts of a row that moved money, or named the deposit of a payment.
CREDITED = ("applied", "filled")

# Rows are added while their file is being imported, in one transaction, and never later: a row that
# no file had would be a payment that somebody invented.
_PROVE_FILE = """
IF EXISTS (SELECT 1 FROM added JOIN payments_statementimport AS file ON file.id = added.file_id
            WHERE file.state <> 'loading') THEN
    RAISE EXCEPTION 'rows are added to a statement only while it is imported'
        USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""

# What a settled row says that it did is in the ledger, and no operator settled a row in favour of
# their own account.
_PROVE_VERDICT = """
IF NEW.verdict IN ('applied', 'filled') AND NOT EXISTS (
    SELECT 1 FROM payments_transaction AS txn
     WHERE txn.id = NEW.transaction_id AND txn.status = 'COMPLETED'
       AND txn.mpesa_receipt_number = NEW.receipt AND txn.amount = NEW.amount_in
       AND txn.user_id IS DISTINCT FROM NEW.settled_by_id) THEN
    RAISE EXCEPTION 'statement row %: deposit % is not credited with it, or is the operator''s own',
        NEW.id, NEW.transaction_id USING ERRCODE = 'check_violation';
END IF;
IF NEW.verdict = 'held' AND NOT EXISTS (
    SELECT 1 FROM payments_suspensecase AS item
     WHERE item.mpesa_receipt_number = NEW.receipt) THEN
    RAISE EXCEPTION 'statement row %: no suspense case is about it', NEW.id
        USING ERRCODE = 'check_violation';
END IF;
IF NEW.verdict = 'taken_back' AND NOT EXISTS (
    SELECT 1 FROM payments_suspensecase AS item
     WHERE item.mpesa_receipt_number = NEW.linked_receipt AND item.decision = 'refunded')
   AND NOT EXISTS (
    SELECT 1 FROM payments_reversal AS reversal
      LEFT JOIN payments_receipt AS receipt ON receipt.transaction_id = reversal.transaction_id
      LEFT JOIN payments_suspensecase AS given ON given.id = reversal.case_id
     WHERE NEW.linked_receipt IN (receipt.number, given.mpesa_receipt_number)) THEN
    RAISE EXCEPTION 'statement row %: payment % is taken back nowhere', NEW.id, NEW.linked_receipt
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

_PROVE_UNPAID = """
IF NOT EXISTS (
    SELECT 1 FROM payments_transaction AS txn
      JOIN payments_statementimport AS file ON file.id = NEW.file_id
     WHERE txn.id = NEW.transaction_id AND txn.status = 'FAILED'
       AND txn.result_code = 'not_in_statement' AND file.state = 'ready'
       AND file.is_chained AND file.names_accounts AND file.rows_deleted_at IS NULL
       AND txn.business_short_code = file.short_code
       AND txn.created_at >= file.first_row_at
       AND txn.created_at <= file.last_row_at - interval '1 hour'
       AND txn.user_id IS DISTINCT FROM NEW.operator_id
       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.reference = txn.account_reference AND line.reference <> ''
                          AND line.kind = 'payment')
       AND NOT EXISTS (
            SELECT 1 FROM payments_statementrow AS line
             WHERE line.file_id = file.id AND line.kind = 'payment'
               AND line.amount_in = txn.amount AND line.reference = ''
               AND line.personal_number = ''
               AND line.completed_at BETWEEN txn.created_at - interval '10 minutes'
                                         AND txn.created_at + interval '1 hour'
               AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                                WHERE receipt.number = line.receipt
                                  AND receipt.transaction_id IS NOT NULL))) THEN
    RAISE EXCEPTION 'deposit %: statement % does not prove that it is not paid',
        NEW.transaction_id, NEW.file_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class StatementImport(models.Model):
    """A statement that was imported whole, checked against itself; its head and counts stay.

    The chain of balances proves that nothing is missing between the first row and the last; before
    and after them the file proves nothing, whatever period its head names.
    """

    class State(models.TextChoices):
        """Whether all rows are there: others than the importing transaction see only `ready`."""

        LOADING = "loading"
        READY = "ready"

    class Layout(models.TextChoices):
        """Which of M-Pesa's exports the file is (docs/glossary.md, statement)."""

        PORTAL = "A"
        DATED = "B"
        BUSINESS = "D"

    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    layout = models.CharField(max_length=1, choices=Layout)
    short_code = models.CharField(max_length=16)
    period_begin = models.DateTimeField()
    period_end = models.DateTimeField()
    first_row_at = models.DateTimeField(null=True, blank=True)
    last_row_at = models.DateTimeField(null=True, blank=True)
    opening = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    closing = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    total_in = models.DecimalField(max_digits=16, decimal_places=2)
    total_out = models.DecimalField(max_digits=16, decimal_places=2)
    is_chained = models.BooleanField(help_text="Every row names its balance, and they agree.")
    names_accounts = models.BooleanField(help_text="The layout has the account numbers typed.")
    rows = models.PositiveIntegerField()
    # The counts of each list and the difference, as they were found; pages count again.
    found = models.JSONField(default=dict)
    difference = models.DecimalField(
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Our books less M-Pesa's, when the file was imported.",
    )
    state = models.CharField(max_length=8, choices=State)
    # None: the command import_statement.
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    imported_at = models.DateTimeField(db_default=Now())
    #: When the deletion of its unused rows began; from then on the file proves nothing more.
    rows_deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions: ClassVar = ("view", "add")
        ordering: ClassVar = ["-id"]
        verbose_name = "statement"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="payments_statement_once"),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$", state__in=["loading", "ready"]),
                name="payments_statement_form",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_begin")), name="payments_statement_period"
            ),
            models.CheckConstraint(
                condition=Q(state="loading") | Q(difference__isnull=False),
                name="payments_statement_counted",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="statement_stays",
                operation=pgtrigger.Delete,
                message="statement % is evidence and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="statement_keeps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.rows_deleted_at IS NOT NULL OR OLD.state = 'ready' AND NOT ("
                    + changed("rows_deleted_at")
                    + ") OR "
                    + changed(
                        "id", "file_name", "digest", "layout", "short_code", "period_begin",
                        "period_end", "first_row_at", "last_row_at", "opening", "closing",
                        "total_in", "total_out", "is_chained", "names_accounts", "rows",
                        "uploaded_by_id", "imported_at",
                    )
                    + " OR OLD.state = 'ready' AND "
                    + changed("found", "difference", "state")
                ),
                message="statement % is evidence and never changes",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"statement {self.pk}"


class StatementRow(models.Model):
    """A row of a statement, how it compares with our books, and what it did once it was settled.

    A row that did nothing is deleted after STATEMENT_KEEP_DAYS; one that did is evidence and stays.
    """

    class Kind(models.TextChoices):
        """What moved (payments.statements.RowKind)."""

        PAYMENT = "payment"
        CHARGE = "charge"
        SWEEP = "sweep"
        REVERSAL = "reversal"
        OTHER = "other"
        DECLINED = "declined"

    class Match(models.TextChoices):
        """Which list the row is in (docs/glossary.md, statement)."""

        BOTH = "both"  # we booked the receipt with the same amount
        AMOUNT_DIFFERS = "amount_differs"  # we booked it with another amount
        OTHER_DEPOSIT = "other_deposit"  # we booked it for another deposit than the row names
        FILLS = "fills"  # it is the payment of a deposit that a status query credited
        THEIRS_ONLY = "theirs_only"  # we never booked it
        TAKEN_BACK = "taken_back"  # a payment that M-Pesa reversed before we booked it
        REVERSED_KNOWN = "reversed_known"  # M-Pesa took a payment back, and so did we
        REVERSAL_UNTOLD = "reversal_untold"  # M-Pesa took a payment back that is still credited
        CHARGE = "charge"
        SWEEP = "sweep"
        OTHER = "other"
        DECLINED = "declined"

    class Action(models.TextChoices):
        """The one thing that an operator can do with the row; "" where nothing is to be done."""

        CREDIT = "credit"  # complete the deposit whose reference was typed
        FILL = "fill"  # fill in the receipt of a deposit that a status query credited
        BY_HAND = "by_hand"  # credit the customer whose account number was typed
        HOLD = "hold"  # hold it in suspense: nobody knows whose it is, or it does not agree
        CORRECT = "correct"  # correct the amount of the open case that holds it
        OPEN_CASE = "open_case"  # the credited amount is another: an operator decides
        TAKE_BACK = "take_back"  # take back what M-Pesa took back
        AFTER_ALL = "after_all"  # credit what a case had decided as if M-Pesa did not have it so

    class Verdict(models.TextChoices):
        """What a settled row did."""

        APPLIED = "applied"  # it credited a customer
        FILLED = "filled"  # it filled in the receipt of a deposit that a status query had credited
        HELD = "held"  # its payment waits in suspense, or a case is open about it
        TAKEN_BACK = "taken_back"  # what M-Pesa took back left the wallet or suspense

    file = models.ForeignKey(
        StatementImport, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    line = models.PositiveIntegerField()
    receipt = models.CharField(max_length=32)
    completed_at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    amount_in = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    amount_out = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    details = models.CharField(max_length=255, blank=True, help_text="Numbers are masked.")
    reason_type = models.CharField(max_length=64, blank=True)
    account_number = models.CharField(max_length=64, blank=True, help_text="As the payer typed it.")
    # What the account number may mean (payments.paybill.account_numbers); "": not that.
    reference = models.CharField(max_length=12, blank=True)
    personal_number = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=12, blank=True)
    payer_name = models.CharField(max_length=80, blank=True)
    payer_number = models.CharField(max_length=16, blank=True, help_text="Masked.")
    linked_receipt = models.CharField(max_length=32, blank=True)

    match = models.CharField(max_length=16, choices=Match, blank=True)
    action = models.CharField(max_length=16, choices=Action, blank=True)
    #: What we booked for the receipt, where that is known.
    booked_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    settled_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    # None: the command import_statement.
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(max_length=255, blank=True)
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="statement_rows"
    )

    class Meta:
        # Rows are written by the import alone; to settle one is to change it.
        default_permissions: ClassVar = ("view", "change")
        ordering: ClassVar = ["file", "line"]
        indexes: ClassVar = [
            # The lists of a file are read by it, a page at a time.
            models.Index(fields=["file", "match", "line"], name="payments_statement_list"),
            # With the file, so that one lookup finds the row of a payment whatever the planner
            # knows of the table.
            models.Index(fields=["receipt", "file"], name="payments_statement_receipts"),
            # A payment that was taken back, in this file or another.
            models.Index(
                fields=["linked_receipt"],
                name="payments_statement_linked",
                condition=~Q(linked_receipt=""),
            ),
            models.Index(
                fields=["reference", "file"],
                name="payments_statement_references",
                condition=~Q(reference=""),
            ),
            # The payments that may be any deposit's of their amount (statement_unpaid).
            models.Index(
                fields=["amount_in", "completed_at"],
                name="payments_statement_nameless",
                condition=Q(kind="payment", reference="", personal_number=""),
            ),
            # For operators: the rows that wait for their action.
            models.Index(
                fields=["file"],
                name="payments_statement_waiting",
                condition=Q(verdict="") & ~Q(action=""),
            ),
            # What an operator settled of their own files (statement_settle).
            models.Index(
                fields=["settled_by", "settled_at"],
                name="payments_statement_settled",
                condition=~Q(verdict=""),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "line"], name="payments_statement_line"),
            models.CheckConstraint(
                condition=Q(verdict="", settled_at__isnull=True, transaction__isnull=True)
                & Q(settled_by__isnull=True, reason="")
                | Q(verdict__in=CREDITED, settled_at__isnull=False, transaction__isnull=False)
                & Q(kind="payment")
                | Q(verdict="held", settled_at__isnull=False, kind="payment")
                | Q(verdict="taken_back", settled_at__isnull=False, kind="reversal")
                & Q(settled_by__isnull=False),
                name="payments_statement_settled_whole",
            ),
            models.CheckConstraint(
                condition=~Q(kind="payment") | Q(amount_in__gt=0),
                name="payments_statement_amount",
            ),
        ]
        triggers: ClassVar = [
            Guard(
                name="row_of_import",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
                func=_PROVE_FILE,
            ),
            Refuse(
                name="settled_row_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.verdict <> ''"),
                message="statement row % is evidence and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="row_settled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.verdict <> '' OR "
                    + changed(
                        "id", "file_id", "line", "receipt", "completed_at", "kind", "amount_in",
                        "amount_out", "details", "reason_type", "account_number", "reference",
                        "personal_number", "phone", "payer_name", "payer_number", "linked_receipt",
                    )
                ),
                message="statement row %: what the file says never changes, and it is settled once",
                values=("OLD.id",),
            ),
            Guard(
                name="verdict_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.verdict <> ''"),
                func=_PROVE_VERDICT,
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"statement row {self.pk}"


class UnpaidDeposit(models.Model):
    """The decision that a deposit was not paid, because a whole statement does not have it."""

    file = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="unpaid")
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, related_name="unpaid_by_statement"
    )
    # None: the command import_statement.
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(max_length=255)
    decided_at = models.DateTimeField()

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="payments_unpaid_reason"),
        ]
        triggers: ClassVar = [
            Guard(
                name="unpaid_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_PROVE_UNPAID,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"deposit {self.transaction_id} not paid"
