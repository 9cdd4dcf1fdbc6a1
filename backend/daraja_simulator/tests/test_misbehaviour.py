"""Every fault, shown over real connections."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from daraja_simulator import c2b_messages, pull_records, results
from daraja_simulator.fault_catalogue import CATALOGUE

from . import test_commands, test_other_endpoints
from .harness import PHONE, SimulatorClient, wait_for


def by_phone(index: int) -> dict[str, Any]:
    """A push by the so-manieth customer."""
    phone = 254700000000 + index
    return {"PhoneNumber": phone, "PartyA": phone}


QUICK = {"hang_seconds": 0.01, "answer_delay_ms": 50}
GATEWAY = [
    ("system_busy", 500, "500.003.02"),
    ("spike_arrest", 500, "500.003.02"),
    ("quota", 500, "500.003.03"),
    ("apigee_429", 429, "policies.ratelimit.SpikeArrestViolation"),
    ("waf_403", 403, "Incapsula incident ID"),
    ("waf_503", 503, "Incapsula incident ID"),
    ("internal_error", 500, "500.003.1001"),
]
ERRORS = [
    ("invalid_token", 404, "404.001.03"),
    ("lock_subscriber", 500, "Unable to lock subscriber"),
    ("merchant_missing", 500, "Merchant does not exist"),
    ("wrong_credentials", 500, '"Wrong credentials"'),
    ("merchant_validate", 500, "[MerchantValidate] - Wrong credentials"),
    ("being_processed", 500, "The transaction is being processed"),
    ("error_in_200", 200, "500.003.02"),
]


class TestErrors:
    @pytest.mark.parametrize(("kind", "status", "text"), GATEWAY + ERRORS)
    def test_a_refused_push_opens_no_prompt(
        self, automatic: SimulatorClient, kind: str, status: int, text: str
    ) -> None:
        automatic.arm(f"push.{kind}")

        answer = automatic.push()

        assert answer.status_code == status
        assert text in answer.text
        assert automatic.control("GET", "/prompts")["total"] == 0
        assert automatic.count(f"push.{kind}") == 1
        assert automatic.push().status_code == 200

    @pytest.mark.parametrize(("kind", "status", "text"), GATEWAY)
    def test_oauth_and_query_refused(
        self, manual: SimulatorClient, kind: str, status: int, text: str
    ) -> None:
        checkout = manual.push_id()
        manual.arm(f"oauth.{kind}")
        manual.arm(f"query.{kind}")

        for answer in (manual.get_token(), manual.query(checkout)):
            assert answer.status_code == status
            assert text in answer.text

    @pytest.mark.parametrize("fault", ["oauth.reset", "push.reset", "query.reset"])
    def test_reset_before_anything_is_done(self, manual: SimulatorClient, fault: str) -> None:
        assert manual.headers
        manual.arm(fault)
        calls: dict[str, Callable[[], httpx.Response]] = {
            "oauth.reset": manual.get_token,
            "push.reset": manual.push,
            "query.reset": lambda: manual.query("none"),
        }

        with pytest.raises(httpx.ReadError):
            calls[fault]()

        assert manual.control("GET", "/prompts")["total"] == 0

    def test_query_token_error_has_its_own_code(self, manual: SimulatorClient) -> None:
        checkout = manual.push_id()
        manual.arm("query.invalid_token")

        assert manual.query(checkout).json()["errorCode"] == "400.003.01"


class TestOauthFaults:
    def test_empty_400(self, manual: SimulatorClient) -> None:
        manual.arm("oauth.empty_400")

        assert (manual.get_token().status_code, manual.get_token().status_code) == (400, 200)

    def test_expiry_as_number_missing_and_garbage(self, manual: SimulatorClient) -> None:
        manual.arm("oauth.integer_expiry")
        assert manual.get_token().json()["expires_in"] == 3599
        manual.arm("oauth.no_expiry")
        assert "expires_in" not in manual.get_token().json()
        manual.arm("oauth.garbage")
        with pytest.raises(ValueError, match=r"Expecting|decode"):
            manual.get_token().json()

    def test_dead_token_is_refused(self, manual: SimulatorClient) -> None:
        manual.arm("oauth.dead_token")

        assert manual.push().json()["errorCode"] == "404.001.03"


class TestSpoiltAnswers:
    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("drop_answer", httpx.RemoteProtocolError),
            ("reset_after", httpx.ReadError),
            ("truncated", httpx.RemoteProtocolError),
        ],
    )
    def test_answer_lost_on_the_wire_but_customer_prompted(
        self, automatic: SimulatorClient, kind: str, error: type[Exception]
    ) -> None:
        assert automatic.headers
        automatic.arm(f"push.{kind}")

        with pytest.raises(error):
            automatic.push()

        automatic.settle()
        assert automatic.book()["phones"][PHONE]["payments"][0]["answer_lost"]
        assert len(automatic.merchant.callbacks()) == 1

    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("garbage", 200),
            ("html_200", 200),
            ("bad_gateway", 502),
            ("gateway_timeout", 504),
            ("internal_error_after", 500),
        ],
    )
    def test_answer_unreadable_but_customer_prompted(
        self, automatic: SimulatorClient, kind: str, status: int
    ) -> None:
        automatic.arm(f"push.{kind}")

        answer = automatic.push()

        automatic.settle()
        assert answer.status_code == status
        assert "ws_CO_" not in answer.text
        assert automatic.book()["total"] == 500

    def test_hang_lasts_until_the_caller_disconnects(self, automatic: SimulatorClient) -> None:
        assert automatic.headers
        automatic.arm("push.hang")
        automatic.http.timeout = httpx.Timeout(0.2)

        with pytest.raises(httpx.ReadTimeout):
            automatic.push()
        automatic.http.timeout = httpx.Timeout(5)

        automatic.settle()
        assert automatic.book()["total"] == 500

    def test_hang_ends_after_its_time(self, automatic: SimulatorClient) -> None:
        assert automatic.headers
        automatic.control("PUT", "/faults", {"parameters": {"hang_seconds": 0.1}})
        automatic.arm("push.hang")

        with pytest.raises(httpx.RemoteProtocolError):
            automatic.push()

    def test_slow_drip_and_whitespace_and_delay_are_still_right(
        self, automatic: SimulatorClient
    ) -> None:
        parameters = {"answer_delay_ms": 150, "drip_ms": 1}
        automatic.control("PUT", "/faults", {"parameters": parameters})
        for index, kind in enumerate(("slow_drip", "whitespace", "delay")):
            automatic.arm(f"push.{kind}")
            started = time.monotonic()
            answer = automatic.push(**by_phone(index))
            assert answer.json()["ResponseCode"] == "0"
            assert answer.text.startswith("\n") == (kind == "whitespace")
        assert time.monotonic() - started >= 0.15

    def test_refused_push_keeps_the_fault_armed(self, automatic: SimulatorClient) -> None:
        automatic.arm("push.garbage")

        assert automatic.push(Amount=0).status_code == 400

        assert automatic.count("push.garbage") == 0
        assert automatic.push().text.startswith("\x00")


class TestQueryFaults:
    def test_a_paid_prompt_may_be_denied_or_delayed(self, automatic: SimulatorClient) -> None:
        checkout = automatic.settled_push()["checkout_request_id"]
        for fault in ("deny", "pending_4999", "pending_500", "unknown_id"):
            automatic.arm(f"query.{fault}")

        answers = [automatic.query(checkout) for _ in range(5)]

        assert answers[0].json()["ResultCode"] == "1037"
        assert answers[1].json()["ResultCode"] == "4999"
        assert answers[2].json()["errorMessage"] == "The transaction is being processed"
        assert answers[3].json()["errorMessage"].endswith("Invalid CheckoutRequestID")
        assert answers[4].json()["ResultCode"] == "0"

    def test_a_query_never_confirms_what_was_not_paid(self, automatic: SimulatorClient) -> None:
        checkout = automatic.settled_push(Amount=1032)["checkout_request_id"]
        automatic.arm("query.deny")

        assert automatic.query(checkout).json()["ResultCode"] == "1032"
        assert automatic.count("query.deny") == 0

    def test_result_code_as_a_number(self, automatic: SimulatorClient) -> None:
        checkout = automatic.settled_push()["checkout_request_id"]
        automatic.arm("query.numeric_code")

        assert automatic.query(checkout).json()["ResultCode"] == 0


class TestCallbackFaults:
    def test_plain(self, automatic: SimulatorClient) -> None:
        prompt = automatic.settled_push()

        (path, headers, text) = automatic.merchant.received[0]
        assert path == "/hook/secret/stk"
        assert headers["Content-Type"] == "application/json"
        assert "Authorization" not in headers
        assert '"Value":500.00}' in text
        assert prompt["callbacks_delivered"] == 1

    def test_early_comes_before_the_push_answer(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.early")

        automatic.push()

        assert len(automatic.merchant.callbacks()) == 1

    def test_early_needs_automatic_mode(self, manual: SimulatorClient) -> None:
        manual.arm("callback.early")

        manual.push()

        assert manual.count("callback.early") == 0

    def test_lose(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.lose")

        automatic.settled_push()

        assert automatic.merchant.received == []
        assert automatic.book()["total"] == 500

    @pytest.mark.parametrize("kind", ["drop_answer", "garbage", "delay", "hang"])
    def test_answer_and_callback_are_not_both_lost(
        self, automatic: SimulatorClient, kind: str
    ) -> None:
        assert automatic.headers
        automatic.control("PUT", "/faults", {"parameters": QUICK})
        automatic.arm(f"push.{kind}")
        automatic.arm("callback.lose")

        try:
            automatic.push()
        except httpx.HTTPError:
            assert kind in ("drop_answer", "hang")

        automatic.settle()
        assert len(automatic.merchant.callbacks()) == 1
        assert automatic.count("callback.lose") == 0

    def test_duplicate(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.duplicate", 3)

        for index in range(3):
            automatic.settled_push(**by_phone(index))

        assert 6 <= len(automatic.merchant.callbacks()) <= 9
        assert automatic.book()["total"] == 1500

    def test_late(self, automatic: SimulatorClient) -> None:
        automatic.control("PUT", "/faults", {"parameters": {"late_seconds": 0.6}})
        automatic.arm("callback.late")
        checkout = automatic.push_id()

        wait_for(lambda: automatic.query(checkout).json()["ResultCode"] == "0")

        assert automatic.merchant.received == []
        assert automatic.control("GET", "/pending")["pending"] == 1
        automatic.settle()
        assert len(automatic.merchant.received) == 1

    def test_reorder(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.reorder")

        first = automatic.push_id(**by_phone(1))
        wait_for(lambda: automatic.query(first).json()["ResultCode"] == "0")
        second = automatic.push_id(**by_phone(2))
        automatic.settle()

        came = [callback["CheckoutRequestID"] for callback in automatic.merchant.callbacks()]
        assert came == [second, first]

    def test_a_callback_to_reorder_is_sent_even_if_no_other_follows(
        self, automatic: SimulatorClient
    ) -> None:
        automatic.control("PUT", "/faults", {"parameters": {"reorder_seconds": 0.05}})
        automatic.arm("callback.reorder")

        automatic.settled_push()

        assert len(automatic.merchant.received) == 1

    @pytest.mark.parametrize(
        ("kind", "codes"), [("failure_first", [1037, 0]), ("failure_after", [0, 1037])]
    )
    def test_contradicting_callbacks(
        self, automatic: SimulatorClient, kind: str, codes: list[int]
    ) -> None:
        automatic.arm(f"callback.{kind}")

        automatic.settled_push()

        assert [c["ResultCode"] for c in automatic.merchant.callbacks()] == codes

    def test_wrong_amount(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.wrong_amount")

        automatic.settled_push()

        assert '"Value":1.00}' in automatic.merchant.received[0][2]
        assert automatic.book()["total"] == 500

    def test_not_of_a_payment_that_was_not_made(self, automatic: SimulatorClient) -> None:
        automatic.arm("callback.wrong_amount")

        automatic.settled_push(Amount=1032)

        assert automatic.count("callback.wrong_amount") == 0


class TestShapes:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("string_code", '"ResultCode":"0"'),
            ("float_amount", '"Value":500.0}'),
            ("integer_amount", '"Value":500}'),
            ("valueless_balance", '{"Name":"Balance"}'),
            ("masked_phone", '"2547 ***** 678"'),
            ("hashed_phone", '"Name":"PhoneNumber","Value":"'),
            ("string_date", '"Name":"TransactionDate","Value":"20'),
            ("old_text", '"ResultDesc":"[STK_CB - ]'),
            ("extra_items", "LoyaltyPoints"),
            ("shuffled", '"Item":[{"Name":"PhoneNumber"'),
        ],
    )
    def test_quirk(self, automatic: SimulatorClient, kind: str, text: str) -> None:
        automatic.arm(f"shape.{kind}")

        automatic.settled_push()

        assert text in automatic.merchant.received[0][2]

    def test_no_phone(self, automatic: SimulatorClient) -> None:
        automatic.arm("shape.no_phone")

        automatic.settled_push()

        assert "PhoneNumber" not in automatic.merchant.received[0][2]

    def test_all_at_once_is_still_json(self, automatic: SimulatorClient) -> None:
        shapes = {fault.name: 1 for fault in CATALOGUE if fault.group == "shape"}
        automatic.control("PUT", "/faults", {"probabilities": shapes})

        automatic.settled_push()
        automatic.settled_push(**by_phone(1), Amount=1032)

        paid, cancelled = automatic.merchant.callbacks()
        assert (paid["ResultCode"], cancelled["ResultCode"]) == ("0", "1032")
        assert "CallbackMetadata" not in cancelled


class TestDepositFaults:
    def test_lose_everything_is_counted_apart(self, automatic: SimulatorClient) -> None:
        assert automatic.headers
        automatic.arm("deposit.lose_everything")

        with pytest.raises(httpx.RemoteProtocolError):
            automatic.push()

        automatic.settle()
        book = automatic.book()
        assert automatic.merchant.received == []
        assert book["lost_everything"] == {"payments": 1, "amount": 500}
        assert book["phones"][PHONE]["payments"][0]["faults"] == ["deposit.lose_everything"]
        assert automatic.count("deposit.lose_everything") == 1

    def test_forged_callbacks_do_not_know_the_secret(self, automatic: SimulatorClient) -> None:
        automatic.settled_push(**by_phone(1))
        automatic.arm("deposit.forge")

        automatic.settled_push(CallBackURL=f"{automatic.merchant.url}/hook/secret")

        forged = [
            (path, headers)
            for path, headers, _ in automatic.merchant.received
            if headers.get("X-Forwarded-For") == "196.201.214.200"
        ]
        assert {path for path, _ in forged} == {"/hook", f"/hook/{'0' * 32}"}

    def test_any_callback_can_be_forged_by_hand(self, manual: SimulatorClient) -> None:
        bodies: list[Any] = [{"Body": {}}, "text"]
        for body in bodies:
            url = f"{manual.merchant.url}/there"
            manual.control("POST", "/forge", {"url": url, "body": body})
        manual.settle()

        assert {text for _, _, text in manual.merchant.received} == {'{"Body": {}}', "text"}


class TestC2bFaults:
    @pytest.mark.parametrize(("fault", "copies"), [("lose", 0), ("duplicate", 2), ("late", 1)])
    def test_confirmation(self, automatic: SimulatorClient, fault: str, copies: int) -> None:
        automatic.register(ConfirmationURL=f"{automatic.merchant.url}/c2b")
        automatic.control("PUT", "/faults", {"parameters": {"late_seconds": 0.05}})
        automatic.arm(f"c2b.{fault}")

        automatic.settled_push()

        assert [path for path, _, _ in automatic.merchant.received].count("/c2b") == copies


class TestCustomerFaults:
    @pytest.mark.parametrize(
        ("kind", "code"),
        [("cancels", 1032), ("wrong_pin", 2001), ("unreachable", 1037), ("broke", 1)],
    )
    def test_behaviour(self, automatic: SimulatorClient, kind: str, code: int) -> None:
        automatic.arm(f"customer.{kind}")

        automatic.settled_push()

        assert automatic.merchant.callbacks()[0]["ResultCode"] == code

    def test_ignored_prompt_expires(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(automatic=True, prompt_seconds=0.1, expiry_code="1019")
        client.arm("customer.ignores")

        client.settled_push()

        assert client.merchant.callbacks()[0]["ResultCode"] == 1019


class TestRepeatableRun:
    def run(self, client: SimulatorClient, order: range) -> list[list[str]]:
        """Push for many customers in some order; the faults of each, by customer."""
        probabilities = {
            "push.system_busy": 0.2,
            "push.whitespace": 0.2,
            "callback.lose": 0.2,
            "callback.duplicate": 0.2,
            "shape.string_code": 0.3,
            "customer.cancels": 0.3,
        }
        client.control("PUT", "/faults", {"seed": 7, "probabilities": probabilities})
        answers = {i: client.push(**by_phone(i)).status_code for i in order}
        client.settle()
        prompts = client.control("GET", "/prompts")["prompts"]
        by_number = {prompt["phone"]: prompt["faults"] for prompt in prompts}
        return [[str(answers[i]), *by_number.get(str(254700000000 + i), [])] for i in range(30)]

    def test_same_seed_gives_the_same_faults_in_any_order(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        forwards = self.run(start(automatic=True), range(30))
        backwards = self.run(start(automatic=True), range(29, -1, -1))

        assert forwards == backwards
        assert len({json.dumps(faults) for faults in forwards}) > 5


def test_every_fault_is_shown_by_a_test() -> None:
    text = Path(__file__).read_text("utf-8")
    shown = {fault.name for fault in CATALOGUE if f'"{fault.kind}"' in text or fault.name in text}
    commands = Path(test_commands.__file__).read_text("utf-8")
    shown |= {fault.name for fault in test_other_endpoints.ANSWERING}
    shown |= {f"c2b_shape.{kind}" for kind in c2b_messages.QUIRKS}
    shown |= {f"pull_shape.{kind}" for kind in {*pull_records.QUIRKS, *pull_records.ANSWER_QUIRKS}}
    shown |= {f"result_shape.{kind}" for kind in results.QUIRKS}
    shown |= {f.name for f in CATALOGUE if f.group == "result" and f'"{f.kind}"' in commands}
    shown |= {
        test_other_endpoints.ALIKE,
        "result.early",
        "validation.unreachable",
        "validation.duplicate",
    }

    assert {fault.name for fault in CATALOGUE} - shown == set()
