"""Keys of ID numbers: the first encrypts, all decrypt, the last makes fingerprints."""

import pytest
from cryptography.fernet import Fernet

from kyc.encryption import IdNumberCipher, UnreadableIdNumber
from kyc.tests.building import ID_NUMBER

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


class TestIdNumberCipher:
    def test_an_encrypted_number_can_be_decrypted(self) -> None:
        cipher = IdNumberCipher([OLD])

        token = cipher.encrypt(ID_NUMBER)

        assert ID_NUMBER not in token
        assert cipher.decrypt(token) == ID_NUMBER

    def test_with_a_new_key_in_front_old_numbers_can_still_be_decrypted(self) -> None:
        token = IdNumberCipher([OLD]).encrypt(ID_NUMBER)

        assert IdNumberCipher([NEW, OLD]).decrypt(token) == ID_NUMBER

    def test_the_first_key_encrypts(self) -> None:
        token = IdNumberCipher([NEW, OLD]).encrypt(ID_NUMBER)

        assert IdNumberCipher([NEW]).decrypt(token) == ID_NUMBER
        with pytest.raises(UnreadableIdNumber):
            IdNumberCipher([OLD]).decrypt(token)

    def test_a_changed_ciphertext_is_not_decrypted(self) -> None:
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
