"""How passwords are spelled before they are hashed.

Keyboards write one accented letter in several ways: `é` as one character or as `e` and an accent.
Unicode's form NFKC makes them equal, as NIST SP 800-63B advises. Release 0.1.0 hashed passwords as
they were typed, so those spellings still count.
"""

from unicodedata import normalize

from django.contrib.auth.hashers import make_password


def normalise(password: str) -> str:
    """Return the spelling that is hashed."""
    return normalize("NFKC", password)


def spellings(password: str) -> list[str]:
    """Return what a stored hash may have been made of: the normalised password, and as typed."""
    normalised = normalise(password)
    return [normalised] if normalised == password else [normalised, password]


def hash_in_vain(password: str) -> None:
    """Do the work of checking a wrong password, where there is no account to check it with."""
    for spelling in spellings(password):
        make_password(spelling)
