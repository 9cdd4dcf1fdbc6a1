"""The stories begin with the same fixtures as the tests of deposits."""

from payments.tests.conftest import customer, deposit, gateway

__all__ = ["customer", "deposit", "gateway"]
