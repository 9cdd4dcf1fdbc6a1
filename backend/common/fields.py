"""Serializer fields that take a JSON value for what it is."""

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.utils import html

_DIGITS = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


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


class WholeShillings(serializers.IntegerField):
    """A whole number of KES. JSON numbers only: no 1.0, no "500", no 1e5, no true."""

    def to_internal_value(self, data: Any) -> int:
        """Return the amount. The browsable API's form can send nothing but text."""
        is_form = html.is_html_input(getattr(self.parent, "initial_data", None))
        if is_form and isinstance(data, str) and _DIGITS.fullmatch(data):
            data = int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data
