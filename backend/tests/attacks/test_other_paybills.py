"""True confirmations of payments that we never got: somebody registered our address for their own.

The secret and the source address are both right, so only the short code tells.
"""

import json
from typing import Any

import pytest
from django.test import Client

from payments.models import Confirmation, Transaction
from tests.attacks.world import PAYBILL, Attack

SECRET = "a-secret-of-the-paybill-0123456789"  # pragma: allowlist secret


@pytest.fixture(autouse=True)
def _taken(settings: Any) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, SECRET


def _number(attack: Attack) -> str:
    """Return the attacker's own account number, the only one that they know."""
    return str(attack.attacker.get(PAYBILL)["account_number"])


def _notice(account: str, **fields: Any) -> bytes:
    told = {"TransID": "FORGED0001", "TransAmount": "50000.00", "BillRefNumber": account}
    return json.dumps({**told, **fields}).encode()


def _post(what: str, body: bytes) -> Any:
    return Client().post(f"{PAYBILL}{SECRET}/{what}/", body, "application/json")


class TestAnotherPaybill:
    def test_a_real_payment_to_the_attackers_own_paybill_credits_nothing(
        self, attack: Attack
    ) -> None:
        body = _notice(_number(attack), BusinessShortCode="600966")

        assert _post("confirmation", body).status_code == 200

        assert attack.attacker.balance == "0.00"
        assert Confirmation.objects.get().verdict == "untrusted"

    def test_nor_does_it_settle_a_prompt(self, attack: Attack) -> None:
        reference = Transaction.objects.get(pk=attack.transaction_id).account_reference
        body = _notice(str(reference), TransAmount="500", BusinessShortCode="600966")

        _post("confirmation", body)

        assert attack.victim.status(attack.transaction_id)["status"] == "PENDING"

    def test_it_is_rejected_before_it_is_paid(self, attack: Attack) -> None:
        answer = _post("validation", _notice(_number(attack), BusinessShortCode="600966"))

        assert answer.json()["ResultCode"] == "C2B00015"
