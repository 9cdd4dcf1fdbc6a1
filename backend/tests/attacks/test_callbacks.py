"""Callbacks that M-Pesa never sent: without the secret, with guesses, again, for too little.

What a true callback does is tested beside payments.services; here nothing may happen at all, or
nothing but a case for an operator.
"""

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from payments.models import CallbackEvent, SuspenseCase, Transaction
from payments.tests.building import failure_body, success_body
from tests.attacks.world import CALLBACKS, Attack


def _post(path: str, body: bytes, **headers: str) -> Any:
    return Client().post(path, body, "application/json", headers=headers)


class TestForged:
    @pytest.mark.parametrize(
        "token",
        ["", "guess", "0", "null", "' OR 1=1 --", "../../admin", "%2e%2e", "a" * 4000, "\u0661"],
    )
    def test_a_success_without_the_secret_credits_nothing(self, attack: Attack, token: str) -> None:
        checkout_id = attack.deposit["checkout_id"]

        response = _post(f"{CALLBACKS}{token}", success_body(checkout_id))

        assert response.status_code < 500
        assert Transaction.objects.get(pk=attack.transaction_id).status == "PENDING"

    def test_a_failure_without_the_secret_ends_nothing(self, attack: Attack) -> None:
        assert _post(CALLBACKS, failure_body(attack.deposit["checkout_id"])).status_code == 200

        assert attack.victim.status(attack.transaction_id)["status"] == "PENDING"

    def test_the_hash_of_the_secret_is_not_the_secret(self, attack: Attack) -> None:
        stolen = Transaction.objects.get(pk=attack.transaction_id).callback_token_hash

        _post(f"{CALLBACKS}{stolen}/", success_body(attack.deposit["checkout_id"]))

        assert attack.victim.balance == "700.00"

    def test_the_secret_in_other_letters_is_not_the_secret(self, attack: Attack) -> None:
        token = attack.token.swapcase()

        _post(f"{CALLBACKS}{token}/", success_body(attack.deposit["checkout_id"]))

        assert attack.victim.balance == "700.00"

    def test_a_true_secret_from_a_foreign_address_credits_nothing(
        self, attack: Attack, settings: Any
    ) -> None:
        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]
        body = success_body(attack.deposit["checkout_id"])

        for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "Client-IP"):
            response = _post(f"{CALLBACKS}{attack.token}/", body, **{header: "196.201.214.7"})
            assert response.status_code == 200

        assert attack.victim.balance == "700.00"


class TestUnderpaid:
    def test_an_underpaid_callback_opens_a_suspense_case(self, attack: Attack) -> None:
        body = success_body(attack.deposit["checkout_id"], amount=1, receipt="UNDERPAID1")

        assert _post(f"{CALLBACKS}{attack.token}/", body).status_code == 200

        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount) == ("amount_mismatch", 1)
        assert attack.attacker.balance == "0.00"
        # The shilling itself is booked, but belongs to no customer: no wallet and no deposit moved.
        attack.allow_house_postings()


class TestReplayed:
    def test_a_paid_callback_sent_again_credits_nothing(self, attack: Attack) -> None:
        event = CallbackEvent.objects.get(verdict="applied")
        path = attack.gateway.pushes[0].callback_url.split("/api/")[1]

        for _ in range(3):
            assert _post(f"/api/{path}", bytes(event.raw_body)).status_code == 200

        assert attack.victim.balance == "700.00"

    def test_a_used_receipt_credits_no_second_deposit(self, attack: Attack) -> None:
        body = success_body(attack.deposit["checkout_id"], receipt="PAIDBEFORE")

        _post(f"{CALLBACKS}{attack.token}/", body)

        assert attack.victim.balance == "700.00"
        assert SuspenseCase.objects.get().reason == "receipt_used"

    def test_the_token_of_ones_own_deposit_pays_no_other_customers_deposit(
        self, attack: Attack
    ) -> None:
        own = attack.attacker.deposit(100).json()
        attack.look_again()
        path = f"{CALLBACKS}{attack.token}/"

        _post(path, success_body(attack.deposit["checkout_id"], receipt=None))
        _post(path, failure_body(f"{attack.deposit['checkout_id']}x"))

        assert attack.victim.status(attack.transaction_id)["status"] == "PENDING"
        assert attack.attacker.status(own["transaction_id"])["status"] == "PENDING"
