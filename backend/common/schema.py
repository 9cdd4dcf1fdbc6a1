"""The envelope in the OpenAPI schema, for every view to name its refusals with."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from common import catalogue


class ErrorSerializer(serializers.Serializer[Any]):
    """What every refusal says (contract.md §3)."""

    error = serializers.CharField(help_text="Short, stable English for developers.")
    customer_message = serializers.CharField(
        help_text="What to show the customer; follows Accept-Language (en, sw)."
    )
    code = serializers.CharField(help_text="Stable, for machines.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Faults of single fields, on validation errors.",
    )
    transaction_id = serializers.IntegerField(required=False, help_text="The deposit concerned.")
    retry_after = serializers.IntegerField(
        required=False, help_text="Whole seconds; the header Retry-After says the same."
    )


def errors(*statuses: int, **codes: tuple[str, ...]) -> dict[int, OpenApiResponse]:
    """Return the refusals of a view: `errors(400, 409, s409=("deposit_in_progress",))`."""
    return {status: _response(status, codes.get(f"s{status}", ())) for status in statuses}


def _response(status: int, codes: tuple[str, ...]) -> OpenApiResponse:
    generic = catalogue.BY_STATUS.get(status)
    named = codes or ((generic.code,) if generic else ())
    description = HTTPStatus(status).phrase + (f": `{'`, `'.join(named)}`" if named else "")
    return OpenApiResponse(
        ErrorSerializer, description=description, examples=[_example(status)] if generic else []
    )


def _example(status: int) -> OpenApiExample:
    refusal = catalogue.BY_STATUS[status]
    value: dict[str, Any] = {
        "error": refusal.error,
        "customer_message": refusal.customer_message.en,
        "code": refusal.code,
    }
    if status == 429:
        value["retry_after"] = 42
    return OpenApiExample(refusal.code, value, response_only=True, status_codes=[str(status)])
