"""Settings that must not go live are refused by name; a documented production set-up is clean."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payments.checks import check_production
from payments.daraja import TEST_PASSKEY

BACKEND = Path(__file__).resolve().parents[2]
_GOOD: dict[str, Any] = {
    "MPESA_ENVIRONMENT": "production",
    "DEBUG": False,
    "MPESA_DEBUG": False,
    "DEV_HEADER_ENABLED": False,
    "KYC_PROVIDER": "manual",
    "MPESA_CALLBACK_URL": "https://pay.example/api/payments/callback/",
    "PAYMENTS_GATEWAY": {"OPTIONS": {"base_url": "https://api.safaricom.co.ke"}},
    # pragma: allowlist nextline secret
    "SECRET_KEY": "production-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN",
    "ALLOWED_HOSTS": ["pay.example"],
    "TRUSTED_PROXY_COUNT": 1,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "CORS_ALLOWED_ORIGINS": [],
    "CSRF_TRUSTED_ORIGINS": [],
    "RATELIMIT_ENABLE": True,
    "KYC_REQUIRED": True,
    "SIM_SWAP_PROVIDER": None,
    "PRODUCTION_EXCEPTIONS": [],
    "PAYBILL_ENABLED": False,
    "PAYBILL_URL_SECRET": "",
    "SMS_SENDER": {"CLASS": "users.sms.africas_talking.AfricasTalkingSender", "OPTIONS": {}},
}


def found(settings: Any, **changes: Any) -> list[str]:
    """Return the ids of what is refused."""
    for name, value in {**_GOOD, **changes}.items():
        setattr(settings, name, value)
    return [str(error.id) for error in check_production()]


def _host(base_url: str, **options: Any) -> dict[str, Any]:
    return {"PAYMENTS_GATEWAY": {"OPTIONS": {"base_url": base_url, **options}}}


_LIVE = "https://api.safaricom.co.ke"


class TestProduction:
    def test_correct_settings_have_no_errors(self, settings: Any) -> None:
        assert found(settings) == []

    @pytest.mark.parametrize(
        ("changes", "error_id"),
        [
            ({"DEBUG": True}, "payments.E001"),
            ({"MPESA_DEBUG": True}, "payments.E002"),
            ({"DEV_HEADER_ENABLED": True}, "payments.E003"),
            (_host("http://api.safaricom.co.ke"), "payments.E004"),
            (_host("https://sandbox.safaricom.co.ke"), "payments.E004"),
            ({"MPESA_CALLBACK_URL": "http://pay.example/api/"}, "payments.E005"),
            ({"KYC_PROVIDER": "mock"}, "payments.E006"),
            ({"SIM_SWAP_PROVIDER": "risk.fake_sim_swap.FakeSimSwap"}, "payments.E007"),
            (_host("https://daraja.example"), "payments.E008"),
            (_host("https://api.safaricom.co.ke.example"), "payments.E008"),
            (_host(_LIVE, passkey=TEST_PASSKEY), "payments.E009"),
            (_host(_LIVE, business_short_code="174379"), "payments.E010"),
            ({"RATELIMIT_ENABLE": False}, "payments.E011"),
            ({"KYC_REQUIRED": False}, "payments.E012"),
            ({"SECRET_KEY": "abcde" * 11}, "payments.E013"),
            ({"SECRET_KEY": "correcthorse" * 5}, "payments.E013"),
            ({"ALLOWED_HOSTS": ["pay.example", "*"]}, "payments.E014"),
            ({"ALLOWED_HOSTS": [".com"]}, "payments.E014"),
            ({"TRUSTED_PROXY_COUNT": 0}, "payments.E015"),
            ({"TRUSTED_PROXY_COUNT": 4}, "payments.E015"),
            ({"SESSION_COOKIE_SECURE": False}, "payments.E016"),
            ({"CSRF_COOKIE_SECURE": False}, "payments.E016"),
            ({"CORS_ALLOWED_ORIGINS": ["http://page.example"]}, "payments.E017"),
            ({"CSRF_TRUSTED_ORIGINS": ["http://page.example"]}, "payments.E017"),
            ({"PAYBILL_ENABLED": True, "PAYBILL_URL_SECRET": "ab" * 20}, "payments.E018"),
        ],
    )
    def test_each_danger_is_refused(
        self, settings: Any, changes: dict[str, Any], error_id: str
    ) -> None:
        assert found(settings, **changes) == [error_id]

    @pytest.mark.parametrize(
        ("exception", "changes"),
        [
            ("daraja_host", _host("https://daraja.example")),
            ("proxies", {"TRUSTED_PROXY_COUNT": 0}),
            ("proxies", {"TRUSTED_PROXY_COUNT": 4}),
            ("cookies", {"SESSION_COOKIE_SECURE": False}),
        ],
    )
    def test_an_exception_by_name_waives_its_own_check_only(
        self, settings: Any, exception: str, changes: dict[str, Any]
    ) -> None:
        changes = {**changes, "KYC_REQUIRED": False}

        assert found(settings, **changes, PRODUCTION_EXCEPTIONS=[exception]) == ["payments.E012"]

    @pytest.mark.parametrize("base_url", ["http://daraja.example", "https://sandbox.example"])
    def test_no_exception_waives_plain_http_or_a_sandbox(
        self, settings: Any, base_url: str
    ) -> None:
        changes = {**_host(base_url), "PRODUCTION_EXCEPTIONS": ["cookies", "daraja_host"]}

        assert found(settings, **changes) == ["payments.E004"]

    @pytest.mark.parametrize("host", [_LIVE, "https://API.Safaricom.co.ke.:443/"])
    def test_the_live_host_is_production_under_any_label(self, settings: Any, host: str) -> None:
        changes = {"MPESA_ENVIRONMENT": "sandbox", "DEBUG": True, "KYC_PROVIDER": "mock"}

        assert found(settings, **changes, **_host(host)) == ["payments.E001", "payments.E006"]

    def test_random_keys_of_every_usual_kind_are_strong(self, settings: Any) -> None:
        for _ in range(200):
            for key in (secrets.token_urlsafe(38)[:50], secrets.token_hex(25)):
                assert found(settings, SECRET_KEY=key) == []

    def test_all_dangers_are_named_together(self, settings: Any) -> None:
        dangers = {"DEBUG": True, "MPESA_DEBUG": True, "KYC_PROVIDER": "mock"}

        assert len(found(settings, **dangers)) == 3

    def test_a_gateway_without_a_host_is_no_matter_of_this_check(self, settings: Any) -> None:
        assert found(settings, PAYMENTS_GATEWAY={"OPTIONS": {}}) == []


def test_the_sandbox_allows_debug_and_the_mock(settings: Any) -> None:
    allowed = {"MPESA_ENVIRONMENT": "sandbox", "DEBUG": True, "MPESA_DEBUG": True}

    assert found(settings, **allowed, PAYMENTS_GATEWAY={"OPTIONS": {}}) == []


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
    "CACHE_URL": "redis://127.0.0.1:1/0",
}


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check --deploy` as a server would be started: with this environment alone."""
    environment = {"PATH": os.environ["PATH"], **_PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BACKEND,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_documented_production_environment_is_clean() -> None:
    result = check_deploy()

    assert (result.returncode, result.stderr) == (0, "")
    assert "no issues" in result.stdout


def test_a_production_without_https_does_not_pass() -> None:
    result = check_deploy(MPESA_CALLBACK_URL="http://pay.example/api/payments/callback/")

    assert result.returncode != 0
    assert "payments.E005" in result.stderr
