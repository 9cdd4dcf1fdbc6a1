"""The generic refusals of the API: code, stable English for developers, words for the customer.

Refusals of one domain (deposits, wallet) bring their own words in a DomainError.
"""

from typing import NamedTuple

from common.messages import Message


class Refusal(NamedTuple):
    """What the envelope says for one kind of refusal."""

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

VALIDATION_ERROR = Refusal(
    "validation_error",
    "Invalid input",
    Message(
        en="Please check what you entered and try again.",
        sw="Tafadhali kagua ulichoandika kisha ujaribu tena.",
    ),
)
NOT_AUTHENTICATED = Refusal(
    "not_authenticated",
    "Not signed in",
    Message(en="Please log in first.", sw="Tafadhali ingia kwanza."),
)
CSRF_FAILED = Refusal(
    "csrf_failed",
    "CSRF token missing or wrong",
    Message(
        en="This page has expired. Please reload it and try again.",
        sw="Ukurasa huu umepitwa na wakati. Tafadhali upakie upya kisha ujaribu tena.",
    ),
)
INTERNAL_ERROR = Refusal("internal_error", "Internal error", _REPEAT)

#: By HTTP status: what is said when only the status is known.
BY_STATUS = {
    400: Refusal("bad_request", "Bad request", _NOT_UNDERSTOOD),
    401: NOT_AUTHENTICATED,
    403: Refusal(
        "permission_denied",
        "Permission denied",
        Message(en="You may not do this.", sw="Huna ruhusa ya kufanya hivi."),
    ),
    404: Refusal(
        "not_found",
        "Not found",
        Message(en="We could not find that.", sw="Hatukuipata hiyo."),
    ),
    405: Refusal("method_not_allowed", "Method not allowed", _NOT_UNDERSTOOD),
    406: Refusal("not_acceptable", "No such format; this API answers JSON", _NOT_UNDERSTOOD),
    413: Refusal(
        "request_too_large",
        "Request body over 64 KiB",
        Message(en="That is too much to send at once.", sw="Ulichotuma ni kikubwa mno."),
    ),
    415: Refusal("unsupported_media_type", "Send application/json", _NOT_UNDERSTOOD),
    429: Refusal(
        "rate_limited",
        "Too many requests",
        Message(
            en="Too many attempts. Please wait a moment and try again.",
            sw="Majaribio ni mengi mno. Tafadhali subiri kidogo kisha ujaribu tena.",
        ),
    ),
    500: INTERNAL_ERROR,
    503: Refusal("unavailable", "Temporarily unavailable", _REPEAT),
}

_MISSING = Message(en="Please fill this in.", sw="Tafadhali jaza hapa.")
_WRONG_KIND = Message(en="This is not in the right form.", sw="Hii haiko katika muundo sahihi.")

#: By a field error's code: what stands beside the field, in the language asked for.
FIELD_MESSAGES = {
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
    "invalid_name": Message(
        en="Please write your name without line breaks or special signs.",
        sw="Tafadhali andika jina lako bila mistari mipya wala alama maalum.",
    ),
    "invalid_phone_number": Message(
        en="Enter a Kenyan mobile number, such as 0712 345 678.",
        sw="Weka nambari ya simu ya Kenya, kama 0712 345 678.",
    ),
    "invalid_id_number": Message(
        en="Enter the number as it stands on your ID, passport or alien card.",
        sw="Weka nambari kama ilivyo kwenye kitambulisho, pasipoti au kadi ya mgeni.",
    ),
    "invalid_date_of_birth": Message(
        en="Enter your date of birth, such as 1990-12-31.",
        sw="Weka tarehe yako ya kuzaliwa, kama 1990-12-31.",
    ),
    "under_age": Message(
        en="You must be 18 or older to use this service.",
        sw="Lazima uwe na miaka 18 au zaidi ili kutumia huduma hii.",
    ),
    "below_daily_cap": Message(
        en="The week's limit must be at least the day's.",
        sw="Kikomo cha wiki lazima kiwe angalau sawa na cha siku.",
    ),
    "wrong_password": Message(
        en="This is not your password.",
        sw="Hili si nenosiri lako.",
    ),
    "same_phone_number": Message(
        en="This is your number already.",
        sw="Hii tayari ni nambari yako.",
    ),
    "password_too_short": Message(
        en="Use a password of at least 8 characters.",
        sw="Tumia nenosiri lenye herufi 8 au zaidi.",
    ),
    "password_too_common": Message(
        en="Too many people use this password. Choose another.",
        sw="Nenosiri hili linatumiwa na wengi. Chagua lingine.",
    ),
    "password_of_our_words": Message(
        en="Names such as M-Pesa or Kibeezy are guessed first. Choose other words.",
        sw="Majina kama M-Pesa au Kibeezy hukisiwa kwanza. Chagua maneno mengine.",
    ),
    "password_entirely_numeric": Message(
        en="A password needs letters too, not only digits.",
        sw="Nenosiri linahitaji herufi pia, si tarakimu pekee.",
    ),
    "password_too_similar": Message(
        en="This password is too close to your name or number.",
        sw="Nenosiri hili linafanana mno na jina au nambari yako.",
    ),
}

#: Field errors that say enough to be the customer's sentence when nothing else is wrong.
TELLING_FIELD_CODES = FIELD_MESSAGES.keys() - {
    "required", "null", "blank", "not_text", "max_length",
    "null_characters_not_allowed", "surrogate_characters_not_allowed", "out_of_range",
}  # fmt: skip
