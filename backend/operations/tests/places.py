"""Settings of deployments that tests of the doctor begin with."""

from types import SimpleNamespace
from typing import Any

_OPTIONS = {
    "business_short_code": "600100",
    "party_b": "600100",
    "passkey": "a-passkey-of-our-own",
    "transaction_type": "CustomerPayBillOnline",
    "base_url": "https://api.safaricom.co.ke",
}


def live(**changes: Any) -> SimpleNamespace:
    """Build the settings of a sound deployment where money is real."""
    options = {**_OPTIONS, **changes.pop("options", {})}
    return SimpleNamespace(**{
        "DEBUG": False,
        "DOTENV": None,
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": ["pay.example.co.ke"],
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "MPESA_DEBUG": False,
        "MPESA_ENVIRONMENT": "production",
        "MPESA_INITIATOR_NAME": "",
        "KYC_PROVIDER": "manual",
        "KYC_REQUIRED": True,
        "RATELIMIT_ENABLE": True,
        "RISK_MODE": "shadow",
        "SIM_SWAP_PROVIDER": None,
        "TRUSTED_PROXY_COUNT": 1,
        "MPESA_CALLBACK_URL": "https://pay.example.co.ke/api/payments/callback/",
        "MPESA_CALLBACK_ALLOWED_IPS": [],
        "PAYMENTS_GATEWAY": {"CLASS": "payments.mpesa_integration.MpesaGateway",
                             "OPTIONS": options},
        **changes,
    })  # fmt: skip


def sandbox(**changes: Any) -> SimpleNamespace:
    """Build the settings of a sound deployment against Safaricom's sandbox."""
    options = {"base_url": "https://sandbox.safaricom.co.ke", **changes.pop("options", {})}
    return live(**{"MPESA_ENVIRONMENT": "sandbox", "options": options, **changes})


def mock(**changes: Any) -> SimpleNamespace:
    """Build the settings of `make run`."""
    gateway = {"CLASS": "payments.gateways.mock.MockGateway", "OPTIONS": {}}
    return live(**{
        "DEBUG": True, "MPESA_DEBUG": True, "MPESA_ENVIRONMENT": "sandbox",
        "SECRET_KEY": "django-insecure-x", "ALLOWED_HOSTS": ["localhost"],
        "PAYMENTS_GATEWAY": gateway, **changes,
    })  # fmt: skip
