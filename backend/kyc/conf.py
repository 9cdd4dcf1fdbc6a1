"""The only kyc module that reads settings: the provider and the encryption keys."""

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from kyc.encryption import IdNumberCipher
from kyc.provider import KycProvider


def get_provider() -> KycProvider:
    """Build the provider that `KYC_VERIFICATION["CLASS"]` names by dotted path."""
    provider_class = import_string(settings.KYC_VERIFICATION["CLASS"])
    return cast("KycProvider", provider_class(**settings.KYC_VERIFICATION["OPTIONS"]))


def get_cipher() -> IdNumberCipher:
    """Return the cipher of ID numbers, built once per set of keys."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> IdNumberCipher:
    return IdNumberCipher(keys)
