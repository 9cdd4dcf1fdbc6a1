"""The library of samples: whole, readable, and of the same shapes as what the simulator sends."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from daraja_simulator import ids
from daraja_simulator.__main__ import main
from daraja_simulator.clock import EAT
from daraja_simulator.samples import Sample, list_samples, load_sample

from . import test_commands, test_pull
from .harness import Merchant, SimulatorClient

SAMPLES = list(list_samples())
WELL_FORMED = [s for s in SAMPLES if s.expect.get("kind") in ("success", "failure")]
CALLBACK_KINDS = {"success", "failure", "malformed"}
MEANINGS = {
    "pushes": {"accepted", "refused", "unknown"},
    "queries": {"paid", "failed", "pending", "token", "throttled", "unknown"},
    "oauth": {"token", "wrong_keys", "refused", "unavailable"},
    "results": {"done", "failed", "unknown"},
    "pulls": {"payments", "nothing_or_not_provisioned", "registered", "refused"},
}
RESULT_KINDS = {"b2c", "reversal", "status", "balance", "timeout"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
class TestEverySample:
    def test_a_sample_has_its_source_and_its_meaning(self, sample: Sample) -> None:
        folder = sample.name.partition("/")[0]

        assert sample.source
        assert sample.note
        if folder == "callbacks":
            assert sample.expect["kind"] in CALLBACK_KINDS
        elif folder in MEANINGS:
            assert sample.expect["meaning"] in MEANINGS[folder]


@pytest.mark.parametrize("sample", WELL_FORMED, ids=lambda sample: sample.name)
class TestEveryWellFormedCallback:
    def test_holds_what_it_expects(self, sample: Sample) -> None:
        callback = json.loads(sample.body)["Body"]["stkCallback"]

        assert str(callback["ResultCode"]) == sample.expect["result_code"]
        assert callback["CheckoutRequestID"] == sample.expect["checkout_request_id"]


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.name.startswith("confirmations/")], ids=lambda s: s.name
)
def test_every_confirmation_holds_what_it_expects(sample: Sample) -> None:
    body, expect = json.loads(sample.body), sample.expect

    assert expect["kind"] == "c2b"
    assert body["TransID"] == expect["mpesa_receipt_number"]
    assert float(body["TransAmount"]) == float(expect["amount"])
    assert (body["BillRefNumber"] or "") == expect["account_reference"]
    assert str(body["BusinessShortCode"]) == expect["shortcode"]
    # A receipt begins with its date in Nairobi: year, month, day.
    paid_at = datetime.strptime(body["TransTime"], "%Y%m%d%H%M%S").replace(tzinfo=EAT)
    assert body["TransID"].startswith(ids.receipt_prefix(paid_at))


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.name.startswith("results/")], ids=lambda s: s.name
)
def test_every_result_holds_what_it_expects(sample: Sample) -> None:
    body, expect = json.loads(sample.body), sample.expect
    inner = body.get("Result", body)

    assert expect["kind"] in RESULT_KINDS
    for name, key in (
        ("result_code", "ResultCode"),
        ("conversation_id", "ConversationID"),
        ("originator_conversation_id", "OriginatorConversationID"),
    ):
        assert str(inner.get(key, "")) == expect[name]
    # Only a success has a receipt; other ids of transactions are none.
    assert expect["transaction_id"] == (
        inner["TransactionID"] if expect["meaning"] == "done" else ""
    )
    assert (expect["meaning"] == "done") == (expect["result_code"] == "0")


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.name.startswith("pulls/")], ids=lambda s: s.name
)
def test_every_pull_holds_what_it_expects(sample: Sample) -> None:
    body = json.loads(sample.body)
    receipts = sample.expect["mpesa_receipt_numbers"]

    assert all(receipt in json.dumps(body.get("Response")) for receipt in receipts)
    assert (sample.expect["meaning"] == "payments") == bool(receipts)


def keys_of(body: Any) -> Any:
    """The shape of a value: its keys, in their order, without its values."""
    if isinstance(body, dict):
        return {key: keys_of(value) for key, value in body.items()}
    return [keys_of(value) for value in body] if isinstance(body, list) else None


class TestSimulatorSendsTheSameShapes:
    def test_callbacks(self, automatic: SimulatorClient) -> None:
        automatic.settled_push()
        automatic.settled_push(Amount=1032)
        texts = [json.loads(text) for _, _, text in automatic.merchant.received]

        for text, name in zip(texts, ("success_current", "failure_cancelled"), strict=True):
            assert keys_of(text) == keys_of(json.loads(load_sample(f"callbacks/{name}").body))

    def test_push_query_and_token(self, automatic: SimulatorClient) -> None:
        answers = {
            "oauth/token": automatic.get_token(),
            "pushes/accepted": automatic.push(),
            "pushes/invalid_amount": automatic.push(Amount=0),
        }
        checkout = answers["pushes/accepted"].json()["CheckoutRequestID"]
        automatic.settle()
        answers["queries/paid"] = automatic.query(checkout)

        for name, answer in answers.items():
            sample = load_sample(name)
            assert keys_of(answer.json()) == keys_of(json.loads(sample.body))
            assert answer.status_code == sample.status


class TestOtherShapes:
    """The simulator's messages beyond M-Pesa Express have the keys of their samples, too."""

    def test_confirmation(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.pay()
        manual.settle()

        (body,) = manual.merchant.bodies("/confirmation")
        assert keys_of(body) == keys_of(json.loads(load_sample("confirmations/v2").body))

    def test_pull(self, manual: SimulatorClient) -> None:
        registered = test_pull.register(manual).json()
        manual.pay()
        answers = {"pulls/registered": registered, "pulls/page": test_pull.query(manual).json()}

        for name, answer in answers.items():
            assert keys_of(answer) == keys_of(json.loads(load_sample(name).body))

    def test_results(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10)
        receipt = client.pay()["receipt"]
        sends: list[tuple[Callable[[], httpx.Response], str]] = [
            (lambda: test_commands.pay_out(client), "results/b2c_paid"),
            (lambda: test_commands.reverse(client, receipt), "results/reversal_done"),
            (lambda: test_commands.ask_balance(client), "results/balance_text_codes"),
            (lambda: test_commands.reverse(client, receipt), "results/reversal_again"),
        ]
        for send, name in sends:
            send()
            made = test_commands.result(client)
            sample = json.loads(load_sample(name).body)["Result"]
            assert keys_of(made) == keys_of(sample)
            if "ResultParameters" in sample:
                known = test_commands.parameters(sample)
                assert test_commands.parameters(made).keys() == known.keys()


class TestCommands:
    def test_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["samples"]) == 0

        assert "callbacks/success_current" in capsys.readouterr().out

    def test_send_keeps_the_bytes(
        self, merchant: Merchant, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status = main(["send", "callbacks/success_2019", "--to", f"{merchant.url}/hook"])

        assert status == 0
        assert '"Value":1.00}' in merchant.received[0][2]
        assert '200 {"ResultCode": 0' in capsys.readouterr().out

    def test_send_refused_or_unheard(
        self, merchant: Merchant, capsys: pytest.CaptureFixture[str]
    ) -> None:
        merchant.status = 404
        refused = main(["send", "callbacks/success_2019", "--to", f"{merchant.url}/hook"])
        unheard = main(["send", "callbacks/success_2019", "--to", "http://127.0.0.1:1/"])

        assert (refused, unheard) == (1, 1)
        output = capsys.readouterr()
        assert output.out.startswith("404")
        assert output.err.startswith("no answer")

    def test_wrong_name_or_address(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["send", "callbacks/none", "--to", "http://127.0.0.1:1/"]) == 2
        assert main(["send", "../../pyproject", "--to", "http://127.0.0.1:1/"]) == 2
        assert main(["send", "callbacks/success_2019", "--to", "file:///etc/hosts"]) == 2
        assert "no sample is called" in capsys.readouterr().err
