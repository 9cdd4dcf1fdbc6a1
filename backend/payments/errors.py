"""The errors by which a deposit is refused, each with its sentence for the customer."""

from typing import Any

from common.errors import DomainError, Money
from common.messages import Message
from payments.daraja import result_codes
from payments.gateway import GatewayRejected, RejectionReason
from payments.states import NOT_IN_STATEMENT

#: The HTTP status of each error code; registered in common.catalogue.
STATUS_BY_CODE = {
    "invalid_amount": 400,
    "invalid_phone_number": 400,
    "invalid_idempotency_key": 400,
    "malformed_callback": 400,
    "invalid_code": 400,
    "kyc_required": 403,
    "self_excluded": 403,
    "risk_denied": 403,
    "risk_review": 403,
    "deposit_in_progress": 409,
    "claim_in_progress": 409,
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


class DepositError(DomainError):
    """Base: the deposit was not initiated. No prompt was sent, unless a subclass says otherwise."""

    money = Money.NOT_MOVED


class InvalidAmount(DepositError):
    """The amount is not a whole number of KES within the limits."""

    code = "invalid_amount"
    error = "Invalid amount"
    customer_message = Message(
        en="Amount must be between {lowest:,} and {highest:,} KES",
        sw="Kiasi lazima kiwe kati ya KES {lowest:,} na {highest:,}",
    )

    def __init__(
        self,
        lowest: int,
        highest: int,
        *,
        fields: dict[str, list[str]] | None = None,
        money: Money = Money.NOT_MOVED,
    ) -> None:
        self.customer_message = self.customer_message.filled(lowest=lowest, highest=highest)
        self.money = money
        super().__init__(fields=fields)


class InvalidPhoneNumber(DepositError):
    """M-Pesa cannot prompt the phone number in the customer's account."""

    code = "invalid_phone_number"
    error = "Invalid phone number format"
    customer_message = Message(
        en="Your phone number must be a Kenyan mobile number that starts with 254."
        " Nothing was charged.",
        sw="Nambari yako ya simu lazima iwe ya Kenya inayoanza na 254. Hujatozwa.",
    )


class KycRequired(DepositError):
    """The customer is not verified yet."""

    code = "kyc_required"
    error = "KYC verification required"
    customer_message = Message(
        en="Please verify your identity before you deposit. Nothing was charged.",
        sw="Tafadhali thibitisha utambulisho wako kabla ya kuweka pesa. Hujatozwa.",
    )


class DepositorBlocked(DepositError):
    """The account is blocked: users.errors.AccountBlocked, with a sentence for deposits."""

    code = "account_blocked"
    error = "Account blocked"
    customer_message = Message(
        en="Your account is blocked. Nothing was charged. Please contact support.",
        sw="Akaunti yako imezuiwa. Hujatozwa. Tafadhali wasiliana na huduma kwa wateja.",
    )


class DepositInProgress(DepositError):
    """A prompt of an earlier deposit is open on this phone, and may still be paid."""

    code = "deposit_in_progress"
    error = "Deposit in progress"
    customer_message = Message(
        en="You already have a deposit waiting. Check your phone for the M-PESA prompt.",
        sw="Tayari una ombi la kuweka pesa. Angalia simu yako kwa ombi la M-PESA.",
    )
    money = Money.UNKNOWN

    def __init__(self, transaction_id: int | None, retry_after_s: int) -> None:
        super().__init__(transaction_id=transaction_id, retry_after_s=retry_after_s)


class IdempotencyKeyReused(DepositError):
    """An earlier request used this idempotency key with another body; its prompt may be open."""

    code = "idempotency_key_reused"
    error = "Idempotency key reused with a different request"
    customer_message = Message(
        en="This request was already used for another amount. Please start again.",
        sw="Ombi hili lilishatumika kwa kiasi kingine. Tafadhali anza upya.",
    )
    money = Money.UNKNOWN


class InvalidIdempotencyKey(DepositError):
    """The key is not 1 to 255 printable ASCII characters."""

    code = "invalid_idempotency_key"
    error = "Idempotency-Key must be 1 to 255 printable ASCII characters"
    customer_message = Message(
        en="Something went wrong. Please start again. Nothing was charged.",
        sw="Hitilafu imetokea. Tafadhali anza upya. Hujatozwa.",
    )


class IdempotencyInProgress(DepositError):
    """The first request with this idempotency key has no answer yet."""

    code = "idempotency_in_progress"
    error = "A request with this idempotency key is in progress"
    customer_message = Message(
        en="We are already working on this deposit. Please wait.",
        sw="Tunashughulikia ombi hili tayari. Tafadhali subiri.",
    )
    money = Money.UNKNOWN

    def __init__(self, transaction_id: int | None, retry_after_s: int) -> None:
        super().__init__(transaction_id=transaction_id, retry_after_s=retry_after_s)


class CallbackNotStored(DomainError):
    """The callback could not be stored, so the sender has to keep it."""

    code = "callback_not_stored"
    error = "Callback could not be stored"
    customer_message = Message(en="Please send this again.", sw="Tafadhali tuma tena.")


class CallbackMalformed(DomainError):
    """The body is not a callback."""

    code = "malformed_callback"
    error = "Malformed callback"
    customer_message = Message(en="This is not an M-PESA callback.", sw="Huu si ujumbe wa M-PESA.")


class InvalidCode(DomainError):
    """The text names no receipt, or one of an impossible day."""

    code = "invalid_code"
    error = "No M-Pesa code found"
    customer_message = Message(
        en="We found no M-PESA code of the last year in that. It has ten letters and digits and"
        " stands first in M-PESA's SMS, such as UKL51ZDR4F.",
        sw="Hatukuona msimbo wa M-PESA wa mwaka uliopita. Una herufi na tarakimu kumi na uko"
        " mwanzoni mwa SMS ya M-PESA, kama vile UKL51ZDR4F.",
    )


class ClaimInProgress(DomainError):
    """The customer's own claim of this receipt is open."""

    code = "claim_in_progress"
    error = "A claim of this receipt is open"
    customer_message = Message(
        en="We are already looking for this payment. You need not send the code again.",
        sw="Tayari tunatafuta malipo haya. Huhitaji kutuma nambari tena.",
    )


class TooManyClaims(DomainError):
    """The customer has made as many claims today as a day has."""

    code = "rate_limited"
    error = "Too many claims today"
    customer_message = Message(
        en="You have sent {limit} codes today. Please send further ones tomorrow, or contact"
        " support. Payments that reach us are added automatically.",
        sw="Umetuma nambari {limit} leo. Tafadhali tuma nyingine kesho, au wasiliana na huduma kwa"
        " wateja. Malipo yanayotufikia huongezwa yenyewe.",
    )

    def __init__(self, limit: int, retry_after_s: int) -> None:
        self.customer_message = self.customer_message.filled(limit=limit)
        super().__init__(retry_after_s=retry_after_s)


class RiskDenied(DepositError):
    """The fraud rules deny the deposit. Only operators see which rule did."""

    code = "risk_denied"
    error = "Deposit refused"
    customer_message = Message(
        en="We cannot accept this deposit. Nothing was sent to your phone and no money moved."
        " Please contact support.",
        sw="Hatuwezi kukubali ombi hili. Hakuna kilichotumwa kwa simu yako na hakuna pesa"
        " iliyokatwa. Tafadhali wasiliana na huduma kwa wateja.",
    )


class RiskReview(DepositError):
    """The fraud rules require that an operator reviews the customer's deposit first."""

    code = "risk_review"
    error = "Deposit needs a review"
    customer_message = Message(
        en="We need to check this deposit first. Nothing was sent to your phone and no money"
        " moved. Please contact support, or try again tomorrow.",
        sw="Tunahitaji kukagua ombi hili kwanza. Hakuna kilichotumwa kwa simu yako na hakuna"
        " pesa iliyokatwa. Tafadhali wasiliana na huduma kwa wateja, au jaribu tena kesho.",
    )


class RejectedByMpesa(DepositError):
    """M-Pesa rejected the push, or the push never reached it: no prompt was sent to the phone."""

    #: The failed deposit's `result_code`: the reason of the rejection. Several may share a `code`.
    reason: str
    #: `retry_after_s` where M-Pesa names no wait.
    usual_wait_s: int | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.reason = cls.__dict__.get("reason", cls.code)

    def __init__(self, transaction_id: int, retry_after_s: int | None = None) -> None:
        super().__init__(
            transaction_id=transaction_id, retry_after_s=retry_after_s or self.usual_wait_s
        )


class MpesaAuthenticationFailed(RejectedByMpesa):
    """M-Pesa rejected our consumer key, secret or passkey."""

    code = RejectionReason.AUTHENTICATION.value
    error = "Failed authentication"
    customer_message = Message(
        en="Payments are unavailable right now. We are on it. Nothing was charged.",
        sw="Malipo hayapatikani kwa sasa. Tunashughulikia. Hujatozwa.",
    )


class MpesaRejected(RejectedByMpesa):
    """M-Pesa rejected the push for a reason that has no error class of its own."""

    code = RejectionReason.REJECTED.value
    error = "M-Pesa rejected the request"
    customer_message = Message(
        en="M-PESA did not accept the request. Nothing was charged. Please contact support.",
        sw="M-PESA haikukubali ombi. Hujatozwa. Tafadhali wasiliana na huduma kwa wateja.",
    )


class NumberRejected(MpesaRejected):
    """M-Pesa does not take the customer's number: it is mistyped, or has no M-Pesa."""

    reason = RejectionReason.NUMBER.value
    error = "M-Pesa rejected the phone number"
    customer_message = Message(
        en="M-PESA does not know your number. Nothing was charged. Check that it has M-PESA, or"
        " change your number.",
        sw="M-PESA haitambui nambari yako. Hujatozwa. Hakikisha ina M-PESA, au badilisha nambari"
        " yako.",
    )


class SubscriberBusy(RejectedByMpesa):
    """M-Pesa has another request open on this phone, perhaps from another business."""

    code = RejectionReason.SUBSCRIBER_BUSY.value
    error = "Another M-Pesa request is open on this phone"
    customer_message = Message(
        en="You have another M-PESA request open. Finish it, wait a minute, then try again."
        " Nothing was charged.",
        sw="Una ombi lingine la M-PESA. Limalize, subiri dakika moja, kisha ujaribu tena."
        " Hujatozwa.",
    )
    usual_wait_s = 60


class MpesaBusy(RejectedByMpesa):
    """M-Pesa throttles our requests."""

    code = RejectionReason.BUSY.value
    error = "M-Pesa is busy"
    customer_message = Message(
        en="M-PESA is busy right now. Nothing was charged. Please try again shortly.",
        sw="M-PESA ina shughuli nyingi sasa. Hujatozwa. Jaribu tena baada ya muda mfupi.",
    )
    usual_wait_s = 60


class MpesaUnavailable(RejectedByMpesa):
    """The push was not sent: no connection, no access token, or a limit of our own."""

    code = "mpesa_unavailable"
    error = "M-Pesa could not be reached"
    customer_message = Message(
        en="We could not reach M-PESA. Nothing was charged. Please try again shortly.",
        sw="Hatukuweza kufikia M-PESA. Hujatozwa. Jaribu tena baada ya muda mfupi.",
    )
    usual_wait_s = 30


class StoredError(DepositError):
    """The error in the stored answer of an idempotency key, unchanged."""

    def __init__(self, answer: dict[str, Any], transaction_id: int) -> None:
        self.code = answer["code"]
        self.error = answer["error"]
        self.customer_message = Message(**answer["customer_message"])
        # Answers stored by an older release have no `money`; each is a rejection by M-Pesa.
        self.money = Money(answer.get("money", Money.NOT_MOVED))
        super().__init__(transaction_id=transaction_id, retry_after_s=answer["retry_after_s"])


_BY_REASON: dict[str, type[RejectedByMpesa]] = {
    kind.reason: kind
    for kind in (
        MpesaAuthenticationFailed,
        MpesaRejected,
        NumberRejected,
        SubscriberBusy,
        MpesaBusy,
        MpesaUnavailable,
    )
}


def rejected_by_gateway(rejected: GatewayRejected, transaction_id: int) -> RejectedByMpesa:
    """Return the error of the API for a rejection by M-Pesa."""
    return _BY_REASON[rejected.reason.value](transaction_id, rejected.retry_after_s)


def find_error(reason: str) -> tuple[Message, int | None] | None:
    """Return the customer's sentence for the reason of a rejected push, and its usual wait in
    seconds.

    None: the reason is not one of a rejected push. After a rejected push nothing can have been
    charged, because no prompt was sent.
    """
    kind = _BY_REASON.get(reason)
    return None if kind is None else (kind.customer_message, kind.usual_wait_s)


# The sentence does not deny the payment: a statement shows one account only, and the operator may
# have misread it.
_NOT_IN_STATEMENT = Message(
    en="M-PESA's records lack this payment. If money was taken, send us its code. "
    "Check your M-PESA messages before you try again.",
    sw="Rekodi za M-PESA hazina malipo haya. Ikiwa pesa ilikatwa, tutumie msimbo wake. "
    "Angalia SMS za M-PESA kabla ya kujaribu tena.",
)


def explain_failure(code: str) -> tuple[Message, int | None]:
    """Return the customer's sentence for a failed deposit, and the wait in seconds, if any.

    `code` is the deposit's `result_code`: M-Pesa's, or ours for a rejected push or a deposit that a
    statement proves unpaid.
    """
    if code == NOT_IN_STATEMENT:
        return _NOT_IN_STATEMENT, None
    error = find_error(code)
    if error is not None:
        return error
    meaning = result_codes.describe_result(code)
    return meaning.message, meaning.retry_after_s


def is_certain_failure(code: str) -> bool:
    """Return whether a deposit that failed with this code was certainly not paid."""
    if find_error(code) is not None:
        return True
    is_doubtful = code == NOT_IN_STATEMENT or code in result_codes.UNCERTAIN_FAILURES
    return result_codes.describe_result(code).is_final_failure and not is_doubtful
