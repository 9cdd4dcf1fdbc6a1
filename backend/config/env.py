"""Typed readers of environment variables; a missing or invalid value stops the start.

Every error names the variable and says what to do. The environment takes precedence over `.env`;
an empty value counts as not set.
"""

import os
import re
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

#: The repository's root, where `.env` is.
REPOSITORY_DIR = Path(__file__).resolve().parent.parent.parent

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_RATE = re.compile(r"[1-9][0-9]{0,6}/[1-9]?[0-9]{0,3}[smhd]")
_DATABASE_SCHEMES = {"postgres", "postgresql", "psql", "pgsql"}


def load_dotenv() -> Path | None:
    """Load `.env` into the environment; variables that are set already keep their value.

    Returns the file's path, or None when there is no file.
    """
    path = REPOSITORY_DIR / ".env"
    if not path.is_file():
        return None
    environ.Env.read_env(path, overwrite=False, parse_comments=True)
    return path


def unset_if_empty(name: str) -> None:
    """Remove a variable without text, for a library to which an empty one is not an unset one."""
    if find_text(name) is None:
        os.environ.pop(name, None)


def refuse(name: str, problem: str) -> ImproperlyConfigured:
    """Return the error that stops the start; it names the variable, the problem and the remedy."""
    return ImproperlyConfigured(f"{name} {problem} (set it in the environment or in .env)")


def find_text(name: str) -> str | None:
    """Return the variable's text without surrounding space, or None when unset or empty."""
    return os.environ.get(name, "").strip() or None


def text(name: str, default: str) -> str:
    """Return the variable's text, or the default."""
    return find_text(name) or default


def required_text(name: str, why: str) -> str:
    """Return the variable's text.

    Raises:
        ImproperlyConfigured: it is not set.
    """
    value = find_text(name)
    if value is None:
        raise refuse(name, f"is missing: {why}")
    return value


def boolean(name: str, default: bool) -> bool:
    """Return the variable as True or False; any other word stops the start."""
    value = find_text(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise refuse(name, f"is {value!r}: write True or False")


def whole_number(name: str, default: int, *, lowest: int, highest: int) -> int:
    """Return the variable as a whole number from `lowest` to `highest`."""
    value = find_text(name)
    if value is None:
        if not lowest <= default <= highest:
            usual = f"is not set, and its default {default} does not fit here"
            raise refuse(name, f"{usual}: write a whole number from {lowest} to {highest}")
        return default
    if not re.fullmatch(r"[0-9]{1,18}", value) or not lowest <= int(value) <= highest:
        raise refuse(name, f"is {value!r}: write a whole number from {lowest} to {highest}")
    return int(value)


def seconds(name: str, default: str, *, lowest: str, highest: str) -> float:
    """Return the variable as seconds from `lowest` to `highest`; fractions are allowed."""
    value = text(name, default)
    is_number = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value)
    if not is_number or not Decimal(lowest) <= Decimal(value) <= Decimal(highest):
        raise refuse(name, f"is {value!r}: write seconds from {lowest} to {highest}")
    return float(value)


def rate(name: str, default: str) -> str:
    """Return a rate such as `5/m`: a count, a slash, and s, m, h or d."""
    value = text(name, default)
    if not _RATE.fullmatch(value):
        raise refuse(name, f"is {value!r}: write a rate such as 5/m (s, m, h or d)")
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return the variable's text, which must be one of `allowed`."""
    value = text(name, default)
    if value not in allowed:
        raise refuse(name, f"is {value!r}: write one of {', '.join(allowed)}")
    return value


def words(name: str) -> list[str]:
    """Return the variable's comma-separated words; an empty list when unset."""
    return [word.strip() for word in text(name, "").split(",") if word.strip()]


def web_address(name: str, value: str) -> str:
    """Return `value` unchanged, once it is checked to be an http or https URL."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", value):
        raise refuse(name, f"is {value!r}: write an address such as https://example.com/path/")
    return value


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return the variable's comma-separated IP addresses or networks."""
    try:
        return [ip_network(word, strict=False) for word in words(name)]
    except ValueError as error:
        raise refuse(name, f"holds no address: {error}") from error


def origins(name: str) -> list[str]:
    """Return the variable's comma-separated origins: scheme and host, no path."""
    found = words(name)
    for origin in found:
        if urlsplit(web_address(name, origin)).path:
            raise refuse(name, f"holds {origin!r}: an origin has no path and no final slash")
    return found


def database(name: str, url: str) -> dict[str, Any]:
    """Return Django's database settings for a URL of PostgreSQL, the only database supported."""
    if urlsplit(url).scheme not in _DATABASE_SCHEMES:
        raise refuse(name, "is not an address of PostgreSQL: postgresql://user:password@host/name")
    settings: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = settings.setdefault("OPTIONS", {})
    # django-environ puts a socket directory into OPTIONS["host"]; `dbshell` reads only HOST.
    settings["HOST"] = options.pop("host", settings["HOST"])
    return settings
