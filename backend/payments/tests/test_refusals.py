"""What a refused deposit says of the money; the page then says nothing of it itself."""

import re

import pytest

from common.errors import DomainError
from payments import errors, limit_errors
from payments.gateway import GatewayRejected, GatewayUnreachable, Refusal
from payments.tests.building import NOON

# The codes of which the page's `saysMoney` (features/deposit/resultMessages.ts) relies on the sentence.
REFUSALS = [
    errors.invalid_idempotency_key(),
    errors.invalid_phone_number(),
    errors.kyc_required(),
    errors.risk_denied(),
    errors.risk_review(),
    errors.gateway_unavailable(GatewayUnreachable("down"), 1),
    *(errors.refused_by_gateway(GatewayRejected("no", refusal=found), 1) for found in Refusal),
    limit_errors.limit_exceeded(500, 60),
    limit_errors.own_daily_limit_exceeded(500, 500, 60),
    limit_errors.own_daily_limit_exceeded(500, 501, 60),
    limit_errors.own_weekly_limit_exceeded(500, 500, 60),
    limit_errors.own_weekly_limit_exceeded(500, 501, 60),
    limit_errors.self_excluded(NOON, 60),
    limit_errors.too_many_pushes(60),
    limit_errors.prompts_paused(NOON, 60),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.error)
def test_a_refusal_says_once_that_nothing_was_charged(refusal: DomainError) -> None:
    message = refusal.customer_message

    assert len(re.findall(r"Nothing was charged|no money moved", message.en)) == 1
    assert len(re.findall(r"Hujatozwa|hakuna pesa iliyokatwa", message.sw)) == 1
