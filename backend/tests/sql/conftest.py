"""Fixtures of the tests of SQL functions: a customer, a deposit, an operator who decides."""

import pytest

from payments.models import Transaction
from payments.tests.building import make_customer, make_deposit
from users.models import User


@pytest.fixture
def customer() -> User:
    """Store a verified customer."""
    return make_customer()


@pytest.fixture
def deposit(customer: User) -> Transaction:
    """Store the customer's PENDING deposit of KES 500."""
    return make_deposit(customer)


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")
