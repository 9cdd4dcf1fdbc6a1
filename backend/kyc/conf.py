"""The only kyc module that reads settings: which provider, which keys."""

from functools import lru_cache
from importlib import import_module
from typing import cast

from django.conf import settings

from kyc.encryption import IdNumberCipher
from kyc.provider import KycProvider


def get_provider() -> KycProvider:
    """Build the provider that `KYC_VERIFICATION["CLASS"]` names by dotted path."""
    module_name, _, class_name = settings.KYC_VERIFICATION["CLASS"].rpartition(".")
    provider_class = getattr(import_module(module_name), class_name)
    return cast("KycProvider", provider_class(**settings.KYC_VERIFICATION["OPTIONS"]))


def get_cipher() -> IdNumberCipher:
    """Return what closes and opens ID numbers, built once per set of keys."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> IdNumberCipher:
    return IdNumberCipher(keys)
