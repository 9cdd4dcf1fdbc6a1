"""Calendar days as customers count them: in Africa/Nairobi, first and last one included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

NAIROBI = ZoneInfo("Africa/Nairobi")
# Days outside of these are slips of the keyboard, and near the calendar's ends they overflow.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2100, 12, 31)


def start_of_day(day: date) -> datetime:
    """Return the day's first moment in Nairobi."""
    return datetime.combine(day, time.min, NAIROBI)


@dataclass(frozen=True)
class DaySpan:
    """Whole days, both ends included."""

    first: date
    last: date

    @property
    def begins_at(self) -> datetime:
        """Return the first moment that belongs to the span."""
        return start_of_day(self.first)

    @property
    def ends_before(self) -> datetime:
        """Return the first moment after the span."""
        return start_of_day(self.last + timedelta(days=1))


class DayField(serializers.DateField):
    """A day, `YYYY-MM-DD`."""

    default_error_messages = {"out_of_range": "Not a day of this century."}

    def to_internal_value(self, value: Any) -> date:
        """Return the day, refuse one that nobody can mean."""
        day = super().to_internal_value(value)
        if not _EARLIEST <= day <= _LATEST:
            self.fail("out_of_range")
        return day


class DaySpanSerializer(serializers.Serializer[Any]):
    """`from` and `to` in an address. A subclass may demand both, and bound the span."""

    are_days_required = False
    most_days: int | None = None

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the two fields: the first one's name is a word of Python."""
        what = "Day in Africa/Nairobi, included: YYYY-MM-DD."
        days: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            name: DayField(required=self.are_days_required, help_text=what)
            for name in ("from", "to")
        }
        return {**super().get_fields(), **days}

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse a span that ends before it begins, or is too long."""
        first, last = attrs.get("from"), attrs.get("to")
        if first is None or last is None:
            return attrs
        if last < first:
            raise serializers.ValidationError({"to": ["Before from."]}, code="ends_before_start")
        if self.most_days is not None and (last - first).days >= self.most_days:
            raise serializers.ValidationError({"to": ["Too many days."]}, code="too_many_days")
        return attrs
