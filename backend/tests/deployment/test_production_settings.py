"""Every variable of `.env.example` is refused where its value is unfit for real money, or says why
it is not looked at.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from payments.checks import production_errors
from payments.daraja import TEST_PASSKEY
from tests.deployment.project import example_variables
from tests.deployment.test_env_example import read_settings

_PRODUCTION = {
    # pragma: allowlist nextline secret
    "SECRET_KEY": "production-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN",
    "ALLOWED_HOSTS": "pay.example",
    "TRUSTED_PROXY_COUNT": "1",
    "MPESA_ENVIRONMENT": "production",
    "MPESA_CONSUMER_KEY": "key",
    "MPESA_CONSUMER_SECRET": "secret",
    "MPESA_SHORTCODE": "600000",
    "MPESA_PASSKEY": "passkey",
    "MPESA_CALLBACK_URL": "https://pay.example/api/payments/callback/",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}
#: Variable, a value that starts elsewhere and not in production, and the errors of the start.
_UNSAFE = [
    ("DEBUG", "True", {"E001", "E016"}),
    ("MPESA_DEBUG", "True", {"E001", "E002", "E003", "E016"}),
    ("MPESA_ALLOW_MOCK", "True", {"E002", "E006", "E007"}),
    ("MPESA_BASE_URL", "http://127.0.0.1:8100", {"E004"}),
    ("MPESA_BASE_URL", "https://daraja.example", {"E008"}),
    ("MPESA_CALLBACK_URL", "http://pay.example/api/payments/callback/", {"E005"}),
    ("MPESA_PASSKEY", TEST_PASSKEY, {"E009"}),
    ("MPESA_SHORTCODE", "174379", {"E010"}),
    ("KYC_PROVIDER", "mock", {"E002", "E006"}),
    ("KYC_REQUIRED", "False", {"E012"}),
    ("SIM_SWAP_PROVIDER", "fake", {"E002", "E007"}),
    ("SMS_BACKEND", "console", {"E020"}),
    ("SMS_BACKEND", "simulator", {"E020"}),
    ("AFRICASTALKING_USERNAME", "sandbox", {"E020"}),
    ("RATELIMIT_ENABLE", "False", {"E011"}),
    ("SECRET_KEY", "abcde" * 11, {"E013"}),
    ("ALLOWED_HOSTS", "*", {"E014"}),
    ("TRUSTED_PROXY_COUNT", "", {"E015"}),
    ("TRUSTED_PROXY_COUNT", "10", {"E015"}),
    ("SESSION_COOKIE_SECURE", "False", {"E016"}),
    ("CSRF_COOKIE_SECURE", "False", {"E016"}),
    ("PAYBILL_URL_SECRET", "abcd" * 10, {"E018"}),
    ("CORS_ALLOWED_ORIGINS", "http://pay.example", {"E017"}),
    ("CSRF_TRUSTED_ORIGINS", "http://pay.example", {"E017"}),
]
#: What some of them need to reach the check at all, as elsewhere the settings refuse them first.
_BESIDE = {
    "MPESA_DEBUG": {"DEBUG": "True"},
    "MPESA_ALLOW_MOCK": {
        "MPESA_DEBUG": "True", "KYC_PROVIDER": "mock", "SIM_SWAP_PROVIDER": "fake",
    },
    "AFRICASTALKING_USERNAME": {
        "SMS_BACKEND": "africastalking",
        "AFRICASTALKING_API_KEY": "key",  # pragma: allowlist secret
    },
    "KYC_PROVIDER": {"MPESA_ALLOW_MOCK": "True", "MPESA_DEBUG": "True"},
    "SIM_SWAP_PROVIDER": {"MPESA_ALLOW_MOCK": "True", "MPESA_DEBUG": "True"},
    "PAYBILL_URL_SECRET": {"PAYBILL_ENABLED": "True"},
    "SESSION_COOKIE_SECURE": {"SECURE_SSL_REDIRECT": "False"},
    "CSRF_COOKIE_SECURE": {"SECURE_SSL_REDIRECT": "False"},
}  # fmt: skip
#: Why each other variable is not looked at.
_SAFE = {
    "any value that is taken is bounded, and a matter of business": (
        "DEPOSIT_MIN_AMOUNT", "DEPOSIT_MAX_AMOUNT", "DEPOSIT_DAILY_LIMIT",
        "DEPOSIT_TIER_BASIC_MAX", "DEPOSIT_TIER_BASIC_DAILY", "PROMPT_OPEN_SECONDS",
        "RECONCILE_FIRST_SECONDS", "MPESA_TIMEOUT_SECONDS", "LOGIN_LOCK_AFTER",
        "LOGIN_LOCK_SECONDS", "OPERATOR_APPROVAL_ABOVE", "STATEMENT_KEEP_DAYS",
        "ALERT_REPEAT_MINUTES", "ALERT_QUIET_HOURS", "RETENTION_YEARS", "SMS_MAX_PER_HOUR",
        "CODES_PER_NUMBER_HOURLY", "RECOVERY_WAIT_HOURS", "RECOVERY_QUIET_DAYS",
    ),
    "a rate cannot be switched off here, and its height is a matter of business": (
        "STK_PUSH_RATE_USER", "STK_PUSH_RATE_PHONE", "STK_PUSH_RATE_IP", "LOGIN_RATE_IP",
        "LOGIN_RATE_NUMBER", "PASSWORD_RATE_USER", "PHONE_CHANGE_RATE_USER", "SIGNUP_RATE_IP",
        "OWN_LIMITS_RATE_USER", "KYC_RATE_USER", "CALLBACK_RATE_IP", "CALLBACK_RATE_NETWORK",
        "STATEMENT_RATE_USER", "EXPORT_RATE_USER", "PAGE_ERROR_RATE_IP", "DARAJA_QUERY_RATE",
        "PIN_ENTERED_RATE_USER", "CLAIM_RATE_USER", "CODE_RATE_IP",
    ),
    "Safaricom refuses a wrong one": (
        "MPESA_CONSUMER_KEY", "MPESA_CONSUMER_SECRET", "MPESA_TRANSACTION_TYPE", "MPESA_PARTY_B",
        "MPESA_INITIATOR_NAME", "MPESA_SECURITY_CREDENTIAL",
    ),
    "Africa's Talking refuses a wrong one": ("AFRICASTALKING_API_KEY", "AFRICASTALKING_SENDER_ID"),
    "it decides whether these checks hold, or waives them by name": (
        "MPESA_ENVIRONMENT", "PRODUCTION_EXCEPTIONS",
    ),
    "a second line of defence; the callback's secret address is the first": (
        "MPESA_CALLBACK_ALLOWED_IPS",
    ),
    "they are matters of business, or of Safaricom's product": (
        "PAYBILL_ENABLED", "PAYBILL_REGISTER_VERSION", "PAYBILL_RESPONSE_TYPE",
        "PAYBILL_PAYEE_NAME", "PRIVACY_CONTACT", "PULL_ENABLED", "PULL_NOMINATED_NUMBER",
    ),
    "both modes are meant for production; a rule begins in shadow": (
        "RISK_MODE", "RISK_SHADOW_RULES", "RISK_THRESHOLDS",
    ),
    "unset it is derived, and doctor warns": ("FIELD_ENCRYPTION_KEYS",),
    "an address on a private network, whose safety is not seen from here": (
        "DATABASE_URL", "WORKER_DATABASE_URL", "CACHE_URL", "SENTRY_DSN", "ALERT_URLS",
        "ALERT_HEARTBEAT_URL", "OTEL_EXPORTER_OTLP_ENDPOINT",
    ),
    "0 means no limit, which delays answers and moves nothing": (
        "DB_LOCK_TIMEOUT_MS", "DB_STATEMENT_TIMEOUT_MS",
    ),
    "0 says that the hoster watches the backups": ("BACKUP_WITHIN_HOURS",),
    "speed and places, not safety": (
        "PORT", "WEB_PORT", "BIND_HOST", "WEB_HOST", "WEB_CONCURRENCY", "WEB_THREADS",
        "DB_POOL_SIZE", "DB_POOL_FILLED", "PROMETHEUS_MULTIPROC_DIR", "CALLBACK_BATCHES",
        "WORKER_METRICS_PORT",
    ),
    "the proxy before the API may redirect instead": ("SECURE_SSL_REDIRECT",),
    "a decision that cannot be taken back (docs/production.md)": (
        "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD",
    ),
    "the page's server reads it, the API does not": (
        "API_ORIGIN", "NEXT_PUBLIC_API_URL", "NEXT_PUBLIC_SUPPORT_EMAIL",
        "NEXT_PUBLIC_SUPPORT_PHONE", "FRAME_ANCESTORS", "WEB_BEHIND_PROXY",
    ),
    "seed_demo refuses to run where money is real": ("DEMO_PASSWORD", "OPERATOR_PASSWORD"),
    "other programs read it: make sandbox, compose, database_roles": (
        "SIMULATOR_PORT", "SITE_ADDRESS", "POSTGRES_PASSWORD", "DATABASE_APPLICATION_PASSWORD",
        "DATABASE_READER_PASSWORD",
    ),
}  # fmt: skip


def errors(patch: pytest.MonkeyPatch, **changes: str) -> set[str]:
    """Return the numbers of the errors with which this environment does not start."""
    found: dict[str, Any] = read_settings({**_PRODUCTION, **changes}, patch)
    return {
        str(error.id)[len("payments.") :] for error in production_errors(SimpleNamespace(**found))
    }


class TestProductionSettings:
    def test_a_sound_environment_starts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert errors(monkeypatch) == set()

    @pytest.mark.parametrize(
        ("name", "value", "expected"), _UNSAFE, ids=[f"{n}={v[:20]}" for n, v, _ in _UNSAFE]
    )
    def test_an_unsafe_value_stops_the_start(
        self, name: str, value: str, expected: set[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = errors(monkeypatch, **{**_BESIDE.get(name, {}), name: value})

        assert found == expected

    @pytest.mark.parametrize("name", ["DEBUG", "KYC_REQUIRED", "RATELIMIT_ENABLE"])
    def test_the_live_host_with_the_label_sandbox_is_as_strict(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        value, expected = next((value, ids) for n, value, ids in _UNSAFE if n == name)
        live = {"MPESA_ENVIRONMENT": "sandbox", "MPESA_BASE_URL": "https://api.safaricom.co.ke"}

        assert errors(monkeypatch, **live, **{name: value}) == expected

    def test_every_variable_is_tried_or_says_why_not(self) -> None:
        tried = {name for name, _, _ in _UNSAFE}
        safe = [name for names in _SAFE.values() for name in names]

        assert sorted([*tried, *safe]) == sorted(example_variables())
