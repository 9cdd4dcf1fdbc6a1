"""The mock gateway: Daraja's contract, the amounts, and nothing remembered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from payments.gateway import AddressRegistration, GatewayRejected, PaymentGateway, PushAccepted
from payments.gateways.mock import MockGateway
from payments.tests.gateway_contract import GatewayContract, make_request

NOW = datetime(2026, 1, 2, 21, 30, tzinfo=UTC)


class TestMockGatewayContract(GatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return MockGateway()

    def callback_of(self, gateway: MockGateway, accepted: PushAccepted) -> bytes | None:
        return accepted.callback_body


class TestOutcomes:
    @pytest.mark.parametrize("amount", [1, 500, 1000, 70_000])
    def test_an_amount_that_is_not_listed_is_paid(self, amount: int) -> None:
        accepted = MockGateway().push(make_request(amount))

        assert outcome(accepted) == "0"

    def test_threads_may_share_the_gateway(self) -> None:
        gateway = MockGateway()

        with ThreadPoolExecutor(8) as threads:
            accepted = list(threads.map(gateway.push, [make_request(1032)] * 40))

        assert {outcome(one) for one in accepted} == {"1032"}
        assert len({one.checkout_request_id for one in accepted}) == 40


class TestRegistering:
    def test_it_registers_nothing_and_says_so(self) -> None:
        request = AddressRegistration(
            version="v2",
            response_type="Completed",
            validation_url="https://pay.example/validation/",
            confirmation_url="https://pay.example/confirmation/",
        )

        with pytest.raises(GatewayRejected, match="registers no addresses"):
            MockGateway().register_addresses(request)


class TestMemory:
    def test_another_process_answers_a_query_the_same_way(self) -> None:
        accepted = MockGateway().push(make_request(1037))

        assert MockGateway().query(accepted.checkout_request_id).result_code == "1037"

    def test_a_payment_has_the_present_time(self) -> None:
        gateway = MockGateway(now=lambda: NOW)

        accepted = gateway.push(make_request())

        assert gateway.parse_callback(accepted.callback_body or b"").transaction_date == NOW

    def test_the_id_holds_nothing_about_the_customer(self) -> None:
        accepted = MockGateway().push(make_request())

        assert accepted.checkout_request_id.startswith("ws_CO_MOCK_0_500_")
        assert "712345678" not in accepted.checkout_request_id


def outcome(accepted: PushAccepted) -> str:
    return MockGateway().parse_callback(accepted.callback_body or b"").result_code
