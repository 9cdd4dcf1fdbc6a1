"""People and clients for the tests of signing in."""

from typing import Any

import pytest
from django.test import Client

from users.models import User

PASSWORD = "a-fine-long-passphrase"


@pytest.fixture
def asha(db: None) -> User:
    """A customer."""
    return User.objects.create_user("254712345678", PASSWORD, full_name="Asha Mwangi")


@pytest.fixture
def browser() -> Client:
    """A client that checks CSRF tokens as a browser's requests are checked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def _no_counts(settings: Any) -> None:
    """Let tests log in as often as they like; those of the counts switch them on."""
    settings.RATELIMIT_ENABLE = False
