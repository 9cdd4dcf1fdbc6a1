"""The Daraja gateway asks for M-Pesa's own list of payments."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from payments.daraja import pull
from payments.gateway import GatewayRejected, GatewayUnreachable, OutcomeUnknown
from payments.gateways.mock import MockGateway
from payments.mpesa_integration import PULL_WAITS_S, MpesaGateway
from payments.tests.daraja.test_pull import ROW, page
from payments.tests.mpesa_wire import HOST, NOW, TOKEN, TOKEN_URL, issue, make_gateway

BEGIN = NOW - timedelta(hours=2)
THROTTLED = {"errorCode": "500.003.02", "errorMessage": "Spike Arrest Violation"}
REJECTED_TOKEN = {"errorCode": "401.001", "errorMessage": "Invalid Access Token"}


@pytest.fixture
def waits() -> list[float]:
    """Return how long the gateway waited between its requests."""
    return []


@pytest.fixture
def gateway(waits: list[float]) -> Iterator[MpesaGateway]:
    gateway = make_gateway(sleep=waits.append)
    yield gateway
    gateway.close()


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """Let OAuth answer with a fresh token each time."""
    with respx.mock(assert_all_called=False) as router:
        router.get(TOKEN_URL).mock(side_effect=[issue(TOKEN), issue("second-access-token")])
        yield router


def answer(wire: respx.MockRouter, *answers: Any, path: str = pull.QUERY_PATH) -> respx.Route:
    """Let M-Pesa answer with each of these in turn."""
    return wire.post(HOST + path).mock(side_effect=list(answers))


def ok(body: bytes) -> httpx.Response:
    return httpx.Response(200, content=body)


class TestPullTransactions:
    def test_the_documented_request(self, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        route = answer(wire, ok(page(ROW)))

        found = gateway.pull_transactions(BEGIN, NOW, 100)

        assert [row.notice is not None for row in found.rows] == [True]
        assert json.loads(route.calls.last.request.content) == {
            "ShortCode": "174379",
            "StartDate": "2021-06-28 07:24:08",
            "EndDate": "2021-06-28 09:24:08",
            "OffSetValue": "100",
        }

    def test_a_rejected_token_is_renewed_once(
        self, gateway: MpesaGateway, wire: respx.MockRouter, waits: list[float]
    ) -> None:
        route = answer(wire, httpx.Response(401, json=REJECTED_TOKEN), ok(page(ROW)))

        gateway.pull_transactions(BEGIN, NOW, 0)

        assert route.calls.last.request.headers["Authorization"] == "Bearer second-access-token"
        assert waits == []

    def test_a_second_rejected_token_is_a_clear_no(
        self, gateway: MpesaGateway, wire: respx.MockRouter, waits: list[float]
    ) -> None:
        answer(wire, *[httpx.Response(401, json=REJECTED_TOKEN)] * 2)

        with pytest.raises(GatewayRejected):
            gateway.pull_transactions(BEGIN, NOW, 0)
        assert waits == []

    @pytest.mark.parametrize(
        "failure",
        [
            httpx.ConnectError("refused"),
            httpx.ReadTimeout("slow"),
            httpx.Response(502),
            httpx.Response(500, json=THROTTLED),
        ],
    )
    def test_an_error_of_the_connection_or_a_throttle_is_tried_three_times_more(
        self, failure: Any, gateway: MpesaGateway, wire: respx.MockRouter, waits: list[float]
    ) -> None:
        route = answer(wire, failure, failure, failure, ok(page(ROW)))

        assert len(gateway.pull_transactions(BEGIN, NOW, 0).rows) == 1
        assert (route.call_count, waits) == (4, list(PULL_WAITS_S))

    @pytest.mark.parametrize(
        ("failure", "error"),
        [
            (httpx.ConnectError("refused"), GatewayUnreachable),
            (httpx.ReadTimeout("slow"), OutcomeUnknown),
        ],
    )
    def test_and_no_more_often(
        self, failure: Any, error: type[Exception], gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        route = answer(wire, *[failure] * 4)

        with pytest.raises(error):
            gateway.pull_transactions(BEGIN, NOW, 0)
        assert route.call_count == 4

    def test_a_clear_no_is_not_asked_again(
        self, gateway: MpesaGateway, wire: respx.MockRouter, waits: list[float]
    ) -> None:
        answer(wire, httpx.Response(400, json={"errorCode": "400.001", "errorMessage": "no"}))

        with pytest.raises(GatewayRejected):
            gateway.pull_transactions(BEGIN, NOW, 0)
        assert waits == []

    def test_a_page_may_be_longer_than_other_replies(
        self, gateway: MpesaGateway, wire: respx.MockRouter
    ) -> None:
        rows = [{**ROW, "transactionId": f"UKL{number:07}"} for number in range(1000)]
        answer(wire, ok(page(*rows)))

        assert len(gateway.pull_transactions(BEGIN, NOW, 0).rows) == 1000


class TestRegisterPull:
    def test_the_documented_request(self, gateway: MpesaGateway, wire: respx.MockRouter) -> None:
        route = answer(
            wire, ok(b'{"Response Status": "1001"}'), path="/pulltransactions/v1/register"
        )

        assert not gateway.register_pull("254722000000", "https://a.example/").is_new
        assert json.loads(route.calls.last.request.content) == {
            "ShortCode": "174379",
            "RequestType": "Pull",
            "NominatedNumber": "254722000000",
            "CallBackURL": "https://a.example/",
        }


class TestMock:
    def test_it_says_that_it_keeps_no_list(self) -> None:
        for ask in (
            lambda: MockGateway().pull_transactions(BEGIN, NOW, 0),
            lambda: MockGateway().register_pull("254722000000", ""),
        ):
            with pytest.raises(GatewayRejected, match="keeps no list"):
                ask()
