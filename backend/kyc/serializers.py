"""Shapes of what customers hand in about themselves, and of what they see of it."""

import re
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common import clock
from common.days import NAIROBI
from common.fields import TextField
from kyc.id_numbers import InvalidIdNumber, parse_id_number
from kyc.models import KycSubmission
from kyc.selectors import KycSummary, status_of
from kyc.services import IdentityDetails
from users.models import User
from users.serializers import plain_name

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OF_AGE = 18
_OLDEST = 120


def full_years(born: date, now: datetime) -> int:
    """Return the age in full years on that day in Nairobi; negative for a future date."""
    today = now.astimezone(NAIROBI).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


class BirthDateField(TextField):
    """A date of birth as `YYYY-MM-DD`, of somebody who is of age and could be alive."""

    default_error_messages = {"invalid_date_of_birth": "Not a date of birth.", "under_age": "."}

    def to_internal_value(self, data: Any) -> Any:
        written = super().to_internal_value(data)
        if not _DATE.fullmatch(written):
            self.fail("invalid_date_of_birth")
        try:
            born = date.fromisoformat(written)
        except ValueError:
            self.fail("invalid_date_of_birth")
        age = full_years(born, clock.now())
        if not 0 <= age < _OLDEST:
            self.fail("invalid_date_of_birth")
        if age < _OF_AGE:
            self.fail("under_age")
        return born


class SubmissionSerializer(serializers.Serializer[Any]):
    """Who a customer says to be, as it stands on the document."""

    full_name = TextField(max_length=150)
    id_number = TextField(
        max_length=64,
        help_text="National ID (6 to 9 digits), passport or alien card (letters and digits).",
    )
    date_of_birth = extend_schema_field({"type": "string", "format": "date"})(BirthDateField)(
        help_text="18 or older."
    )

    def validate_full_name(self, value: str) -> str:
        """Reject characters that are not allowed in a name."""
        return plain_name(value)

    def validate_id_number(self, value: str) -> str:
        """Return the number as it is kept."""
        try:
            return parse_id_number(value)
        except InvalidIdNumber as error:
            raise serializers.ValidationError(code="invalid_id_number") from error

    def details(self) -> IdentityDetails:
        """Return what was handed in, once it is valid."""
        return IdentityDetails(**self.validated_data)


class SubmissionViewSerializer(serializers.Serializer[Any]):
    """A submission as its customer sees it."""

    status = serializers.ChoiceField(choices=KycSubmission.Status.choices)
    full_name = serializers.CharField()
    id_number = serializers.CharField(help_text="Masked, such as `****5678`.")
    date_of_birth = serializers.DateField()
    submitted_at = serializers.DateTimeField(default_timezone=UTC)
    decided_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    reason = serializers.CharField(
        allow_null=True, help_text="Why it was rejected, in the reader's language."
    )


class KycSerializer(serializers.Serializer[KycSummary]):
    """The customer's KYC status."""

    kyc_status = serializers.ChoiceField(choices=User.KycStatus.choices)
    tier = serializers.ChoiceField(choices=User.Tier.choices)
    submission = SubmissionViewSerializer(allow_null=True)
    may_submit = serializers.BooleanField()

    def to_representation(self, instance: KycSummary) -> dict[str, Any]:
        """Fill the answer, with the ID number masked."""
        submission = instance.submission
        shown = {
            "kyc_status": instance.kyc_status,
            "tier": instance.tier,
            "submission": submission and self._shown(submission, instance),
            "may_submit": instance.may_submit,
        }
        return super().to_representation(shown)  # type: ignore[arg-type]  # DRF reads keys too

    @staticmethod
    def _shown(submission: KycSubmission, view: KycSummary) -> dict[str, Any]:
        return {
            "status": status_of(submission),
            "full_name": submission.full_name,
            "id_number": submission.masked_id_number,
            "date_of_birth": submission.date_of_birth,
            "submitted_at": submission.submitted_at,
            "decided_at": submission.revoked_at or submission.decided_at,
            "reason": view.reason and view.reason.in_language(get_language()),
        }
