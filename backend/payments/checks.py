"""System checks: `manage.py check` and the server's start refuse unsafe settings in production."""

import zlib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from payments.daraja import HOSTS, TEST_PASSKEY, TEST_SHORT_CODE
from payments.paybill_addresses import is_weak_secret

#: More proxies than this in front of an API are a mistake in nearly every deployment.
MAX_PROXIES = 3

_LIVE_HOST = urlsplit(HOSTS["production"]).hostname
#: A random key of 50 characters is longer than this even when it is compressed.
_MIN_COMPRESSED_BYTES = 36

#: The number of a check, whether it fails, and what the error says.
Rule = tuple[str, bool, str]


def moves_real_money(conf: Any) -> bool:
    """Return whether deposits are real: by the label, or by Safaricom's live host without it."""
    return conf.MPESA_ENVIRONMENT == "production" or _daraja_host(conf) == _LIVE_HOST


@register()
def check_production(**_: Any) -> list[Error]:
    """Return an error for each setting that could lose or create money in production."""
    return production_errors(settings)


def production_errors(conf: Any) -> list[Error]:
    """Return an error for each setting of `conf` that is unfit for real money.

    Money at the live host is real under any label, so every label is held to the same there.
    """
    if not moves_real_money(conf):
        return []
    rules = (
        *_about_play_money(conf),
        *_about_daraja(conf),
        *_about_customers(conf),
        *_about_browsers(conf),
    )
    return [Error(says, id=f"payments.{number}") for number, is_wrong, says in rules if is_wrong]


def _about_play_money(conf: Any) -> list[Rule]:
    return [
        ("E001", conf.DEBUG, "DEBUG is True in production: set DEBUG=False"),
        (
            "E002",
            conf.MPESA_DEBUG,
            "the mock gateway in production credits money nobody paid: set MPESA_DEBUG=False",
        ),
        (
            "E003",
            conf.DEV_HEADER_ENABLED,
            "X-User-Phone-Number signs anybody in: set DEBUG=False and MPESA_DEBUG=False",
        ),
        (
            "E006",
            conf.KYC_PROVIDER == "mock",
            "KYC_PROVIDER=mock verifies anybody: set manual",
        ),
        (
            "E007",
            conf.SIM_SWAP_PROVIDER == "risk.fake_sim_swap.FakeSimSwap",
            "SIM_SWAP_PROVIDER=fake invents signals: set none",
        ),
        (
            "E020",
            conf.SMS_SENDER.get("CLASS") == "users.sms.console.ConsoleSender"
            or conf.SMS_SENDER.get("OPTIONS", {}).get("username") == "sandbox",
            "SMS_BACKEND sends no real SMS: set africastalking with your app's name, or none",
        ),
    ]


def _about_daraja(conf: Any) -> list[Rule]:
    options = conf.PAYMENTS_GATEWAY["OPTIONS"]
    base_url = options.get("base_url", "")
    host = _daraja_host(conf)
    is_unfit = bool(base_url) and (
        urlsplit(base_url).scheme != "https" or "sandbox" in (host or "")
    )
    is_foreign = bool(base_url) and not is_unfit and host != _LIVE_HOST
    return [
        ("E004", is_unfit, "MPESA_BASE_URL is not an HTTPS address of production: unset it"),
        (
            "E005",
            urlsplit(conf.MPESA_CALLBACK_URL).scheme != "https",
            "MPESA_CALLBACK_URL must begin with https:// in production",
        ),
        (
            "E008",
            is_foreign and "daraja_host" not in conf.PRODUCTION_EXCEPTIONS,
            (
                f"MPESA_BASE_URL is {host}, and not Safaricom's: unset it, or name daraja_host in"
                " PRODUCTION_EXCEPTIONS where a proxy of your own stands before Safaricom"
            ),
        ),
        (
            "E009",
            options.get("passkey") == TEST_PASSKEY,
            "MPESA_PASSKEY is the public one of Safaricom's test short code: set your own",
        ),
        (
            "E010",
            options.get("business_short_code") == TEST_SHORT_CODE,
            f"MPESA_SHORTCODE={TEST_SHORT_CODE} is Safaricom's test short code: set your own",
        ),
        (
            "E018",
            conf.PAYBILL_ENABLED and is_weak_secret(conf.PAYBILL_URL_SECRET),
            (
                "PAYBILL_URL_SECRET repeats itself, and who guesses it can report payments: set 64"
                " random hexadecimal characters"
            ),
        ),
    ]


def _about_customers(conf: Any) -> list[Rule]:
    return [
        (
            "E011",
            not conf.RATELIMIT_ENABLE,
            "RATELIMIT_ENABLE=False counts neither prompts nor log-ins: set True",
        ),
        (
            "E012",
            not conf.KYC_REQUIRED,
            "KYC_REQUIRED=False lets strangers deposit up to the top tier: set True",
        ),
        (
            "E013",
            _is_weak(conf.SECRET_KEY),
            "SECRET_KEY repeats itself and can be guessed: set 50 random characters",
        ),
    ]


def _about_browsers(conf: Any) -> list[Rule]:
    proxies = conf.TRUSTED_PROXY_COUNT
    plain = [
        origin
        for origin in (*conf.CORS_ALLOWED_ORIGINS, *conf.CSRF_TRUSTED_ORIGINS)
        if not origin.startswith("https://")
    ]
    return [
        (
            "E014",
            any(_is_any_host(host) for host in conf.ALLOWED_HOSTS),
            "ALLOWED_HOSTS takes names of others: name your own hosts",
        ),
        (
            "E015",
            not 1 <= proxies <= MAX_PROXIES and "proxies" not in conf.PRODUCTION_EXCEPTIONS,
            (
                f"TRUSTED_PROXY_COUNT={proxies} is rarely right: set the number of proxies before"
                " the API, or name proxies in PRODUCTION_EXCEPTIONS if it is that"
            ),
        ),
        (
            "E016",
            not (conf.SESSION_COOKIE_SECURE and conf.CSRF_COOKIE_SECURE)
            and not conf.SECURE_SSL_REDIRECT
            and "cookies" not in conf.PRODUCTION_EXCEPTIONS,
            (
                "SESSION_COOKIE_SECURE or CSRF_COOKIE_SECURE is False and nothing redirects to"
                " HTTPS, so sessions travel over HTTP: set True, or SECURE_SSL_REDIRECT=True, or"
                " name cookies in PRODUCTION_EXCEPTIONS"
            ),
        ),
        ("E017", bool(plain), f"{', '.join(plain)}: pages without HTTPS may not be trusted"),
    ]


def _daraja_host(conf: Any) -> str | None:
    """Return the host's name, in lower case and without a final dot, which DNS ignores."""
    base_url: str = conf.PAYMENTS_GATEWAY["OPTIONS"].get("base_url", "")
    host = urlsplit(base_url).hostname
    return host.rstrip(".") if host else None


def _is_any_host(host: str) -> bool:
    """Return whether the pattern takes any name, or all names of a domain such as `.com`."""
    return host == "*" or (host.startswith(".") and host.count(".") == 1)


def _is_weak(key: str) -> bool:
    """Return whether the key has little in it: a short text repeated, or few characters."""
    return len(zlib.compress(key.encode(), 9)) < _MIN_COMPRESSED_BYTES
