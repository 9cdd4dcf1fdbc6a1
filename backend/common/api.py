"""Turns every error of the API into the one JSON error envelope of docs/api.md §3.

Every 4xx and 5xx answer under /api/ is made here. It never holds an exception's own text.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.response import SimpleTemplateResponse
from django.utils.translation import get_language_from_request
from django.views.csrf import csrf_failure as django_csrf_failure
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from common import catalogue, unavailable
from common.catalogue import ApiError
from common.errors import DomainError, Money
from common.logs import mark_expected
from common.messages import Message

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"


class CsrfFailed(exceptions.PermissionDenied):
    """A request with a session cookie came without the matching CSRF token."""

    default_code = "csrf_failed"


def language_of(request: HttpRequest | Request) -> str:
    """Return the request's language, `en` or `sw`, even if LocaleMiddleware has not run for it."""
    plain = request._request if isinstance(request, Request) else request
    return getattr(plain, "LANGUAGE_CODE", None) or get_language_from_request(plain)


def _envelope(request: HttpRequest | Request, api_error: ApiError) -> dict[str, Any]:
    return {
        "error": api_error.error,
        "customer_message": api_error.customer_message.in_language(language_of(request)),
        "code": api_error.code,
    }


def _headers(status: int, retry_after_s: int | None) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if status == 401:
        headers["WWW-Authenticate"] = "Token"
    return headers


def error_body(request: HttpRequest | Request, error: DomainError) -> dict[str, Any]:
    """Return the envelope of an expected error, in the request's language."""
    api_error = ApiError(error.code, error.error, error.customer_message)
    extra = {
        "fields": error.fields,
        "transaction_id": error.transaction_id,
        "retry_after": error.retry_after_s,
        "money": error.money,
    }
    given = {key: value for key, value in extra.items() if value is not None}
    return {**_envelope(request, api_error), **given}


def error_response(request: HttpRequest | Request, error: DomainError) -> JsonResponse:
    """Return the error answer for a plain Django view; a DRF view raises the error instead."""
    status = catalogue.STATUS_BY_CODE.get(error.code, 400)
    headers = _headers(status, error.retry_after_s)
    return mark_expected(JsonResponse(error_body(request, error), status=status, headers=headers))


def status_response(
    request: HttpRequest | Request,
    status: int,
    *,
    retry_after_s: int | None = None,
    money: Money | None = None,
) -> JsonResponse:
    """Return the generic error answer of an HTTP status, for middleware and plain Django views."""
    fallback = catalogue.BY_STATUS[400] if status < 500 else catalogue.INTERNAL_ERROR
    body = _envelope(request, catalogue.BY_STATUS.get(status, fallback))
    if retry_after_s is not None:
        body["retry_after"] = retry_after_s
    if money is not None:
        body["money"] = money
    response = JsonResponse(body, status=status, headers=_headers(status, retry_after_s))
    # CommonMiddleware sets this header, but some callers run outside of it.
    response["Content-Length"] = len(response.content)
    return mark_expected(response)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Turn an exception of a DRF view into the envelope; return None for an unexpected one (a 500).

    A view about a deposit has `error_money`: the `money` of a generic error, which cannot know it.
    """
    request = context["request"]
    money = getattr(context["view"], "error_money", None)
    if isinstance(error, DomainError):
        status = catalogue.STATUS_BY_CODE.get(error.code, 400)
        headers = _headers(status, error.retry_after_s)
        body = error_body(request, error)
        if money is not None:
            # The error's own `money`, where it has one, takes precedence.
            body.setdefault("money", money)
        return mark_expected(Response(body, status=status, headers=headers))
    if unavailable.is_unavailable(error):
        logger.error("the database is away: %s", type(error.__cause__).__name__)
        return status_response(request, 503, retry_after_s=unavailable.RETRY_AFTER_S, money=money)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    return _api_exception_response(request, error, money)


def _api_exception_response(
    request: Request, error: exceptions.APIException, money: Money | None
) -> Response:
    if isinstance(error, exceptions.ValidationError):
        body = _validation_body(request, error)
    elif isinstance(error, CsrfFailed):
        body = _envelope(request, catalogue.CSRF_FAILED)
    else:
        body = _envelope(request, _api_error_of(error))
    retry_after_s = retry_after_of(error)
    if retry_after_s is not None:
        body["retry_after"] = retry_after_s
    if money is not None:
        body["money"] = money
    headers = _headers(error.status_code, retry_after_s)
    return Response(body, status=error.status_code, headers=headers)


def retry_after_of(error: exceptions.APIException) -> int | None:
    """Return the whole seconds to wait that a `Throttled` error names; None for other errors."""
    wait = getattr(error, "wait", None)
    return None if wait is None else max(math.ceil(wait), 1)


def _api_error_of(error: exceptions.APIException) -> ApiError:
    fallback = catalogue.BY_STATUS[400 if error.status_code < 500 else 500]
    api_error = catalogue.BY_STATUS.get(error.status_code, fallback)
    is_parse_error = isinstance(error, exceptions.ParseError)
    return (
        api_error._replace(code="parse_error", error="Malformed JSON")
        if is_parse_error
        else api_error
    )


def _validation_body(request: Request, error: exceptions.ValidationError) -> dict[str, Any]:
    """Build the envelope with `fields`.

    A field error that says alone what to do becomes the `customer_message`, if it is the only one.
    """
    problems = dict(_problems(error.detail))
    language = language_of(request)
    fields = {
        name: [_field_text(detail, language) for detail in details]
        for name, details in problems.items()
    }
    codes = {detail.code or "" for details in problems.values() for detail in details}
    api_error = catalogue.VALIDATION_ERROR
    if len(codes) == 1 and all(map(catalogue.tells_what_to_do, codes)):
        api_error = api_error._replace(customer_message=catalogue.FIELD_MESSAGES[codes.pop()])
    return {**_envelope(request, api_error), "fields": fields}


def _field_text(detail: exceptions.ErrorDetail, language: str) -> str:
    message: Message | None = catalogue.FIELD_MESSAGES.get(detail.code or "")
    if message:
        return message.in_language(language)
    # DRF's messages repeat the input; a lone surrogate in it could not be encoded in the answer.
    return str(detail).encode("utf-8", "backslashreplace").decode()


def _problems(detail: Any, name: str = "") -> Iterable[tuple[str, list[exceptions.ErrorDetail]]]:
    """Flatten DRF's nested error details into pairs (`field.inner`, [details])."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _problems(inner, f"{name}.{key}" if name else str(key))
    elif any(isinstance(item, Mapping | list) for item in detail):
        for index, inner in enumerate(detail):
            yield from _problems(inner, f"{name}.{index}" if name else str(index))
    elif detail:
        yield name or api_settings.NON_FIELD_ERRORS_KEY, list(detail)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check with the envelope under /api/, with Django's page elsewhere."""
    if not request.path.startswith(API_PREFIX):
        return django_csrf_failure(request, reason=reason)
    return JsonResponse(
        _envelope(request, catalogue.CSRF_FAILED), status=403, headers=_headers(403, None)
    )


class ApiErrorMiddleware:
    """Replaces the error pages that Django itself makes under /api/ by the envelope.

    Unknown paths, disallowed Host headers and crashes never reach DRF's exception handler; with
    DEBUG they would be HTML pages that list the settings. A TemplateResponse is a page that a view
    made for browsers, and stays. A crash because the database is away becomes a 503 on every path.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.rewrite(request, self.get_response(request))

    def rewrite(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response unchanged, or the envelope where it is Django's own error page."""
        is_away = response.status_code == 500 and unavailable.is_marked(request)
        if not request.path.startswith(API_PREFIX):
            return mark_expected(unavailable.page()) if is_away else response
        if response.status_code < 400:
            return response
        is_json = response.get("Content-Type", "").startswith("application/json")
        if is_json or isinstance(response, SimpleTemplateResponse):
            return response
        return self._rewritten(request, response, is_away=is_away)

    @staticmethod
    def _rewritten(
        request: HttpRequest, response: HttpResponseBase, *, is_away: bool
    ) -> HttpResponseBase:
        """Return the envelope with the response's cookies and other headers (CORS, Allow)."""
        view = getattr(getattr(request.resolver_match, "func", None), "cls", None)
        # The view crashed at an unknown point, so the deposit's money may have moved or not.
        money = Money.UNKNOWN if hasattr(view, "error_money") else None
        envelope = status_response(
            request,
            503 if is_away else response.status_code,
            retry_after_s=unavailable.RETRY_AFTER_S if is_away else None,
            money=money,
        )
        for name, value in response.items():
            if name not in {"Content-Type", "Content-Length"}:
                envelope.headers.setdefault(name, value)
        envelope.cookies = response.cookies
        return envelope


def environment_name() -> str:
    """Return `mock`, `sandbox` or `production`: whether deposits here move real money."""
    return "mock" if settings.MPESA_DEBUG else str(settings.MPESA_ENVIRONMENT)


def stamp_environment(response: HttpResponseBase) -> None:
    """Put the environment's name into the header `X-Environment`."""
    response["X-Environment"] = environment_name()


class EnvironmentStampMiddleware:
    """Puts `X-Environment` on every answer, so that mock money is not taken for real money."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        stamp_environment(response)
        return response
