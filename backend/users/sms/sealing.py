"""Encrypts the text of an SMS while it waits: a copy of the database has no live code."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """No key in FIELD_ENCRYPTION_KEYS opens the text."""


def seal(text: str) -> str:
    """Return the text encrypted with the first key."""
    return Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text in clear.

    Raises:
        Unreadable: its key is gone, or the stored text was altered.
    """
    keys = [Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS]
    try:
        return MultiFernet(keys).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error
