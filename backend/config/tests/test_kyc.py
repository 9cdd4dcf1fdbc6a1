"""Which KYC provider a word means, and the keys that ID numbers are encrypted with."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from config import sections
from config.sections import KYC_PROVIDERS
from kyc import conf
from kyc.encryption import IdNumberCipher


@pytest.mark.parametrize("word", sorted(KYC_PROVIDERS))
def test_each_word_of_the_setting_names_its_provider(word: str, settings: Any) -> None:
    settings.KYC_VERIFICATION = {"CLASS": KYC_PROVIDERS[word], "OPTIONS": {}}

    assert conf.get_provider().name == word


class TestFieldEncryptionKeys:
    def test_unset_it_follows_from_the_secret_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("FIELD_ENCRYPTION_KEYS", raising=False)

        [key] = sections.field_encryption_keys("one")

        assert sections.field_encryption_keys("one") == [key]
        assert sections.field_encryption_keys("another") != [key]
        assert IdNumberCipher([key]).decrypt(IdNumberCipher([key]).encrypt("1")) == "1"

    def test_the_keys_of_the_setting_keep_their_order(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = [Fernet.generate_key().decode() for _ in range(2)]
        monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", ", ".join(keys))

        assert sections.field_encryption_keys("one") == keys
