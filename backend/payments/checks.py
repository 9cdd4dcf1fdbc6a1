"""System checks: `manage.py check` and the server's start refuse unsafe settings in production."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register


@register()
def check_production(**_: Any) -> list[Error]:
    """Return an error for each setting that could lose or create money in production."""
    if settings.MPESA_ENVIRONMENT != "production":
        return []
    return [
        error
        for is_wrong, error in (
            (
                settings.DEBUG,
                Error("DEBUG is True in production: set DEBUG=False", id="payments.E001"),
            ),
            (
                settings.MPESA_DEBUG,
                Error(
                    "the mock gateway in production credits money nobody paid:"
                    " set MPESA_DEBUG=False",
                    id="payments.E002",
                ),
            ),
            (
                settings.DEV_HEADER_ENABLED,
                Error(
                    "X-User-Phone-Number signs anybody in: set DEBUG=False and MPESA_DEBUG=False",
                    id="payments.E003",
                ),
            ),
            (
                _is_not_live_host(),
                Error(
                    "MPESA_BASE_URL is not an HTTPS address of production: unset it",
                    id="payments.E004",
                ),
            ),
            (
                urlsplit(settings.MPESA_CALLBACK_URL).scheme != "https",
                Error(
                    "MPESA_CALLBACK_URL must begin with https:// in production", id="payments.E005"
                ),
            ),
            (
                settings.KYC_PROVIDER == "mock",
                Error("KYC_PROVIDER=mock verifies anybody: set manual", id="payments.E006"),
            ),
            (
                settings.SIM_SWAP_PROVIDER == "risk.fake_sim_swap.FakeSimSwap",
                Error("SIM_SWAP_PROVIDER=fake invents signals: set none", id="payments.E007"),
            ),
        )
        if is_wrong
    ]


def _is_not_live_host() -> bool:
    base_url = settings.PAYMENTS_GATEWAY["OPTIONS"].get("base_url", "")
    parts = urlsplit(base_url)
    return bool(base_url) and (parts.scheme != "https" or "sandbox" in (parts.hostname or ""))
