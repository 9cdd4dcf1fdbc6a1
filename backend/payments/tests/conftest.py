"""Fixtures of the tests of deposits: customers, and a gateway that the test scripts."""

from typing import Any
from uuid import uuid4

import pytest

from payments import conf
from payments.models import Transaction
from payments.tests.building import make_customer, make_deposit
from payments.tests.scripted_gateway import CLASS, ScriptedGateway
from users.models import User


@pytest.fixture
def gateway(settings: Any) -> ScriptedGateway:
    """Put a scripted gateway in the place of M-Pesa, for this test alone."""
    settings.PAYMENTS_GATEWAY = {"CLASS": CLASS, "OPTIONS": {"name": uuid4().hex[:8]}}
    scripted = conf.get_gateway()
    assert isinstance(scripted, ScriptedGateway)
    return scripted


@pytest.fixture
def customer() -> User:
    """Store a verified customer."""
    return make_customer()


@pytest.fixture
def deposit(customer: User) -> Transaction:
    """Store the customer's PENDING deposit of KES 500."""
    return make_deposit(customer)
