"""One attack per test on a ledger with money, which must be unchanged afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest

from payments.tests.building import OTHER_PHONE, success_body
from payments.tests.conftest import gateway
from payments.tests.scripted_gateway import ScriptedGateway
from tests.attacks.world import Attack, books
from tests.flows.app import App, call_back

__all__ = ["gateway"]


@pytest.fixture
def attack(transactional_db: None, gateway: ScriptedGateway, settings: Any) -> Iterator[Attack]:
    """Let the victim have KES 700 and a prompt of KES 500; check the books at the end."""
    settings.RATELIMIT_ENABLE = False
    settings.SECURE_SSL_REDIRECT = False
    victim, attacker = App(), App(OTHER_PHONE)
    paid = victim.deposit(700).json()
    body = success_body(paid["checkout_id"], amount=700, receipt="PAIDBEFORE")
    call_back(gateway.pushes[-1].callback_url, body)
    deposit = victim.deposit(500).json()
    attack = Attack(victim, attacker, gateway, deposit, books())
    assert victim.balance == "700.00"
    yield attack
    attack.assert_no_money_moved()
