"""The OpenAPI schema: its view, and the error envelope for the views to declare their errors."""

from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.request import Request

from common import catalogue
from common.errors import Money


@cache
def _rendered(media_type: str) -> str | bytes:
    renderers = (renderer() for renderer in SpectacularAPIView.renderer_classes)
    renderer = next(one for one in renderers if one.media_type == media_type)
    schema = SpectacularAPIView.generator_class().get_schema(public=True)  # type: ignore[no-untyped-call]
    return renderer.render(schema, renderer_context={})


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema, made once per process and form: it is the same for every user.

    Anybody may ask for it, as often as they like, and making it costs a quarter of a second.
    """

    def _get_schema_response(self, request: Request) -> HttpResponse:
        media_type = request.accepted_renderer.media_type
        return HttpResponse(_rendered(media_type), content_type=media_type)


def mark_operations_without_sign_in(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Write `security: []` where no sign-in is asked; drf-spectacular leaves it out there.

    Without it a reader of the schema cannot tell an open operation from one that was forgotten.
    """
    for path in result["paths"].values():
        for operation in path.values():
            operation.setdefault("security", [])
    return result


def document_unavailable(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add 503 `unavailable` to every operation: the database may be away in any of them.

    A postprocessing hook of drf-spectacular, so that no view can forget it.
    """
    for path in result["paths"].values():
        for operation in path.values():
            add_code(operation["responses"], 503, catalogue.BY_STATUS[503].code)
    return result


def add_code(responses: dict[str, Any], status: int, code: str) -> None:
    """Name one more code in an operation's answers with this status, which need not be there."""
    known = responses.get(str(status), {})
    named = known.get("description", HTTPStatus(status).phrase)
    if f"`{code}`" in named:
        return
    responses[str(status)] = {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        **known,
        "description": f"{named}{', ' if known else ': '}`{code}`",
    }
    in_order = sorted(responses.items())
    responses.clear()
    responses.update(in_order)


def summarise(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Give every operation a summary: the first sentence of its description, its docstring's."""
    for path in result["paths"].values():
        for operation in path.values():
            first, _dot, _rest = operation["description"].partition(". ")
            operation["summary"] = " ".join(first.split()).removesuffix(".")
    return result


def type_what_may_be_null(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Write the type of a reference that may be null beside it.

    OpenAPI 3.0.3 reads `nullable` only beside a `type`; drf-spectacular leaves it out there.
    """
    schemas = result["components"]["schemas"]
    for named in schemas.values():
        for field in named.get("properties", {}).values():
            if field.get("nullable") and "type" not in field:
                # Of an enum that may be null, the second reference is to the null.
                reference, *_ = field.get("allOf") or field["oneOf"]
                field["type"] = schemas[reference["$ref"].rpartition("/")[2]]["type"]
    return result


MONEY = [money.value for money in Money]


class ErrorSerializer(serializers.Serializer[Any]):
    """What every error says."""

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
    money = serializers.ChoiceField(
        choices=MONEY,
        required=False,
        help_text="Of a deposit: whether money has left the customer's M-Pesa. Missing: unknown.",
    )


def errors(*statuses: int, **codes: tuple[str, ...]) -> dict[int, OpenApiResponse]:
    """Return a view's error responses for its schema; `s409=(...)` names the codes of its 409s.

    For example: `errors(400, 409, s409=("deposit_in_progress",))`.
    """
    return {status: _response(status, codes.get(f"s{status}", ())) for status in statuses}


def _response(status: int, codes: tuple[str, ...]) -> OpenApiResponse:
    generic = catalogue.BY_STATUS.get(status)
    named = codes or ((generic.code,) if generic else ())
    description = HTTPStatus(status).phrase + (f": `{'`, `'.join(named)}`" if named else "")
    return OpenApiResponse(
        ErrorSerializer, description=description, examples=[_example(status)] if generic else []
    )


def _example(status: int) -> OpenApiExample:
    api_error = catalogue.BY_STATUS[status]
    value: dict[str, Any] = {
        "error": api_error.error,
        "customer_message": api_error.customer_message.en,
        "code": api_error.code,
    }
    if status == 429:
        value["retry_after"] = 42
    return OpenApiExample(api_error.code, value, response_only=True, status_codes=[str(status)])
