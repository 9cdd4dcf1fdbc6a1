"""Encrypts ID numbers at rest, and makes fingerprints to compare them without decryption.

docs/decisions/0015 gives the reason for fingerprints, and the effects of a change of keys.
"""

import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class UnreadableIdNumber(Exception):
    """No key in FIELD_ENCRYPTION_KEYS decrypts the stored ID number."""


class IdNumberCipher:
    """Encrypts ID numbers with the first of its keys, decrypts them with any.

    The last key makes the fingerprints, so that adding a new first key does not change them.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._first = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        # Fingerprints get a key derived for them alone, so that neither key reveals the other.
        self._fingerprint_key = HKDF(
            algorithm=SHA256(), length=32, salt=None, info=b"kyc id number fingerprint"
        ).derive(keys[-1].encode())

    def encrypt(self, id_number: str) -> str:
        """Return the ID number encrypted; each call returns a different ciphertext."""
        return self._fernet.encrypt(id_number.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the ID number in clear.

        Raises:
            UnreadableIdNumber: no key fits, or the stored text was altered.
        """
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise UnreadableIdNumber from error

    def is_closed_by_first_key(self, token: str) -> bool:
        """Return whether the first key encrypted this ID number."""
        try:
            self._first.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def fingerprint(self, id_number: str) -> str:
        """Return a keyed hash, equal for equal ID numbers, as 64 hexadecimal digits.

        It needs a key because there are few ID numbers: plain hashes of all of them could be
        computed in minutes.
        """
        return hmac.digest(self._fingerprint_key, id_number.encode(), "sha256").hex()
