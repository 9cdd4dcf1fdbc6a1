"""The Daraja gateway when things break: lost connections, slowness, dead tokens, a full house."""

import threading
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
import respx
from django.core.cache.backends.locmem import LocMemCache

from payments.daraja import stk
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    QueryOutcome,
    RejectionReason,
)
from payments.gateways.token_store import CacheTokenStore, TokenStore, TokenUnavailable
from payments.mpesa_integration import MpesaGateway
from payments.tests.fake_daraja import FakeDaraja
from payments.tests.gateway_contract import make_request
from payments.tests.mpesa_wire import (
    HOST,
    PUSH_URL,
    QUERY_URL,
    TOKEN,
    TOKEN_URL,
    accept,
    issue,
    make_gateway,
    make_store,
    refuse_token,
)


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


class TestLostConnections:
    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    def test_a_push_that_was_never_sent_is_unreachable(
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
    def test_a_push_without_an_answer_has_an_unknown_outcome(
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

    def test_a_token_that_another_process_renews_too_long_is_unreachable(self) -> None:
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

    def test_a_second_rejection_is_an_authentication_failure_and_no_loop(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = wire.post(PUSH_URL).mock(side_effect=[refuse_token(), refuse_token()])

        with pytest.raises(GatewayRejected) as caught:
            gateway.push(make_request())

        assert caught.value.reason is RejectionReason.AUTHENTICATION
        assert route.call_count == 2

    def test_a_query_renews_a_rejected_token(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        paid = {"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1", "ResultCode": "0"}
        wire.post(QUERY_URL).mock(side_effect=[refuse_token(), httpx.Response(200, json=paid)])

        assert gateway.query("ws_CO_1").outcome is QueryOutcome.PAID

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
            if request.url.path == stk.PUSH_PATH:
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
