"""What a customer does with each answer of the contract."""

import pytest

from chaos.customers import Next, decide


@pytest.mark.parametrize(
    ("status", "code", "step"),
    [
        (200, None, Next.FOLLOW),
        (202, None, Next.FOLLOW),
        (409, "deposit_in_progress", Next.WAIT),
        (409, "idempotency_in_progress", Next.WAIT),
        (409, "subscriber_busy", Next.END),
        (502, "mpesa_rejected", Next.END),
        (502, "mpesa_authentication_failed", Next.END),
        (503, "mpesa_busy", Next.REPEAT_BUSY),
        (503, "mpesa_unavailable", Next.REPEAT_BUSY),
        (500, "internal_error", Next.REPEAT),
        (502, None, Next.REPEAT),
        (503, "unavailable", Next.REPEAT),
        (401, "not_authenticated", Next.SURPRISE),
        (422, "idempotency_key_reused", Next.SURPRISE),
        (400, "invalid_amount", Next.SURPRISE),
    ],
)
def test_an_answer_decides_the_next_step(status: int, code: str | None, step: Next) -> None:
    assert decide(status, code) is step
