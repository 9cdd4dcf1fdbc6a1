"""The mock gateway: Daraja's contract, the script, and nothing remembered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from payments.gateway import OutcomeUnknown, PaymentGateway, PushAccepted, QueryVerdict
from payments.gateways import mock
from payments.gateways.mock import (
    ANSWER_LATE,
    ANSWER_TWICE,
    CANCEL,
    NEVER_ANSWER,
    SUCCEED,
    TIME_OUT,
    MockGateway,
    MockStep,
)
from payments.tests.gateway_contract import GatewayContract, make_request

NOW = datetime(2026, 1, 2, 21, 30, tzinfo=UTC)


class TestMockGatewayContract(GatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return MockGateway()

    def callback_of(self, gateway: MockGateway, accepted: PushAccepted) -> bytes | None:
        return accepted.callback_body


class TestScript:
    def test_steps_are_taken_in_order_and_then_the_amount_decides(self) -> None:
        gateway = MockGateway(script=[CANCEL, SUCCEED])

        codes = [outcome(gateway, gateway.push(make_request(2001))) for _ in range(3)]

        assert codes == ["1032", "0", "2001"]

    def test_a_timed_out_push_was_paid_and_its_callback_comes_later(self) -> None:
        gateway = MockGateway(script=[TIME_OUT])

        with pytest.raises(OutcomeUnknown):
            gateway.push(make_request())

        (body,) = gateway.take_late_callbacks()
        callback = gateway.parse_callback(body)
        assert callback.is_success
        assert gateway.query(callback.checkout_request_id).verdict is QueryVerdict.PAID

    def test_a_late_answer_is_held_back_while_a_query_knows_it(self) -> None:
        gateway = MockGateway(script=[ANSWER_LATE])

        accepted = gateway.push(make_request())

        assert accepted.callback_body is None
        assert gateway.query(accepted.checkout_request_id).verdict is QueryVerdict.PAID
        (body,) = gateway.take_late_callbacks()
        assert gateway.parse_callback(body).checkout_request_id == accepted.checkout_request_id
        assert gateway.take_late_callbacks() == []

    def test_answering_twice_repeats_the_same_receipt(self) -> None:
        gateway = MockGateway(script=[ANSWER_TWICE])

        accepted = gateway.push(make_request())

        assert gateway.take_late_callbacks() == [accepted.callback_body]

    def test_never_answering_sends_nothing_at_all(self) -> None:
        gateway = MockGateway(script=[NEVER_ANSWER])

        assert gateway.push(make_request()).callback_body is None
        assert gateway.take_late_callbacks() == []

    def test_a_text_code_stays_text(self) -> None:
        gateway = MockGateway(script=[MockStep(result_code="SFC_IC0003")])

        assert outcome(gateway, gateway.push(make_request())) == "SFC_IC0003"

    def test_threads_share_the_script(self) -> None:
        gateway = MockGateway(script=[CANCEL] * 20)

        with ThreadPoolExecutor(8) as threads:
            accepted = list(threads.map(gateway.push, [make_request()] * 40))

        codes = [outcome(gateway, one) for one in accepted]
        assert codes.count("1032") == 20
        assert len({one.checkout_request_id for one in accepted}) == 40


class TestMemory:
    def test_another_process_answers_a_query_the_same_way(self) -> None:
        accepted = MockGateway().push(make_request(1037))

        assert MockGateway().query(accepted.checkout_request_id).result_code == "1037"

    def test_a_callback_can_be_written_again_from_the_id(self) -> None:
        gateway = MockGateway(now=lambda: NOW)
        accepted = gateway.push(make_request())

        again = mock.build_callback_body(accepted.checkout_request_id, now=NOW)

        assert again == accepted.callback_body
        assert gateway.parse_callback(again).transaction_date == NOW

    def test_the_id_holds_nothing_about_the_person(self) -> None:
        accepted = MockGateway().push(make_request())

        assert accepted.checkout_request_id.startswith("ws_CO_MOCK_0_500_")
        assert "712345678" not in accepted.checkout_request_id


def outcome(gateway: MockGateway, accepted: PushAccepted) -> str:
    return gateway.parse_callback(accepted.callback_body or b"").result_code
