"""Dynamic QR, endpoints that are missing, and the faults that every endpoint shares."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from daraja_simulator.fault_catalogue import CATALOGUE, Phase

from . import test_commands, test_pull
from .harness import SimulatorClient
from .test_endpoints import error_of

QR: dict[str, Any] = {
    "MerchantName": "KIBEEZY",
    "RefNo": "10049382",
    "Amount": 500,
    "TrxCode": "PB",
    "CPI": "174379",
    "Size": "300",
}
PATH = "/mpesa/qrcode/v1/generate"
# A good request of each group of endpoints.
REQUESTS: dict[str, Callable[[SimulatorClient], httpx.Response]] = {
    "register": lambda client: client.register(),
    "simulate": lambda client: client.call(
        "/mpesa/c2b/v2/simulate",
        {"ShortCode": 174379, "CommandID": "CustomerPayBillOnline", "Amount": 5,
         "Msisdn": 254712345678, "BillRefNumber": "KBZ7"},
    ),
    "pull": test_pull.query,
    "status": lambda client: test_commands.ask_status(client, "UKN0000000"),
    "reversal": lambda client: test_commands.reverse(client, "UKN0000000"),
    "balance": test_commands.ask_balance,
    "b2c": test_commands.pay_out,
    "qr": lambda client: client.call(PATH, QR),
}  # fmt: skip
# Says what an empty window says, too: test_pull.py shows the difference.
ALIKE = "pull.not_provisioned"
ANSWERING = [fault for fault in CATALOGUE if fault.group in REQUESTS and fault.name != ALIKE]


class TestQr:
    @pytest.mark.parametrize("size", ["300", "", 1000])
    def test_picture(self, manual: SimulatorClient, size: Any) -> None:
        answer = manual.call(PATH, {**QR, "Size": size}).json()

        assert answer["ResponseCode"] == "00"
        assert base64.b64decode(answer["QRCode"]).startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("MerchantName", ""), ("RefNo", None), ("Amount", "1.5"), ("Amount", 0),
            ("TrxCode", "XX"), ("CPI", ""), ("Size", "big"), ("Size", 1001),
        ],
    )  # fmt: skip
    def test_names_the_wrong_field(self, manual: SimulatorClient, field: str, value: Any) -> None:
        answer = manual.call(PATH, {**QR, field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")


class TestMissing:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/mpesa/b2b/v1/paymentrequest", "Daraja has B2B (business to business), this"),
            ("/standingorder/v1/createStandingOrderExternal", "Daraja has M-PESA Ratiba, this"),
            ("/mpesa/stkpush/v1/process", "did you mean /mpesa/stkpush/v1/processrequest?"),
            ("/favicon", "This simulator has no /favicon"),
        ],
    )
    def test_says_so_and_stands_in_the_wire_log(
        self, manual: SimulatorClient, path: str, words: str
    ) -> None:
        answer = manual.http.post(path, json={"a": 1})

        status, code, message = error_of(answer)
        assert (status, code) == (404, "404.001.01")
        assert message.startswith("Resource not found")
        assert words in message
        (entry,) = manual.control("GET", "/wire?kind=unknown")["messages"]
        assert (entry["method"], entry["url"], entry["status"]) == ("POST", path, 404)
        assert entry["request_body"] == '{"a":1}'

    def test_control_and_pages_are_not_daraja(self, manual: SimulatorClient) -> None:
        manual.control("GET", "/customers")
        manual.http.get("/")

        assert manual.control("GET", "/wire?kind=unknown")["messages"] == []


def said_by(
    send: Callable[[SimulatorClient], httpx.Response], client: SimulatorClient
) -> tuple[int, set[str]]:
    """The status and the keys of an answer; none where there is no answer, or no JSON."""
    try:
        answer = send(client)
        return answer.status_code, set(answer.json())
    except (httpx.TransportError, ValueError):
        return 0, set()


@pytest.mark.parametrize("fault", ANSWERING, ids=lambda fault: fault.name)
def test_every_fault_of_an_answer(start: Callable[..., SimulatorClient], fault: Any) -> None:
    client = start(result_ms=10)
    send, drip = REQUESTS[fault.group], {"drip_ms": 1, "answer_delay_ms": 30, "hang_seconds": 0.1}
    client.control("PUT", "/faults", {"parameters": drip})
    client.headers  # noqa: B018  the token, before the fault
    said = said_by(send, client)
    client.settle()
    client.control("POST", "/reset")
    client.control("PUT", "/faults", {"parameters": drip})
    client.arm(fault.name)

    seen = said_by(send, client)
    client.settle()

    assert client.count(fault.name) == 1
    done, is_carried_out = client.book(), fault.phase is Phase.AFTER
    assert (seen == said) == (is_carried_out and not fault.loses_answer)
    assert (done["paid_out"] > 0) == (is_carried_out and fault.group == "b2c")
    assert (done["total"] > 0) == (is_carried_out and fault.group == "simulate")
    # The next request is not struck; the id of a payout that was carried out is used up.
    is_used_up = is_carried_out and fault.group == "b2c"
    assert send(client).status_code == (500 if is_used_up else 200)


def test_wrong_method(manual: SimulatorClient) -> None:
    assert error_of(manual.http.get(PATH, headers=manual.headers))[:2] == (405, "405.001")
