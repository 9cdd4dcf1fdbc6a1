"""Which pushes the gate lets through, and the errors of those that it refuses."""

import pytest

from payments.gateway import GatewayError, GatewayRejected, GatewayUnreachable, OutcomeUnknown
from payments.gateways.circuit import MIN_CALLS, REST_S
from payments.gateways.gate import BULKHEAD_RETRY_AFTER_S, PushGate


def push(gate: PushGate, error: GatewayError | None = None, times: int = 1) -> None:
    """Push through the gate; M-Pesa says so. Being turned away is an error of the test."""
    for _ in range(times):
        heard: GatewayError | None = None
        try:
            with gate.passing():
                if error is not None:
                    raise error
        except GatewayError as caught:
            heard = caught
        assert heard is error


def error_of(gate: PushGate) -> GatewayUnreachable:
    """Return how a push is turned away."""
    with pytest.raises(GatewayUnreachable) as caught, gate.passing():
        pytest.fail("it was let through")
    return caught.value


class TestBulkhead:
    def test_a_push_beyond_the_cap_is_refused_at_once(self) -> None:
        gate = PushGate(1)

        with gate.passing():
            assert error_of(gate).retry_after_s == BULKHEAD_RETRY_AFTER_S

        push(gate)

    def test_pushes_refused_by_the_bulkhead_do_not_count_as_failures_of_m_pesa(self) -> None:
        gate = PushGate(1)

        with gate.passing():
            for _ in range(2 * MIN_CALLS):
                error_of(gate)

        push(gate)

    def test_a_failure_gives_its_slot_back(self) -> None:
        gate = PushGate(1)

        push(gate, OutcomeUnknown("timeout"), times=3)

        push(gate)


class TestWhileMpesaIsDown:
    @pytest.mark.parametrize("error", [GatewayUnreachable("no way"), OutcomeUnknown("timeout")])
    def test_pushes_are_turned_away_and_later_one_tries(
        self, error: GatewayError, caplog: pytest.LogCaptureFixture
    ) -> None:
        now = [0.0]
        gate = PushGate(5, monotonic=lambda: now[0])
        push(gate, error, MIN_CALLS)

        heard = error_of(gate)
        now[0] = REST_S
        with caplog.at_level("INFO"):
            push(gate)
        push(gate)

        assert (heard.retry_after_s, "fails at the moment" in heard.detail) == (10, True)
        assert "M-Pesa answers again" in caplog.text

    def test_a_push_that_the_circuit_refuses_takes_no_slot(self) -> None:
        now = [0.0]
        gate = PushGate(1, monotonic=lambda: now[0])
        push(gate, OutcomeUnknown("timeout"), MIN_CALLS)
        error_of(gate)
        now[0] = REST_S

        push(gate)

    def test_clear_answers_are_no_failures(self) -> None:
        gate = PushGate(5)

        push(gate, GatewayRejected("no"), 3 * MIN_CALLS)

        push(gate)
