"""The Daraja gateway against recorded shapes, lost connections and dead tokens."""

import base64
import json
import logging
import threading
import time
import traceback
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from django.core.cache.backends.locmem import LocMemCache

from payments import daraja
from payments.gateway import (
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PaymentGateway,
    PushAccepted,
    QueryVerdict,
    Refusal,
)
from payments.mpesa_integration import MpesaGateway
from payments.tests.fake_daraja import FakeDaraja
from payments.tests.gateway_contract import GatewayContract, make_request
from payments.tests.samples import Sample, list_samples
from payments.token_store import CacheTokenStore, TokenStore, TokenUnavailable

HOST = "https://daraja.test"
TOKEN_URL = f"{HOST}/oauth/v1/generate"
PUSH_URL = f"{HOST}{daraja.PUSH_PATH}"
QUERY_URL = f"{HOST}{daraja.QUERY_PATH}"
CHECKOUT_REQUEST_ID = "ws_CO_05042025123542618708374149"
TOKEN = "c9SQxWWhmdVRlyh0zh8gZDTkubVF"
KEY, SECRET, PASSKEY = "the-consumer-key", "the-consumer-secret", "the-very-long-passkey"
NOW = datetime(2021, 6, 28, 6, 24, 8, tzinfo=UTC)


def make_store() -> CacheTokenStore:
    return CacheTokenStore(LocMemCache(uuid.uuid4().hex, {}))


def make_gateway(**changes: Any) -> MpesaGateway:
    arguments: dict[str, Any] = {
        "consumer_key": KEY,
        "consumer_secret": SECRET,
        "business_short_code": "174379",
        "passkey": PASSKEY,
        "token_store": make_store(),
        "base_url": HOST,
        "now": lambda: NOW,
    }
    return MpesaGateway(**{**arguments, **changes})


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


def issue(token: str) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "expires_in": "3599"})


def accept() -> httpx.Response:
    return httpx.Response(200, json={"ResponseCode": "0", "CheckoutRequestID": CHECKOUT_REQUEST_ID})


def refuse_token() -> httpx.Response:
    error = {"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}
    return httpx.Response(404, json=error)


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
        short_code = daraja.ShortCode(business_short_code="174379", passkey=PASSKEY)
        wanted = daraja.build_push_payload(make_request(), short_code, now=NOW)
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

        assert answer.verdict is QueryVerdict.PENDING
        assert json.loads(route.calls.last.request.content)["CheckoutRequestID"] == "ws_CO_1"

    @pytest.mark.parametrize("environment", ["sandbox", "production"])
    def test_the_environment_picks_the_host(
        self, environment: str, respx_mock: respx.MockRouter
    ) -> None:
        gateway = make_gateway(environment=environment, base_url="")
        host = daraja.HOSTS[environment]
        respx_mock.get(f"{host}/oauth/v1/generate").mock(return_value=issue(TOKEN))
        respx_mock.post(host + daraja.PUSH_PATH).mock(return_value=accept())

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
            assert caught.value.refusal is Refusal.AUTHENTICATION
        else:
            assert type(caught.value).__name__ == wanted


class TestLostConnections:
    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    def test_what_never_left_us_is_unreachable(
        self, error: type[httpx.TransportError], gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        wire.post(PUSH_URL).mock(side_effect=error("no way there"))

        with pytest.raises(GatewayUnreachable, match="no way there"):
            gateway.push(make_request())

    @pytest.mark.parametrize(
        "error",
        [
            httpx.ReadTimeout,
            httpx.WriteTimeout,
            httpx.ReadError,
            httpx.WriteError,
            httpx.CloseError,
            httpx.RemoteProtocolError,
            httpx.LocalProtocolError,
            httpx.DecodingError,
        ],
    )
    def test_what_left_us_without_an_answer_is_unknown(
        self, error: type[httpx.TransportError], gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = wire.post(PUSH_URL).mock(side_effect=error("gone"))

        with pytest.raises(OutcomeUnknown, match=error.__name__):
            gateway.push(make_request())

        assert route.call_count == 1

    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError])
    def test_without_a_token_nothing_was_sent(
        self,
        error: type[httpx.TransportError],
        gateway: MpesaGateway,
        respx_mock: respx.MockRouter,
    ) -> None:
        respx_mock.get(TOKEN_URL).mock(side_effect=error("gone"))

        with pytest.raises(GatewayUnreachable):
            gateway.push(make_request())

    def test_an_endless_answer_is_unknown(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        wire.post(PUSH_URL).mock(return_value=httpx.Response(200, content=b" " * 70_000))

        with pytest.raises(OutcomeUnknown, match="ReplyTooLong"):
            gateway.push(make_request())

    def test_a_redirect_is_not_followed(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        elsewhere = httpx.Response(307, headers={"Location": f"{HOST}/elsewhere"})
        route = wire.post(PUSH_URL).mock(return_value=elsewhere)

        with pytest.raises(OutcomeUnknown):
            gateway.push(make_request())

        assert route.call_count == 1


class TestTimeLimit:
    def test_a_slow_token_uses_up_the_time_of_the_push(self, wire: respx.MockRouter) -> None:
        def answer_slowly(request: httpx.Request) -> httpx.Response:
            time.sleep(0.15)
            return issue(TOKEN)

        gateway = make_gateway(timeout_s=0.1)
        wire.get(TOKEN_URL).mock(side_effect=answer_slowly)
        route = wire.post(PUSH_URL).mock(return_value=accept())

        with pytest.raises(GatewayUnreachable, match="deadline"):
            gateway.push(make_request())

        assert route.call_count == 0
        gateway.close()

    def test_a_token_that_somebody_else_renews_too_long_is_unreachable(self) -> None:
        store = make_store()
        gateway = make_gateway(token_store=store, timeout_s=0.1)
        fingerprint = gateway._tokens._fingerprint
        assert store.take_lease(fingerprint, 60)

        with pytest.raises(GatewayUnreachable, match="renewing"):
            gateway.push(make_request())


class TestDeadTokens:
    def test_a_refused_token_is_renewed_once(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = wire.post(PUSH_URL).mock(side_effect=[refuse_token(), accept()])

        gateway.push(make_request())

        tokens = [call.request.headers["Authorization"] for call in route.calls]
        assert tokens == [f"Bearer {TOKEN}", "Bearer second-access-token"]

    def test_a_second_refusal_is_an_authentication_failure_and_no_loop(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = wire.post(PUSH_URL).mock(side_effect=[refuse_token(), refuse_token()])

        with pytest.raises(GatewayRejected) as caught:
            gateway.push(make_request())

        assert caught.value.refusal is Refusal.AUTHENTICATION
        assert route.call_count == 2

    def test_a_query_renews_too(self, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        paid = {"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1", "ResultCode": "0"}
        wire.post(QUERY_URL).mock(side_effect=[refuse_token(), httpx.Response(200, json=paid)])

        assert gateway.query("ws_CO_1").verdict is QueryVerdict.PAID

    def test_a_token_renewed_by_another_process_is_taken_over(self, wire: respx.MockRouter) -> None:
        store = make_store()
        ours, theirs = make_gateway(token_store=store), make_gateway(token_store=store)
        wire.post(PUSH_URL).mock(
            side_effect=[accept(), refuse_token(), accept(), refuse_token(), accept()]
        )
        ours.push(make_request())
        theirs.push(make_request())

        ours.push(make_request())

        paths = [call.request.url.path for call in wire.calls]
        assert paths.count("/oauth/v1/generate") == 2
        assert wire.calls.last.request.headers["Authorization"] == "Bearer second-access-token"
        ours.close()
        theirs.close()

    def test_a_lost_renewal_is_unreachable_as_the_refused_push_was_not_sent(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.get(TOKEN_URL).mock(side_effect=[issue(TOKEN), httpx.ReadTimeout("gone")])
        respx_mock.post(PUSH_URL).mock(return_value=refuse_token())

        with pytest.raises(GatewayUnreachable):
            gateway.push(make_request())

    def test_a_broken_store_is_unreachable(self, wire: respx.MockRouter) -> None:
        class NoDrop(CacheTokenStore):
            def drop(self, fingerprint: str, access_token: str) -> None:
                raise TokenUnavailable("the store is down")

        store: TokenStore = NoDrop(LocMemCache(uuid.uuid4().hex, {}))
        gateway = make_gateway(token_store=store)
        wire.post(PUSH_URL).mock(return_value=refuse_token())

        with pytest.raises(GatewayUnreachable, match="the store is down"):
            gateway.push(make_request())
        gateway.close()


class TestBulkhead:
    def test_a_push_beyond_the_cap_is_turned_away_at_once_and_queries_are_not(self) -> None:
        fake, is_inside, may_leave = FakeDaraja(), threading.Event(), threading.Event()

        def hold(request: httpx.Request) -> httpx.Response:
            if request.url.path == daraja.PUSH_PATH:
                is_inside.set()
                assert may_leave.wait(10)
            return fake(request)

        transport = httpx.MockTransport(hold)
        gateway = make_gateway(
            max_calls_in_flight=1, client_factory=lambda: httpx.Client(transport=transport)
        )
        accepted: list[PushAccepted] = []
        thread = threading.Thread(target=lambda: accepted.append(gateway.push(make_request())))
        thread.start()
        assert is_inside.wait(10)

        with pytest.raises(GatewayUnreachable) as caught:
            gateway.push(make_request())
        with pytest.raises(GatewayRejected, match="CheckoutRequestID"):
            gateway.query("ws_CO_unknown")

        may_leave.set()
        thread.join()
        assert caught.value.retry_after_s == 5
        assert len(accepted) == 1
        assert gateway.push(make_request())
        gateway.close()


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
            {"base_url": "https://user:word@daraja.test"},
            {"base_url": "", "environment": "mock"},
            {"business_short_code": "12"},
            {"transaction_type": "Buy"},
        ],
    )
    def test_odd_settings_are_refused_at_once(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"address|digits|transaction type"):
            make_gateway(**changes)

    def test_one_line_is_enough(self) -> None:
        gateway = MpesaGateway(
            consumer_key=KEY,
            consumer_secret=SECRET,
            business_short_code="174379",
            passkey=PASSKEY,
            token_store=make_store(),
        )

        assert gateway.environment == "sandbox"
        assert gateway.business_short_code == "174379"
