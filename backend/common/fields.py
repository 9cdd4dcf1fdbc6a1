"""Serializer fields that accept only the right JSON type, where DRF's would convert others."""

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.utils import html

_DIGITS = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class TextField(serializers.CharField):
    """A JSON string. DRF's CharField takes numbers too, which cannot keep a phone's leading 0."""

    default_error_messages = {"not_text": "Not a text."}

    def to_internal_value(self, data: Any) -> str:
        """Return the string; reject every other JSON type."""
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """A date and time. DRF's DateTimeField raises OverflowError for naive ones near year 1."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the value as an aware datetime; reject one that overflows in our time zone."""
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")


class WholeShillings(serializers.IntegerField):
    """A whole number of KES. JSON numbers only: no 1.0, no "500", no 1e5, no true."""

    def to_internal_value(self, data: Any) -> int:
        """Return the amount; accept digits as text only from the browsable API's HTML form."""
        is_form = html.is_html_input(getattr(self.parent, "initial_data", None))
        if is_form and isinstance(data, str) and _DIGITS.fullmatch(data):
            data = int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data
