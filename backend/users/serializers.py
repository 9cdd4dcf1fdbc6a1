"""Shapes of what users send to sign up and log in, and of what they see of themselves."""

import re
import unicodedata
from datetime import UTC
from typing import Any, ClassVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from common.fields import TextField
from users.code_models import DIGITS
from users.models import PhoneChange, User
from users.passwords import normalise
from users.phone import MSISDN_PATTERN, InvalidPhoneNumber, parse_phone_number

_MAX_PASSWORD_LENGTH = 1024
_STRENGTH = "At least 8 characters, not all digits, not a common one."


class PasswordField(TextField):
    """A password, exactly as typed."""

    def __init__(self, **options: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(
            max_length=_MAX_PASSWORD_LENGTH, trim_whitespace=False, style=style, **options
        )


class CodeField(TextField):
    """The six digits from an SMS."""

    def __init__(self, **options: Any) -> None:
        digits = RegexValidator(rf"^[0-9]{{{DIGITS}}}$")
        super().__init__(max_length=16, validators=[digits], **options)


#: What every spelling that users.phone reads has: nine digits from 7 or 1 on, perhaps after a 0 and
#: 254, with anything but digits between them. It takes more than the server does.
_SPELLING_PATTERN = (
    "^[^0-9]*(?:2[^0-9]*5[^0-9]*4[^0-9]*)?(?:0[^0-9]*)?[17](?:[^0-9]*[0-9]){8}[^0-9]*$"
)


@extend_schema_field({"type": "string", "maxLength": 64, "pattern": _SPELLING_PATTERN})
class PhoneNumberField(TextField):
    """A Kenyan mobile number in any spelling, typed or copied; `read_phone_number` reads it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)


#: For `extend_schema_field`: what `mask_phone_number` makes of a stored number.
MASKED_NUMBER = {"type": "string", "pattern": r"^254[17]\*{4}[0-9]{4}$"}


def read_phone_number(text: str) -> str:
    """Return the number as it is stored.

    Raises:
        ValidationError: it is no Kenyan mobile number.
    """
    try:
        return parse_phone_number(text)
    except InvalidPhoneNumber as error:
        raise serializers.ValidationError(code="invalid_phone_number") from error


def refuse_weak_password(field: str, password: str, user: User) -> None:
    """Run Django's password validators, which compare with name and number too.

    Raises:
        ValidationError: the password is too easy to guess.
    """
    try:
        # Normalised, because that is what an attacker would have to guess.
        validate_password(normalise(password), user)
    except DjangoValidationError as error:
        problems = [ErrorDetail(item.messages[0], item.code) for item in error.error_list]
        raise serializers.ValidationError({field: problems}) from error


class CredentialsSerializer(serializers.Serializer[Any]):
    """Number and password, as typed. An unreadable number is a wrong one, not a malformed one."""

    phone_number = TextField(max_length=64, help_text="Any spelling: 0712 345 678, +254712345678.")
    password = PasswordField()


# U+200C and U+200D between two characters of one word.
_JOINER_IN_A_WORD = re.compile(
    "(?<=[^\\W\\d_]|[\u0300-\u036f\u0900-\u0dff])[\u200c\u200d](?=[^\\W\\d_])"
)
#: Fillers of Hangul: letters by their category, but invisible.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


def plain_name(value: str) -> str:
    """Return a name with a letter that can be seen.

    Line ends, terminal codes and characters that reorder the text are rejected. Joiners belong to
    the spelling of words in some scripts; they are rejected elsewhere than inside a word.

    Raises:
        ValidationError: `invalid_name`.
    """
    without_joiners = _JOINER_IN_A_WORD.sub("", value)
    # Cc control, Cf format (direction overrides), Zl and Zp line and paragraph ends.
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in without_joiners):
        raise serializers.ValidationError(code="invalid_name")
    letters = (sign for sign in without_joiners if sign not in _INVISIBLE_LETTERS)
    if not any(unicodedata.category(sign).startswith("L") for sign in letters):
        raise serializers.ValidationError(code="invalid_name")
    return value


class SignUpSerializer(serializers.Serializer[Any]):
    """A new customer."""

    phone_number = PhoneNumberField(
        help_text="A Kenyan mobile number in any spelling. M-Pesa prompts go to it."
    )
    password = PasswordField(help_text=_STRENGTH)
    full_name = TextField(max_length=150)
    privacy_version = TextField(
        max_length=10,
        required=False,
        help_text="The version of the privacy notice that the customer accepts by signing up."
        " Without it, or with another than the present one, nothing is recorded.",
    )
    proof = TextField(
        max_length=64,
        required=False,
        help_text="From the answer of POST /api/auth/signup/code/, with `code`: the number is then"
        " proven. Without them the account is made all the same.",
    )
    code = CodeField(required=False, help_text="The code from the SMS.")

    def validate_phone_number(self, value: str) -> str:
        """Return the number as it is stored."""
        return read_phone_number(value)

    def validate_full_name(self, value: str) -> str:
        """Reject characters that are not allowed in a name."""
        return plain_name(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a weak password."""
        user = User(phone_number=attrs["phone_number"], full_name=attrs["full_name"])
        refuse_weak_password("password", attrs["password"], user)
        for given, missing in (("proof", "code"), ("code", "proof")):
            if given in attrs and missing not in attrs:
                raise serializers.ValidationError(
                    {missing: [ErrorDetail("This field is required.", "required")]}
                )
        return attrs


class NumberSerializer(serializers.Serializer[Any]):
    """A phone number to send a code to."""

    phone_number = PhoneNumberField(help_text="A Kenyan mobile number in any spelling.")

    def validate_phone_number(self, value: str) -> str:
        """Return the number as it is stored."""
        return read_phone_number(value)


class ProofStartedSerializer(serializers.Serializer[Any]):
    """The proof that was begun, the same for every number."""

    proof = serializers.CharField(help_text="Goes with the code to the sign-up.")
    expires_at = serializers.DateTimeField(help_text="When the code ends.")


class MeSerializer(serializers.ModelSerializer[User]):
    """The account as its user sees it."""

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


class PasswordStatusSerializer(serializers.Serializer[Any]):
    """Whether our team set the password that the account has now."""

    set_by_us_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    """The current password and the new one."""

    current_password = PasswordField()
    new_password = PasswordField(help_text=_STRENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a weak password."""
        refuse_weak_password("new_password", attrs["new_password"], self.context["user"])
        return attrs


class PhoneChangeRequestSerializer(serializers.Serializer[Any]):
    """The new number, and the password as proof of identity."""

    new_phone_number = PhoneNumberField(help_text="A Kenyan mobile number in any spelling.")
    password = PasswordField()

    def validate_new_phone_number(self, value: str) -> str:
        """Return the number as it is stored; reject the current one."""
        phone_number = read_phone_number(value)
        if phone_number == self.context["user"].phone_number:
            raise serializers.ValidationError(code="same_phone_number")
        return phone_number


class PhoneChangeSerializer(serializers.ModelSerializer[PhoneChange]):
    """A request for another number, as the user sees it."""

    new_phone_number = serializers.SerializerMethodField(
        help_text="All digits: the user typed them, and looks for a typing error."
    )
    requested_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    decided_at = serializers.DateTimeField(default_timezone=UTC, read_only=True, allow_null=True)
    reason = serializers.SerializerMethodField(help_text="The operator's words, once decided.")

    class Meta:
        model = PhoneChange
        fields: ClassVar = ("new_phone_number", "status", "requested_at", "decided_at", "reason")
        read_only_fields: ClassVar = fields

    @extend_schema_field({"type": "string", "pattern": MSISDN_PATTERN})
    def get_new_phone_number(self, change: PhoneChange) -> str:
        """Return the number whole."""
        return change.new_phone_number

    def get_reason(self, change: PhoneChange) -> str | None:
        """Return null while there is none."""
        return change.reason or None


class PhoneChangeAnswerSerializer(serializers.Serializer[Any]):
    """The latest request, or null when there was none."""

    change = PhoneChangeSerializer(allow_null=True)
