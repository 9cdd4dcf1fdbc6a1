"""Users and clients for the tests of signing in."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from users import phone_change
from users.models import PhoneChange, User

PASSWORD = "a-fine-long-passphrase"
NEW_NUMBER = "254722000111"


def signed_in(user: User) -> Client:
    """Return a browser in which a customer is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def asha(db: None) -> User:
    """A customer."""
    return User.objects.create_user("254712345678", PASSWORD, full_name="Asha Mwangi")


@pytest.fixture
def operator(db: None) -> User:
    """An operator with every right."""
    return User.objects.create_superuser("0700000001", PASSWORD, full_name="Op")


@pytest.fixture
def change(asha: User) -> PhoneChange:
    """Asha's request for another phone number."""
    return phone_change.request_change(
        asha, new_phone_number=NEW_NUMBER, password=PASSWORD, now=timezone.now()
    )


@pytest.fixture
def browser() -> Client:
    """A client that checks CSRF tokens as a browser's requests are checked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def _no_counts(settings: Any) -> None:
    """Let tests log in as often as they like; those of the counts switch them on."""
    settings.RATELIMIT_ENABLE = False
