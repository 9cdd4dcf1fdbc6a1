"""Fixtures of the tests of KYC: customers, and a provider that the test scripts."""

from typing import Any

import pytest

from kyc.tests.building import make_customer, make_operator
from kyc.tests.scripted_provider import CLASS, ScriptedProvider
from users.models import User


@pytest.fixture
def customer() -> User:
    """Store a customer who is not verified yet."""
    return make_customer()


@pytest.fixture
def operator() -> User:
    """Store an operator with every right."""
    return make_operator()


@pytest.fixture
def provider(settings: Any) -> ScriptedProvider:
    """Put a scripted bureau in the place of the operator, for this test alone."""
    scripted = ScriptedProvider()
    settings.KYC_VERIFICATION = {"CLASS": CLASS, "OPTIONS": {"script": scripted}}
    return scripted
