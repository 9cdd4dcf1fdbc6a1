"""The Daraja gateway asks what became of a transaction."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from payments.daraja import transaction_status
from payments.gateway import (
    GatewayUnreachable,
    InitiatorRejected,
    OutcomeUnknown,
)
from payments.mpesa_integration import MpesaGateway
from payments.tests.daraja.test_transaction_status import ACK, CREDENTIAL, RECEIPT
from payments.tests.mpesa_wire import HOST, TOKEN, TOKEN_URL, issue, make_gateway

RESULT_URL, TIMEOUT_URL = "https://pay.example/result/", "https://pay.example/timeout/"
REJECTED_TOKEN = {"errorCode": "400.003.01", "errorMessage": "Invalid Access Token"}


@pytest.fixture
def gateway() -> Iterator[MpesaGateway]:
    gateway = make_gateway(initiator_name="testapiuser", security_credential=CREDENTIAL)
    yield gateway
    gateway.close()


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """Let OAuth answer with a fresh token each time."""
    with respx.mock(assert_all_called=False) as router:
        router.get(TOKEN_URL).mock(side_effect=[issue(TOKEN), issue("second-access-token")])
        yield router


def answer(wire: respx.MockRouter, *answers: Any) -> respx.Route:
    """Let M-Pesa answer with each of these in turn."""
    return wire.post(HOST + transaction_status.QUERY_PATH).mock(side_effect=list(answers))


def ask(gateway: MpesaGateway) -> Any:
    return gateway.query_transaction(RECEIPT, RESULT_URL, TIMEOUT_URL)


def test_the_documented_request(gateway: MpesaGateway, wire: respx.MockRouter) -> None:
    route = answer(wire, httpx.Response(200, json=ACK))

    assert ask(gateway).conversation_id == ACK["ConversationID"]

    sent = json.loads(route.calls.last.request.content)
    assert (sent["TransactionID"], sent["PartyA"]) == (RECEIPT, "174379")
    assert (sent["Initiator"], sent["SecurityCredential"]) == ("testapiuser", CREDENTIAL)
    assert (sent["ResultURL"], sent["QueueTimeOutURL"]) == (RESULT_URL, TIMEOUT_URL)


def test_without_a_credential_nothing_is_sent(wire: respx.MockRouter) -> None:
    route = answer(wire, httpx.Response(200, json=ACK))

    with pytest.raises(GatewayUnreachable, match="MPESA_INITIATOR_NAME"):
        ask(make_gateway())
    assert not route.called


def test_a_rejected_token_is_renewed_once(gateway: MpesaGateway, wire: respx.MockRouter) -> None:
    route = answer(wire, httpx.Response(400, json=REJECTED_TOKEN), httpx.Response(200, json=ACK))

    ask(gateway)

    assert route.calls.last.request.headers["Authorization"] == "Bearer second-access-token"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("refused"), GatewayUnreachable),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.Response(502, html="<html>"), OutcomeUnknown),
    ],
)
def test_it_is_sent_once_whatever_comes(
    gateway: MpesaGateway, wire: respx.MockRouter, failure: Any, error: type[Exception]
) -> None:
    """A second try with a wrong credential could lock the initiator."""
    route = answer(wire, failure, httpx.Response(200, json=ACK))

    with pytest.raises(error):
        ask(gateway)
    assert route.call_count == 1


def test_a_rejected_initiator_is_told_apart(gateway: MpesaGateway, wire: respx.MockRouter) -> None:
    body = {"ResponseCode": "2001", "ResponseDescription": f"Invalid {CREDENTIAL}"}
    answer(wire, httpx.Response(200, json=body))

    with pytest.raises(InitiatorRejected) as caught:
        ask(gateway)

    assert CREDENTIAL not in caught.value.detail


def test_the_credential_is_in_no_text_of_the_gateway(gateway: MpesaGateway) -> None:
    assert CREDENTIAL not in repr(gateway) + str(gateway)
