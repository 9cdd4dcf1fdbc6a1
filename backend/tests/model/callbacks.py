"""What may arrive as a callback about a prompt: true, incomplete, contradicting, forged, junk."""

import json
from enum import Enum, auto

from tests.model.mpesa import Payment, Prompt


class Claim(Enum):
    """What a callback says, compared with what happened."""

    TRUTH = auto()
    NO_AMOUNT = auto()
    NO_RECEIPT = auto()
    STILL_PROCESSING = auto()
    #: A failure, whatever happened.
    FAILURE = auto()
    #: What happened, about another prompt's id.
    OTHER_CHECKOUT = auto()
    #: A success under a receipt that was booked before.
    USED_RECEIPT = auto()
    #: A success without a payment: only ever without the token.
    INVENTED = auto()
    MALFORMED = auto()


#: What M-Pesa itself would send to the secret address.
TOKENED = [claim for claim in Claim if claim is not Claim.INVENTED]
_CONTRADICTIONS = {Claim.FAILURE, Claim.OTHER_CHECKOUT, Claim.USED_RECEIPT}


def contradicts(claim: Claim, prompt: Prompt) -> bool:
    """Say whether the callback differs from what happened."""
    if claim is Claim.FAILURE and prompt.failure_code is not None:
        return False
    return claim in _CONTRADICTIONS


def build_body(claim: Claim, prompt: Prompt, payment: Payment | None) -> bytes:
    """Write the callback; `payment` is the one it is about, None for a prompt that failed."""
    if claim is Claim.MALFORMED:
        return b'{"Body": {"stkCallback": {"CheckoutRequestID": 1}}}'
    checkout_request_id = prompt.checkout_request_id
    if claim is Claim.OTHER_CHECKOUT:
        checkout_request_id += "_OTHER"
    if claim is Claim.FAILURE:
        return _write(checkout_request_id, prompt.failure_code or "1032")
    if claim is Claim.STILL_PROCESSING:
        return _write(checkout_request_id, "4999")
    if payment is None:
        return _write(checkout_request_id, prompt.failure_code or "1037")
    items: dict[str, object] = {
        "Amount": float(payment.amount),
        "MpesaReceiptNumber": payment.receipt,
    }
    items.pop({Claim.NO_AMOUNT: "Amount", Claim.NO_RECEIPT: "MpesaReceiptNumber"}.get(claim, ""), 0)
    return _write(checkout_request_id, "0", items)


def _write(checkout_request_id: str, code: str, items: dict[str, object] | None = None) -> bytes:
    callback: dict[str, object] = {
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": int(code),
        "ResultDesc": "as the model says",
    }
    if items is not None:
        callback["CallbackMetadata"] = {
            "Item": [{"Name": name, "Value": value} for name, value in items.items()]
        }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()
