"""Checks settings that must agree with Safaricom: short code, passkey, callback addresses. Pure."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from operations.doctor.results import Check, DoctorResult, ok, problem, warning
from operations.doctor.surroundings import is_live
from payments.daraja import TEST_PASSKEY, TEST_SHORT_CODE
from payments.daraja.addresses import (
    CALLED_PORTS,
    find_refused_words,
    host_of,
    is_local_host,
    is_tunnel,
)

#: The source addresses of callbacks that Safaricom publishes (docs/daraja.md §4).
PUBLISHED_SOURCES = (
    "196.201.214.200", "196.201.214.206", "196.201.214.207", "196.201.214.208",
    "196.201.213.114", "196.201.213.44", "196.201.212.127", "196.201.212.129",
    "196.201.212.136", "196.201.212.138", "196.201.212.69", "196.201.212.74",
)  # fmt: skip
_CALLBACK_FIX = "set MPESA_CALLBACK_URL=https://<your public name>/api/payments/callback/"


def check_short_code(conf: Any) -> Iterator[DoctorResult]:
    """Report an invalid short code, or till and store number exchanged.

    Payments then fail with result 2028 or SFC_IC0003 (docs/daraja.md §2).
    """
    if conf.MPESA_DEBUG:
        yield ok("short_code", "the mock has its own")
        return
    options = conf.PAYMENTS_GATEWAY["OPTIONS"]
    short_code, party_b = options["business_short_code"], options["party_b"]
    for number in (short_code, party_b):
        if not re.fullmatch(r"[1-9][0-9]{4,6}", number, re.ASCII):
            yield problem("short_code", f"{number} is no short code", "write 5 to 7 digits")
            return
    yield _kind_of_number(options["transaction_type"], short_code, party_b)


def _kind_of_number(transaction_type: str, short_code: str, party_b: str) -> DoctorResult:
    is_till = transaction_type == "CustomerBuyGoodsOnline"
    if not is_till and party_b != short_code:
        says = f"paybill {short_code}, but the money is sent to {party_b}: result 2028"
        return problem("short_code", says, "unset MPESA_PARTY_B, or say CustomerBuyGoodsOnline")
    if is_till and party_b == short_code:
        says = f"till {party_b} is also the store number, which is rarely so"
        fix = "MPESA_SHORTCODE is the store number of the go-live mail, MPESA_PARTY_B the till"
        return warning("short_code", says, fix)
    return ok("short_code", f"{'till' if is_till else 'paybill'} {party_b}, store {short_code}")


def check_passkey(conf: Any) -> DoctorResult:
    """Report the public test short code or passkey in production, or only one of the two."""
    if conf.MPESA_DEBUG:
        return ok("passkey", "the mock needs none")
    options = conf.PAYMENTS_GATEWAY["OPTIONS"]
    is_test_code = options["business_short_code"] == TEST_SHORT_CODE
    is_test_key = options["passkey"] == TEST_PASSKEY
    if is_live(conf) and (is_test_code or is_test_key):
        says = "Safaricom's public test shortcode or passkey in production"
        fix = "take MPESA_SHORTCODE and MPESA_PASSKEY from the go-live mail"
        return problem("passkey", says, fix)
    if is_test_code != is_test_key:
        says = "only one of MPESA_SHORTCODE and MPESA_PASSKEY is the public test one"
        return warning("passkey", says, "they belong together: take both from one page")
    return ok("passkey", "goes with the shortcode, as far as one can see")


def check_callback_url(conf: Any) -> Iterator[DoctorResult]:
    """Report a callback URL that Daraja may reject or cannot reach (docs/daraja.md §4)."""
    if conf.MPESA_DEBUG:
        yield ok("callback_url", "the mock calls nobody")
        return
    parts = urlsplit(conf.MPESA_CALLBACK_URL)
    if is_local_host(parts.hostname or "") and _is_simulated(conf):
        yield ok("callback_url", "local, as is the simulator that calls it")
        return
    faults = list(_faults(conf, conf.MPESA_CALLBACK_URL))
    yield from faults
    if not faults:
        yield ok("callback_url", f"{parts.scheme}://{parts.hostname}{parts.path}")


def _faults(conf: Any, url: str) -> Iterator[DoctorResult]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    worse = problem if is_live(conf) else warning
    if parts.scheme != "https":
        yield worse("callback_url", "is not HTTPS", _CALLBACK_FIX)
    if is_local_host(host):
        yield problem("callback_url", f"{host} cannot be reached from Safaricom", _CALLBACK_FIX)
    elif is_tunnel(host):
        yield worse("callback_url", "Safaricom refuses tunnels in production", _CALLBACK_FIX)
    words = find_refused_words(url)
    if words:
        says = f"contains what Daraja may refuse: {', '.join(words)}"
        yield worse("callback_url", says, "choose a host and path without these words")
    if parts.port not in CALLED_PORTS:
        says = f"port {parts.port}: Safaricom is known not to call it"
        yield worse("callback_url", says, "let your proxy answer on 443")
    if parts.query or parts.fragment:
        yield problem("callback_url", "has a query string: a secret path follows", _CALLBACK_FIX)


def _is_simulated(conf: Any) -> bool:
    return is_local_host(host_of(conf.PAYMENTS_GATEWAY["OPTIONS"].get("base_url", "")))


def check_callback_sources(conf: Any) -> DoctorResult:
    """Report published addresses that MPESA_CALLBACK_ALLOWED_IPS lacks.

    Callbacks from an unlisted address are only hints. The token is the first defence, this list the
    second.
    """
    networks = conf.MPESA_CALLBACK_ALLOWED_IPS
    if not networks:
        return ok("callback_sources", "any; the secret address is the defence")
    missing = [
        source
        for source in PUBLISHED_SOURCES
        if not any(ip_address(source) in ip_network(str(network)) for network in networks)
    ]
    if not missing:
        return ok("callback_sources", "all that Safaricom publishes")
    says = f"lacks {', '.join(missing)}: callbacks from there only speed up a query"
    return warning("callback_sources", says, "add them to MPESA_CALLBACK_ALLOWED_IPS")


def safaricom_checks(conf: Any) -> list[Check]:
    """Return all checks of this module."""
    return [
        ("short_code", lambda: check_short_code(conf)),
        ("passkey", lambda: check_passkey(conf)),
        ("callback_url", lambda: check_callback_url(conf)),
        ("callback_sources", lambda: check_callback_sources(conf)),
    ]
