"""Bodies of the requests about privacy, and their answers."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from users import erasure
from users.models import ErasureRequest
from users.serializers import PasswordField


class NoticeSerializer(serializers.Serializer[Any]):
    """What the privacy notice says in numbers."""

    version = serializers.CharField(help_text="The day of its text, `2026-12-01`.")
    keep_years = serializers.IntegerField(help_text="For how long the law has records kept.")
    answer_days = serializers.IntegerField(help_text="Within how many days a wish is answered.")
    contact = serializers.CharField(help_text="Whom to ask; empty: our support.")


class ConsentRequestSerializer(serializers.Serializer[Any]):
    """The version that the user has read."""

    version = serializers.RegexField(r"^\d{4}-\d{2}-\d{2}$")


class ConsentSerializer(serializers.Serializer[Any]):
    """The present version, and the one that the user accepted last."""

    version = serializers.CharField()
    accepted_version = serializers.CharField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)


class ClosingRequestSerializer(serializers.Serializer[Any]):
    """The password, as proof of identity."""

    current_password = PasswordField()


class ClosingWishSerializer(serializers.ModelSerializer[ErasureRequest]):
    """A wish to close the account, as the user sees it."""

    asked_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    answer_by = serializers.SerializerMethodField(help_text="Until when we answer.")
    answer = serializers.SerializerMethodField(help_text="The operator's words, once declined.")

    class Meta:
        model = ErasureRequest
        fields: ClassVar = ("status", "asked_at", "answer_by", "answer")
        read_only_fields: ClassVar = fields

    def get_answer_by(self, wish: ErasureRequest) -> datetime:
        """Return the last moment for the answer."""
        return (wish.asked_at + erasure.ANSWER_WITHIN).astimezone(UTC)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_answer(self, wish: ErasureRequest) -> str | None:
        """Return null while there is none."""
        return wish.answer or None


class ClosingSerializer(serializers.Serializer[Any]):
    """The latest wish or null, and what prevents it."""

    request = ClosingWishSerializer(allow_null=True)
    hindrances = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(erasure.WORDS)),
        help_text="What has to end first; empty: nothing.",
    )
    keep_years = serializers.IntegerField(help_text="For how long the law has records kept.")
