"""Shapes of what people send to sign up and log in, and of what they see of themselves."""

import unicodedata
from datetime import UTC
from typing import Any, ClassVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from common.fields import TextField
from users.models import User
from users.phone import InvalidPhoneNumber, parse_phone_number

_LONGEST_PASSWORD = 1024


class CredentialsSerializer(serializers.Serializer[Any]):
    """Number and password, as typed. An unreadable number is a wrong one, not a malformed one."""

    phone_number = TextField(max_length=64, help_text="Any spelling: 0712 345 678, +254712345678.")
    password = TextField(
        max_length=_LONGEST_PASSWORD, trim_whitespace=False, style={"input_type": "password"}
    )


def plain_name(value: str) -> str:
    """Return a person's name, refuse line ends, terminal codes and signs that rewrite the text.

    Raises:
        ValidationError: `invalid_name`.
    """
    # Cc control, Cf format (direction overrides), Zl and Zp line and paragraph ends.
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in value):
        raise serializers.ValidationError(code="invalid_name")
    return value


class SignUpSerializer(serializers.Serializer[Any]):
    """A new customer."""

    phone_number = TextField(
        max_length=64, help_text="A Kenyan mobile number in any spelling. M-Pesa prompts go to it."
    )
    password = TextField(
        max_length=_LONGEST_PASSWORD,
        trim_whitespace=False,
        style={"input_type": "password"},
        help_text="At least 8 characters, not all digits, not a common one.",
    )
    full_name = TextField(max_length=150)

    def validate_phone_number(self, value: str) -> str:
        """Return the number as it is stored."""
        try:
            return parse_phone_number(value)
        except InvalidPhoneNumber as error:
            raise serializers.ValidationError(code="invalid_phone_number") from error

    def validate_full_name(self, value: str) -> str:
        """Refuse signs that have no place in a name."""
        return plain_name(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Run Django's password validators, which compare with name and number too."""
        person = User(phone_number=attrs["phone_number"], full_name=attrs["full_name"])
        try:
            validate_password(attrs["password"], person)
        except DjangoValidationError as error:
            problems = [ErrorDetail(item.messages[0], item.code) for item in error.error_list]
            raise serializers.ValidationError({"password": problems}) from error
        return attrs


class MeSerializer(serializers.ModelSerializer[User]):
    """What a person sees of the own account."""

    class Meta:
        model = User
        fields: ClassVar = ("id", "phone_number", "full_name", "kyc_status")
        read_only_fields: ClassVar = fields


class CsrfSerializer(serializers.Serializer[Any]):
    """The token to send as `X-CSRFToken` with unsafe methods of a session."""

    csrf_token = serializers.CharField()


class TokenSerializer(serializers.Serializer[Any]):
    """A token to send as `Authorization: Token …`."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
