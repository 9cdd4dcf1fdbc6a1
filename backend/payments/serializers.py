"""Shapes of requests and answers about deposits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from common import clock, schema
from common.days import DaySpanSerializer
from common.fields import MomentField, WholeShillings
from payments import conf, selectors
from payments.allowance import RefusedBy
from payments.models import Transaction
from payments.provider_status import State
from payments.timeline import Event, Kind
from users.models import User
from users.phone import mask_phone_number
from users.serializers import MASKED_NUMBER

TIMELINE_KINDS = [kind.value for kind in Kind]


class StkPushSerializer(serializers.Serializer[Any]):
    """The amount to deposit. The prompt goes to the account's own number and to no other.

    The context names the `user`, whose tier sets the maximum (the schema's is the full tier's).
    """

    amount = WholeShillings(help_text="Whole KES within the configured limits.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Take the limits as they are configured now."""
        lowest, highest = conf.amounts_of(self.context.get("user"))
        fields = super().get_fields()
        fields["amount"] = WholeShillings(min_value=lowest, max_value=highest)
        return fields


class MoneyField(serializers.ChoiceField):
    """Whether the deposit's money has left the customer's M-Pesa."""

    def __init__(self) -> None:
        super().__init__(
            choices=schema.MONEY,
            help_text="Whether the money has left the customer's M-Pesa.",
        )


class PushAnswerSerializer(serializers.Serializer[Any]):
    """The answer to a push: `checkout_id` is null while the outcome is unknown."""

    message = serializers.CharField()
    checkout_id = serializers.CharField(allow_null=True)
    transaction_id = serializers.IntegerField()
    customer_message = serializers.CharField()
    money = MoneyField()


class LimitsSerializer(serializers.Serializer[Any]):
    """Whether and how much the customer may deposit, in whole KES. Days and weeks are Nairobi's."""

    refused_by = serializers.ChoiceField(
        choices=[reason.value for reason in RefusedBy],
        allow_null=True,
        help_text="Why any deposit would be refused now; null: `min_amount` to `most_now` may be"
        " deposited.",
    )
    deposits_again_at = serializers.DateTimeField(
        allow_null=True,
        help_text="The end of the cool-off, or of the limit's day or week; null where no time ends"
        " the rejection.",
    )
    most_now = serializers.IntegerField(
        help_text="The largest deposit that is possible now, after every limit; 0 if refused."
    )
    identity_required = serializers.BooleanField(
        help_text="No deposit until the customer is verified; the limits count from then on."
    )
    tier = serializers.ChoiceField(choices=User.Tier.choices)
    min_amount = serializers.IntegerField()
    max_amount = serializers.IntegerField(help_text="The tier's, for one deposit.")
    daily_limit = serializers.IntegerField(help_text="The tier's.")
    own_daily_limit = serializers.IntegerField(
        allow_null=True, help_text="The own cap, where it is below the tier's."
    )
    used_today = serializers.IntegerField()
    remaining_today = serializers.IntegerField(help_text="After the tier's and the own caps.")
    weekly_limit = serializers.IntegerField(allow_null=True, help_text="The own cap.")
    remaining_this_week = serializers.IntegerField(allow_null=True)


class CallbackAnswerSerializer(serializers.Serializer[Any]):
    """What Daraja expects to hear."""

    ResultCode = serializers.IntegerField()
    ResultDesc = serializers.CharField()


class CallbackSerializer(serializers.Serializer[Any]):
    """The body Daraja sends (for the schema only; payments.daraja reads it)."""

    Body = serializers.DictField()


class TransactionStatusSerializer(serializers.Serializer[Transaction]):
    """The small answer for polling, at most 300 bytes."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    result_code = serializers.CharField(allow_null=True)
    customer_message = serializers.CharField()
    next_poll_after = serializers.IntegerField(allow_null=True)
    retry_after = serializers.IntegerField(allow_null=True)
    prompt_expires_at = serializers.DateTimeField(allow_null=True)
    money = MoneyField()

    def to_representation(self, instance: Transaction) -> dict[str, Any]:
        view = selectors.describe(instance, clock.now())
        # The prompt ends with its deposit. null instead of a past time also keeps the answer short
        # enough where the customer's sentence is long.
        is_waiting = instance.status == Transaction.Status.PENDING
        expires_at = instance.prompt_expires_at if is_waiting else None
        return {
            "id": instance.pk,
            "status": instance.status,
            "result_code": instance.result_code,
            "customer_message": view.message.in_language(get_language()),
            "next_poll_after": view.next_poll_after,
            "retry_after": view.retry_after,
            "prompt_expires_at": _full_second(expires_at) if expires_at else None,
            "money": view.money,
        }


class PinEnteredSerializer(TransactionStatusSerializer):
    """The answer to a customer who has entered the PIN, with a short wait before the next poll."""

    def to_representation(self, instance: Transaction) -> dict[str, Any]:
        answer = super().to_representation(instance)
        if answer["next_poll_after"] is not None:
            answer["next_poll_after"] = min(answer["next_poll_after"], selectors.ASKED_POLL_S)
        return answer


def _full_second(moment: datetime) -> str:
    """Return the time without fractions, rounded up: at it, the prompt no longer counts as open."""
    return f"{moment + timedelta(microseconds=999_999):%Y-%m-%dT%H:%M:%SZ}"


@extend_schema_field(MASKED_NUMBER)
class MaskedNumberField(serializers.CharField):
    """The deposit's phone number with its middle hidden."""


class TransactionSerializer(TransactionStatusSerializer):
    """A deposit in full, as its owner may see it."""

    type = serializers.ChoiceField(choices=Transaction.Type.choices)
    amount = serializers.IntegerField(help_text="Whole KES.")
    phone_number = MaskedNumberField(help_text="Masked.")
    checkout_request_id = serializers.CharField(allow_null=True)
    merchant_request_id = serializers.CharField(allow_null=True)
    mpesa_receipt_number = serializers.CharField(allow_null=True)
    account_reference = serializers.CharField(allow_null=True)
    is_reversed = serializers.BooleanField(
        help_text="M-Pesa took the payment of a COMPLETED deposit back."
    )
    description = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Transaction) -> dict[str, Any]:
        return {
            **super().to_representation(instance),
            "type": instance.type,
            "amount": int(instance.amount),
            "phone_number": mask_phone_number(instance.phone_number),
            "checkout_request_id": instance.checkout_request_id,
            "merchant_request_id": instance.merchant_request_id,
            "mpesa_receipt_number": instance.mpesa_receipt_number,
            "account_reference": instance.account_reference,
            "is_reversed": selectors.is_reversed(instance),
            "description": instance.description,
            "created_at": instance.created_at,
            "updated_at": instance.updated_at,
            "completed_at": instance.completed_at,
        }


class TransactionFilters(DaySpanSerializer):
    """What the list can be narrowed by; the days of `from` and `to` are included."""

    status = serializers.ChoiceField(choices=Transaction.Status.choices, required=False)
    type = serializers.ChoiceField(choices=Transaction.Type.choices, required=False)
    created_after = MomentField(required=False)
    created_before = MomentField(required=False)


class TimelineEventSerializer(serializers.Serializer[Any]):
    """One thing that happened to a deposit."""

    at = serializers.DateTimeField(default_timezone=UTC)
    kind = serializers.ChoiceField(choices=TIMELINE_KINDS)
    message = serializers.SerializerMethodField(help_text="Follows Accept-Language (en, sw).")

    def get_message(self, event: Event) -> str:
        """Return the sentence in the reader's language."""
        return event.message.in_language(get_language())


class TimelineSerializer(serializers.Serializer[Any]):
    """What happened to one deposit, oldest first."""

    events = TimelineEventSerializer(many=True)


@extend_schema_serializer(component_name="Weather")
class ProviderStatusSerializer(serializers.Serializer[Any]):
    """How quickly M-Pesa confirms right now."""

    typical_seconds = serializers.IntegerField(
        allow_null=True, help_text="Median from prompt to confirmation; null with too few of them."
    )
    slow_seconds = serializers.IntegerField(allow_null=True, help_text="The same at p95.")
    confirmations = serializers.IntegerField(help_text="How many the figures rest on.")
    state = serializers.ChoiceField(choices=[state.value for state in State])
