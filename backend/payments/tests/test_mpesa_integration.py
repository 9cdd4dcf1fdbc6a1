"""The Daraja gateway: the contract, its requests, and every recorded reply."""

import base64
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from payments.daraja import HOSTS, stk
from payments.gateway import (
    GatewayError,
    GatewayRejected,
    OutcomeUnknown,
    PaymentGateway,
    PushAccepted,
    QueryOutcome,
    RejectionReason,
)
from payments.mpesa_integration import MpesaGateway
from payments.tests.fake_daraja import FakeDaraja
from payments.tests.gateway_contract import GatewayContract, make_request
from payments.tests.mpesa_wire import (
    CHECKOUT_REQUEST_ID,
    KEY,
    NOW,
    PASSKEY,
    PUSH_URL,
    QUERY_URL,
    SECRET,
    TOKEN,
    TOKEN_URL,
    accept,
    issue,
    make_gateway,
    make_store,
)
from payments.tests.samples import Sample, list_samples


@pytest.fixture
def gateway() -> Iterator[MpesaGateway]:
    gateway = make_gateway()
    yield gateway
    gateway.close()


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """Let OAuth answer with a fresh token each time; tests add the rest."""
    with respx.mock(assert_all_called=False) as router:
        router.get(TOKEN_URL).mock(side_effect=[issue(TOKEN), issue("second-access-token")])
        yield router


def reply(sample: Sample) -> httpx.Response:
    return httpx.Response(sample.status, content=sample.body)


class TestMpesaGatewayContract(GatewayContract):
    fake: FakeDaraja

    @pytest.fixture
    def gateway(self) -> Iterator[PaymentGateway]:
        self.fake = FakeDaraja()
        transport = httpx.MockTransport(self.fake)
        gateway = make_gateway(client_factory=lambda: httpx.Client(transport=transport))
        yield gateway
        gateway.close()

    def callback_of(self, gateway: MpesaGateway, accepted: PushAccepted) -> bytes | None:
        return self.fake.callback(accepted.checkout_request_id)


class TestRequests:
    def test_a_push_is_the_documented_request(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = wire.post(PUSH_URL).mock(return_value=accept())

        gateway.push(make_request())

        request = route.calls.last.request
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["Content-Type"] == "application/json"
        short_code = stk.ShortCode(business_short_code="174379", passkey=PASSKEY)
        wanted = stk.build_push_payload(make_request(), short_code, now=NOW)
        assert json.loads(request.content) == wanted

    def test_the_token_is_asked_for_with_key_and_secret(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        wire.post(PUSH_URL).mock(return_value=accept())

        gateway.push(make_request())

        request = wire.calls[0].request
        basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        assert request.headers["Authorization"] == f"Basic {basic}"
        assert request.url.params["grant_type"] == "client_credentials"

    def test_one_token_serves_many_pushes(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        wire.post(PUSH_URL).mock(return_value=accept())

        for _ in range(3):
            gateway.push(make_request())

        assert [call.request.url.path for call in wire.calls].count("/oauth/v1/generate") == 1

    def test_a_query_names_our_prompt(self, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        pending = {"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1", "ResultCode": "4999"}
        route = wire.post(QUERY_URL).mock(return_value=httpx.Response(200, json=pending))

        answer = gateway.query("ws_CO_1")

        assert answer.outcome is QueryOutcome.PENDING
        assert json.loads(route.calls.last.request.content)["CheckoutRequestID"] == "ws_CO_1"

    @pytest.mark.parametrize("environment", ["sandbox", "production"])
    def test_the_environment_picks_the_host(
        self, environment: str, respx_mock: respx.MockRouter
    ) -> None:
        gateway = make_gateway(environment=environment, base_url="")
        host = HOSTS[environment]
        respx_mock.get(f"{host}/oauth/v1/generate").mock(return_value=issue(TOKEN))
        respx_mock.post(host + stk.PUSH_PATH).mock(return_value=accept())

        assert gateway.push(make_request()).checkout_request_id == CHECKOUT_REQUEST_ID
        gateway.close()


class TestReplies:
    """Every sample through the whole gateway; token errors have a class of their own."""

    @pytest.mark.parametrize("sample", list_samples("pushes"))
    def test_push(self, sample: Sample, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        wire.post(PUSH_URL).mock(return_value=reply(sample))

        self.check(sample, lambda: gateway.push(make_request()))

    @pytest.mark.parametrize("sample", list_samples("queries"))
    def test_query(self, sample: Sample, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        wire.post(QUERY_URL).mock(return_value=reply(sample))

        self.check(sample, lambda: gateway.query(CHECKOUT_REQUEST_ID))

    @pytest.mark.parametrize("sample", list_samples("oauth"))
    def test_oauth(self, sample: Sample, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        wire.get(TOKEN_URL).mock(side_effect=[reply(sample)])
        push = wire.post(PUSH_URL).mock(return_value=accept())

        self.check(sample, lambda: gateway.push(make_request()))

        assert push.call_count == (0 if "raises" in sample.expect else 1)

    def check(self, sample: Sample, call: Any) -> None:
        wanted = sample.expect.get("raises")
        if wanted is None:
            call()
            return
        with pytest.raises(GatewayError) as caught:
            call()

        if wanted == "TokenRejected":
            assert isinstance(caught.value, GatewayRejected)
            assert caught.value.reason is RejectionReason.AUTHENTICATION
        else:
            assert type(caught.value).__name__ == wanted


class TestRejectedToken:
    """Whatever the spelling: M-Pesa did nothing, so the push may be sent once more."""

    @pytest.mark.parametrize(
        "sample",
        [
            one
            for one in list_samples("pushes")
            if one.values[0].expect.get("raises") == "TokenRejected"
        ],
    )
    def test_a_rejected_token_is_renewed_once_and_the_push_sent_again(
        self, sample: Sample, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        push = wire.post(PUSH_URL).mock(side_effect=[reply(sample), accept()])

        assert gateway.push(make_request()).checkout_request_id == CHECKOUT_REQUEST_ID

        sent = [call.request.headers["Authorization"] for call in push.calls]
        assert sent == [f"Bearer {TOKEN}", "Bearer second-access-token"]

    def test_a_push_that_was_accepted_is_never_sent_again(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        (sample,) = [
            one.values[0] for one in list_samples("pushes") if one.id == "accepted_but_401"
        ]
        push = wire.post(PUSH_URL).mock(side_effect=[reply(sample), accept()])

        with pytest.raises(OutcomeUnknown):
            gateway.push(make_request())

        assert push.call_count == 1


class TestSecrets:
    def test_the_repr_shows_none(self, gateway: MpesaGateway) -> None:
        assert repr(gateway) == "MpesaGateway(sandbox, 174379)"

    @pytest.mark.parametrize("secret", [TOKEN, KEY, SECRET, PASSKEY])
    def test_an_echoed_secret_reaches_neither_error_nor_log(
        self,
        secret: str,
        gateway: MpesaGateway,
        wire: respx.MockRouter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        echo = {"errorCode": "400.002.02", "errorMessage": f"Bad Request - Invalid {secret}"}
        wire.post(PUSH_URL).mock(return_value=httpx.Response(400, json=echo))

        with pytest.raises(GatewayRejected) as caught:
            gateway.push(make_request())

        shown = "".join(traceback.format_exception(caught.value)) + caught.value.detail
        assert "[redacted]" in caught.value.detail
        assert secret not in shown
        assert secret not in caplog.text


class TestConstruction:
    @pytest.mark.parametrize(
        "changes",
        [
            {"base_url": "daraja.test"},
            {"base_url": "ftp://daraja.test"},
            {"base_url": "http://daraja.test:port"},
            {"base_url": "https://user:word@daraja.test"},  # pragma: allowlist secret
            {"base_url": "", "environment": "mock"},
            {"business_short_code": "12"},
            {"transaction_type": "Buy"},
        ],
    )
    def test_malformed_settings_are_refused_at_once(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"address|digits|transaction type"):
            make_gateway(**changes)

    def test_a_gateway_is_built_with_keyword_arguments_only(self) -> None:
        gateway = MpesaGateway(
            consumer_key=KEY,
            consumer_secret=SECRET,
            business_short_code="174379",
            passkey=PASSKEY,
            token_store=make_store(),
        )

        assert gateway.environment == "sandbox"
        assert gateway.business_short_code == "174379"
