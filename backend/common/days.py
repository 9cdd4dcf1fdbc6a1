"""Calendar days as customers count them: in Africa/Nairobi, first and last one included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

NAIROBI = ZoneInfo("Africa/Nairobi")
# Dates outside of these are typing errors; near the ends of `datetime` sums would overflow.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2100, 12, 31)


def start_of_day(day: date) -> datetime:
    """Return the day's first moment in Nairobi."""
    return datetime.combine(day, time.min, NAIROBI)


@dataclass(frozen=True)
class DaySpan:
    """A span of whole days in Nairobi, first and last day included."""

    first: date
    last: date

    @property
    def begins_at(self) -> datetime:
        """Return the first moment of the span."""
        return start_of_day(self.first)

    @property
    def ends_before(self) -> datetime:
        """Return the first moment after the span."""
        return start_of_day(self.last + timedelta(days=1))


class DayField(serializers.DateField):
    """A date, `YYYY-MM-DD`, within this century."""

    default_error_messages = {"out_of_range": "Not a day of this century."}

    def to_internal_value(self, value: Any) -> date:
        """Return the date; reject one outside of this century."""
        day = super().to_internal_value(value)
        if not _EARLIEST <= day <= _LATEST:
            self.fail("out_of_range")
        return day


class DaySpanSerializer(serializers.Serializer[Any]):
    """The query parameters `from` and `to`. A subclass may require both, and limit the span."""

    are_days_required = False
    max_days: int | None = None

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the fields `from` and `to`: a class attribute cannot be named `from` in Python."""
        what = "Day in Africa/Nairobi, included: YYYY-MM-DD."
        days: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            name: DayField(required=self.are_days_required, help_text=what)
            for name in ("from", "to")
        }
        return {**super().get_fields(), **days}

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Reject a span that ends before it begins, or is longer than `max_days`."""
        first, last = attrs.get("from"), attrs.get("to")
        if first is None or last is None:
            return attrs
        if last < first:
            raise serializers.ValidationError({"to": ["Before from."]}, code="ends_before_start")
        if self.max_days is not None and (last - first).days >= self.max_days:
            raise serializers.ValidationError({"to": ["Too many days."]}, code="too_many_days")
        return attrs
