"""Pull Transactions: registered once, paged in both readings, in every shape."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from daraja_simulator.clock import EAT
from daraja_simulator.pull_records import ANSWER_QUIRKS, QUIRKS

from .harness import PHONE, SimulatorClient
from .test_endpoints import error_of

REGISTER, QUERY = "/pulltransactions/v1/register", "/pulltransactions/v1/query"


def register(client: SimulatorClient, **changes: Any) -> httpx.Response:
    """Register for Pull."""
    body = {
        "ShortCode": "174379",
        "RequestType": "Pull",
        "NominatedNumber": PHONE,
        "CallBackURL": f"{client.merchant.url}/pull",
    }
    return client.call(REGISTER, {**body, **changes})


def query(client: SimulatorClient, offset: int | str = 0, **changes: Any) -> httpx.Response:
    """Ask for the payments of the last hour."""
    now = datetime.now(EAT)
    body = {
        "ShortCode": "174379",
        "StartDate": f"{now - timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        "EndDate": f"{now + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        "OffSetValue": str(offset),
    }
    return client.call(QUERY, {**body, **changes})


class TestRegister:
    def test_first_and_again(self, manual: SimulatorClient) -> None:
        first, again = register(manual).json(), register(manual).json()

        assert (first["ResponseStatus"], again["ResponseStatus"]) == ("1000", "1001")
        assert first["ResponseDescription"] == "Shortcode Registered Successfully"
        assert manual.control("GET", "/shortcodes")["shortcodes"]["174379"]["pull"]

    def test_keys_with_a_space(self, manual: SimulatorClient) -> None:
        manual.arm("pull_shape.spaced_keys")

        assert register(manual).json()["Response Status"] == "1000"

    @pytest.mark.parametrize(
        ("field", "value"),
        [("RequestType", "Push"), ("NominatedNumber", "0712"), ("CallBackURL", "here")],
    )
    def test_names_the_wrong_field(self, manual: SimulatorClient, field: str, value: str) -> None:
        answer = register(manual, **{field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")

    def test_wrong_shortcode_or_token(self, manual: SimulatorClient) -> None:
        assert error_of(register(manual, ShortCode="1"))[:2] == (400, "400.001")
        bad = manual.http.post(QUERY, json={}, headers={"Authorization": "Bearer x"})
        assert error_of(bad)[:2] == (401, "401.001")


class TestQuery:
    def test_a_payment_by_prompt_and_one_by_hand(self, automatic: SimulatorClient) -> None:
        register(automatic)
        receipts = [automatic.settled_push()["receipt"], automatic.pay(81)["receipt"]]

        answer = query(automatic).json()

        assert (answer["ResponseCode"], answer["ResponseMessage"]) == ("1000", "Success")
        (records,) = answer["Response"]
        assert [record["transactionId"] for record in records] == receipts
        assert records[1]["billreference"] == "KBZ7"
        assert (records[1]["amount"], records[1]["msisdn"]) == ("81.00", int(PHONE))
        assert records[1]["transactiontype"] == "c2b-pay-bill-debit"
        assert "TotalPages" not in answer

    def test_1001_for_nothing_and_for_not_provisioned_alike(self, manual: SimulatorClient) -> None:
        unregistered = query(manual)
        manual.pay()
        still = query(manual)
        register(manual)
        window = {"StartDate": "2020-01-01 00:00:00", "EndDate": "2020-01-02 00:00:00"}
        empty = query(manual, **window)
        manual.arm("pull.not_provisioned")
        broken = query(manual)

        for answer in (unregistered, still, empty, broken):
            assert answer.status_code == 200
            assert answer.json()["ResponseCode"] == "1001"
            assert answer.json()["Response"] == "[[]]"
        assert query(manual).json()["ResponseCode"] == "1000"

    def test_empty_list(self, manual: SimulatorClient) -> None:
        manual.arm("pull_shape.empty_list")

        assert query(manual).json()["Response"] == [[]]

    @pytest.mark.parametrize("paging", ["row", "page"])
    def test_paging_in_both_readings(
        self, start: Callable[..., SimulatorClient], paging: str
    ) -> None:
        client = start(pull_paging=paging, pull_page_size=2)
        register(client)
        receipts = [client.pay(80 + n)["receipt"] for n in range(5)]
        offsets = (0, 1, 2, 3) if paging == "page" else (0, 2, 4, 6)

        answers = [query(client, offset).json() for offset in offsets]

        pages = [answer["Response"][0] for answer in answers[:3]]
        assert [r["transactionId"] for page in pages for r in page] == receipts
        assert answers[3]["ResponseCode"] == "1001"
        assert answers[0].get("TotalPages") == (3 if paging == "page" else None)

    def test_window_ends_before_its_end(self, manual: SimulatorClient) -> None:
        register(manual)
        manual.pay()
        past = f"{datetime.now(EAT) - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"

        assert query(manual, EndDate=past).json()["ResponseCode"] == "1001"

    def test_another_business_is_not_in_it(self, manual: SimulatorClient) -> None:
        register(manual)
        manual.pay(80, shortcode="7654321", account_reference="")
        manual.control("POST", "/shortcodes/174379/receive", {"amount": 5})

        (records,) = query(manual).json()["Response"]

        assert [(record["amount"], record["msisdn"]) for record in records] == [("5.00", "")]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("StartDate", "2026-11-28 8:36:00"), ("EndDate", "2026-11-28 10:10:000"),
            ("EndDate", "2026-13-28 10:10:00"), ("OffSetValue", "x"),
        ],
    )  # fmt: skip
    def test_names_the_wrong_field(self, manual: SimulatorClient, field: str, value: str) -> None:
        answer = query(manual, **{field: value})

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {field}")

    @pytest.mark.parametrize("kind", sorted({*QUIRKS, *ANSWER_QUIRKS} - {"spaced_keys"}))
    def test_every_odd_shape_keeps_the_receipt(self, manual: SimulatorClient, kind: str) -> None:
        register(manual)
        receipt = manual.pay()["receipt"]
        plain = query(manual).json()["Response"]
        manual.arm(f"pull_shape.{kind}")

        odd = query(manual).json()["Response"]

        record = odd[0] if kind == "flat" else odd[0][0]
        assert record["transactionId"] == receipt
        assert (odd != plain) == (kind != "empty_list")
        assert manual.count(f"pull_shape.{kind}") == 1


class TestDaysGoBy:
    def test_what_is_older_than_the_list_stands_in_the_statement_only(
        self, automatic: SimulatorClient
    ) -> None:
        old = automatic.pay(50)["receipt"]
        automatic.control("PATCH", "/settings", {"clock_ahead_seconds": 48 * 3600 + 1})
        new = automatic.pay(60)["receipt"]
        register(automatic)

        later = datetime.now(EAT) + timedelta(hours=49)
        answer = query(
            automatic,
            StartDate=f"{later - timedelta(hours=96):%Y-%m-%d %H:%M:%S}",
            EndDate=f"{later:%Y-%m-%d %H:%M:%S}",
        )
        statement = automatic.http.get("/control/statement").text

        assert [found["transactionId"] for found in answer.json()["Response"][0]] == [new]
        assert old in statement
        assert new in statement

    def test_an_access_token_has_ended_by_then(self, automatic: SimulatorClient) -> None:
        register(automatic)
        automatic.control("PATCH", "/settings", {"clock_ahead_seconds": 48 * 3600})

        assert query(automatic).status_code == 401
