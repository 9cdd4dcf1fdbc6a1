"""Keys: the first closes, all open, the last compares."""

import pytest
from cryptography.fernet import Fernet

from kyc.encryption import IdNumberCipher, UnreadableIdNumber
from kyc.tests.building import ID_NUMBER

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


class TestIdNumberCipher:
    def test_what_it_closed_it_opens(self) -> None:
        cipher = IdNumberCipher([OLD])

        token = cipher.encrypt(ID_NUMBER)

        assert ID_NUMBER not in token
        assert cipher.decrypt(token) == ID_NUMBER

    def test_a_new_key_in_front_opens_what_the_old_one_closed(self) -> None:
        token = IdNumberCipher([OLD]).encrypt(ID_NUMBER)

        assert IdNumberCipher([NEW, OLD]).decrypt(token) == ID_NUMBER

    def test_the_first_key_closes(self) -> None:
        token = IdNumberCipher([NEW, OLD]).encrypt(ID_NUMBER)

        assert IdNumberCipher([NEW]).decrypt(token) == ID_NUMBER
        with pytest.raises(UnreadableIdNumber):
            IdNumberCipher([OLD]).decrypt(token)

    def test_what_was_tampered_with_is_not_opened(self) -> None:
        cipher = IdNumberCipher([OLD])
        token = cipher.encrypt(ID_NUMBER)

        with pytest.raises(UnreadableIdNumber):
            cipher.decrypt(token[:-8] + "AAAAAA==")

    def test_a_new_key_in_front_leaves_fingerprints_as_they_are(self) -> None:
        before = IdNumberCipher([OLD]).fingerprint(ID_NUMBER)

        assert IdNumberCipher([NEW, OLD]).fingerprint(ID_NUMBER) == before
        assert IdNumberCipher([NEW]).fingerprint(ID_NUMBER) != before

    def test_a_fingerprint_tells_numbers_apart(self) -> None:
        cipher = IdNumberCipher([OLD])

        assert cipher.fingerprint("28765678") != cipher.fingerprint("28765679")
        assert len(cipher.fingerprint("28765678")) == 64
