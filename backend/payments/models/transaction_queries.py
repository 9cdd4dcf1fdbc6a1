"""Transaction Status: each question to M-Pesa about a receipt, and whether any may be asked."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.guards import Refuse, changed, no_truncate
from payments.models.deposits import Transaction

#: Verdicts by which the answer booked money, or a receipt.
BOOKED = ("applied", "filled", "held")
#: Verdicts after which nothing more is asked about the receipt, and the row never changes.
CONCLUSIVE = (*BOOKED, "confirmed", "differs", "reversed", "not_paid")
#: Verdicts on what was posted to the address and is no answer: the true one may still come.
_NO_ANSWER = ("", "foreign", "untrusted", "malformed", "received")


class TransactionQuery(models.Model):
    """A question to M-Pesa about one receipt, and its answer.

    It is stored before it is sent, so that the answer finds it whatever happens to the process.
    `token_hash` is that of the secret in the two addresses where M-Pesa answers. At most one is
    under way at a time (`asked`): a wrong credential is learnt from the answer, and a second try
    with it could lock the initiator.
    """

    class Why(models.TextChoices):
        """What made us ask."""

        CLAIM = "claim"
        UNBOOKED = "unbooked"  # a statement or M-Pesa's list has it, and our books do not
        CASE = "case"  # it waits in an open case
        OLD_RECEIPT = "old_receipt"
        OPERATOR = "operator"

    class State(models.TextChoices):
        """What became of the question (docs/glossary.md, transaction query)."""

        ASKED = "asked"
        ANSWERED = "answered"
        TIMED_OUT = "timed_out"  # M-Pesa said that it did not get to it; not known
        REFUSED = "refused"  # it was not sent, or M-Pesa refused it: no answer will come
        LOST = "lost"  # no answer came in time; one may still come

    class Verdict(models.TextChoices):
        """What the answer did."""

        APPLIED = "applied"  # it credited the deposit of the customer who claims the receipt
        FILLED = "filled"  # it filled in the receipt of a deposit that a status query had credited
        HELD = "held"  # its payment waits in suspense
        CONFIRMED = "confirmed"  # our books say the same
        DIFFERS = "differs"  # our books have another amount
        REVERSED = "reversed"  # our books have the money, and M-Pesa says that it did not stay
        NOT_PAID = "not_paid"  # no money, and our books have none
        UNCLEAR = "unclear"  # nothing is known from it
        FOREIGN = "foreign"  # it is about another receipt
        UNTRUSTED = "untrusted"  # its sender, or the business that was paid, is not believed
        MALFORMED = "malformed"
        RECEIVED = "received"  # it could not be settled, because an error came

    receipt = models.CharField(max_length=32)
    why = models.CharField(max_length=16, choices=Why)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    business_short_code = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=State, db_default=State.ASKED)
    # M-Pesa's ids of the question, once it is acknowledged.
    conversation_id = models.CharField(max_length=128, blank=True, db_default="")
    originator_conversation_id = models.CharField(max_length=128, blank=True, db_default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, db_default="")
    result_code = models.CharField(max_length=32, blank=True, db_default="")
    transaction_status = models.CharField(max_length=32, blank=True, db_default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    credit_party = models.CharField(max_length=16, blank=True, db_default="")
    paid_at = models.DateTimeField(null=True, blank=True)
    # SHA-256 of the payer's number, where M-Pesa shows all of it: compared with our customers' own.
    payer_hash = models.CharField(max_length=64, blank=True, db_default="")
    # The deposit that has the receipt, if one has.
    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transaction_queries",
    )
    note = models.CharField(max_length=255, blank=True, db_default="")
    source_address = models.GenericIPAddressField(null=True, blank=True)
    # What was posted, without secrets, the payer's number masked.
    raw = models.JSONField(null=True, blank=True)

    class Meta:
        # Its rows are written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        verbose_name = "question to M-PESA"
        verbose_name_plural = "questions to M-PESA"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["receipt", "-asked_at"], name="payments_queries_of_receipt"),
            models.Index(fields=["-asked_at"], name="payments_queries_by_age"),
            models.Index(
                fields=["id"],
                name="payments_queries_reversed",
                condition=Q(verdict__in=["reversed", "differs"]),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="payments_txnquery_token"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="asked"), name="payments_txnquery_one_in_flight"
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                condition=Q(verdict__in=BOOKED),
                name="payments_txnquery_books_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    receipt__regex="^[A-Z0-9]{1,32}$",
                    token_hash__regex="^[0-9a-f]{64}$",  # noqa: S106 - a pattern
                    payer_hash__regex="^([0-9a-f]{64})?$",
                ),
                name="payments_txnquery_fields",
            ),
            models.CheckConstraint(
                condition=Q(
                    why__in=["claim", "unbooked", "case", "old_receipt"], asked_by__isnull=True
                )
                | Q(why="operator", asked_by__isnull=False),
                name="payments_txnquery_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="answered",
                    answered_at__isnull=False,
                    verdict__in=[*CONCLUSIVE, "unclear"],
                )
                | Q(
                    state__in=["asked", "timed_out", "refused", "lost"],
                    answered_at__isnull=True,
                    verdict__in=_NO_ANSWER,
                ),
                name="payments_txnquery_answered",
            ),
            # What was credited or filled in has a deposit; an amount that was booked is known.
            models.CheckConstraint(
                condition=~Q(verdict__in=["applied", "filled"]) | Q(transaction__isnull=False),
                name="payments_txnquery_deposit",
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=BOOKED)
                | Q(
                    amount__isnull=False,
                    amount__gt=0,
                    transaction_status="Completed",
                    result_code="0",
                ),
                name="payments_txnquery_booked",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="question_stays",
                operation=pgtrigger.Delete,
                message="transaction query % is evidence and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="question_keeps",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.verdict IN {CONCLUSIVE} OR "
                    + changed(
                        "id", "receipt", "why", "asked_by_id", "business_short_code", "token_hash",
                        "asked_at",
                    )
                ),
                message="transaction query %: neither the question nor a clear answer changes",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.receipt} {self.verdict or self.state}"


class InitiatorState(models.Model):
    """The single row by which all processes share the initiator: whether M-Pesa may be asked by it.

    Stopped (`stopped_at`), nothing is asked until an operator says so: M-Pesa locks an initiator
    after a few wrong credentials. `proven_at`: when M-Pesa last answered something that it answers
    to a right credential alone. `paused_until`: M-Pesa is overloaded, or does not answer.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_code = models.CharField(max_length=32, blank=True, db_default="")
    proven_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(db_default=0, default=0)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.CharField(max_length=150, blank=True, db_default="")

    class Meta:
        # Its row is written by the SQL functions alone.
        default_permissions: ClassVar = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="payments_initiator_single"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_code="")
                | Q(stopped_at__isnull=False) & ~Q(stopped_code=""),
                name="payments_initiator_stopped",
            ),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True, resumed_by="")
                | Q(resumed_at__isnull=False, resumed_by__regex=r"\S"),
                name="payments_initiator_resumed",
            ),
        ]

    def __str__(self) -> str:
        return "stopped" if self.stopped_at else "initiator"
