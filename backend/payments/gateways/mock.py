"""The mock gateway, without a network, for demos and tests: the amount decides the outcome.

It writes Daraja's JSON and reads it with the parsers of the real gateway, so that both behave alike
(gateway_contract.py). The outcome is part of the checkout_request_id, so that another process, or
this one after a restart, answers a status query in the same way.
"""

import hashlib
import json
import re
import secrets
import string
from collections.abc import Callable
from datetime import datetime

from common import clock
from payments.daraja import stk
from payments.daraja.callbacks import parse_callback
from payments.daraja.result_codes import SUBSCRIBER_BUSY, describe_result
from payments.gateway import (
    STILL_PROCESSING,
    SUCCESS,
    AddressesRegistered,
    AddressRegistration,
    GatewayRejected,
    PulledPage,
    PullRegistered,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    RejectionReason,
    StkCallback,
    TransactionQueryAccepted,
)

#: The result code of an amount in KES; any other amount is paid (docs/api.md §6).
RESULT_CODE_BY_AMOUNT = {
    1001: SUBSCRIBER_BUSY,
    1019: "1019",
    1025: "1025",
    1032: "1032",
    1037: "1037",
    1111: "1",
    2001: "2001",
    4999: STILL_PROCESSING,
    8006: "8006",
    9999: "9999",
}

_CHECKOUT_REQUEST_ID = re.compile(
    r"ws_CO_MOCK_(?P<code>\w{1,20})_(?P<amount>[0-9]{1,12})_[0-9a-f]{32}"
)
_RECEIPT_ALPHABET = string.digits + string.ascii_uppercase
_RECEIPT_LENGTH = 10


class MockGateway:
    """Simulates Daraja inside the process. Safe to share between threads: it has no state."""

    environment = "mock"

    def __init__(
        self,
        *,
        business_short_code: str = "174379",
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.business_short_code = business_short_code
        self._now = now

    def push(self, request: PushRequest) -> PushAccepted:
        """Accept a push without a prompt, and return the callback, if any, with the answer.

        Raises:
            GatewayRejected: subscriber busy (1001), or a request that Daraja would reject.
        """
        stk.check_push_request(request)
        result_code = RESULT_CODE_BY_AMOUNT.get(request.amount, SUCCESS)
        if result_code == SUBSCRIBER_BUSY:
            raise GatewayRejected(
                "mock: unable to lock subscriber",
                reason=RejectionReason.SUBSCRIBER_BUSY,
                result_code=SUBSCRIBER_BUSY,
                retry_after_s=describe_result(SUBSCRIBER_BUSY).retry_after_s,
            )
        checkout_request_id = f"ws_CO_MOCK_{result_code}_{request.amount}_{secrets.token_hex(16)}"
        body = _build_callback_body(checkout_request_id, now=self._now())
        return PushAccepted(
            checkout_request_id=checkout_request_id,
            merchant_request_id=_merchant_request_id(checkout_request_id),
            callback_body=None if result_code == STILL_PROCESSING else body,
        )

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Answer with the outcome that the id contains.

        Raises:
            GatewayRejected: the id was not made by a mock gateway.
        """
        result_code, _ = _read_outcome(checkout_request_id)
        reply = {
            "ResponseCode": "0",
            "MerchantRequestID": _merchant_request_id(checkout_request_id),
            "CheckoutRequestID": checkout_request_id,
            "ResultCode": result_code,
            "ResultDesc": describe_result(result_code).title,
        }
        body = json.dumps(reply).encode()
        return stk.parse_query_reply(200, body, checkout_request_id=checkout_request_id)

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback's body with Daraja's parser.

        Raises:
            MalformedCallback: the body is not a callback.
        """
        return parse_callback(body)

    def register_addresses(self, request: AddressRegistration) -> AddressesRegistered:
        """Register nothing: no payment by hand reaches the mock.

        Raises:
            GatewayRejected: always.
        """
        raise GatewayRejected("mock: nobody can pay it by hand, so it registers no addresses")

    def pull_transactions(self, begin: datetime, end: datetime, offset: int) -> PulledPage:
        """List nothing: the mock keeps no list of payments.

        Raises:
            GatewayRejected: always.
        """
        raise GatewayRejected("mock: it keeps no list of payments")

    def register_pull(self, nominated_number: str, callback_url: str) -> PullRegistered:
        """Register nothing: the mock keeps no list of payments.

        Raises:
            GatewayRejected: always.
        """
        raise GatewayRejected("mock: it keeps no list of payments")

    def query_transaction(
        self, receipt: str, result_url: str, timeout_url: str
    ) -> TransactionQueryAccepted:
        """Ask nobody: the mock has no books of its own to look into.

        Raises:
            GatewayRejected: always.
        """
        raise GatewayRejected("mock: it has no books to look a receipt up in")


def _build_callback_body(checkout_request_id: str, *, now: datetime) -> bytes:
    """Write the callback of a mock prompt as Daraja does (docs/daraja.md §4).

    The receipt is a hash of the id, so a repeated callback has the same receipt.

    Raises:
        GatewayRejected: the id was not made by a mock gateway.
    """
    result_code, amount = _read_outcome(checkout_request_id)
    callback: dict[str, object] = {
        "MerchantRequestID": _merchant_request_id(checkout_request_id),
        "CheckoutRequestID": checkout_request_id,
        # A number, because Daraja writes these codes as numbers.
        "ResultCode": int(result_code),
        "ResultDesc": describe_result(result_code).title,
    }
    if result_code == SUCCESS:
        items: dict[str, object] = {
            "Amount": float(amount),
            "MpesaReceiptNumber": _receipt(checkout_request_id),
            "TransactionDate": int(stk.format_timestamp(now)),
        }
        callback["CallbackMetadata"] = {
            "Item": [
                *({"Name": name, "Value": value} for name, value in items.items()),
                {"Name": "Balance"},
            ]
        }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def _read_outcome(checkout_request_id: str) -> tuple[str, int]:
    """Return the result code and the amount that the id contains.

    Raises:
        GatewayRejected: the id was not made by a mock gateway.
    """
    found = _CHECKOUT_REQUEST_ID.fullmatch(checkout_request_id)
    if found is None:
        raise GatewayRejected("mock: Bad Request - Invalid CheckoutRequestID")
    return found["code"], int(found["amount"])


def _merchant_request_id(checkout_request_id: str) -> str:
    return "mock-" + checkout_request_id[-12:]


def _receipt(checkout_request_id: str) -> str:
    """Return a receipt of ten capitals and digits; of 36^10, two prompts hardly get the same
    one."""
    number = int.from_bytes(hashlib.sha256(checkout_request_id.encode()).digest())
    digits = []
    for _ in range(_RECEIPT_LENGTH):
        number, digit = divmod(number, len(_RECEIPT_ALPHABET))
        digits.append(_RECEIPT_ALPHABET[digit])
    return "".join(digits)
