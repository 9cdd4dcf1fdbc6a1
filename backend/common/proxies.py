"""Whose address a request really comes from: forwarded headers are believed by count only.

A client may write any X-Forwarded-For it likes; only the entries that our own proxies appended,
counted from the right, are evidence.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

#: Stands for "no address": a unix socket, or something that is none.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a value to compare, nothing binds to it


def _find_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read one address, with or without port, brackets and zone."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # ::ffff:41.90.1.2 is how a dual-stack socket spells 41.90.1.2: one client, one address.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forwarded_entry(request: HttpRequest, proxies: int) -> str | None:
    """Return what the outermost of our proxies saw, or None when it did not say."""
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-proxies] if 0 < proxies <= len(entries) else None


def client_address(request: HttpRequest) -> str:
    """Return the client's address; `0.0.0.0` when nobody trustworthy knows it.

    With fewer entries than proxies the request bypassed one of them, so nothing in the header is
    evidence: the address of the connection counts.
    """
    if hasattr(request, "_client_address"):
        return str(request._client_address)
    connection = request.META.get("REMOTE_ADDR", "")
    forwarded = _forwarded_entry(request, settings.TRUSTED_PROXY_COUNT)
    address = _find_address(forwarded) if forwarded is not None else None
    address = address or _find_address(connection)
    return str(address) if address else UNKNOWN_ADDRESS


def client_network(request: HttpRequest) -> IPv4Network | IPv6Network:
    """Return what counts as one place: an IPv4 address, or a subscriber's /64 of IPv6."""
    address = ip_address(client_address(request))
    return ip_network((address, 64 if address.version == 6 else 32), strict=False)


def trust_proxies(request: HttpRequest) -> None:
    """Write the client's address into the request, and keep what our proxies vouch for alone.

    Harmless twice.
    """
    address = client_address(request)
    request._client_address = address  # type: ignore[attr-defined]
    request.META["REMOTE_ADDR"] = address
    scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", None)
    if scheme is not None and settings.TRUSTED_PROXY_COUNT:
        # Django reads the first entry, which a client may have written; the last is ours.
        request.META["HTTP_X_FORWARDED_PROTO"] = scheme.rpartition(",")[2].strip()


class TrustedProxyMiddleware:
    """Writes the client's address into REMOTE_ADDR and drops headers nobody vouches for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trust_proxies(request)
        return self.get_response(request)
