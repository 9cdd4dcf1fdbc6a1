"""Customers' own limits, the fraud rules' decisions, and sightings of addresses and devices."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate
from common.history import Inserted, Updated, keep_history
from risk.assessment import Mode
from risk.verdicts import Verdict

_MODES = [mode.value for mode in Mode]
_VERDICTS = [verdict.value for verdict in Verdict]
#: The highest cap; it equals the highest daily limit that can be configured.
MAX_CAP = 1_000_000_000


def _sensible(daily: str, weekly: str) -> Q:
    """Return the condition on a pair of caps: in range, and the daily at most the weekly one."""
    in_range = Q(**{f"{daily}__gte": 1, f"{daily}__lte": MAX_CAP})
    week_in_range = Q(**{f"{weekly}__gte": 1, f"{weekly}__lte": MAX_CAP})
    has_no_day, has_no_week = Q(**{f"{daily}__isnull": True}), Q(**{f"{weekly}__isnull": True})
    fits = has_no_day | has_no_week | Q(**{f"{daily}__lte": F(weekly)})
    return (has_no_day | in_range) & (has_no_week | week_in_range) & fits


# A pause or exclusion may be shortened only by an operator's lift, at least 24 hours after the
# customer asked for it; the constraint risk_own_lifted requires operator and reason.
_IS_LIFTED = (
    "coalesce(NEW.lifted_at IS DISTINCT FROM OLD.lifted_at"
    " AND NEW.lifted_at >= OLD.blocked_at + interval '24 hours', false)"
)


def _is_shortened(column: str) -> str:
    return f"coalesce(NEW.{column} < OLD.{column}, OLD.{column} IS NOT NULL)"


def _amount(row: str, column: str) -> str:
    """Return the SQL of a cap to compare; no cap (NULL) is higher than any cap."""
    return f"coalesce({row}.{column}, 'infinity'::numeric)"


def _is_raised(column: str) -> str:
    return f"{_amount('NEW', column)} > {_amount('OLD', column)}"


def _stays_under_pending(column: str) -> str:
    return f"{_amount('NEW', column)} <= {_amount('OLD', 'pending_' + column)}"


@keep_history(Inserted(), Updated(), model_name="OwnLimitsHistory")
class OwnLimits(models.Model):
    """A customer's own caps, pause and self-exclusion; a customer without a row has none.

    The pending caps are in force from `effective_at` on: both own_limits_in_force (in
    sql/functions/own_limits.sql) and risk.caps read them so. Triggers reject every relaxation that
    did not wait for its time, to protect the customer in a moment of weakness too.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="own_limits",
    )
    daily_cap = models.IntegerField(null=True, blank=True, help_text="Whole KES.")
    weekly_cap = models.IntegerField(null=True, blank=True, help_text="Whole KES.")
    pending_daily_cap = models.IntegerField(null=True, blank=True, help_text="Whole KES.")
    pending_weekly_cap = models.IntegerField(null=True, blank=True, help_text="Whole KES.")
    effective_at = models.DateTimeField(
        null=True, blank=True, help_text="When the pending caps count; empty: nothing is pending."
    )
    paused_until = models.DateTimeField(null=True, blank=True)
    excluded_until = models.DateTimeField(null=True, blank=True)
    # When the customer last asked for a new or longer pause or exclusion.
    blocked_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    lift_reason = models.CharField(max_length=255, blank=True, db_default="", default="")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "own limits"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=_sensible("daily_cap", "weekly_cap"), name="risk_own_caps"
            ),
            models.CheckConstraint(
                condition=_sensible("pending_daily_cap", "pending_weekly_cap"),
                name="risk_own_pending_caps",
            ),
            models.CheckConstraint(
                condition=Q(effective_at__isnull=False)
                | Q(pending_daily_cap__isnull=True, pending_weekly_cap__isnull=True),
                name="risk_own_pending",
            ),
            models.CheckConstraint(
                condition=Q(blocked_at__isnull=False)
                | Q(paused_until__isnull=True, excluded_until__isnull=True),
                name="risk_own_blocked",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False)
                & ~Q(lift_reason="")
                & ~Q(lifted_by=F("user")),
                name="risk_own_lifted",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="own_limits_stay",
                operation=pgtrigger.Delete,
                message="own limits of user % stay",
                values=("OLD.user_id",),
            ),
            Refuse(
                name="own_limits_owner",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.user_id <> OLD.user_id"),
                message="own limits of user % stay",
                values=("OLD.user_id",),
            ),
            Refuse(
                name="pause_never_shortened",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"NOT {_IS_LIFTED} AND ({_is_shortened('paused_until')}"
                    f" OR {_is_shortened('excluded_until')} OR {_is_shortened('blocked_at')})"
                ),
                message="own limits of user %: a pause is never shortened",
                values=("OLD.user_id",),
            ),
            # Caps may rise only to the pending caps, once their `effective_at` has come.
            Refuse(
                name="raised_by_waiting",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"({_is_raised('daily_cap')} OR {_is_raised('weekly_cap')})"
                    " AND NOT coalesce(OLD.effective_at <= NEW.updated_at"
                    f" AND {_stays_under_pending('daily_cap')}"
                    f" AND {_stays_under_pending('weekly_cap')}, false)"
                ),
                message="own limits of user %: a cap is raised by waiting only",
                values=("OLD.user_id",),
            ),
            Refuse(
                name="raising_takes_a_day",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.effective_at IS NOT NULL AND "
                    + changed("effective_at", "pending_daily_cap", "pending_weekly_cap")
                    + " AND NEW.effective_at < NEW.updated_at + interval '24 hours'"
                ),
                message="own limits of user %: raising takes a day",
                values=("OLD.user_id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"own limits of user {self.user_id}"


_PROVE_DECISION = """
IF NOT EXISTS (
    SELECT 1 FROM payments_transaction AS txn
     WHERE txn.id = NEW.transaction_id AND txn.user_id = NEW.user_id
       AND txn.amount = NEW.amount) THEN
    RAISE EXCEPTION 'a decision is about the deposit of its own user and amount'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Decision(models.Model):
    """The fraud rules' decision about one deposit request, with the rule inputs. Append-only.

    `verdict` is the verdict of all rules; `applied` is what the customer met, in shadow always
    "allow". A denied request has no deposit, so `user` and `amount` record the request.
    """

    # The model is given by name, because this app may not import the payments app above it.
    transaction = models.OneToOneField(
        "payments.Transaction",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="risk_decision",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="risk_decisions"
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2, help_text="Whole KES.")
    facts = models.JSONField()
    findings = models.JSONField()
    verdict = models.CharField(max_length=6, choices=[(word, word) for word in _VERDICTS])
    applied = models.CharField(max_length=6, choices=[(word, word) for word in _VERDICTS])
    mode = models.CharField(max_length=7, choices=[(word, word) for word in _MODES])
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_decision"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["decided_at"], name="risk_decision_age"),
            GinIndex(
                fields=["findings"],
                name="risk_decision_findings",
                opclasses=["jsonb_path_ops"],
                condition=~Q(verdict="allow"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(mode__in=_MODES, verdict__in=_VERDICTS),
                name="risk_decision_words",
            ),
            # `applied` is never stricter than `verdict`, and in shadow mode always "allow".
            models.CheckConstraint(
                condition=Q(applied="allow")
                | Q(mode="enforce", applied="review", verdict__in=["review", "deny"])
                | Q(mode="enforce", applied="deny", verdict="deny"),
                name="risk_decision_applied",
            ),
            models.CheckConstraint(
                condition=Q(applied="allow", transaction__isnull=False)
                | ~Q(applied="allow") & Q(transaction__isnull=True),
                name="risk_decision_deposit",
            ),
            models.CheckConstraint(
                condition=Q(verdict="allow", findings=[]) | ~Q(verdict="allow") & ~Q(findings=[]),
                name="risk_decision_verdict",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="risk_decision_amount"),
        ]
        triggers: ClassVar = [
            append_only(),
            no_truncate(),
            Guard(
                name="decision_is_about_its_own",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.transaction_id IS NOT NULL"),
                func=_PROVE_DECISION,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} (decision {self.pk})"


class Sighting(models.Model):
    """A customer was seen at a network address or device, which is stored as a keyed hash only."""

    class Kind(models.TextChoices):
        """What `value_hash` is the hash of."""

        ADDRESS = "address"
        DEVICE = "device"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="sightings",
        db_index=False,
    )
    kind = models.CharField(max_length=7, choices=Kind)
    value_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "value_hash", "-last_seen_at"], name="risk_sighting_place"
            ),
            models.Index(fields=["last_seen_at"], name="risk_sighting_age"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "kind", "value_hash"], name="risk_sighting_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["address", "device"]), name="risk_sighting_kind"
            ),
            models.CheckConstraint(
                condition=Q(value_hash__regex="^[0-9a-f]{64}$"), name="risk_sighting_hash"
            ),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=F("first_seen_at")),
                name="risk_sighting_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"
