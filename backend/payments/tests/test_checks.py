"""Settings that must not go live are refused by name; a documented production set-up is clean."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payments.checks import check_production

BACKEND = Path(__file__).resolve().parents[2]
_GOOD: dict[str, Any] = {
    "MPESA_ENVIRONMENT": "production",
    "DEBUG": False,
    "MPESA_DEBUG": False,
    "DEV_HEADER_ENABLED": False,
    "KYC_PROVIDER": "manual",
    "MPESA_CALLBACK_URL": "https://pay.example/api/payments/callback/",
    "PAYMENTS_GATEWAY": {"OPTIONS": {"base_url": "https://api.safaricom.co.ke"}},
}


def found(settings: Any, **changes: Any) -> list[str]:
    """Return the ids of what is refused."""
    for name, value in {**_GOOD, **changes}.items():
        setattr(settings, name, value)
    return [str(error.id) for error in check_production()]


def _host(base_url: str) -> dict[str, Any]:
    return {"PAYMENTS_GATEWAY": {"OPTIONS": {"base_url": base_url}}}


class TestProduction:
    def test_a_good_set_up_is_clean(self, settings: Any) -> None:
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
        ],
    )
    def test_each_danger_is_refused(
        self, settings: Any, changes: dict[str, Any], error_id: str
    ) -> None:
        assert found(settings, **changes) == [error_id]

    def test_all_dangers_are_named_together(self, settings: Any) -> None:
        dangers = {"DEBUG": True, "MPESA_DEBUG": True, "KYC_PROVIDER": "mock"}

        assert len(found(settings, **dangers)) == 3

    def test_a_gateway_without_a_host_is_no_matter_of_this_check(self, settings: Any) -> None:
        assert found(settings, PAYMENTS_GATEWAY={"OPTIONS": {}}) == []


def test_the_sandbox_allows_all_of_it(settings: Any) -> None:
    assert found(settings, MPESA_ENVIRONMENT="sandbox", DEBUG=True, MPESA_DEBUG=True) == []


_PRODUCTION = {
    # pragma: allowlist nextline secret
    "SECRET_KEY": "production-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN",
    "ALLOWED_HOSTS": "pay.example",
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
