"""Keeps ID numbers unreadable at rest, and comparable without being readable.

Why a fingerprint, and what a change of keys means: docs/decisions/0015.
"""

import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class UnreadableIdNumber(Exception):
    """No key decrypts it: the key that encrypted it is missing from FIELD_ENCRYPTION_KEYS."""


class IdNumberCipher:
    """Encrypts ID numbers with the first of its keys, decrypts them with any.

    The last key makes the fingerprints, so that a new key put in front leaves them as they are.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._first = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        # A key of its own for each purpose: neither tells anything about the other.
        self._fingerprint_key = HKDF(
            algorithm=SHA256(), length=32, salt=None, info=b"kyc id number fingerprint"
        ).derive(keys[-1].encode())

    def encrypt(self, id_number: str) -> str:
        """Return the number encrypted; each call gives another ciphertext."""
        return self._fernet.encrypt(id_number.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the number.

        Raises:
            UnreadableIdNumber: no key fits, or somebody changed what is stored.
        """
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise UnreadableIdNumber from error

    def is_closed_by_first_key(self, token: str) -> bool:
        """Say whether the first key alone decrypts this number."""
        try:
            self._first.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def fingerprint(self, id_number: str) -> str:
        """Return 64 hexadecimal digits: a keyed hash, equal for equal numbers.

        Keyed, because ID numbers are few: a plain hash of all of them is made in minutes.
        """
        return hmac.digest(self._fingerprint_key, id_number.encode(), "sha256").hex()
