"""The tables of the double-entry ledger: accounts, journal entries, seals; postings are a view.

Money moves by inserting journal entries, which only the SQL functions `ledger_post` and
`ledger_post_many` (sql/functions/ledger.sql) do; a trigger on JournalEntry updates the customers'
balances.
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate

#: Above every amount that a column can hold. PostgreSQL sorts NaN above all numbers, so a check
#: that amounts are below this rejects NaN too.
_BEYOND_MONEY = 10**12


class LedgerAccount(models.Model):
    """A ledger account. Only customers' accounts store a balance: the money we owe the customer.

    The balances of clearing, suspense and debts are summed from their postings: if every deposit
    updated one row, all deposits would wait for each other (docs/decisions/0001).
    """

    class Kind(models.TextChoices):
        """Whose money the account holds."""

        CUSTOMER = "customer"  # liability: what we owe a customer
        CLEARING = "clearing"  # asset: what M-Pesa holds for us
        SUSPENSE = "suspense"  # liability: received, owner not yet decided
        DEBT = "debt"  # asset: what customers owe us

    code = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_account",
    )
    balance = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            # Not unique=True on the field: it would add a second index for LIKE, unused here.
            models.UniqueConstraint(fields=["code"], name="wallet_ledgeraccount_code"),
            models.CheckConstraint(
                condition=Q(kind="customer", user__isnull=False, balance__isnull=False)
                | Q(
                    kind__in=["clearing", "suspense", "debt"],
                    user__isnull=True,
                    balance__isnull=True,
                ),
                name="wallet_account_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(balance__isnull=True) | Q(balance__gte=0), name="wallet_balance"
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="account_guard",
                operation=pgtrigger.Update,
                # At depth 0 the UPDATE was sent directly; JournalEntry's trigger runs at depth 1.
                condition=pgtrigger.Condition(
                    f"{changed('id', 'code', 'kind', 'user_id')}"
                    f" OR ({changed('balance')} AND pg_trigger_depth() = 0)"
                ),
                message="ledger account %: only postings change it",
                values=("OLD.code",),
            ),
            Refuse(
                name="account_stays",
                operation=pgtrigger.Delete,
                message="ledger account %: only postings change it, and it stays",
                values=("OLD.code",),
            ),
            Refuse(
                name="account_starts_empty",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.balance <> 0"),
                message="ledger account % must start at zero",
                values=("NEW.code",),
                errcode="check_violation",
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return self.code


# This trigger checks that both accounts exist, in place of foreign keys: every deposit names the
# clearing account, and a foreign key would make all deposits lock that one row (FOR KEY SHARE).
# Accounts are never deleted or renumbered, so a check at the insert is enough. A statement with
# many entries updates each wallet once; wallets are locked in the order of their ids, so that two
# statements cannot deadlock.
_MOVE_BALANCES = """
SELECT entry.key INTO v_key FROM new_entries AS entry
 WHERE NOT EXISTS (SELECT 1 FROM wallet_ledgeraccount WHERE id = entry.debit_account_id)
    OR NOT EXISTS (SELECT 1 FROM wallet_ledgeraccount WHERE id = entry.credit_account_id)
 LIMIT 1;
IF FOUND THEN
    RAISE EXCEPTION 'journal entry %: an account of it does not exist', v_key
        USING ERRCODE = 'foreign_key_violation';
END IF;
PERFORM 1 FROM wallet_ledgeraccount
  WHERE kind = 'customer' AND id IN (
    SELECT debit_account_id FROM new_entries UNION ALL SELECT credit_account_id FROM new_entries)
  ORDER BY id FOR NO KEY UPDATE;
UPDATE wallet_ledgeraccount AS account SET balance = account.balance + change.amount
  FROM (SELECT line.account_id, sum(line.amount) AS amount
          FROM (SELECT credit_account_id AS account_id, amount FROM new_entries
                 UNION ALL SELECT debit_account_id, -amount FROM new_entries) AS line
         GROUP BY line.account_id) AS change
 WHERE account.id = change.account_id AND account.kind = 'customer';
RETURN NULL;
"""


class JournalEntry(models.Model):
    """A movement of money from the debit to the credit account; one per key, never changed.

    One row holds both sides, so that an entry whose sides differ cannot be stored. The trigger
    `moves_balances` updates the customers' stored balances in the same statement, so that entry and
    balance are committed together.
    """

    key = models.CharField(max_length=100)
    description = models.CharField(max_length=255)
    debit_account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="debit_entries",
    )
    credit_account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="credit_entries",
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "journal entries"
        indexes: ClassVar = [
            # For an account's postings in the order of the view's ids, which the view computes by
            # the same expressions.
            models.Index("debit_account", F("id") * 2 - 1, name="wallet_posting_debit"),
            models.Index("credit_account", F("id") * 2, name="wallet_posting_credit"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="wallet_journalentry_key"),
            models.CheckConstraint(condition=~Q(key=""), name="wallet_entry_key"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=_BEYOND_MONEY), name="wallet_posting_amount"
            ),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="wallet_entry_two_accounts"
            ),
        ]
        triggers: ClassVar = [
            append_only(),
            no_truncate(),
            Guard(
                name="moves_balances",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_entries"),  # type: ignore[no-untyped-call]
                declare=[("v_key", "text")],
                func=_MOVE_BALANCES,
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One side of a journal entry, as a line of its account; a row of the view wallet_posting.

    A view is read-only. An entry has at most one posting on each account.
    """

    class Side(models.TextChoices):
        DEBIT = "debit"
        CREDIT = "credit"

    entry = models.ForeignKey(
        JournalEntry, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False
    )
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False
    )
    side = models.CharField(max_length=6, choices=Side)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        managed = False
        db_table = "wallet_posting"

    def __str__(self) -> str:
        return f"{self.side} {self.amount}"


class LedgerSeal(models.Model):
    """A link of the hash chain over the ledger; it seals a batch of entries in order of their ids.

    `entry_digests[i]` is the SHA-256 of entry `entry_ids[i]`, so that the first changed entry can
    be named. `digest` is the SHA-256 of `previous_digest` and all of `entry_digests`.
    """

    entry_ids = ArrayField(models.BigIntegerField())
    entry_digests = ArrayField(models.CharField(max_length=64))
    last_entry_id = models.BigIntegerField(unique=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["previous_digest"], name="wallet_ledgerseal_previous"),
            models.UniqueConstraint(fields=["digest"], name="wallet_ledgerseal_digest"),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"up to {self.last_entry_id}"
