"""Serializer fields that take a JSON value for what it is."""

from datetime import datetime
from typing import Any

from rest_framework import serializers


class TextField(serializers.CharField):
    """Text only. DRF's own field takes numbers too, and `0712345678` sent as one loses its 0."""

    default_error_messages = {"not_text": "Not a text."}

    def to_internal_value(self, data: Any) -> str:
        """Return the text, refuse every other JSON type."""
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """A moment. DRF's own field crashes on a naive one near the first year."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the moment in our time zone, refuse what has none there."""
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")
