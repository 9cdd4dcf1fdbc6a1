"""Two readers of one protocol: our parsers must read every sample as the simulator's library does.

The library is read as data: nothing of ours imports the simulator.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payments.daraja import oauth, pull, replies, stk
from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    SUCCESS,
    GatewayRejected,
    GatewayUnreachable,
    MalformedCallback,
    OutcomeUnknown,
    QueryOutcome,
    RejectionReason,
)

_LIBRARY = Path(__file__).resolve().parents[3] / "daraja_simulator" / "samples"
_EAT = timedelta(hours=3)


def _samples(kind: str) -> list[Any]:
    samples = []
    for path in sorted((_LIBRARY / kind).glob("*.json")):
        sample = json.loads(path.read_text(encoding="utf-8"))
        body = sample["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        values = (sample["status"], text.encode(), sample["expect"])
        samples.append(pytest.param(*values, id=path.stem))
    return samples


@pytest.mark.parametrize(("status", "body", "expect"), _samples("callbacks"))
def test_callbacks_are_read_as_the_simulator_describes_them(
    status: int, body: bytes, expect: dict[str, Any]
) -> None:
    if expect["kind"] == "malformed":
        with pytest.raises(MalformedCallback):
            parse_callback(body)
        return

    callback = parse_callback(body)

    assert (callback.result_code == SUCCESS) is (expect["kind"] == "success")
    assert callback.result_code == expect["result_code"]
    assert callback.checkout_request_id == expect["checkout_request_id"]
    assert callback.merchant_request_id == expect["merchant_request_id"]
    if callback.result_code == SUCCESS:
        amount = expect["amount"]
        assert callback.amount == (None if amount is None else Decimal(amount))
        assert callback.mpesa_receipt_number == expect["mpesa_receipt_number"]
        assert _eat_digits(callback.transaction_date) == expect["transaction_date"]


def _eat_digits(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return f"{(moment.astimezone(UTC) + _EAT):%Y%m%d%H%M%S}"


@pytest.mark.parametrize(("status", "body", "expect"), _samples("pushes"))
def test_push_answers_are_read_as_the_simulator_describes_them(
    status: int, body: bytes, expect: dict[str, Any]
) -> None:
    if expect["meaning"] == "accepted":
        accepted = stk.parse_push_reply(status, body)
        assert accepted.checkout_request_id == expect["checkout_request_id"]
        return

    # A dead token is refused before M-Pesa does anything; the gateway renews it once.
    refused = (GatewayRejected, replies.TokenRejected)
    wanted = refused if expect["meaning"] == "refused" else OutcomeUnknown
    with pytest.raises(wanted):
        stk.parse_push_reply(status, body)


@pytest.mark.parametrize(("status", "body", "expect"), _samples("queries"))
def test_query_answers_are_read_as_the_simulator_describes_them(
    status: int, body: bytes, expect: dict[str, Any]
) -> None:
    asked = expect.get("checkout_request_id", "ws_CO_05042025123542618708374149")
    meaning = expect["meaning"]
    if meaning in {"paid", "failed", "pending"}:
        answer = stk.parse_query_reply(status, body, checkout_request_id=asked)
        assert answer.outcome is QueryOutcome(meaning)
        return

    with pytest.raises((GatewayRejected, OutcomeUnknown, replies.TokenRejected)) as caught:
        stk.parse_query_reply(status, body, checkout_request_id=asked)

    is_throttle = getattr(caught.value, "reason", None) is RejectionReason.BUSY
    assert is_throttle is (meaning == "throttled")
    assert isinstance(caught.value, replies.TokenRejected) is (meaning == "token")


@pytest.mark.parametrize(("status", "body", "expect"), _samples("oauth"))
def test_token_answers_are_read_as_the_simulator_describes_them(
    status: int, body: bytes, expect: dict[str, Any]
) -> None:
    if expect["meaning"] == "token":
        issued = oauth.parse_token_reply(status, body)
        assert issued.access_token == expect["access_token"]
        return

    with pytest.raises((GatewayRejected, GatewayUnreachable)) as caught:
        oauth.parse_token_reply(status, body)

    # Either way nothing was sent; `RejectionReason.BUSY` tells throttled from unreachable.
    is_clear_no = isinstance(caught.value, GatewayRejected) and (
        caught.value.reason is not RejectionReason.BUSY
    )
    assert is_clear_no is (expect["meaning"] in {"wrong_keys", "refused"})


@pytest.mark.parametrize(("status", "body", "expect"), _samples("pulls"))
def test_pulls_are_read_as_the_simulator_describes_them(
    status: int, body: bytes, expect: dict[str, Any]
) -> None:
    if expect["meaning"] == "registered":
        assert pull.parse_register_reply(status, body).description
        return
    if expect["meaning"] == "refused":
        with pytest.raises((GatewayRejected, replies.TokenRejected)):
            pull.parse_query_reply(status, body)
        return

    page = pull.parse_query_reply(status, body)

    receipts = [row.notice.receipt for row in page.rows if row.notice is not None]
    assert receipts == [receipt.upper() for receipt in expect["mpesa_receipt_numbers"]]
    assert len(receipts) == len(page.rows)
    assert bool(receipts) is (expect["meaning"] == "payments")
