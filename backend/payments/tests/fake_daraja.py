"""Daraja's side of the wire inside the process: enough of it for the gateway contract."""

import json
from itertools import count

import httpx

from payments.daraja import stk

_RESULT_CODES = {1111: "1", 1001: "", 4999: "4999"}
_FAILING = {1019, 1025, 1032, 1037, 2001, 8006, 9999}


class FakeDaraja:
    """Answers as httpx's MockTransport asks; counts what it was asked."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._prompts: dict[str, tuple[str, int]] = {}
        self.token = ""
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        if request.url.path == "/oauth/v1/generate":
            # Each new token kills the last one (docs/daraja.md §1).
            self.token = f"fake-access-token-{next(self._numbers)}"
            return httpx.Response(200, json={"access_token": self.token, "expires_in": "3599"})
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return _error(404, "404.001.03", "Invalid Access Token")
        sent = json.loads(request.content)
        return self._push(sent) if request.url.path == stk.PUSH_PATH else self._query(sent)

    def callback(self, checkout_request_id: str) -> bytes | None:
        """Return the callback of a prompt, None while it is unanswered."""
        code, amount = self._prompts[checkout_request_id]
        if code == "4999":
            return None
        callback: dict[str, object] = {
            "MerchantRequestID": f"29115-{checkout_request_id[6:]}",
            "CheckoutRequestID": checkout_request_id,
            "ResultCode": int(code),
            "ResultDesc": "As Daraja says",
        }
        if code == "0":
            receipt = "NLJ" + checkout_request_id[-7:]
            values = {
                "Amount": float(amount),
                "MpesaReceiptNumber": receipt,
                "TransactionDate": 20191219102115,
                "PhoneNumber": 254708374149,
            }
            items = [{"Name": name, "Value": value} for name, value in values.items()]
            callback["CallbackMetadata"] = {"Item": [*items, {"Name": "Balance"}]}
        return json.dumps({"Body": {"stkCallback": callback}}).encode()

    def _push(self, sent: dict[str, int]) -> httpx.Response:
        amount = sent["Amount"]
        if amount == 1001:
            text = "Unable to lock subscriber, a transaction is already in process"
            return _error(500, "500.001.1001", text)
        checkout_request_id = f"ws_CO_{next(self._numbers):020d}"
        code = _RESULT_CODES.get(amount, str(amount) if amount in _FAILING else "0")
        self._prompts[checkout_request_id] = (code, amount)
        return httpx.Response(200, json={"ResponseCode": "0", **_ids(checkout_request_id)})

    def _query(self, sent: dict[str, str]) -> httpx.Response:
        checkout_request_id = sent["CheckoutRequestID"]
        if checkout_request_id not in self._prompts:
            return _error(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID")
        code, _ = self._prompts[checkout_request_id]
        reply = {"ResponseCode": "0", "ResultCode": code, "ResultDesc": "As Daraja says"}
        return httpx.Response(200, json={**reply, **_ids(checkout_request_id)})


def _ids(checkout_request_id: str) -> dict[str, str]:
    return {
        "MerchantRequestID": f"29115-{checkout_request_id[6:]}",
        "CheckoutRequestID": checkout_request_id,
    }


def _error(status: int, code: str, message: str) -> httpx.Response:
    envelope = {"requestId": "1-2", "errorCode": code, "errorMessage": message}
    return httpx.Response(status, json=envelope)
