"""`.env.example` and the settings agree: every variable is named, and nonsense stops the start."""

import ast
import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.deployment.project import (
    BACKEND,
    COMPOSE,
    ENV_EXAMPLE,
    ROOT,
    all_references,
    example_variables,
    read_dotenv,
)

#: Functions of config.env and of os.environ (once by another name): they take a variable first.
_READERS = {
    "boolean", "choice", "database", "environment", "environ.get", "environ.setdefault",
    "find_text", "networks", "origins", "rate", "required_text", "seconds", "text",
    "whole_number", "words",
}  # fmt: skip
_NOT_FOR_OPERATORS = {
    "DJANGO_SETTINGS_MODULE",  # there is one
    "KIBEEZY_CLOCK_SHIFT_SECONDS",  # only the chaos tests set it
    "NODE_ENV",  # npm's own
    "SIMULATOR_APP_URL", "SIMULATOR_HOST",  # docs/simulator.md
}  # fmt: skip
_KEY = "an-honest-key-0123456789-abcdefghijklmnopqrstuvwxyz"  # pragma: allowlist secret
_MOCK = {
    "DEBUG": "True",
    "MPESA_DEBUG": "True",
    "DATABASE_URL": "postgresql://nobody@localhost/none",
}
_SANDBOX = {
    "SECRET_KEY": _KEY,
    "DATABASE_URL": "postgresql://nobody@localhost/none",
    "MPESA_CONSUMER_KEY": "a-key",
    "MPESA_CONSUMER_SECRET": "a-secret",
    "MPESA_SHORTCODE": "174379",
    "MPESA_PASSKEY": "a-passkey",
    "MPESA_CALLBACK_URL": "https://example.com/api/payments/callback/",
}

_SMS = {
    "SMS_BACKEND": "africastalking",
    "AFRICASTALKING_USERNAME": "kibeezy",
    "AFRICASTALKING_API_KEY": "a-key",
}


def read_settings(environment: dict[str, str], patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run config/settings.py as a process with this environment would."""
    for name in example_variables():
        patch.delenv(name, raising=False)
    for name, value in environment.items():
        patch.setenv(name, value)
    return runpy.run_path(str(BACKEND / "config" / "settings.py"))


def _python_variables(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and re.fullmatch(r"[A-Z][A-Z0-9_]+", call.args[0].value)
        and re.sub(r"^(os|env)\.", "", ast.unparse(call.func)) in _READERS
    }


def _read_by_the_code() -> set[str]:
    found = all_references(COMPOSE.read_text())
    # fmt: off
    folders = (
        "common", "config", "devtools", "kyc", "operations", "payments", "risk", "users", "wallet",
    )
    # fmt: on
    for folder in folders:
        for path in (BACKEND / folder).rglob("*.py"):
            if "tests" not in path.parts and path.name != "pytest_environment.py":
                found |= _python_variables(path)
    web = ROOT / "kibeezy-poly"
    for path in (web / "lib" / "env.ts", web / "scripts" / "start.mjs"):
        text = path.read_text()
        found |= set(re.findall(r"\bread(?:Origin)?\(\"([A-Z_]+)\"", text))
        found |= set(re.findall(r"process\.env\.([A-Z_]+[A-Z])\b(?! =)", text))
    # `make sandbox` sets these for its children; they are read elsewhere, or are the simulator's.
    return found - _NOT_FOR_OPERATORS


class TestEnvExample:
    def test_the_example_names_exactly_the_variables_that_the_code_reads(self) -> None:
        assert set(example_variables()) == _read_by_the_code()

    @pytest.mark.parametrize("name", sorted(example_variables()))
    def test_every_variable_has_one_sentence(self, name: str) -> None:
        assert re.fullmatch(r"[A-Z0-9].{10,140}\.", example_variables()[name])

    def test_a_copy_is_a_working_mock_set_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copied = read_dotenv(ENV_EXAMPLE.read_text(), tmp_path)

        found = read_settings({**copied, "DATABASE_URL": _MOCK["DATABASE_URL"]}, monkeypatch)

        assert found["DEBUG"]
        assert found["PAYMENTS_GATEWAY"]["CLASS"] == "payments.gateways.mock.MockGateway"

    def test_its_defaults_are_the_defaults(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Removing the # in front of a default changes nothing."""
        written = re.sub(r"(?m)^#(?=[A-Z0-9_]+=.)", "", ENV_EXAMPLE.read_text())
        everything = read_dotenv(written, tmp_path)
        # On and off by DEBUG, samples of addresses, and what real credentials replace.
        for name in (
            "DATABASE_URL", "CACHE_URL", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE",
            "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "MPESA_CALLBACK_URL",
        ):  # fmt: skip
            del everything[name]

        found = read_settings({**_MOCK, **everything}, monkeypatch)

        usual = read_settings(_MOCK, monkeypatch)
        names = [name for name in usual if name.isupper() and name != "LOGGING"]
        assert {name: found[name] for name in names} == {name: usual[name] for name in names}

    def test_a_comment_behind_a_value_is_no_part_of_the_value(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = "MPESA_DEBUG=False  # Set to True for mock testing, False for real transactions"

        read = read_dotenv(line, tmp_path)

        assert not read_settings({**_SANDBOX, **read}, monkeypatch)["MPESA_DEBUG"]


#: Variable, senseless value, and the set-up in which it is read.
_SENSELESS = [
    ("DEBUG", "perhaps", _MOCK),
    ("SECRET_KEY", "", _SANDBOX),
    ("SECRET_KEY", "short", _SANDBOX),
    ("SECRET_KEY", "a" * 60, _SANDBOX),
    ("SECRET_KEY", "django-insecure-" + _KEY, _SANDBOX),
    ("DATABASE_URL", "mysql://localhost/none", _MOCK),
    ("DATABASE_URL", "sqlite:///db.sqlite3", _MOCK),
    ("WORKER_DATABASE_URL", "mysql://localhost/none", _MOCK),
    ("CACHE_URL", "memcached://localhost", _MOCK),
    ("PORT", "0", _MOCK),
    ("PORT", "http", _MOCK),
    ("WEB_PORT", "70000", _MOCK),
    ("WEB_CONCURRENCY", "0", _MOCK),
    ("WEB_THREADS", "many", _MOCK),
    ("DB_POOL_SIZE", "0", _MOCK),
    ("DB_POOL_FILLED", "half", _MOCK),
    ("DB_LOCK_TIMEOUT_MS", "5s", _MOCK),
    ("DB_STATEMENT_TIMEOUT_MS", "-1", _MOCK),
    ("MPESA_DEBUG", "mock", _MOCK),
    ("MPESA_DEBUG", "True", {**_SANDBOX, "DEBUG": "False"}),
    ("MPESA_ALLOW_MOCK", "sure", _MOCK),
    ("MPESA_ENVIRONMENT", "live", _MOCK),
    ("MPESA_BASE_URL", "api.safaricom.co.ke", _SANDBOX),
    ("MPESA_CONSUMER_KEY", "", _SANDBOX),
    ("MPESA_CONSUMER_SECRET", " ", _SANDBOX),
    ("MPESA_SHORTCODE", "", _SANDBOX),
    ("MPESA_SHORTCODE", "17 43 79", _SANDBOX),
    ("MPESA_SHORTCODE", "12", _SANDBOX),
    ("MPESA_SHORTCODE", "0174379", _SANDBOX),
    ("MPESA_CALLBACK_URL", "https://example.com/callback/?a=1", _SANDBOX),
    ("DEPOSIT_MAX_AMOUNT", "", {**_MOCK, "DEPOSIT_MIN_AMOUNT": "200000"}),
    ("MPESA_PASSKEY", "", _SANDBOX),
    ("MPESA_CALLBACK_URL", "", _SANDBOX),
    ("MPESA_CALLBACK_URL", "yourdomain.com/callback", _SANDBOX),
    ("MPESA_TRANSACTION_TYPE", "PayBill", _SANDBOX),
    ("MPESA_PARTY_B", "my till", _SANDBOX),
    ("MPESA_TIMEOUT_SECONDS", "0", _MOCK),
    ("MPESA_TIMEOUT_SECONDS", "20s", _MOCK),
    ("MPESA_CALLBACK_ALLOWED_IPS", "safaricom.co.ke", _MOCK),
    ("DEPOSIT_MIN_AMOUNT", "0", _MOCK),
    ("DEPOSIT_MIN_AMOUNT", "0.5", _MOCK),
    ("DEPOSIT_MAX_AMOUNT", "250001", _MOCK),
    ("DEPOSIT_DAILY_LIMIT", "none", _MOCK),
    ("DEPOSIT_TIER_BASIC_MAX", "250001", _MOCK),
    ("DEPOSIT_TIER_BASIC_MAX", "9", {**_MOCK, "DEPOSIT_MIN_AMOUNT": "10"}),
    ("DEPOSIT_TIER_BASIC_DAILY", "0", _MOCK),
    ("OPERATOR_APPROVAL_ABOVE", "-1", _MOCK),
    ("OPERATOR_APPROVAL_ABOVE", "250001", _MOCK),
    ("PROMPT_OPEN_SECONDS", "0", _MOCK),
    ("RECONCILE_FIRST_SECONDS", "0", _MOCK),
    ("DARAJA_QUERY_RATE", "30", _MOCK),
    ("KYC_REQUIRED", "soon", _MOCK),
    ("KYC_PROVIDER", "auto", _MOCK),
    ("KYC_PROVIDER", "mock", _SANDBOX),
    ("FIELD_ENCRYPTION_KEYS", "short", _MOCK),
    ("FIELD_ENCRYPTION_KEYS", "A" * 43 + "=,not base64!", _MOCK),
    ("KYC_RATE_USER", "daily", _MOCK),
    ("SMS_BACKEND", "pigeon", _MOCK),
    ("AFRICASTALKING_USERNAME", "", {**_MOCK, **_SMS}),
    ("AFRICASTALKING_API_KEY", "", {**_MOCK, **_SMS}),
    ("AFRICASTALKING_SENDER_ID", "a name that is far too long", {**_MOCK, **_SMS}),
    ("SMS_MAX_PER_HOUR", "0", _MOCK),
    ("CODES_PER_NUMBER_HOURLY", "21", _MOCK),
    ("CODE_RATE_IP", "30", _MOCK),
    ("RECOVERY_WAIT_HOURS", "0", _MOCK),
    ("RECOVERY_QUIET_DAYS", "long", _MOCK),
    ("RISK_MODE", "strict", _MOCK),
    ("RISK_SHADOW_RULES", "velocity,horoscope", _MOCK),
    ("RISK_THRESHOLDS", "velocity_review_1h=many", _MOCK),
    ("RISK_THRESHOLDS", "velocity=3", _MOCK),
    ("SIM_SWAP_PROVIDER", "safaricom", _MOCK),
    ("SIM_SWAP_PROVIDER", "fake", _SANDBOX),
    ("RATELIMIT_ENABLE", "a bit", _MOCK),
    ("STK_PUSH_RATE_USER", "0/m", _MOCK),
    ("STK_PUSH_RATE_PHONE", "5/x", _MOCK),
    ("OWN_LIMITS_RATE_USER", "often", _MOCK),
    ("STK_PUSH_RATE_IP", "30 per minute", _MOCK),
    ("PIN_ENTERED_RATE_USER", "20", _MOCK),
    ("CLAIM_RATE_USER", "some", _MOCK),
    ("LOGIN_RATE_IP", "10/y", _MOCK),
    ("LOGIN_RATE_NUMBER", "30", _MOCK),
    ("LOGIN_LOCK_AFTER", "0", _MOCK),
    ("LOGIN_LOCK_SECONDS", "15 minutes", _MOCK),
    ("PASSWORD_RATE_USER", "ten", _MOCK),
    ("PHONE_CHANGE_RATE_USER", "10/hour", _MOCK),
    ("SIGNUP_RATE_IP", "-1/h", _MOCK),
    ("CALLBACK_RATE_IP", "often", _MOCK),
    ("CALLBACK_RATE_NETWORK", "2000", _MOCK),
    ("CALLBACK_BATCHES", "sometimes", _MOCK),
    ("STATEMENT_RATE_USER", "30", _MOCK),
    ("EXPORT_RATE_USER", "5", _MOCK),
    ("PAGE_ERROR_RATE_IP", "few", _MOCK),
    ("TRUSTED_PROXY_COUNT", "-1", _MOCK),
    ("TRUSTED_PROXY_COUNT", "all", _MOCK),
    ("CORS_ALLOWED_ORIGINS", "https://example.com/page", _MOCK),
    ("CORS_ALLOWED_ORIGINS", "example.com", _MOCK),
    ("CSRF_TRUSTED_ORIGINS", "example.com", _MOCK),
    ("SECURE_SSL_REDIRECT", "https", _MOCK),
    ("SESSION_COOKIE_SECURE", "secure", _MOCK),
    ("CSRF_COOKIE_SECURE", "secure", _MOCK),
    ("SECURE_HSTS_SECONDS", "a year", _MOCK),
    ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "all", _MOCK),
    ("SECURE_HSTS_PRELOAD", "soon", _MOCK),
    ("PRODUCTION_EXCEPTIONS", "proxies,everything", _MOCK),
    ("PAYBILL_ENABLED", "perhaps", _MOCK),
    ("PAYBILL_URL_SECRET", "", {**_MOCK, "PAYBILL_ENABLED": "True"}),
    ("PAYBILL_URL_SECRET", "a" * 31, _MOCK),
    ("PAYBILL_URL_SECRET", "a" * 32 + "/", _MOCK),
    ("PAYBILL_REGISTER_VERSION", "v3", _MOCK),
    ("PAYBILL_RESPONSE_TYPE", "completed", _MOCK),
    ("STATEMENT_KEEP_DAYS", "0", _MOCK),
    ("STATEMENT_KEEP_DAYS", "3651", _MOCK),
    ("RETENTION_YEARS", "6", _MOCK),
    ("RETENTION_YEARS", "51", _MOCK),
    ("PULL_ENABLED", "True", _MOCK),
    ("PULL_ENABLED", "hourly", _MOCK),
    ("PULL_NOMINATED_NUMBER", "0712345678", _MOCK),
    ("PULL_NOMINATED_NUMBER", "25471234567", _MOCK),
    ("MPESA_INITIATOR_NAME", "", {**_SANDBOX, "MPESA_SECURITY_CREDENTIAL": "Q" * 344}),
    ("MPESA_INITIATOR_NAME", "an operator", {**_MOCK, "MPESA_SECURITY_CREDENTIAL": "Q" * 344}),
    ("MPESA_SECURITY_CREDENTIAL", "", {**_SANDBOX, "MPESA_INITIATOR_NAME": "api"}),
    ("MPESA_SECURITY_CREDENTIAL", "plain password!", {**_MOCK, "MPESA_INITIATOR_NAME": "api"}),
    ("ALERT_URLS", "slack://a/b/c nobody", _MOCK),
    ("ALERT_REPEAT_MINUTES", "4", _MOCK),
    ("ALERT_QUIET_HOURS", "21-24", _MOCK),
    ("ALERT_QUIET_HOURS", "7-7", _MOCK),
    ("ALERT_HEARTBEAT_URL", "hc.example", _MOCK),
    ("BACKUP_WITHIN_HOURS", "-1", _MOCK),
    ("WORKER_METRICS_PORT", "70000", _MOCK),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", _MOCK),
    # pragma: allowlist nextline secret
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@collector:4318", _MOCK),
    ("SENTRY_DSN", "nonsense", _MOCK),
    ("SENTRY_DSN", "https://sentry.example.com/1", _MOCK),
]
_TAKEN_AS_IT_IS = {
    "ALLOWED_HOSTS", "BIND_HOST",  # any name may be one; with a wrong one no request is answered
    "PROMETHEUS_MULTIPROC_DIR",  # its library looks at it
    "DEMO_PASSWORD", "OPERATOR_PASSWORD", "SIMULATOR_PORT",  # make run and make sandbox
    "API_ORIGIN", "NEXT_PUBLIC_API_URL", "FRAME_ANCESTORS", "WEB_HOST",  # the page's
    "WEB_BEHIND_PROXY",  # the page's; whatever is not true is false
    "NEXT_PUBLIC_SUPPORT_EMAIL", "NEXT_PUBLIC_SUPPORT_PHONE",  # the page's too
    "SITE_ADDRESS", "POSTGRES_PASSWORD",  # compose's
    "DATABASE_APPLICATION_PASSWORD", "DATABASE_READER_PASSWORD",  # any text
    "PAYBILL_PAYEE_NAME",  # shown to customers
    "PRIVACY_CONTACT",  # shown to customers
}  # fmt: skip


class TestSenselessValues:
    @pytest.mark.parametrize(
        ("name", "value", "set_up"), _SENSELESS, ids=[f"{n}={v[:20]}" for n, v, _ in _SENSELESS]
    )
    def test_the_start_is_refused_with_the_variables_name(
        self, name: str, value: str, set_up: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ImproperlyConfigured, match=rf"^{name} "):
            read_settings({**set_up, name: value}, monkeypatch)

    @pytest.mark.parametrize("set_up", [_MOCK, _SANDBOX], ids=["mock", "sandbox"])
    def test_the_same_set_ups_are_accepted_as_they_are(
        self, set_up: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert read_settings(set_up, monkeypatch)["DEBUG"] is ("DEBUG" in set_up)

    def test_every_variable_is_tried_or_taken_as_it_is(self) -> None:
        tried = {name for name, _, _ in _SENSELESS}

        assert tried | _TAKEN_AS_IT_IS == set(example_variables())
        assert not tried & _TAKEN_AS_IT_IS

    def test_without_an_embedded_database_an_address_is_demanded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The image carries none, so it says what is missing rather than start half."""
        monkeypatch.setitem(sys.modules, "devtools", None)
        without = {name: value for name, value in _MOCK.items() if name != "DATABASE_URL"}

        with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL "):
            read_settings(without, monkeypatch)

    def test_the_environment_wins_over_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".env").write_text("PORT=8201\nWEB_PORT=3201\n")
        monkeypatch.setenv("PORT", "8202")
        monkeypatch.delenv("WEB_PORT", raising=False)

        environ.Env.read_env(tmp_path / ".env", overwrite=False, parse_comments=True)

        assert (os.environ["PORT"], os.environ.pop("WEB_PORT")) == ("8202", "3201")
