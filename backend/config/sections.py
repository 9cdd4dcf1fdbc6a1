"""Settings that need more than one variable or a check: keys, database, cache, gateway, risk.

A bad value stops the start with an error that names the variable.
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import env
from payments.daraja import HOSTS, stk
from risk.rules import RULES
from risk.thresholds import InvalidThreshold, parse_thresholds
from users.phone import is_msisdn
from users.sms.hosts import LIVE_URL, SANDBOX_URL

#: The values of SIM_SWAP_PROVIDER and their classes, which follow risk.sim_swap.
SIM_SWAP_PROVIDERS = {"none": None, "fake": "risk.fake_sim_swap.FakeSimSwap"}
#: The values of KYC_PROVIDER and their classes (docs/kyc-providers.md).
KYC_PROVIDERS = {
    "manual": "kyc.manual_provider.ManualProvider",
    "mock": "kyc.mock_provider.MockProvider",
}
#: The values of SMS_BACKEND and their classes (docs/production.md).
SMS_BACKENDS = {
    "none": "",
    "console": "users.sms.console.ConsoleSender",
    "simulator": "users.sms.africas_talking.AfricasTalkingSender",
    "africastalking": "users.sms.africas_talking.AfricasTalkingSender",
}
#: Production checks that can be waived by name, since their settings are right for some.
PRODUCTION_EXCEPTIONS = ("cookies", "daraja_host", "proxies")
_DEVELOPMENT_KEY = "django-insecure-development-key-of-a-laptop-where-nothing-is-worth-stealing"


def secret_key(*, debug: bool) -> str:
    """Return SECRET_KEY; without DEBUG it must be set and as strong as security.W009 asks."""
    found = env.find_text("SECRET_KEY")
    if debug:
        return found or _DEVELOPMENT_KEY
    how = "python -c 'import secrets; print(secrets.token_urlsafe(50))' prints a good one"
    if found is None:
        raise env.refuse("SECRET_KEY", f"is missing: {how}")
    if len(found) < 50 or len(set(found)) < 5 or found.startswith("django-insecure-"):
        raise env.refuse("SECRET_KEY", f"is weak (50 characters or more, not a sample): {how}")
    return found


def database_url() -> str:
    """Return DATABASE_URL; if unset, start the embedded PostgreSQL and return its address."""
    found = env.find_text("DATABASE_URL")
    if found is not None:
        return found
    try:
        from devtools import embedded_postgres

        return embedded_postgres.ensure_running()
    except ImportError as error:
        # The container image holds no embedded PostgreSQL.
        raise env.refuse("DATABASE_URL", "is missing: postgresql://user:password@host/name") from (
            error
        )


def cache(url: str | None) -> dict[str, Any]:
    """Return Django's cache settings: Redis for a URL, this process's memory for None."""
    if url is None:
        return {
            "BACKEND": "common.count_cache.CountCache",
            # With Django's default of 300 entries, 300 customers would push out rate-limit counts.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise env.refuse("CACHE_URL", "is not an address such as redis://127.0.0.1:6379/0")
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        # Without these timeouts a Redis that hangs would block a payment for ever.
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), 0),
        },
    }


def refuse_mock_gateway(*, mock: bool, allowed: bool) -> None:
    """Stop a deployment whose mock gateway would credit deposits without any payment."""
    if mock and not allowed:
        raise env.refuse(
            "MPESA_DEBUG",
            "is True although DEBUG is False, so deposits would be credited without being paid: "
            "write MPESA_DEBUG=False, or MPESA_ALLOW_MOCK=True where that is wanted",
        )


def refuse_mock_kyc(*, mock: bool, allowed: bool) -> None:
    """Stop a deployment whose mock KYC provider would verify every customer unchecked."""
    if mock and not allowed:
        raise env.refuse(
            "KYC_PROVIDER",
            "is mock although DEBUG is False, so everybody would be verified unseen: "
            "write KYC_PROVIDER=manual, or MPESA_ALLOW_MOCK=True where that is wanted",
        )


def production_exceptions() -> list[str]:
    """Return the production checks that are waived (payments/checks.py); others stop the start."""
    found = env.words("PRODUCTION_EXCEPTIONS")
    for name in found:
        if name not in PRODUCTION_EXCEPTIONS:
            known = ", ".join(PRODUCTION_EXCEPTIONS)
            raise env.refuse("PRODUCTION_EXCEPTIONS", f"names {name!r}; it may name {known}")
    return found


def risk_shadow_rules() -> list[str]:
    """Return the fraud rules that only record; a misspelt name stops the start.

    The rule that it meant would otherwise deny deposits.
    """
    found = env.words("RISK_SHADOW_RULES")
    for name in found:
        if name not in RULES:
            raise env.refuse("RISK_SHADOW_RULES", f"names {name!r}; rules are {', '.join(RULES)}")
    return found


def risk_thresholds() -> list[str]:
    """Return the thresholds that differ from the defaults, each as `name=number`."""
    found = env.words("RISK_THRESHOLDS")
    try:
        parse_thresholds(found)
    except InvalidThreshold as error:
        raise env.refuse("RISK_THRESHOLDS", f"cannot be read: {error}") from error
    return found


def sim_swap_provider(*, fake_allowed: bool) -> str | None:
    """Return the dotted path of the SIM-swap provider's class, or None for no provider."""
    found = env.choice("SIM_SWAP_PROVIDER", "none", tuple(SIM_SWAP_PROVIDERS))
    if found == "fake" and not fake_allowed:
        raise env.refuse(
            "SIM_SWAP_PROVIDER",
            "is fake although DEBUG is False, so rules would go by invented signals: "
            "write SIM_SWAP_PROVIDER=none, or MPESA_ALLOW_MOCK=True where that is wanted",
        )
    return SIM_SWAP_PROVIDERS[found]


def field_encryption_keys(secret: str) -> list[str]:
    """Return the keys that encrypt ID numbers; if unset, one key derived from SECRET_KEY."""
    found = env.words("FIELD_ENCRYPTION_KEYS")
    for key in found:
        if not _is_fernet_key(key):
            how = "openssl rand -base64 32 | tr '+/' '-_'"
            raise env.refuse("FIELD_ENCRYPTION_KEYS", f"holds no good key: {how} prints one")
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"field encryption")
    return found or [base64.urlsafe_b64encode(derived.derive(secret.encode())).decode()]


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key.encode(), altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def paybill_secret(*, is_enabled: bool) -> str:
    """Return the secret part of the paybill's addresses; 32 URL-safe characters or more.

    M-Pesa registers the addresses once and for all, so the secret never expires.
    """
    # Hexadecimal, so that it holds none of the words that Daraja may refuse an address for.
    how = "python -c 'import secrets; print(secrets.token_hex(32))' prints a good one"
    found = env.text("PAYBILL_URL_SECRET", "")
    if is_enabled and not found:
        raise env.refuse("PAYBILL_URL_SECRET", f"is missing, and PAYBILL_ENABLED needs it: {how}")
    if found and not re.fullmatch(r"[A-Za-z0-9_-]{32,200}", found, re.ASCII):
        raise env.refuse("PAYBILL_URL_SECRET", f"is not 32 to 200 letters, digits, - or _: {how}")
    if is_enabled and env.text("MPESA_TRANSACTION_TYPE", stk.PAYBILL) != stk.PAYBILL:
        raise env.refuse("PAYBILL_ENABLED", "is True for a till, which has no account numbers")
    return found


def pull_enabled(*, takes_payments_by_hand: bool) -> bool:
    """Return whether M-Pesa's own list of payments is asked for; only beside payments by hand."""
    is_enabled = env.boolean("PULL_ENABLED", default=False)
    if is_enabled and not takes_payments_by_hand:
        # The list has every payment to the paybill, also those by hand.
        raise env.refuse("PULL_ENABLED", "needs PAYBILL_ENABLED=True")
    return is_enabled


def pull_nominated_number() -> str:
    """Return the phone number that the paybill's papers name, as an MSISDN; empty: not set."""
    found = env.text("PULL_NOMINATED_NUMBER", "")
    if found and not is_msisdn(found):
        raise env.refuse("PULL_NOMINATED_NUMBER", "is no number such as 254712345678")
    return found


def initiator() -> tuple[str, str]:
    """Return the initiator's name and security credential; both empty: M-Pesa is asked nothing.

    The credential is the initiator's password, encrypted with M-Pesa's certificate.
    """
    name = env.text("MPESA_INITIATOR_NAME", "")
    credential = env.text("MPESA_SECURITY_CREDENTIAL", "")
    if name and not credential:
        raise env.refuse("MPESA_SECURITY_CREDENTIAL", "is missing beside MPESA_INITIATOR_NAME")
    if credential and not name:
        raise env.refuse("MPESA_INITIATOR_NAME", "is missing beside MPESA_SECURITY_CREDENTIAL")
    if name and not re.fullmatch(r"[!-~]{1,64}", name, re.ASCII):
        raise env.refuse("MPESA_INITIATOR_NAME", "is not 1 to 64 characters without blanks")
    # The error does not show the value, since it is written to the log of the start.
    if credential and not re.fullmatch(r"[A-Za-z0-9+/]{40,2000}={0,2}", credential, re.ASCII):
        raise env.refuse("MPESA_SECURITY_CREDENTIAL", "is not base64 of an encrypted password")
    return name, credential


def callback_url(*, mock: bool, port: int) -> str:
    """Return the start of all callback URLs, with a final slash; each deposit appends its token."""
    if mock:
        found = env.text("MPESA_CALLBACK_URL", f"http://127.0.0.1:{port}/api/payments/callback/")
    else:
        found = env.required_text("MPESA_CALLBACK_URL", "Daraja reports payments to it")
    if set("?#") & set(found):
        raise env.refuse("MPESA_CALLBACK_URL", "has a ? or #: a secret path is appended to it")
    return env.web_address("MPESA_CALLBACK_URL", found).rstrip("/") + "/"


def with_host_of(url: str, hosts: list[str]) -> list[str]:
    """Return the allowed hosts, with the callback URL's host added."""
    host = urlsplit(url).hostname or ""
    return hosts if host in hosts else [*hosts, host]


def sentry_dsn() -> str | None:
    """Return SENTRY_DSN, or None for no error tracking."""
    found = env.find_text("SENTRY_DSN")
    if found is not None and not urlsplit(env.web_address("SENTRY_DSN", found)).username:
        raise env.refuse("SENTRY_DSN", "names no key: https://<key>@<host>/<project>")
    return found


def trace_endpoint() -> str | None:
    """Return OTEL_EXPORTER_OTLP_ENDPOINT without a slash at its end, or None for no traces."""
    found = env.find_text("OTEL_EXPORTER_OTLP_ENDPOINT")
    if found is None:
        return None
    parts = urlsplit(found)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise env.refuse(
            "OTEL_EXPORTER_OTLP_ENDPOINT", "is no address such as http://collector:4318"
        )
    return found.rstrip("/")


def alert_urls() -> list[str]:
    """Return apprise's addresses of those who are told what waits; they hold credentials.

    They are separated by blanks, since an address may have commas. The error names a faulty one by
    its number only, since it is written to the log of the start.
    """
    found = env.text("ALERT_URLS", "").split()
    for number, url in enumerate(found, 1):
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S", url, re.ASCII):
            raise env.refuse("ALERT_URLS", f"has as number {number} no address such as slack://...")
    return found


def quiet_hours() -> tuple[int, int] | None:
    """Return the hours in Nairobi between which only what pages is told, or None for none."""
    found = env.find_text("ALERT_QUIET_HOURS")
    if found is None:
        return None
    hours = re.fullmatch(r"([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-3])", found, re.ASCII)
    if hours is None or int(hours[1]) == int(hours[2]):
        raise env.refuse("ALERT_QUIET_HOURS", f"is {found!r}: write hours such as 21-7")
    return int(hours[1]), int(hours[2])


def heartbeat_url() -> str | None:
    """Return the address that the worker visits once a minute, or None; it may hold a secret."""
    found = env.find_text("ALERT_HEARTBEAT_URL")
    if found is not None:
        parts = urlsplit(found)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise env.refuse("ALERT_HEARTBEAT_URL", "is no address such as https://hc.example/id")
    return found


def sms_sender() -> dict[str, Any]:
    """Return the sender's CLASS and OPTIONS; empty: no SMS is sent, and no password recovered.

    The simulator of Daraja takes SMS too, in the protocol of Africa's Talking.
    """
    chosen = env.choice("SMS_BACKEND", "none", tuple(SMS_BACKENDS))
    options: dict[str, str] = {}
    if chosen == "simulator":
        base_url = env.text("MPESA_BASE_URL", "http://127.0.0.1:8100").rstrip("/")
        options = {
            "base_url": env.web_address("MPESA_BASE_URL", base_url),
            "username": "sandbox",
            "api_key": "simulator",  # pragma: allowlist secret
        }
    if chosen == "africastalking":
        username = env.required_text("AFRICASTALKING_USERNAME", "sandbox, or your app's name")
        hosts = {True: SANDBOX_URL, False: LIVE_URL}
        options = {
            "base_url": hosts[username == "sandbox"],
            "username": username,
            "api_key": env.required_text("AFRICASTALKING_API_KEY", "see Settings, API Key there"),
            "sender_id": env.text("AFRICASTALKING_SENDER_ID", ""),
        }
        if not re.fullmatch(r"[A-Za-z0-9 _.-]{0,14}", options["sender_id"], re.ASCII):
            raise env.refuse("AFRICASTALKING_SENDER_ID", "is no sender ID or short code")
    return {"CLASS": SMS_BACKENDS[chosen], "OPTIONS": options} if chosen != "none" else {}


def gateway(
    *,
    mock: bool,
    environment: str,
    timeout_s: float,
    max_calls_in_flight: int,
    initiator: tuple[str, str],
) -> dict[str, Any]:
    """Return the payment gateway's CLASS and OPTIONS, a form that Django's settings use too."""
    if mock:
        return {"CLASS": "payments.gateways.mock.MockGateway", "OPTIONS": {}}
    base_url = env.text("MPESA_BASE_URL", HOSTS[environment]).rstrip("/")
    short_code = env.required_text("MPESA_SHORTCODE", "your paybill, or the till's store number")
    party_b = env.text("MPESA_PARTY_B", short_code)
    for variable, number in (("MPESA_SHORTCODE", short_code), ("MPESA_PARTY_B", party_b)):
        if not re.fullmatch(r"[1-9][0-9]{4,6}", number, re.ASCII):
            raise env.refuse(variable, f"is {number!r}: write 5 to 7 digits")
    options = {
        "environment": environment,
        "base_url": env.web_address("MPESA_BASE_URL", base_url),
        "consumer_key": env.required_text("MPESA_CONSUMER_KEY", "see 'My Apps' in the portal"),
        "consumer_secret": env.required_text("MPESA_CONSUMER_SECRET", "see 'My Apps' there"),
        "business_short_code": short_code,
        "passkey": env.required_text("MPESA_PASSKEY", "it comes with the shortcode"),
        "transaction_type": env.choice(
            "MPESA_TRANSACTION_TYPE",
            stk.PAYBILL,
            (stk.PAYBILL, stk.TILL),
        ),
        "party_b": party_b,
        "timeout_s": timeout_s,
        "max_calls_in_flight": max_calls_in_flight,
        "initiator_name": initiator[0],
        "security_credential": initiator[1],
    }
    return {"CLASS": "payments.mpesa_integration.MpesaGateway", "OPTIONS": options}
