"""The control API, its document, and the pages."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from daraja_simulator.fault_catalogue import CATALOGUE
from daraja_simulator.outcomes import MAGIC_AMOUNTS

from .harness import PHONE, SimulatorClient, wait_for

OTHER = "254110000007"


def refused(client: SimulatorClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """Status and sentence of a control call that cannot be done."""
    response = client.http.request(method, f"/control{path}", json=body)
    return response.status_code, response.json()["error"]


class TestCustomers:
    def test_made_changed_and_listed(self, manual: SimulatorClient) -> None:
        new = {"phone": OTHER, "name": "Wanjiru", "balance": 70, "pin": "9876"}

        made = manual.control("POST", "/customers", new)
        changed = manual.control("PATCH", f"/customers/{OTHER}", {"phone_on": False, "balance": 5})
        listed = manual.control("GET", "/customers")["customers"]

        assert made["balance"] == 70
        assert (changed["name"], changed["phone_on"], changed["balance"]) == ("Wanjiru", False, 5)
        assert [customer["phone"] for customer in listed] == [PHONE, OTHER]
        assert manual.book()["balanced"]

    def test_lock_and_unlock(self, manual: SimulatorClient) -> None:
        manual.control("PATCH", f"/customers/{PHONE}", {"locked": True})
        locked = manual.answer(manual.push_id(), "pin", "1234")
        manual.control("PATCH", f"/customers/{PHONE}", {"locked": False})
        unlocked = manual.answer(manual.push_id(), "pin", "1234")

        assert (locked["result_code"], unlocked["result_code"]) == ("8006", "0")

    def test_wrong_calls(self, manual: SimulatorClient) -> None:
        assert refused(manual, "GET", "/customers/254700000000") == (404, "no such customer")
        assert refused(manual, "POST", "/customers", {"phone": "0712"})[0] == 400
        assert refused(manual, "POST", "/customers", {"phone": OTHER, "x": 1})[0] == 400
        assert refused(manual, "GET", "/prompts/none") == (404, "no such prompt")
        assert refused(manual, "GET", "/prompts?limit=x")[0] == 400
        assert refused(manual, "POST", f"/customers/{PHONE}/answer", {"action": "cancel"})[0] == 404

    def test_body_that_is_no_json(self, manual: SimulatorClient) -> None:
        assert manual.http.post("/control/customers", content=b"{").status_code == 400

    def test_payment_by_hand(self, manual: SimulatorClient) -> None:
        path = f"/customers/{OTHER}/pay"

        paid = manual.control("POST", path, {"amount": 80, "account_reference": "KBZ7"})

        assert paid["checkout_request_id"] is None
        assert manual.control("GET", f"/book/{OTHER}")["total"] == 80
        much = {"amount": 200_000, "account_reference": "KBZ7"}
        assert refused(manual, "POST", path, much)[1].startswith("result 1: ")
        nobody = {"amount": 1, "account_reference": "x", "shortcode": "1"}
        assert refused(manual, "POST", path, nobody)[0] == 404


class TestAnswers:
    @pytest.mark.parametrize(
        ("action", "code"),
        [
            ("wrong_pin", "2001"),
            ("cancel", "1032"),
            ("unreachable", "1037"),
            ("expire", "1037"),
        ],
    )
    def test_prompt_ends(self, manual: SimulatorClient, action: str, code: str) -> None:
        checkout = manual.push_id()

        prompt = manual.answer(checkout, action)
        again = manual.answer(checkout, "pin", "1234")

        assert prompt["result_code"] == again["result_code"] == code
        manual.settle()
        assert len(manual.merchant.callbacks()) == 1

    def test_answer_by_phone(self, manual: SimulatorClient) -> None:
        manual.push()
        waiting = manual.control("GET", f"/customers/{PHONE}")["prompt"]
        manual.control("POST", f"/customers/{PHONE}/answer", {"action": "pin", "pin": "1234"})

        assert waiting["text"].startswith("Do you want to pay KES 500 to TEST BUSINESS")
        assert manual.control("GET", f"/customers/{PHONE}")["prompt"] is None
        assert manual.control("GET", f"/prompts?phone={PHONE}&state=paid")["total"] == 1
        assert manual.control("GET", "/prompts?state=waiting")["total"] == 0

    def test_ignored_prompt_waits_and_expires(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(prompt_seconds=1)
        checkout = client.push_id()

        ignored = client.answer(checkout, "ignore")

        assert (ignored["state"], ignored["dismissed"]) == ("waiting", True)
        assert client.query(checkout).json()["ResultCode"] == "4999"
        client.settle()
        wait_for(client.merchant.callbacks)
        assert client.merchant.callbacks()[0]["ResultCode"] == 1037

    def test_answered_prompt_does_not_expire_too(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(prompt_seconds=0.5)

        client.answer(client.push_id(), "pin", "1234")
        time.sleep(0.6)

        assert [c["ResultCode"] for c in client.merchant.callbacks()] == [0]

    def test_phone_that_is_off(self, manual: SimulatorClient) -> None:
        manual.control("PATCH", f"/customers/{PHONE}", {"phone_on": False})

        prompt = manual.settled_push()

        assert (prompt["result_code"], prompt["shown"]) == ("1037", False)


class TestAutomatic:
    @pytest.mark.parametrize(
        ("amount", "code"),
        [(a, c) for a, c in MAGIC_AMOUNTS.items() if c not in ("1001", "4999")],
    )
    def test_magic_amount(self, automatic: SimulatorClient, amount: int, code: str) -> None:
        prompt = automatic.settled_push(Amount=amount)

        assert prompt["result_code"] == code
        assert str(automatic.merchant.callbacks()[0]["ResultCode"]) == code
        assert automatic.book()["total"] == 0

    def test_1001_is_refused_at_once(self, automatic: SimulatorClient) -> None:
        answer = automatic.push(Amount=1001)

        assert answer.status_code == 500
        assert "Unable to lock subscriber" in answer.text

    def test_4999_never_answers(self, automatic: SimulatorClient) -> None:
        checkout = automatic.push_id(Amount=4999)

        automatic.settle()

        assert automatic.query(checkout).json()["ResultCode"] == "4999"
        assert automatic.merchant.received == []

    def test_any_other_amount_is_paid_if_there_is_money(self, automatic: SimulatorClient) -> None:
        assert automatic.settled_push(Amount=100_000)["result_code"] == "0"
        assert automatic.settled_push(Amount=1)["result_code"] == "1"

    def test_a_phone_that_is_off_does_not_pay(self, automatic: SimulatorClient) -> None:
        automatic.control("PATCH", f"/customers/{PHONE}", {"phone_on": False})

        assert automatic.settled_push()["result_code"] == "1037"

    def test_magic_amounts_mean_nothing_to_a_customer(self, manual: SimulatorClient) -> None:
        checkout = manual.push_id(Amount=1032)

        assert manual.answer(checkout, "pin", "1234")["result_code"] == "0"


class TestBook:
    def test_tells_who_paid_what(self, automatic: SimulatorClient) -> None:
        prompt = automatic.settled_push()

        book = automatic.book()

        payment = book["phones"][PHONE]["payments"][0]
        assert payment["receipt"] == prompt["receipt"]
        assert payment["account_reference"] == "DEP7K2M9QX"
        assert payment["callbacks_delivered"] == 1
        assert (book["total"], book["payments"], book["balanced"]) == (500, 1, True)


class TestDelivery:
    def test_no_second_try(self, automatic: SimulatorClient) -> None:
        automatic.merchant.status = 503

        prompt = automatic.settled_push()

        assert (prompt["callbacks_delivered"], prompt["callbacks_failed"]) == (0, 1)
        assert len(automatic.merchant.received) == 1

    def test_more_tries_when_told(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(automatic=True, callback_attempts=50, callback_retry_seconds=0.01)
        client.merchant.status = 503
        client.push()
        wait_for(lambda: len(client.merchant.received) > 2)

        client.merchant.status = 200

        client.settle()
        assert client.control("GET", "/prompts")["prompts"][0]["callbacks_delivered"] == 1

    def test_redirects_are_not_followed(self, automatic: SimulatorClient) -> None:
        automatic.merchant.status = 302

        automatic.settled_push()

        assert [path for path, _, _ in automatic.merchant.received] == ["/hook/secret/stk"]

    def test_an_address_without_a_server_is_recorded_as_an_error(
        self, automatic: SimulatorClient
    ) -> None:
        automatic.settled_push(CallBackURL="http://127.0.0.1:1/hook")

        message = automatic.control("GET", "/wire?kind=callback")["messages"][0]
        assert message["status"] is None
        assert "ClientConnectorError" in message["error"]


class TestWire:
    def test_every_message_in_and_out_without_secrets(self, automatic: SimulatorClient) -> None:
        automatic.settled_push()

        messages = automatic.control("GET", "/wire")["messages"]

        assert [m["kind"] for m in messages] == ["callback", "push", "oauth"]
        assert messages[2]["request_headers"]["Authorization"] == "Basic …"
        assert len(messages[1]["request_headers"]["Authorization"]) == len("Bearer …1234")
        assert json.loads(messages[1]["request_body"])["Amount"] == 500
        assert messages[0]["checkout_request_id"].startswith("ws_CO_")
        automatic.control("DELETE", "/wire")
        assert automatic.control("GET", f"/wire?phone={PHONE}&limit=1")["messages"] == []

    def test_is_bounded(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(wire_log_size=3)
        for _ in range(5):
            client.get_token()

        messages = client.control("GET", "/wire")["messages"]

        assert [message["number"] for message in messages] == [5, 4, 3]


class TestRun:
    def test_reset_makes_a_new_world_and_keeps_settings(self, automatic: SimulatorClient) -> None:
        automatic.control("PUT", "/faults", {"probabilities": {"callback.late": 1}})
        automatic.push()
        wait_for(lambda: automatic.control("GET", "/pending")["pending"])

        answer = automatic.control("POST", "/reset")

        assert answer == {
            "pending": 0, "waiting_prompts": 0, "waiting_commands": 0, "quiet": True,
        }  # fmt: skip
        assert automatic.book()["payments"] == 0
        assert automatic.control("GET", "/faults/counts") == {}
        assert automatic.control("GET", "/settings")["automatic"]
        assert automatic.push().status_code == 200

    def test_settings_change_all_or_none(self, manual: SimulatorClient) -> None:
        changed = manual.control("PATCH", "/settings", {"delay_ms": 7, "seed": 42})

        assert (changed["delay_ms"], manual.control("GET", "/faults")["seed"]) == (7, 42)
        assert refused(manual, "PATCH", "/settings", {"delay_ms": 8, "seed": "x"})[0] == 400
        assert refused(manual, "PATCH", "/settings", {"none": 1})[0] == 400
        for ahead_s in (-3601, 30 * 86_400 + 1):
            change = {"clock_ahead_seconds": ahead_s}
            assert refused(manual, "PATCH", "/settings", change)[0] == 400
        assert "fixed at the start" in refused(manual, "PATCH", "/settings", {"shortcode": "1"})[1]
        assert manual.control("GET", "/settings")["delay_ms"] == 7

    def test_faults_set_and_cleared(self, manual: SimulatorClient) -> None:
        body = {"seed": 5, "probabilities": {"push.quota": 0.5}, "rules": [{"fault": "c2b.lose"}]}

        view = manual.control("PUT", "/faults", body)
        cleared = manual.control("DELETE", "/faults")

        by_name = {fault["name"]: fault for fault in view["faults"]}
        assert set(by_name) == {fault.name for fault in CATALOGUE}
        assert by_name["push.quota"]["probability"] == 0.5
        assert (view["seed"], view["rules"]) == (5, [{"fault": "c2b.lose"}])
        assert not any(fault["probability"] for fault in cleared["faults"])
        assert refused(manual, "PUT", "/faults", {"probabilities": {"x.y": 1}})[0] == 400
        assert refused(manual, "PUT", "/faults", {"parameters": {"x": 1}})[0] == 400
        assert refused(manual, "POST", "/faults/arm", {"fault": "x"})[0] == 400

    def test_armed_faults_are_taken_back_for_one_phone_or_for_all(
        self, manual: SimulatorClient
    ) -> None:
        anybody = {"fault": "callback.lose", "times": 1}
        mine, theirs = ({**anybody, "phone": phone} for phone in (PHONE, OTHER))
        for fault in (anybody, mine, theirs):
            manual.control("POST", "/faults/arm", fault)

        assert manual.control("DELETE", f"/faults/arm?phone={PHONE}")["armed"] == [anybody, theirs]
        assert manual.control("DELETE", "/faults/arm")["armed"] == []

    def test_scenario(self, manual: SimulatorClient) -> None:
        scenario = {
            "name": "slow and forgetful",
            "settings": {"automatic": True},
            "customers": [{"phone": OTHER, "balance": 3}],
            "armed": [{"fault": "callback.lose"}],
            "rules": [{"fault": "callback.duplicate", "amount": 2}],
            "seed": 3,
        }

        manual.control("POST", "/scenario", scenario)

        manual.settled_push(PhoneNumber=OTHER, Amount=1)
        assert manual.merchant.received == []
        manual.settled_push(PhoneNumber=OTHER, Amount=2)
        assert len(manual.merchant.received) in (2, 3)
        assert manual.control("GET", f"/customers/{OTHER}")["balance"] == 0

    def test_state_has_everything_for_the_page(self, manual: SimulatorClient) -> None:
        manual.push()

        state = manual.control("GET", "/state")

        assert len(state["prompts"]) == 1
        assert {"settings", "customers", "faults", "wire", "pending", "quiet"} <= set(state)

    def test_openapi_names_every_route(self, manual: SimulatorClient) -> None:
        document = manual.control("GET", "/openapi.json")

        assert document["openapi"] == "3.1.0"
        for path in ("/control/events", "/control/statement.csv"):
            assert document["paths"].pop(path)
        for path, operations in document["paths"].items():
            for method in operations:
                probe = manual.http.request(
                    method.upper(), path.replace("{", "").replace("}", ""), content=b"["
                )
                assert probe.status_code in (200, 400, 404)
                assert "errorCode" not in probe.text, f"{method} {path} is not served"
        assert "NewCustomer" in document["components"]["schemas"]


class TestPages:
    def test_phone_and_its_files(self, manual: SimulatorClient) -> None:
        page = manual.http.get("/")

        assert "no real money" in page.text
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'self' http://localhost:*" in policy
        for name in ("base.css", "handset.js", "main.js", "icon.svg"):
            assert manual.http.get(f"/phone/{name}").status_code == 200
        assert manual.http.get("/phone/none.js").status_code == 404
        assert manual.http.get("/healthz").json() == {"status": "ok"}

    def test_no_remote_asset(self, manual: SimulatorClient) -> None:
        for name in ("", "phone/main.js", "phone/base.css", "phone/handset.css", "desk"):
            text = manual.http.get(f"/{name}").text.replace("http://127.0.0.1:3000/", "")
            assert "//cdn" not in text
            assert 'src="http' not in text
            assert "url(http" not in text

    def test_desk_shows_the_app(self, manual: SimulatorClient) -> None:
        page = manual.http.get("/desk", params={"app": "http://localhost:3000/wallet"})

        assert 'src="http://localhost:3000/wallet"' in page.text
        assert "frame-src 'self' http://localhost:3000" in page.headers["content-security-policy"]

    @pytest.mark.parametrize("app", ["javascript:alert(1)", 'http://a"onload="x', "http://a;b/"])
    def test_desk_shows_nothing_else(self, manual: SimulatorClient, app: str) -> None:
        assert manual.http.get("/desk", params={"app": app}).status_code == 400


class TestEvents:
    def test_stream_tells_of_prompt_customer_wire_and_faults(
        self, automatic: SimulatorClient
    ) -> None:
        kinds: list[str] = []
        ready = threading.Event()

        def listen() -> None:
            url = f"{automatic.http.base_url}/control/events"
            with httpx.stream("GET", url, timeout=5, trust_env=False) as stream:
                for line in stream.iter_lines():
                    ready.set()
                    kinds.append(line.partition("event: ")[2])
                    if "reload" in kinds:
                        return

        thread = threading.Thread(target=listen)
        thread.start()
        assert ready.wait(5)
        automatic.arm("callback.duplicate")
        automatic.settled_push()
        automatic.control("PATCH", "/settings", {"delay_ms": 1})
        automatic.control("POST", "/reset")
        thread.join(5)

        assert {"prompt", "customer", "wire", "faults", "struck", "settings"} <= set(kinds)
