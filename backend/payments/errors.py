"""Every way in which a deposit is refused, with what the customer reads."""

from typing import Any

from common.errors import DomainError
from common.messages import Message
from payments.daraja import result_codes
from payments.gateway import GatewayRejected, GatewayUnreachable, Refusal

#: What the app registers with the API (common.catalogue): the HTTP status of each of its codes.
STATUS_BY_CODE = {
    "invalid_amount": 400,
    "invalid_phone_number": 400,
    "invalid_idempotency_key": 400,
    "malformed_callback": 400,
    "kyc_required": 403,
    "self_excluded": 403,
    "risk_denied": 403,
    "risk_review": 403,
    "deposit_in_progress": 409,
    "idempotency_in_progress": 409,
    "subscriber_busy": 409,
    "idempotency_key_reused": 422,
    "limit_exceeded": 429,
    "mpesa_authentication_failed": 502,
    "mpesa_rejected": 502,
    "mpesa_busy": 503,
    "mpesa_unavailable": 503,
    "callback_not_stored": 503,
}


def invalid_amount(lowest: int, highest: int) -> DomainError:
    """The amount is not a whole number of KES within the limits."""
    return DomainError(
        "invalid_amount",
        "Invalid amount",
        Message(
            en="Amount must be between {lowest:,} and {highest:,} KES",
            sw="Kiasi lazima kiwe kati ya KES {lowest:,} na {highest:,}",
        ).filled(lowest=lowest, highest=highest),
    )


def invalid_phone_number() -> DomainError:
    """The number on file is not one M-Pesa can prompt."""
    return DomainError(
        "invalid_phone_number",
        "Invalid phone number format",
        Message(
            en="Your phone number must be a Kenyan mobile number that starts with 254."
            " Nothing was charged.",
            sw="Nambari yako ya simu lazima iwe ya Kenya inayoanza na 254. Hujatozwa.",
        ),
    )


def kyc_required() -> DomainError:
    """The customer is not verified yet."""
    return DomainError(
        "kyc_required",
        "KYC verification required",
        Message(
            en="Please verify your identity before you deposit. Nothing was charged.",
            sw="Tafadhali thibitisha utambulisho wako kabla ya kuweka pesa. Hujatozwa.",
        ),
    )


def deposit_in_progress(transaction_id: int | None, retry_after_s: int) -> DomainError:
    """A prompt is open on this phone."""
    return DomainError(
        "deposit_in_progress",
        "Deposit in progress",
        Message(
            en="You already have a deposit waiting. Check your phone for the M-Pesa prompt.",
            sw="Tayari una ombi la kuweka pesa. Angalia simu yako kwa ombi la M-Pesa.",
        ),
        transaction_id=transaction_id,
        retry_after_s=retry_after_s,
    )


def idempotency_key_reused() -> DomainError:
    """The key came with another body before."""
    return DomainError(
        "idempotency_key_reused",
        "Idempotency key reused with a different request",
        Message(
            en="This request was already used for another amount. Please start again.",
            sw="Ombi hili lilishatumika kwa kiasi kingine. Tafadhali anza upya.",
        ),
    )


def invalid_idempotency_key() -> DomainError:
    """The key is not 1 to 255 printable ASCII characters."""
    return DomainError(
        "invalid_idempotency_key",
        "Idempotency-Key must be 1 to 255 printable ASCII characters",
        Message(
            en="Something went wrong. Please start again. Nothing was charged.",
            sw="Hitilafu imetokea. Tafadhali anza upya. Hujatozwa.",
        ),
    )


def idempotency_in_progress(transaction_id: int | None, retry_after_s: int) -> DomainError:
    """The first request under this key is under way."""
    return DomainError(
        "idempotency_in_progress",
        "A request with this idempotency key is in progress",
        Message(
            en="We are already working on this deposit. Please wait.",
            sw="Tunashughulikia ombi hili tayari. Tafadhali subiri.",
        ),
        transaction_id=transaction_id,
        retry_after_s=retry_after_s,
    )


def callback_not_stored() -> DomainError:
    """The callback could not be stored, so the sender has to keep it."""
    return DomainError(
        "callback_not_stored",
        "Callback could not be stored",
        Message(en="Please send this again.", sw="Tafadhali tuma tena."),
    )


def malformed_callback() -> DomainError:
    """The body is not a callback."""
    return DomainError(
        "malformed_callback",
        "Malformed callback",
        Message(en="This is not an M-Pesa callback.", sw="Huu si ujumbe wa M-Pesa."),
    )


def risk_denied() -> DomainError:
    """The fraud rules refuse. Which of them spoke is for staff alone."""
    return DomainError(
        "risk_denied",
        "Deposit refused",
        Message(
            en="We cannot accept this deposit. Nothing was sent to your phone and no money moved."
            " Please contact support.",
            sw="Hatuwezi kukubali ombi hili. Hakuna kilichotumwa kwa simu yako na hakuna pesa"
            " iliyokatwa. Tafadhali wasiliana na huduma kwa wateja.",
        ),
    )


def risk_review() -> DomainError:
    """The fraud rules want a person to look first."""
    return DomainError(
        "risk_review",
        "Deposit needs a review",
        Message(
            en="We need to check this deposit first. Nothing was sent to your phone and no money"
            " moved. Please contact support, or try again tomorrow.",
            sw="Tunahitaji kukagua ombi hili kwanza. Hakuna kilichotumwa kwa simu yako na hakuna"
            " pesa iliyokatwa. Tafadhali wasiliana na huduma kwa wateja, au jaribu tena kesho.",
        ),
    )


_REFUSALS = {
    Refusal.AUTHENTICATION: (
        "Failed authentication",
        Message(
            en="Payments are unavailable right now. We are on it. Nothing was charged.",
            sw="Malipo hayapatikani kwa sasa. Tunashughulikia. Hujatozwa.",
        ),
    ),
    Refusal.REJECTED: (
        "M-Pesa rejected the request",
        Message(
            en="M-Pesa did not accept the request. Nothing was charged. Please contact support.",
            sw="M-Pesa haikukubali ombi. Hujatozwa. Tafadhali wasiliana na huduma kwa wateja.",
        ),
    ),
    Refusal.SUBSCRIBER_BUSY: (
        "Another M-Pesa request is open on this phone",
        Message(
            en="You have another M-Pesa request open. Finish it, wait a minute, then try again."
            " Nothing was charged.",
            sw="Una ombi lingine la M-Pesa. Limalize, subiri dakika moja, kisha ujaribu tena."
            " Hujatozwa.",
        ),
    ),
    Refusal.BUSY: (
        "M-Pesa is busy",
        Message(
            en="M-Pesa is busy right now. Nothing was charged. Please try again shortly.",
            sw="M-Pesa ina shughuli nyingi sasa. Hujatozwa. Jaribu tena baada ya muda mfupi.",
        ),
    ),
}
_RETRY_AFTER_S = {Refusal.SUBSCRIBER_BUSY: 60, Refusal.BUSY: 60}


def refused_by_gateway(rejected: GatewayRejected, transaction_id: int) -> DomainError:
    """M-Pesa said a clear no; nothing was sent to the phone."""
    error, message = _REFUSALS[rejected.refusal]
    return DomainError(
        rejected.refusal.value,
        error,
        message,
        transaction_id=transaction_id,
        retry_after_s=rejected.retry_after_s or _RETRY_AFTER_S.get(rejected.refusal),
    )


_UNREACHED = Message(
    en="We could not reach M-Pesa. Nothing was charged. Please try again shortly.",
    sw="Hatukuweza kufikia M-Pesa. Hujatozwa. Jaribu tena baada ya muda mfupi.",
)
_UNREACHED_RETRY_AFTER_S = 30


def find_refusal(code: str) -> tuple[Message, int | None] | None:
    """Return what the customer reads of a deposit that was refused, and the wait it asks for.

    None: the code is not one of a refusal. Nothing was sent, so that nothing can have been charged.
    """
    if code == "mpesa_unavailable":
        return _UNREACHED, _UNREACHED_RETRY_AFTER_S
    if code not in _REFUSALS:
        return None
    refusal = Refusal(code)
    return _REFUSALS[refusal][1], _RETRY_AFTER_S.get(refusal)


def explain_failure(code: str) -> tuple[Message, int | None]:
    """Return what the customer reads of a failed deposit, and the wait that M-Pesa's rules ask for.

    Of a refused push nothing was sent, nor charged.
    """
    refusal = find_refusal(code)
    if refusal is not None:
        return refusal
    meaning = result_codes.describe_result(code)
    return meaning.message, meaning.retry_after_s


def gateway_unavailable(unreachable: GatewayUnreachable, transaction_id: int) -> DomainError:
    """The request never left us."""
    return DomainError(
        "mpesa_unavailable",
        "M-Pesa could not be reached",
        _UNREACHED,
        transaction_id=transaction_id,
        retry_after_s=unreachable.retry_after_s,
    )


def stored_refusal(answer: dict[str, Any], transaction_id: int) -> DomainError:
    """Build the refusal that an Idempotency-Key has stored, as it was."""
    return DomainError(
        answer["code"],
        answer["error"],
        Message(**answer["customer_message"]),
        transaction_id=transaction_id,
        retry_after_s=answer["retry_after_s"],
    )
