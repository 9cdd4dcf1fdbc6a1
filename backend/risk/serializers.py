"""Shapes of own limits."""

from datetime import UTC
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from common.fields import WholeShillings
from risk.caps import Caps
from risk.cool_off import EXCLUSION_MONTHS, PAUSE_DAYS, UNCONFIRMED_DAYS
from risk.models import MAX_CAP
from risk.selectors import OwnLimitsNow
from users.serializers import PasswordField


class CapsSerializer(serializers.Serializer[Any]):
    """The caps a customer wants; null: none."""

    daily_cap = WholeShillings(min_value=1, max_value=MAX_CAP, allow_null=True)
    weekly_cap = WholeShillings(min_value=1, max_value=MAX_CAP, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a day that has more than its week."""
        daily, weekly = attrs["daily_cap"], attrs["weekly_cap"]
        if daily is not None and weekly is not None and daily > weekly:
            fault = serializers.ErrorDetail("Below the daily cap.", "below_daily_cap")
            raise serializers.ValidationError({"weekly_cap": [fault]})
        return attrs

    def caps(self) -> Caps:
        """Return what was asked for."""
        return Caps(self.validated_data["daily_cap"], self.validated_data["weekly_cap"])


class PauseSerializer(serializers.Serializer[Any]):
    """How long a pause lasts, and for more than a day the password."""

    days = serializers.ChoiceField(choices=PAUSE_DAYS)
    password = PasswordField(
        required=False, help_text="Needed for more than a day: nobody else may stop deposits."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Demand the password where it is needed."""
        if attrs["days"] > UNCONFIRMED_DAYS and "password" not in attrs:
            raise serializers.ValidationError({"password": [ErrorDetail("Missing.", "required")]})
        return {"password": "", **attrs}


class SelfExclusionSerializer(serializers.Serializer[Any]):
    """How long an exclusion lasts, and the password, as nobody else may lock a customer out."""

    months = serializers.ChoiceField(choices=EXCLUSION_MONTHS)
    password = PasswordField()


class PendingCapsSerializer(serializers.Serializer[Any]):
    """The caps that follow."""

    daily_cap = serializers.IntegerField(allow_null=True)
    weekly_cap = serializers.IntegerField(allow_null=True)
    effective_at = serializers.DateTimeField(default_timezone=UTC)


class OwnLimitsSerializer(serializers.Serializer[Any]):
    """What a customer has set for themselves, in whole KES."""

    daily_cap = serializers.IntegerField(allow_null=True)
    weekly_cap = serializers.IntegerField(allow_null=True)
    pending = PendingCapsSerializer(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
    excluded_until = serializers.DateTimeField(allow_null=True, default_timezone=UTC)

    def to_representation(self, instance: OwnLimitsNow) -> dict[str, Any]:
        state = instance.state
        pending = state.pending and {
            "daily_cap": state.pending.daily,
            "weekly_cap": state.pending.weekly,
            "effective_at": state.effective_at,
        }
        return super().to_representation(
            {
                "daily_cap": state.caps.daily,
                "weekly_cap": state.caps.weekly,
                "pending": pending,
                "paused_until": instance.paused_until,
                "excluded_until": instance.excluded_until,
            }
        )
