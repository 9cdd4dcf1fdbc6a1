"""Finds a request's client address; X-Forwarded-For is trusted for our own proxies' entries only.

A client may send any X-Forwarded-For. Our proxies append their entries at the right, so the last
TRUSTED_PROXY_COUNT entries are the trustworthy ones.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

#: The address of a request whose address is unknown, such as one over a unix socket.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a value to compare, nothing binds to it


def _find_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address with or without port, brackets and zone; None if it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack socket writes 41.90.1.2 as ::ffff:41.90.1.2; one client must have one address.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forwarded_entry(request: HttpRequest, proxies: int) -> str | None:
    """Return the entry that our outermost proxy appended: its client. None if there are too few."""
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-proxies] if 0 < proxies <= len(entries) else None


def client_address(request: HttpRequest) -> str:
    """Return the client's address, `0.0.0.0` if it is unknown.

    With fewer entries than proxies the request bypassed one of them, so the header cannot be
    trusted, and the address of the connection is returned.
    """
    if hasattr(request, "_client_address"):
        return str(request._client_address)
    connection = request.META.get("REMOTE_ADDR", "")
    forwarded = _forwarded_entry(request, settings.TRUSTED_PROXY_COUNT)
    address = _find_address(forwarded) if forwarded is not None else None
    address = address or _find_address(connection)
    return str(address) if address else UNKNOWN_ADDRESS


def client_network(request: HttpRequest) -> IPv4Network | IPv6Network:
    """Return the network that rate limits count as one client: an IPv4 address, or an IPv6 /64."""
    address = ip_address(client_address(request))
    return ip_network((address, 64 if address.version == 6 else 32), strict=False)


def provider_network(request: HttpRequest) -> IPv4Network | IPv6Network:
    """Return what a provider gives to one customer at most: an IPv4 address, or an IPv6 /48."""
    address = ip_address(client_address(request))
    return ip_network((address, 48 if address.version == 6 else 32), strict=False)


def trust_proxies(request: HttpRequest) -> None:
    """Write the client's address into REMOTE_ADDR, and drop forwarded headers we cannot trust.

    Calling it twice is harmless.
    """
    address = client_address(request)
    request._client_address = address  # type: ignore[attr-defined]
    request.META["REMOTE_ADDR"] = address
    scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", None)
    if scheme is not None and settings.TRUSTED_PROXY_COUNT:
        # Django reads the first entry, which a client may have written; the last is ours.
        request.META["HTTP_X_FORWARDED_PROTO"] = scheme.rpartition(",")[2].strip()


class TrustedProxyMiddleware:
    """Calls `trust_proxies` for every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trust_proxies(request)
        return self.get_response(request)
