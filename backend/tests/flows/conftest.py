"""The scenarios begin with the same fixtures as the tests of deposits."""

from typing import Any

import pytest

from payments.tests.conftest import customer, deposit, gateway

__all__ = ["customer", "deposit", "gateway"]


@pytest.fixture
def enforcing(settings: Any) -> Any:
    """Let rules refuse; return the settings to change more."""
    settings.RISK_MODE = "enforce"
    settings.RATELIMIT_ENABLE = False
    return settings
