"""B2C, Reversal, Transaction Status, Account Balance: acknowledged, carried out, reported."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from daraja_simulator.accounts import Accounts
from daraja_simulator.charges import payment_charge, payout_charge
from daraja_simulator.command_results import balance_text
from daraja_simulator.results import QUIRKS

from .harness import PHONE, SimulatorClient
from .test_endpoints import error_of

B2C, B2C_V1 = "/mpesa/b2c/v3/paymentrequest", "/mpesa/b2c/v1/paymentrequest"
REVERSAL = "/mpesa/reversal/v1/request"
STATUS = "/mpesa/transactionstatus/v1/query"
BALANCE = "/mpesa/accountbalance/v1/query"


def common(client: SimulatorClient) -> dict[str, Any]:
    """What all four have."""
    url = client.merchant.url
    return {
        "SecurityCredential": "c2VjcmV0",
        "Remarks": "OK",
        "ResultURL": f"{url}/result",
        "QueueTimeOutURL": f"{url}/timeout",
    }


def pay_out(client: SimulatorClient, path: str = B2C, **changes: Any) -> httpx.Response:
    """Pay a customer."""
    body = {
        **common(client),
        "OriginatorConversationID": "W-1",
        "InitiatorName": "api",
        "CommandID": "BusinessPayment",
        "Amount": "100",
        "PartyA": "174379",
        "PartyB": PHONE,
        "Occassion": "",
    }
    return client.call(path, {**body, **changes})


def reverse(
    client: SimulatorClient, receipt: str, amount: int = 80, **changes: Any
) -> httpx.Response:
    """Ask for a reversal."""
    body = {
        **common(client),
        "Initiator": "api",
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": str(amount),
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
    }
    return client.call(REVERSAL, {**body, **changes})


def ask_status(client: SimulatorClient, receipt: str = "", **changes: Any) -> httpx.Response:
    """Ask what became of a transaction."""
    body = {
        **common(client),
        "Initiator": "api",
        "CommandID": "TransactionStatusQuery",
        "TransactionID": receipt,
        "PartyA": "174379",
        "IdentifierType": "4",
        "Occasion": "",
    }
    return client.call(STATUS, {**body, **changes})


def ask_balance(client: SimulatorClient, **changes: Any) -> httpx.Response:
    """Ask what the accounts hold."""
    body = {
        **common(client),
        "Initiator": "api",
        "CommandID": "AccountBalance",
        "PartyA": "174379",
        "IdentifierType": "4",
    }
    return client.call(BALANCE, {**body, **changes})


def result(client: SimulatorClient) -> dict[str, Any]:
    """The newest result, once everything ended."""
    client.settle()
    return dict(client.merchant.bodies("/result")[-1]["Result"])


def parameters(body: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a result."""
    items = body["ResultParameters"]["ResultParameter"]
    return {item["Key"]: item.get("Value") for item in items}


@pytest.fixture
def quick(start: Callable[..., SimulatorClient]) -> SimulatorClient:
    """A simulator whose results come at once."""
    return start(result_ms=10)


class TestB2c:
    def test_paid(self, quick: SimulatorClient) -> None:
        ack = pay_out(quick).json()
        body = result(quick)

        assert ack["ResponseCode"] == "0"
        assert ack["OriginatorConversationID"] == body["OriginatorConversationID"] == "W-1"
        assert ack["ConversationID"] == body["ConversationID"]
        assert (body["ResultType"], body["ResultCode"]) == (0, 0)
        told = parameters(body)
        assert told["TransactionReceipt"] == body["TransactionID"]
        assert told["ReceiverPartyPublicName"] == f"{PHONE} - Customer 5678"
        assert told["TransactionAmount"] == 100
        assert told["B2CUtilityAccountAvailableFunds"] == 49_900
        customer = quick.control("GET", f"/customers/{PHONE}")
        assert customer["balance"] == 100_100
        assert "You have received Ksh100.00 from" in customer["messages"][0]["text"]
        book = quick.book()
        assert (book["paid_out"], book["balanced"]) == (100, True)
        assert book["payouts"][0]["originator_conversation_id"] == "W-1"

    def test_no_money_before_the_result(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=60_000)

        pay_out(client)

        assert client.book()["paid_out"] == 0
        pending = client.control("GET", "/pending")
        assert (pending["waiting_commands"], pending["quiet"]) == (1, False)

    def test_the_same_id_pays_once(self, quick: SimulatorClient) -> None:
        pay_out(quick)
        again = pay_out(quick)
        quick.settle()

        assert error_of(again) == (500, "500.002.1001", "Duplicate OriginatorConversationID.")
        assert quick.book()["paid_out"] == 100

    def test_the_same_id_as_a_result(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, duplicate_as_result=True)
        pay_out(client)
        client.settle()
        assert pay_out(client).status_code == 200

        assert result(client)["ResultCode"] == "15"
        assert client.book()["paid_out"] == 100

    def test_version_1_has_no_such_id_and_pays_twice(self, quick: SimulatorClient) -> None:
        acks = [pay_out(quick, B2C_V1).json() for _ in range(2)]
        quick.settle()

        assert acks[0]["OriginatorConversationID"] != acks[1]["OriginatorConversationID"]
        assert quick.book()["paid_out"] == 200

    def test_promotion_congratulates(self, quick: SimulatorClient) -> None:
        pay_out(quick, CommandID="PromotionPayment")
        quick.settle()

        text = quick.control("GET", f"/customers/{PHONE}")["messages"][0]["text"]
        assert text.startswith("Congratulations! ")

    @pytest.mark.parametrize(
        ("amount", "balance", "code"),
        [(9, 0, "2"), (250_001, 0, "3"), (60_000, 0, "1"), (100, 499_950, "8")],
    )
    def test_rules(self, quick: SimulatorClient, amount: int, balance: int, code: str) -> None:
        quick.control("POST", "/customers", {"phone": PHONE, "balance": balance})

        pay_out(quick, Amount=amount)

        body = result(quick)
        assert body["ResultCode"] == code
        assert "ResultParameters" not in body
        assert body["TransactionID"].endswith("0000000")
        assert quick.book()["paid_out"] == 0

    def test_utility_account_runs_dry(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, opening_balance=209)
        for number in range(3):
            pay_out(client, OriginatorConversationID=f"W-{number}")
            client.settle()

        codes = [body["Result"]["ResultCode"] for body in client.merchant.bodies("/result")]
        assert codes == [0, 0, "1"]

    def test_daily_limit_of_the_customer(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, opening_balance=2_000_000)
        for number in range(3):
            client.control("POST", "/customers", {"phone": PHONE, "balance": 0})
            pay_out(client, OriginatorConversationID=f"W-{number}", Amount=250_000)
            client.settle()

        codes = [body["Result"]["ResultCode"] for body in client.merchant.bodies("/result")]
        assert codes == [0, 0, "4"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("OriginatorConversationID", ""), ("InitiatorName", ""), ("SecurityCredential", None),
            ("CommandID", "x"), ("Amount", "1.5"), ("PartyA", "999999"), ("PartyB", "0712345678"),
            ("Remarks", ""), ("Remarks", "x" * 101), ("ResultURL", "x"), ("QueueTimeOutURL", ""),
        ],
    )  # fmt: skip
    def test_names_the_wrong_field(self, quick: SimulatorClient, field: str, value: Any) -> None:
        answer = pay_out(quick, **{field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")

    def test_strict_wants_public_addresses(self, start: Callable[..., SimulatorClient]) -> None:
        answer = pay_out(start(strict=True))

        assert error_of(answer)[2] == "Bad Request - Invalid QueueTimeOutURL"


class TestInitiator:
    def test_three_wrong_credentials_lock(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, security_credential="right")
        codes = []
        for given in ("wrong", "wrong", "wrong", "right"):
            ask_balance(client, SecurityCredential=given)
            codes.append(result(client)["ResultCode"])

        client.control("POST", "/initiator/unlock")
        ask_balance(client, SecurityCredential="right")

        assert codes == ["2001", "2001", "2001", "8006"]
        assert result(client)["ResultCode"] == 0

    def test_right_one_begins_the_count_again(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, security_credential="right", initiator_name="api")
        for given in ("wrong", "wrong", "right", "wrong", "wrong", "right"):
            ask_balance(client, SecurityCredential=given)
            client.settle()

        assert result(client)["ResultCode"] == 0
        ask_balance(client, SecurityCredential="right", Initiator="other")
        assert result(client)["ResultCode"] == "2001"


class TestReversal:
    def test_money_goes_back_under_a_new_receipt(self, quick: SimulatorClient) -> None:
        receipt = quick.pay()["receipt"]

        reverse(quick, receipt)

        body = result(quick)
        assert body["ResultCode"] == 0
        assert parameters(body)["OriginalTransactionID"] == receipt
        assert body["TransactionID"] == quick.book()["reversals"][0]["receipt"] != receipt
        assert quick.control("GET", f"/customers/{PHONE}")["balance"] == 100_000
        assert quick.book()["balanced"]
        reverse(quick, receipt)
        assert result(quick)["ResultCode"] == "R000001"
        assert quick.book()["reversed"] == 80

    def test_only_the_whole_amount_of_an_own_payment(self, quick: SimulatorClient) -> None:
        receipt = quick.pay()["receipt"]
        other = quick.pay(81, shortcode="7654321", account_reference="")["receipt"]
        codes = []
        for name, amount in ((receipt, 79), (other, 81), ("UKN0000000", 80)):
            reverse(quick, name, amount)
            codes.append(result(quick)["ResultCode"])

        assert codes == ["R000002"] * 3
        assert quick.book()["reversed"] == 0

    def test_account_must_hold_the_money(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(result_ms=10, opening_balance=0)
        receipt = client.pay()["receipt"]
        client.control("POST", "/shortcodes/174379/sweep", {"amount": 80})

        reverse(client, receipt)

        assert result(client)["ResultCode"] == "1"

    def test_a_b2c_payment_cannot_be_reversed(self, quick: SimulatorClient) -> None:
        pay_out(quick)
        receipt = result(quick)["TransactionID"]
        reverse(quick, receipt, 100)

        assert result(quick)["ResultCode"] == "R000002"

    def test_open_pages_see_the_balance(self, quick: SimulatorClient) -> None:
        receipt = quick.pay()["receipt"]
        with quick.http.stream("GET", "/control/events") as events:
            lines = events.iter_lines()
            reverse(quick, receipt)
            seen = next(line for line in lines if '"balance": 100000' in line)

        assert PHONE in seen

    def test_names_the_wrong_field(self, quick: SimulatorClient) -> None:
        assert error_of(reverse(quick, "abc"))[2] == "Bad Request - Invalid TransactionID"
        wrong = reverse(quick, "UKN0000000", RecieverIdentifierType="1")
        assert error_of(wrong)[2] == "Bad Request - Invalid RecieverIdentifierType"

    def test_payment_of_another_business_goes_back_to_it(self, quick: SimulatorClient) -> None:
        receipt = quick.control("POST", "/shortcodes/174379/receive", {"amount": 80})["receipt"]
        reverse(quick, receipt)

        assert result(quick)["ResultCode"] == 0
        assert quick.book()["balanced"]


class TestStatus:
    def test_a_payment(self, quick: SimulatorClient) -> None:
        receipt = quick.pay(500)["receipt"]

        ack = ask_status(quick, receipt).json()

        body = result(quick)
        told = parameters(body)
        assert told["TransactionStatus"] == "Completed"
        assert (told["ReceiptNo"], told["Amount"]) == (receipt, "500.00")
        assert told["CreditPartyName"].startswith("174379 - ")
        assert told["DebitPartyName"] == f"{PHONE} - Customer 5678"
        assert told["CreditPartyCharges"] == "Fee For Pay Bill Payment|KES|5.00"
        assert told["TransactionReason"] is None
        # It answers with the original's id; only the ConversationID is the question's.
        assert body["ConversationID"] == ack["ConversationID"]
        assert body["OriginatorConversationID"] != ack["OriginatorConversationID"]
        assert body["OriginatorConversationID"] == told["OriginatorConversationID"]

    def test_two_questions_name_the_same_original(self, quick: SimulatorClient) -> None:
        receipt = quick.pay()["receipt"]
        ask_status(quick, receipt)
        first = result(quick)["OriginatorConversationID"]
        ask_status(quick, receipt)

        assert result(quick)["OriginatorConversationID"] == first

    def test_reversed_payment_and_its_reversal(self, quick: SimulatorClient) -> None:
        receipt = quick.pay()["receipt"]
        reversal = quick.control("POST", f"/payments/{receipt}/reverse")["receipt"]
        ask_status(quick, receipt)
        original = parameters(result(quick))
        ask_status(quick, reversal)

        assert original["TransactionStatus"] == "Reversed"
        assert parameters(result(quick))["ReasonType"] == "Pay Bill Reversal"

    @pytest.mark.parametrize("by", ["receipt", "originator", "conversation"])
    def test_a_payout(self, quick: SimulatorClient, by: str) -> None:
        ack = pay_out(quick).json()
        receipt = result(quick)["TransactionID"]
        ids = {"originator": "W-1", "conversation": ack["ConversationID"]}
        if by == "receipt":
            ask_status(quick, receipt)
        else:
            ask_status(quick, OriginalConversationID=ids[by])

        told = parameters(result(quick))
        assert (told["ReceiptNo"], told["OriginatorConversationID"]) == (receipt, "W-1")
        assert told["DebitAccountType"] == "Utility Account"

    def test_failed_payout_has_no_status(self, quick: SimulatorClient) -> None:
        pay_out(quick, Amount=9)
        quick.settle()
        ask_status(quick, OriginalConversationID="W-1")

        assert result(quick)["ResultCode"] == "SFC_IC0003"

    def test_unknown_ones(self, quick: SimulatorClient) -> None:
        other = quick.pay(81, shortcode="7654321", account_reference="")["receipt"]
        codes = []
        for receipt in ("UKN0000000", other, "short"):
            ask_status(quick, receipt)
            codes.append(result(quick)["ResultCode"])
        ask_status(quick, OriginalConversationID="nothing")

        assert codes == ["SFC_IC0003", "SFC_IC0003", "25"]
        assert result(quick)["ResultCode"] == "SFC_IC0003"

    def test_must_name_a_transaction(self, quick: SimulatorClient) -> None:
        assert error_of(ask_status(quick))[2] == "Bad Request - Invalid TransactionID"


class TestBalance:
    def test_every_account(self, quick: SimulatorClient) -> None:
        ask_balance(quick)

        text = parameters(result(quick))["AccountBalance"]
        accounts = dict(row.split("|", 1) for row in text.split("&"))
        assert accounts["Utility Account"] == "KES|50000.00|50000.00|0.00|0.00"
        assert set(accounts) == {
            "Working Account", "Float Account", "Utility Account", "Charges Paid Account",
            "Organization Settlement Account",
        }  # fmt: skip

    def test_charges_may_be_negative(self) -> None:
        assert "Charges Paid Account|KES|-5.00" in balance_text(Accounts(0, 0, charges_paid=-5))


class TestTokens:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            (B2C, 404, "404.001.03"), (REVERSAL, 404, "404.001.03"),
            (STATUS, 400, "400.003.01"), (BALANCE, 401, "401.002.01"),
        ],
    )  # fmt: skip
    def test_each_api_has_its_own_error(
        self, quick: SimulatorClient, path: str, status: int, code: str
    ) -> None:
        answer = quick.http.post(path, json={}, headers={"Authorization": "Bearer x"})

        assert error_of(answer)[:2] == (status, code)


class TestResultFaults:
    @pytest.mark.parametrize(("kind", "copies"), [("lose", 0), ("duplicate", 2), ("late", 1)])
    def test_sending(self, quick: SimulatorClient, kind: str, copies: int) -> None:
        quick.control("PUT", "/faults", {"parameters": {"late_seconds": 0.05}})
        quick.arm(f"result.{kind}")

        pay_out(quick)
        quick.settle()

        assert len(quick.merchant.bodies("/result")) == copies
        assert quick.book()["paid_out"] == 100

    def test_early_comes_before_the_acknowledgement(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(result_ms=60_000)
        client.arm("result.early")

        pay_out(client)

        assert len(client.merchant.bodies("/result")) == 1
        client.settle()
        assert client.book()["paid_out"] == 100

    @pytest.mark.parametrize(
        ("kind", "paid"), [("timeout", 0), ("timeout_flat", 0), ("timeout_done", 100)]
    )
    def test_queue_timeout_says_nothing_about_the_money(
        self, quick: SimulatorClient, kind: str, paid: int
    ) -> None:
        quick.arm(f"result.{kind}")

        pay_out(quick)
        quick.settle()

        assert quick.merchant.bodies("/result") == []
        (body,) = quick.merchant.bodies("/timeout")
        if kind == "timeout_flat":
            assert (body["OriginatorConversationID"], body["SecurityCredential"]) == (
                "W-1", "c2VjcmV0",
            )  # fmt: skip
        else:
            assert (body["Result"]["ResultType"], body["Result"]["ResultCode"]) == (1, 1)
        assert quick.book()["paid_out"] == paid

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("busy", "26"), ("internal", "17"), ("no_role", "21"), ("unregistered", "2040"),
            ("unknown_number", "SFC_IC0003"), ("daily_limit", "4"),
        ],
    )  # fmt: skip
    def test_codes(self, quick: SimulatorClient, kind: str, code: str) -> None:
        quick.arm(f"result.{kind}")

        pay_out(quick)

        assert result(quick)["ResultCode"] == code
        assert quick.book()["paid_out"] == 0

    def test_faults_of_b2c_leave_the_others_alone(self, quick: SimulatorClient) -> None:
        quick.arm("result.daily_limit")

        ask_balance(quick)

        assert result(quick)["ResultCode"] == 0

    def test_answer_lost_although_paid(self, quick: SimulatorClient) -> None:
        quick.arm("b2c.system_internal")

        answer = pay_out(quick)
        quick.settle()

        assert error_of(answer) == (500, "500.002.1001", "System internal error.")
        assert quick.book()["paid_out"] == 100

    @pytest.mark.parametrize("kind", QUIRKS)
    def test_every_odd_shape_keeps_the_ids(self, quick: SimulatorClient, kind: str) -> None:
        quick.arm(f"result_shape.{kind}")
        # A failure where only its shape differs.
        amount = "9" if kind == "number_code" else "100"

        pay_out(quick, Amount=amount)
        odd = result(quick)
        pay_out(quick, Amount=amount, OriginatorConversationID="W-2")
        plain = result(quick)

        assert odd["OriginatorConversationID"] == "W-1"
        unlike = ("ConversationID", "OriginatorConversationID", "TransactionID")
        left = [{k: v for k, v in body.items() if k not in unlike} for body in (odd, plain)]
        keys = [
            [item["Key"] for item in items] if isinstance(items, list) else items["Key"]
            for body in (odd, plain)
            if (items := body.get("ResultParameters", {}).get("ResultParameter", []))
        ]
        assert left[0] != left[1]
        if kind in ("reversed_order", "repeated_key", "one_parameter"):
            assert keys[0] != keys[1]

    def test_quirks_of_parameters_leave_a_failure_alone(self, quick: SimulatorClient) -> None:
        for kind in ("repeated_key", "one_parameter", "reversed_order"):
            quick.arm(f"result_shape.{kind}")

        pay_out(quick, Amount="9")

        assert "ResultParameters" not in result(quick)


class TestCharges:
    def test_bands(self) -> None:
        assert [payout_charge(n) for n in (10, 100, 101, 1_500, 1_501, 250_000)] == [
            0, 0, 5, 5, 9, 13,
        ]  # fmt: skip
        assert [payment_charge(n) for n in (1, 100, 101, 1_000, 250_000)] == [0, 0, 5, 10, 108]
