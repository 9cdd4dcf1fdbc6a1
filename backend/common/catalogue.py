"""The API's generic errors: each a code, stable English for developers, a customer's message.

Errors of one app (payments, wallet) are DomainErrors and bring their own messages. Each app
registers their HTTP statuses and its messages for single fields here (`register`), so that this
module depends on no app.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from common.messages import Message

Entry = TypeVar("Entry")


class ApiError(NamedTuple):
    """The fields of the error envelope for one kind of error."""

    code: str
    error: str
    customer_message: Message


_REPEAT = Message(
    en="Something went wrong on our side. Please try again in a moment.",
    sw="Kuna hitilafu upande wetu. Tafadhali jaribu tena baada ya muda mfupi.",
)
_NOT_UNDERSTOOD = Message(
    en="We could not read that request. Please try again.",
    sw="Hatukuweza kusoma ombi hilo. Tafadhali jaribu tena.",
)

VALIDATION_ERROR = ApiError(
    "validation_error",
    "Invalid input",
    Message(
        en="Please check what you entered and try again.",
        sw="Tafadhali kagua ulichoandika kisha ujaribu tena.",
    ),
)
NOT_AUTHENTICATED = ApiError(
    "not_authenticated",
    "Not signed in",
    Message(en="Please log in first.", sw="Tafadhali ingia kwanza."),
)
CSRF_FAILED = ApiError(
    "csrf_failed",
    "CSRF token missing or wrong",
    Message(
        en="This page has expired. Please reload it and try again.",
        sw="Ukurasa huu umepitwa na wakati. Tafadhali upakie upya kisha ujaribu tena.",
    ),
)
INTERNAL_ERROR = ApiError("internal_error", "Internal error", _REPEAT)

#: The error by HTTP status, for failures about which nothing but the status is known.
BY_STATUS = {
    400: ApiError("bad_request", "Bad request", _NOT_UNDERSTOOD),
    401: NOT_AUTHENTICATED,
    403: ApiError(
        "permission_denied",
        "Permission denied",
        Message(en="You may not do this.", sw="Huna ruhusa ya kufanya hivi."),
    ),
    404: ApiError(
        "not_found",
        "Not found",
        Message(en="We could not find that.", sw="Hatukuipata hiyo."),
    ),
    405: ApiError("method_not_allowed", "Method not allowed", _NOT_UNDERSTOOD),
    406: ApiError("not_acceptable", "No such format; this API answers JSON", _NOT_UNDERSTOOD),
    408: ApiError("request_timeout", "The request's body did not come in time", _NOT_UNDERSTOOD),
    413: ApiError(
        "request_too_large",
        "Request body over 64 KiB",
        Message(en="That is too much to send at once.", sw="Ulichotuma ni kikubwa mno."),
    ),
    415: ApiError("unsupported_media_type", "Send application/json", _NOT_UNDERSTOOD),
    429: ApiError(
        "rate_limited",
        "Too many requests",
        Message(
            en="Too many attempts. Please wait a moment and try again.",
            sw="Majaribio ni mengi mno. Tafadhali subiri kidogo kisha ujaribu tena.",
        ),
    ),
    500: INTERNAL_ERROR,
    503: ApiError("unavailable", "Temporarily unavailable", _REPEAT),
}

#: The HTTP status by error code; a DomainError whose code is not listed is a 400.
STATUS_BY_CODE = {
    "validation_error": 400,
    "not_authenticated": 401,
    "permission_denied": 403,
    "csrf_failed": 403,
    "not_found": 404,
    "request_timeout": 408,
    "request_too_large": 413,
    "rate_limited": 429,
    "internal_error": 500,
    "unavailable": 503,
}

_MISSING = Message(en="Please fill this in.", sw="Tafadhali jaza hapa.")
_WRONG_KIND = Message(en="This is not in the right form.", sw="Hii haiko katika muundo sahihi.")

#: The message shown beside a form field, by the code of the field error.
FIELD_MESSAGES: dict[str, Message] = {
    "required": _MISSING,
    "null": _MISSING,
    "blank": _MISSING,
    "not_text": _WRONG_KIND,
    "null_characters_not_allowed": _WRONG_KIND,
    "surrogate_characters_not_allowed": _WRONG_KIND,
    "out_of_range": _WRONG_KIND,
    "ends_before_start": Message(
        en="The last day is before the first.", sw="Siku ya mwisho iko kabla ya siku ya kwanza."
    ),
    "too_many_days": Message(
        en="Choose a span of at most 366 days.", sw="Chagua kipindi cha siku 366 au chini."
    ),
    "max_length": Message(en="This is too long.", sw="Hii ni ndefu mno."),
}

#: Codes of field errors whose message does not name the field, so it is no `customer_message`.
_NOT_TELLING = {
    "required", "null", "blank", "not_text", "max_length",
    "null_characters_not_allowed", "surrogate_characters_not_allowed", "out_of_range",
}  # fmt: skip


def tells_what_to_do(code: str) -> bool:
    """Return whether a field error's message alone tells the customer what to do."""
    return code in FIELD_MESSAGES and code not in _NOT_TELLING


def register(
    *,
    statuses: Mapping[str, int] | None = None,
    field_messages: Mapping[str, Message] | None = None,
) -> None:
    """Add the error codes and field messages of one app; its AppConfig calls this once per process.

    Raises:
        ValueError: another app has registered the code with another status or message.
    """
    _add(STATUS_BY_CODE, statuses or {})
    _add(FIELD_MESSAGES, field_messages or {})


def _add(table: dict[str, Entry], entries: Mapping[str, Entry]) -> None:
    for code, entry in entries.items():
        if table.setdefault(code, entry) != entry:
            raise ValueError("two apps register the code " + code)
