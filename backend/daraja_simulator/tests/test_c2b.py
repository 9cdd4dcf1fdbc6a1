"""C2B: addresses registered, payments by hand validated and confirmed, in every shape."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from daraja_simulator.c2b_messages import QUIRKS

from .harness import PHONE, SimulatorClient, wait_for
from .test_endpoints import error_of

PAY = f"/control/customers/{PHONE}/pay"


def refused(client: SimulatorClient, **changes: Any) -> str:
    """Why a payment by hand did not go through."""
    body = {"amount": 80, "account_reference": "KBZ7", **changes}
    response = client.http.post(PAY, json=body)
    assert response.status_code == 400
    return str(response.json()["error"])


class TestRegister:
    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_answers_as_daraja_does(self, manual: SimulatorClient, version: str) -> None:
        answer = manual.register(version)

        assert answer.status_code == 200
        assert set(answer.json()) == {
            "OriginatorCoversationID", "ResponseCode", "ResponseDescription",
        }  # fmt: skip
        kept = manual.control("GET", "/shortcodes")["shortcodes"]["174379"]["registration"]
        assert (kept["version"], kept["response_type"]) == (version, "Completed")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("ShortCode", "1"),
            ("ResponseType", "completed"),
            ("ConfirmationURL", "here"),
            ("ValidationURL", "here"),
        ],
    )
    def test_names_the_wrong_field(self, manual: SimulatorClient, field: str, value: str) -> None:
        answer = manual.register(**{field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")

    def test_once_only_where_production_is_asked_for(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(register_once=True)
        client.register()

        again = client.register()
        client.control("DELETE", "/shortcodes/174379/urls")

        assert error_of(again) == (500, "500.003.1001", "Urls are already registered.")
        assert client.register().status_code == 200

    def test_sandbox_overwrites(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.register(ConfirmationURL=f"{manual.merchant.url}/new")
        manual.pay()
        manual.settle()

        assert len(manual.merchant.bodies("/new")) == 1

    def test_strict_refuses_what_production_refuses(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(strict=True)

        assert error_of(client.register())[2] == "Bad Request - Invalid ConfirmationURL"
        good = {"ConfirmationURL": "https://a.test/c", "ValidationURL": "https://a.test/mpesa"}
        assert error_of(client.register(**good))[2] == "Bad Request - Invalid ValidationURL"

    def test_wrong_version_looks_like_a_token_problem(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(register_version="v1")

        assert error_of(client.register("v2"))[:2] == (401, "401.003.01")
        assert client.register("v1").status_code == 200

    def test_zeros(self, manual: SimulatorClient) -> None:
        manual.arm("register.zeros")

        assert manual.register().json()["ResponseCode"] == "00000000"


class TestConfirmation:
    def test_body(self, manual: SimulatorClient) -> None:
        manual.register()
        before = manual.control("GET", "/shortcodes")["shortcodes"]["174379"]["accounts"]

        paid = manual.pay(80, account_reference="KBZ7")
        manual.settle()

        (body,) = manual.merchant.bodies("/confirmation")
        assert body["TransID"] == paid["receipt"]
        assert body["TransactionType"] == "Pay Bill"
        assert body["TransAmount"] == "80.00"
        assert body["BillRefNumber"] == "KBZ7"
        assert body["MSISDN"] == "2547 ***** 678"
        assert body["OrgAccountBalance"] == f"{before['utility'] + 80}.00"
        assert body["FirstName"] == "CUSTOMER"

    def test_the_book_tells_how_the_business_was_told_of_a_payment(
        self, manual: SimulatorClient
    ) -> None:
        manual.register()
        manual.arm("c2b.duplicate")
        manual.pay(80)
        manual.arm("c2b.lose")
        manual.pay(81)
        manual.settle()
        manual.merchant.status = 503
        manual.pay(82)
        manual.settle()

        told = {
            payment["amount"]: (
                payment["confirmations_delivered"],
                payment["confirmations_failed"],
                payment["confirmation_faults"],
            )
            for payment in manual.book()["phones"][PHONE]["payments"]
        }
        assert told == {
            80: (2, 0, ["c2b.duplicate"]),
            81: (0, 0, ["c2b.lose"]),
            82: (0, 1, []),
        }

    def test_what_a_prompt_paid_is_confirmed_as_well(self, automatic: SimulatorClient) -> None:
        automatic.register()

        prompt = automatic.settled_push()

        (body,) = automatic.merchant.bodies("/confirmation")
        assert body["TransID"] == prompt["receipt"]
        assert body["BillRefNumber"] == "DEP7K2M9QX"
        (payment,) = automatic.book()["phones"][PHONE]["payments"]
        assert payment["confirmations_delivered"] == 1

    def test_version_1_hashes_the_phone(self, manual: SimulatorClient) -> None:
        manual.register("v1")
        manual.pay()
        manual.settle()

        expected = hashlib.sha256(PHONE.encode()).hexdigest()
        assert manual.merchant.bodies("/confirmation")[0]["MSISDN"] == expected

    def test_without_registration_the_payment_completes_silently(
        self, manual: SimulatorClient
    ) -> None:
        manual.pay()
        manual.settle()

        assert manual.merchant.received == []
        assert manual.book()["total"] == 80

    def test_a_till_has_no_account_number(self, manual: SimulatorClient) -> None:
        manual.register(ShortCode="7654321")
        manual.pay(80, shortcode="7654321", account_reference="")
        manual.settle()

        (body,) = manual.merchant.bodies("/confirmation")
        assert body["TransactionType"] == "Customer Merchant Payment"
        assert body["BillRefNumber"] == ""

    def test_another_business_pays(self, manual: SimulatorClient) -> None:
        manual.register()
        body = {"amount": 500, "account_reference": "INV1", "name": "ACME B2C"}

        manual.control("POST", "/shortcodes/174379/receive", body)
        manual.settle()

        (sent,) = manual.merchant.bodies("/confirmation")
        assert sent["TransactionType"] == "Organization To Organization Transfer"
        assert (sent["MSISDN"], sent["InvoiceNumber"]) == ("", "OK")
        assert sent["FirstName"] == "ACME B2C"
        book = manual.book()
        assert (book["total"], book["balanced"], book["phones"]) == (500, True, {})
        assert book["organisations"][0]["way"] == "organisation"

    def test_another_business_may_be_rejected(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.merchant.answers["/validation"] = {"ResultCode": "C2B00012"}

        answer = manual.http.post("/control/shortcodes/174379/receive", json={"amount": 5})

        assert answer.status_code == 400
        assert manual.book()["total"] == 0

    def test_overdraft(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.pay(way="overdraft")
        manual.settle()

        types = [body["TransactionType"] for body in manual.merchant.bodies("/confirmation")]
        assert types == ["OD Payment Transfer"]

    @pytest.mark.parametrize("kind", QUIRKS)
    def test_every_odd_shape_keeps_receipt_and_amount(
        self, manual: SimulatorClient, kind: str
    ) -> None:
        manual.register(ValidationURL="")
        paid = manual.pay()
        manual.settle()
        manual.arm(f"c2b_shape.{kind}")
        paid = manual.pay(81)
        manual.settle()

        plain, odd = manual.merchant.bodies("/confirmation")
        assert odd["TransID"] == paid["receipt"]
        assert float(odd["TransAmount"]) == 81
        differing = {name for name in plain if plain[name] != odd.get(name, "missing")}
        assert differing - {"TransID", "TransTime", "OrgAccountBalance"} or kind == "no_balance"
        assert manual.count(f"c2b_shape.{kind}") == 1


class TestValidation:
    def test_asked_before_the_money_moves(self, manual: SimulatorClient) -> None:
        manual.register()

        paid = manual.pay()
        manual.settle()

        paths = [path for path, _, _ in manual.merchant.received]
        assert paths == ["/validation", "/confirmation"]
        (asked,) = manual.merchant.bodies("/validation")
        assert asked["TransID"] == paid["receipt"]
        assert asked["OrgAccountBalance"] == ""

    def test_own_id_comes_back_in_the_confirmation(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.merchant.answers["/validation"] = {"ResultCode": "0", "ThirdPartyTransID": "MINE"}

        manual.pay()
        manual.settle()

        assert manual.merchant.bodies("/confirmation")[0]["ThirdPartyTransID"] == "MINE"

    @pytest.mark.parametrize("response_type", ["Completed", "Cancelled"])
    @pytest.mark.parametrize("code", ["C2B00011", "C2B00012", "C2B00013", "C2B00016", 1, ""])
    def test_rejection_moves_nothing(
        self, manual: SimulatorClient, code: str | int, response_type: str
    ) -> None:
        manual.register(ResponseType=response_type)
        manual.merchant.answers["/validation"] = {"ResultCode": code, "ResultDesc": "Rejected"}

        assert "rejected" in refused(manual)
        manual.settle()

        assert manual.book()["total"] == 0
        assert manual.merchant.bodies("/confirmation") == []
        customer = manual.control("GET", f"/customers/{PHONE}")
        assert customer["balance"] == 100_000
        assert customer["messages"][0]["text"].startswith("Failed. ")

    @pytest.mark.parametrize(
        ("response_type", "total"), [("Completed", 80), ("Cancelled", 0), ("Canceled", 0)]
    )
    @pytest.mark.parametrize("trouble", ["late", "status", "text", "no code", "fault"])
    def test_no_answer_in_time_leaves_it_to_the_response_type(
        self, start: Callable[..., SimulatorClient], trouble: str, response_type: str, total: int
    ) -> None:
        client = start(validation_seconds=0.1 if trouble == "late" else 3)
        client.register(ResponseType=response_type)
        client.merchant.wait_s = 0.3 if trouble == "late" else 0
        client.merchant.status = 500 if trouble == "status" else 200
        if trouble in ("text", "no code"):
            client.merchant.answers["/validation"] = "" if trouble == "text" else {"x": 1}
        if trouble == "fault":
            client.arm("validation.unreachable")

        if total:
            client.pay()
        else:
            assert "ResponseType is Cancelled" in refused(client)

        assert client.book()["total"] == total
        assert client.book()["balanced"]

    def test_asked_twice_pays_once(self, manual: SimulatorClient) -> None:
        manual.register()
        manual.arm("validation.duplicate")

        manual.pay()
        manual.settle()

        assert len(manual.merchant.bodies("/validation")) == 2
        assert len(manual.merchant.bodies("/confirmation")) == 1

    def test_may_be_off(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(validation=False)
        client.register()

        client.pay()

        assert client.merchant.bodies("/validation") == []

    def test_not_asked_about_a_payment_that_the_rules_forbid(self, manual: SimulatorClient) -> None:
        manual.register()

        assert refused(manual, amount=200_000).startswith("result 1: ")
        assert manual.merchant.received == []

    def test_money_spent_while_the_business_thinks_is_not_spent_twice(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(balance=100)
        client.register()
        client.merchant.wait_s = 0.2
        body = {"ShortCode": "174379", "CommandID": "CustomerPayBillOnline", "Amount": 80,
                "Msisdn": PHONE, "BillRefNumber": "KBZ7"}  # fmt: skip

        for _ in range(3):
            client.call("/mpesa/c2b/v2/simulate", body)
        client.settle()

        assert len(client.merchant.bodies("/validation")) == 3
        assert (client.book()["total"], client.book()["balanced"]) == (80, True)


class TestByHand:
    def test_pin(self, manual: SimulatorClient) -> None:
        assert refused(manual, pin="0000").startswith("result 2001")
        manual.pay(pin="1234")
        for _ in range(3):
            refused(manual, pin="0000")

        assert refused(manual, pin="1234").startswith("result 8006")
        assert manual.book()["total"] == 80

    def test_paybill_needs_an_account_number(self, manual: SimulatorClient) -> None:
        assert "account_reference" in refused(manual, account_reference=" ")


class TestHakikisha:
    asked = {"account_reference": "10049382"}

    def test_off_by_default(self, manual: SimulatorClient) -> None:
        shown = manual.control("POST", "/hakikisha", self.asked)

        assert shown == {"name": "", "problem": "not switched on"}

    @pytest.mark.parametrize("shape", ["request_id", "transaction_id"])
    def test_shows_the_name(self, start: Callable[..., SimulatorClient], shape: str) -> None:
        client = start(hakikisha_shape=shape)
        url = client.merchant.url
        settings = {
            "hakikisha_url": f"{url}/name", "hakikisha_token_url": f"{url}/token",
            "hakikisha_key": "k", "hakikisha_secret": "s",
        }  # fmt: skip
        client.control("PATCH", "/settings", settings)
        client.merchant.answers["/token"] = {"access_token": "T0", "expires_in": "3600"}
        client.merchant.answers["/name"] = {"accountName": "Jane W.", "responseCode": "0"}

        shown = client.control("POST", "/hakikisha", self.asked)

        assert shown == {"name": "Jane W.", "problem": ""}
        token, name = client.merchant.received
        assert token[1]["Authorization"].startswith("Basic ")
        assert name[1]["Authorization"] == "Bearer T0"
        body = client.merchant.bodies("/name")[0]
        assert body["accountNumber"] == "10049382"
        assert ("requestId" in body) == (shape == "request_id")

    @pytest.mark.parametrize(
        ("answer", "status", "problem"),
        [
            ({"responseCode": "1", "accountName": "x"}, 200, "no such account"),
            ({}, 200, "no such account"),
            ("[]", 200, "no such account"),
            ("<html>", 200, "no such account"),
            ({}, 400, "the business answered 400"),
        ],
    )
    def test_no_name(self, manual: SimulatorClient, answer: Any, status: int, problem: str) -> None:
        url = f"{manual.merchant.url}/name"
        manual.control("PATCH", "/settings", {"hakikisha_url": url})
        manual.merchant.answers["/name"], manual.merchant.status = answer, status

        shown = manual.control("POST", "/hakikisha", self.asked)

        assert shown == {"name": "", "problem": problem}

    def test_no_token_or_nobody_there(self, manual: SimulatorClient) -> None:
        settings = {"hakikisha_url": "http://127.0.0.1:1/"}
        manual.control("PATCH", "/settings", settings)
        unheard = manual.control("POST", "/hakikisha", self.asked)
        settings |= {"hakikisha_token_url": "http://127.0.0.1:1/"}
        manual.control("PATCH", "/settings", settings)

        assert unheard["problem"] == "no answer"
        assert manual.control("POST", "/hakikisha", self.asked)["problem"].endswith("no token")


class TestSimulate:
    body = {"ShortCode": 174379, "CommandID": "CustomerPayBillOnline", "Amount": 5,
            "Msisdn": 254712345678, "BillRefNumber": "KBZ7"}  # fmt: skip

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_pays(self, manual: SimulatorClient, version: str) -> None:
        manual.register()

        answer = manual.call(f"/mpesa/c2b/{version}/simulate", self.body)
        manual.settle()

        assert answer.json()["ResponseDescription"] == "Accept the service request successfully."
        assert len(manual.merchant.bodies("/confirmation")) == 1
        assert manual.book()["phones"][PHONE]["payments"][0]["way"] == "simulate"

    def test_till_needs_no_reference(self, manual: SimulatorClient) -> None:
        body = {**self.body, "ShortCode": "7654321", "CommandID": "CustomerBuyGoodsOnline"}

        answer = manual.call("/mpesa/c2b/v2/simulate", {**body, "BillRefNumber": None})
        manual.settle()

        assert answer.status_code == 200
        assert manual.book()["total"] == 5

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("ShortCode", "1"), ("CommandID", "CustomerBuyGoodsOnline"), ("Amount", "5.5"),
            ("Amount", 0), ("Msisdn", "0712345678"), ("BillRefNumber", None),
            ("BillRefNumber", "x" * 21),
        ],
    )  # fmt: skip
    def test_names_the_wrong_field(self, manual: SimulatorClient, field: str, value: Any) -> None:
        answer = manual.call("/mpesa/c2b/v2/simulate", {**self.body, field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")

    def test_production_does_not_have_it(self, start: Callable[..., SimulatorClient]) -> None:
        answer = start(strict=True).call("/mpesa/c2b/v2/simulate", self.body)

        assert answer.status_code == 404


class TestSafaricomReverses:
    def test_the_customer_has_the_money_back_and_the_business_is_not_told(
        self, manual: SimulatorClient
    ) -> None:
        manual.register()
        receipt = manual.pay()["receipt"]
        manual.settle()
        told = len(manual.merchant.received)

        reversal = manual.control("POST", f"/payments/{receipt}/reverse")

        assert reversal["original_receipt"] == receipt
        assert reversal["receipt"] != receipt
        again = manual.http.post(f"/control/payments/{receipt}/reverse")
        assert again.json() == {"error": "R000001"}
        assert manual.http.post("/control/payments/none/reverse").status_code == 404
        customer = manual.control("GET", f"/customers/{PHONE}")
        assert customer["balance"] == 100_000
        assert f"Reversal of transaction {receipt}" in customer["messages"][0]["text"]
        book = manual.book()
        assert (book["total"], book["reversed"], book["balanced"]) == (80, 80, True)
        assert len(manual.merchant.received) == told


class TestAccounts:
    def test_sweep_and_fund(self, manual: SimulatorClient) -> None:
        manual.pay(500)
        swept = manual.control("POST", "/shortcodes/174379/sweep", {"amount": 50_000})
        funded = manual.control("POST", "/shortcodes/174379/fund", {"amount": 100})

        assert (swept["settlement"], swept["charges_paid"]) == (50_000, -5)
        assert (swept["utility"], funded["utility"]) == (495, 595)
        assert manual.book()["balanced"]

    def test_cannot_sweep_more_than_there_is(self, manual: SimulatorClient) -> None:
        answer = manual.http.post("/control/shortcodes/174379/sweep", json={"amount": 50_001})

        assert answer.status_code == 400
        assert (
            manual.http.post("/control/shortcodes/1/sweep", json={"amount": 1}).status_code == 404
        )


class TestKiswahili:
    def test_sms(self, manual: SimulatorClient) -> None:
        manual.control("PATCH", f"/customers/{PHONE}", {"language": "sw"})
        manual.pay(80)
        manual.pay(81, shortcode="7654321", account_reference="")

        till, paybill = manual.control("GET", f"/customers/{PHONE}")["messages"]
        assert "Imethibitishwa. Umelipa Ksh81.00 kwa" in till["text"]
        assert "Ksh80.00 imetumwa kwa" in paybill["text"]
        assert "akaunti nambari KBZ7" in paybill["text"]


def test_wire_log_has_every_message(manual: SimulatorClient) -> None:
    manual.register()
    manual.pay()
    manual.settle()

    wait_for(lambda: len(manual.control("GET", "/wire")["messages"]) >= 4)
    kinds = [message["kind"] for message in manual.control("GET", "/wire")["messages"]]
    assert {"register", "validation", "c2b"} <= set(kinds)
