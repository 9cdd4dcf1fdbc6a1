"""Checks of the settings: which environment this is, and whether access is restricted. Pure."""

from collections.abc import Iterator
from typing import Any

from operations.doctor.results import Check, DoctorResult, ok, problem, warning
from payments.checks import MAX_PROXIES, moves_real_money

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}


def is_live(conf: Any) -> bool:
    """Return whether this environment moves real money."""
    return moves_real_money(conf) and not conf.MPESA_DEBUG


def _by_place(conf: Any, check: str, says: str, fix: str) -> DoctorResult:
    """Return a problem where money is real, a warning elsewhere."""
    return (problem if moves_real_money(conf) else warning)(check, says, fix)


def check_settings(conf: Any) -> DoctorResult:
    """Report where the settings come from: a container or `make sandbox` may run with others."""
    beneath = f"and {conf.DOTENV} beneath it" if conf.DOTENV else "and no .env"
    return ok("settings", f"this command's own: its environment, {beneath}")


def check_place(conf: Any) -> DoctorResult:
    """Report the environment, and whether it moves real money."""
    check = "environment"
    if conf.MPESA_DEBUG and conf.DEBUG:
        return ok(check, "mock: play money, no network; a development machine")
    if conf.MPESA_DEBUG:
        says = "MPESA_ALLOW_MOCK lets the mock credit deposits that nobody paid"
        return _by_place(conf, check, says, "set MPESA_DEBUG=False, unless this is a demo")
    return ok(check, "production: money is real" if is_live(conf) else "sandbox: play money")


def check_debug(conf: Any) -> DoctorResult:
    """Report DEBUG: it shows settings and stack traces to everybody."""
    if not conf.DEBUG:
        return ok("debug", "off")
    return _by_place(conf, "debug", "DEBUG is on: errors show settings", "set DEBUG=False")


def check_secret_key(conf: Any) -> DoctorResult:
    """Report the development key, with which anybody can forge sessions.

    Without DEBUG the server does not start with a weak key.
    """
    if not conf.SECRET_KEY.startswith("django-insecure-"):
        return ok("secret_key", "set")
    fix = "set SECRET_KEY to 50 random characters"
    return _by_place(conf, "secret_key", "everybody knows the development key", fix)


def check_hosts(conf: Any) -> DoctorResult:
    """Report ALLOWED_HOSTS: with "*" a forged Host header gets into links; too few give 400."""
    hosts = set(conf.ALLOWED_HOSTS)
    if "*" in hosts:
        return _by_place(conf, "hosts", "ALLOWED_HOSTS takes any name", "name your own hosts")
    if not conf.DEBUG and hosts <= _LOCAL_HOSTS:
        fix = "set ALLOWED_HOSTS to the names customers use"
        return warning("hosts", "only local names are answered, the rest get 400", fix)
    return ok("hosts", ", ".join(sorted(hosts)))


def check_https(conf: Any) -> DoctorResult:
    """Report settings that let sessions be sent without HTTPS."""
    if conf.DEBUG:
        return ok("https", "not demanded with DEBUG")
    switches = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    off = [name for name in switches if not getattr(conf, name)]
    if not off:
        # HSTS cannot be taken back from browsers, so it is a decision (docs/production.md).
        hsts = "is on" if conf.SECURE_HSTS_SECONDS else "is off"
        return ok("https", f"redirect and secure cookies are on; HSTS {hsts}")
    return _by_place(conf, "https", f"off: {', '.join(off)}", "leave them at their defaults")


def check_kyc(conf: Any) -> DoctorResult:
    """Report whether customers must be verified, and by which provider."""
    if conf.KYC_PROVIDER == "mock":
        says = "the mock provider verifies everybody unseen"
        return _by_place(conf, "kyc", says, "set KYC_PROVIDER=manual")
    if not conf.KYC_REQUIRED:
        says = "KYC_REQUIRED is off: strangers may deposit up to the top tier"
        return _by_place(conf, "kyc", says, "set KYC_REQUIRED=True")
    return ok("kyc", f"required, provider {conf.KYC_PROVIDER}")


def check_encryption(conf: Any, environment: Any) -> DoctorResult:
    """Report a missing FIELD_ENCRYPTION_KEYS: the key is then SECRET_KEY's, which must not
    change."""
    if not hasattr(conf, "FIELD_ENCRYPTION_KEYS"):
        return ok("encryption", "nothing is stored encrypted")
    if environment.get("FIELD_ENCRYPTION_KEYS", "").strip():
        return ok("encryption", f"{len(conf.FIELD_ENCRYPTION_KEYS)} keys")
    says = "ID numbers are encrypted with a key made from SECRET_KEY: changing that loses them"
    return warning("encryption", says, "set FIELD_ENCRYPTION_KEYS, and keep a copy elsewhere")


def check_counts(conf: Any) -> DoctorResult:
    """Report switched-off rates: without them anybody can send many prompts to a phone."""
    if conf.RATELIMIT_ENABLE:
        return ok("prompt_guard", "on: requests, prompts and log-ins are counted")
    says = "RATELIMIT_ENABLE is off: anybody may send prompts without end"
    return _by_place(conf, "prompt_guard", says, "set RATELIMIT_ENABLE=True")


def check_proxies(conf: Any) -> DoctorResult:
    """Report TRUSTED_PROXY_COUNT: too low, all customers share the proxy's address and its rates;
    too high, callers can forge their address.
    """
    count = conf.TRUSTED_PROXY_COUNT
    if count > MAX_PROXIES:
        says = f"{count} proxies are believed: callers can write their own address"
        return warning("proxies", says, "set TRUSTED_PROXY_COUNT to the proxies you run")
    if count == 0 and not conf.DEBUG:
        says = "no proxy is believed: behind one, all customers share its address and its rates"
        return warning("proxies", says, "behind one proxy set TRUSTED_PROXY_COUNT=1")
    return ok("proxies", f"{count} believed")


def check_risk(conf: Any) -> DoctorResult:
    """Report the mode of the fraud rules: in shadow they refuse no deposit."""
    return ok("risk", f"fraud rules: {conf.RISK_MODE}")


def check_sim_swap(conf: Any) -> DoctorResult:
    """Report a fake SIM-swap provider: its answers are invented."""
    provider = conf.SIM_SWAP_PROVIDER
    if provider is not None and "fake" in provider.lower():
        says = "signals of SIM swaps are invented by the fake"
        return _by_place(conf, "sim_swap", says, "set SIM_SWAP_PROVIDER=none")
    return ok("sim_swap", "nobody is asked" if provider is None else "a provider is asked")


def check_system(errors: list[Any]) -> Iterator[DoctorResult]:
    """Report each error of `manage.py check`."""
    for error in errors:
        yield problem("system_check", f"{error.id}: {error.msg}", error.hint or "as it says")
    if not errors:
        yield ok("system_check", "manage.py check finds no error")


def surroundings_checks(conf: Any, environment: Any, errors: list[Any]) -> list[Check]:
    """Return all checks of this module."""
    plain = (
        check_settings, check_place, check_debug, check_secret_key, check_hosts, check_https,
        check_kyc, check_counts, check_proxies, check_risk, check_sim_swap,
    )  # fmt: skip
    return [
        *((look.__name__.removeprefix("check_"), _bind(look, conf)) for look in plain),
        ("encryption", lambda: check_encryption(conf, environment)),
        ("system_check", lambda: check_system(errors)),
    ]


def _bind(look: Any, conf: Any) -> Any:
    return lambda: look(conf)
