"""Debts: what a customer owes because M-Pesa took a payment back after it was spent."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from common.guards import Guard, append_only, no_truncate
from payments.models.suspense import Reversal
from wallet.models import JournalEntry

# The debt's entry puts into the wallet what it lacked for the reversal, and no more than that.
_PROVE_DEBT = """
IF NOT EXISTS (
    SELECT 1 FROM payments_reversal AS reversal
      JOIN wallet_journalentry AS credited ON credited.id = reversal.entry_id
      JOIN wallet_journalentry AS lent ON lent.key = 'debt:' || credited.key
       AND lent.credit_account_id = credited.credit_account_id AND lent.amount <= credited.amount
      JOIN wallet_ledgeraccount AS house ON house.id = lent.debit_account_id
      JOIN wallet_ledgeraccount AS wallet ON wallet.id = credited.credit_account_id
     WHERE reversal.id = NEW.reversal_id AND lent.id = NEW.entry_id AND lent.amount = NEW.amount
       AND house.kind = 'debt' AND wallet.user_id = NEW.customer_id) THEN
    RAISE EXCEPTION 'entry % does not lend customer % what reversal % took back too much',
        NEW.entry_id, NEW.customer_id, NEW.reversal_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# Repayments come one after another out of the debtor's own wallet, and never exceed the debt. The
# entry has locked the wallet, so that no two of them are counted at the same time.
_PROVE_REPAYMENT = """
IF NOT EXISTS (
    SELECT 1 FROM payments_debt AS debt
      JOIN wallet_journalentry AS paid ON paid.id = NEW.entry_id
      JOIN wallet_ledgeraccount AS wallet ON wallet.id = paid.debit_account_id
      JOIN wallet_ledgeraccount AS house ON house.id = paid.credit_account_id
     CROSS JOIN LATERAL (
        SELECT count(*) AS number, coalesce(sum(earlier.amount), 0) AS amount
          FROM payments_repayment AS repayment
          JOIN wallet_journalentry AS earlier ON earlier.id = repayment.entry_id
         WHERE repayment.debt_id = debt.id) AS before
     WHERE debt.id = NEW.debt_id AND paid.key = 'repay:' || debt.id || ':' || NEW.number
       AND NEW.number = before.number + 1 AND before.amount + paid.amount <= debt.amount
       AND wallet.user_id = debt.customer_id AND house.kind = 'debt'
       AND NEW.operator_id <> debt.customer_id) THEN
    RAISE EXCEPTION 'entry % does not repay debt %', NEW.entry_id, NEW.debt_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Debt(models.Model):
    """What a customer owes since a reversal: what the wallet lacked, in KES. It never changes.

    What is left of it is `amount` less its repayments.
    """

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="debts"
    )
    reversal = models.OneToOneField(Reversal, on_delete=models.PROTECT, related_name="debt")
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="debt")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    owed_since = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_debt_amount"),
        ]
        triggers: ClassVar = [
            Guard(
                name="debt_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_PROVE_DEBT,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"debt {self.pk} of {self.customer}"


class Repayment(models.Model):
    """What an operator collected of a debt from the debtor's wallet, with the reason."""

    debt = models.ForeignKey(Debt, on_delete=models.PROTECT, related_name="repayments")
    number = models.PositiveIntegerField(help_text="The first repayment of a debt is 1.")
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="repayment")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=255)
    repaid_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["debt", "number"], name="payments_repayment_number"),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="payments_repayment_reason"
            ),
        ]
        triggers: ClassVar = [
            Guard(
                name="repayment_is_proven",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_PROVE_REPAYMENT,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"repayment {self.number} of debt {self.debt_id}"
