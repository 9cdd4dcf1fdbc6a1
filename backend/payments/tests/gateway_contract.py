"""The contract that both gateways must keep, so that the mock cannot drift from Daraja."""

import json
import re
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from payments.gateway import (
    SUCCESS,
    GatewayRejected,
    GatewayUnreachable,
    MalformedCallback,
    PaymentGateway,
    PushAccepted,
    PushRequest,
    QueryOutcome,
    RejectionReason,
)
from payments.gateways.mock import RESULT_CODE_BY_AMOUNT

BUSY_AMOUNT = 1001
PENDING_AMOUNT = 4999
PAID_AMOUNT = 500
#: Amounts whose prompt ends without payment.
FAILING = {
    amount: code
    for amount, code in RESULT_CODE_BY_AMOUNT.items()
    if amount not in {BUSY_AMOUNT, PENDING_AMOUNT}
}


def make_request(amount: int = PAID_AMOUNT, **changes: Any) -> PushRequest:
    """Build a valid request; `changes` override its fields."""
    fields = {
        "phone_number": "254712345678",
        "amount": amount,
        "account_reference": "DEP7K2M9QX",
        "transaction_desc": "Deposit",
        "callback_url": "https://example.com/api/payments/callback/token/",
    }
    return PushRequest(**{**fields, **changes})


class GatewayContract:
    """Subclasses give a fixture `gateway` and say how its callback reaches us."""

    def callback_of(self, gateway: Any, accepted: PushAccepted) -> bytes | None:
        """Return the callback of an accepted push, None while there is none."""
        raise NotImplementedError

    def test_the_gateway_has_a_short_code_and_an_environment(self, gateway: PaymentGateway) -> None:
        assert gateway.environment in {"mock", "sandbox", "production"}
        assert re.fullmatch(r"[0-9]{5,7}", gateway.business_short_code)

    def test_an_accepted_push_has_ids_of_its_own(self, gateway: PaymentGateway) -> None:
        first, second = gateway.push(make_request()), gateway.push(make_request())

        assert re.fullmatch(r"ws_CO_[\x21-\x7e]{1,122}", first.checkout_request_id)
        assert first.merchant_request_id
        assert first.checkout_request_id != second.checkout_request_id

    def test_a_payment_comes_back_with_amount_receipt_and_time(
        self, gateway: PaymentGateway
    ) -> None:
        accepted = gateway.push(make_request())
        body = self.callback_of(gateway, accepted)
        assert body is not None

        callback = gateway.parse_callback(body)

        assert callback.result_code == SUCCESS
        assert callback.checkout_request_id == accepted.checkout_request_id
        assert callback.merchant_request_id == accepted.merchant_request_id
        assert callback.amount == Decimal("500.00")
        assert re.fullmatch(r"[A-Z0-9]{10}", callback.mpesa_receipt_number or "")
        assert callback.transaction_date is not None
        assert callback.transaction_date.tzinfo is UTC

    def test_every_payment_has_a_receipt_of_its_own(self, gateway: PaymentGateway) -> None:
        bodies = [self.callback_of(gateway, gateway.push(make_request())) for _ in range(5)]

        receipts = {gateway.parse_callback(body or b"").mpesa_receipt_number for body in bodies}

        assert len(receipts) == 5

    @pytest.mark.parametrize(("amount", "code"), FAILING.items())
    def test_a_failure_comes_back_with_its_code_and_no_money(
        self, gateway: PaymentGateway, amount: int, code: str
    ) -> None:
        body = self.callback_of(gateway, gateway.push(make_request(amount)))
        assert body is not None

        callback = gateway.parse_callback(body)

        assert callback.result_code == code
        assert callback.result_desc
        assert callback.amount is None
        assert callback.mpesa_receipt_number is None

    def test_a_query_of_a_paid_prompt_says_paid(self, gateway: PaymentGateway) -> None:
        accepted = gateway.push(make_request())

        answer = gateway.query(accepted.checkout_request_id)

        assert answer.outcome is QueryOutcome.PAID
        assert answer.result_code == "0"

    @pytest.mark.parametrize(("amount", "code"), FAILING.items())
    def test_a_query_agrees_that_it_failed(
        self, gateway: PaymentGateway, amount: int, code: str
    ) -> None:
        accepted = gateway.push(make_request(amount))

        answer = gateway.query(accepted.checkout_request_id)

        assert answer.outcome is QueryOutcome.FAILED
        assert answer.result_code == code

    def test_an_unanswered_prompt_stays_pending(self, gateway: PaymentGateway) -> None:
        accepted = gateway.push(make_request(PENDING_AMOUNT))

        answer = gateway.query(accepted.checkout_request_id)

        assert self.callback_of(gateway, accepted) is None
        assert answer.outcome is QueryOutcome.PENDING
        assert answer.result_code == "4999"

    def test_a_busy_subscriber_is_a_rejection_with_a_wait(self, gateway: PaymentGateway) -> None:
        with pytest.raises(GatewayRejected) as caught:
            gateway.push(make_request(BUSY_AMOUNT))

        assert caught.value.reason is RejectionReason.SUBSCRIBER_BUSY
        assert caught.value.result_code == "1001"
        assert caught.value.retry_after_s == 60

    def test_a_query_about_an_unknown_prompt_is_refused(self, gateway: PaymentGateway) -> None:
        with pytest.raises(GatewayRejected, match="CheckoutRequestID") as caught:
            gateway.query("ws_CO_nobody_knows")

        assert caught.value.reason is RejectionReason.REJECTED

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": 0},
            {"phone_number": "0712345678"},
            {"account_reference": "far too long a name"},
        ],
    )
    def test_a_request_that_daraja_would_not_take_is_refused(
        self, gateway: PaymentGateway, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(GatewayRejected, match="not a request Daraja takes"):
            gateway.push(make_request(**changes))

    def test_without_an_initiator_nobody_is_asked_about_a_transaction(
        self, gateway: PaymentGateway
    ) -> None:
        with pytest.raises((GatewayRejected, GatewayUnreachable)):
            gateway.query_transaction(
                "UKL51ZDR4F", "https://example.com/result/", "https://example.com/timeout/"
            )

    @pytest.mark.parametrize("body", [b"", b"{}", b"\xff", json.dumps({"Body": 1}).encode()])
    def test_a_body_that_is_no_callback_is_malformed(
        self, gateway: PaymentGateway, body: bytes
    ) -> None:
        with pytest.raises(MalformedCallback):
            gateway.parse_callback(body)
