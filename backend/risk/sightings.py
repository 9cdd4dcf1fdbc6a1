"""Sightings: the network addresses and devices of sign-ins and deposits, as keyed hashes only.

The fraud rules count the accounts at one address or device by them; they give no access.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from common.proxies import UNKNOWN_ADDRESS, client_address, client_network

DEVICE_COOKIE = "device"
#: Browsers keep no cookie longer than this.
DEVICE_COOKIE_AGE = timedelta(days=400)
#: The rules look back 24 hours, operators who investigate look back a month.
KEPT_FOR = timedelta(days=30)
#: The most sightings kept per customer and kind: in a browser without cookies each sign-in counts
#: as a new device.
MAX_KEPT = 100

_DEVICE = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True)
class RequestSource:
    """Network address and device of a request, as keyed hashes; each None where unknown."""

    address_hash: str | None = None
    device_hash: str | None = None


NOWHERE = RequestSource()


def new_device() -> str:
    """Return a new random name for a browser's device cookie."""
    return secrets.token_urlsafe(24)


def find_device(request: HttpRequest) -> str | None:
    """Return the name in the browser's device cookie, or None if it is missing or malformed."""
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    return device if _DEVICE.fullmatch(device) else None


def find_request_source(request: HttpRequest, *, device: str | None = None) -> RequestSource:
    """Return the request's source; `device` is the name if this response sets the cookie."""
    device = device or find_device(request)
    is_known = client_address(request) != UNKNOWN_ADDRESS
    return RequestSource(
        address_hash=_hash("address", str(client_network(request))) if is_known else None,
        device_hash=_hash("device", device) if device else None,
    )


def _hash(kind: str, value: str) -> str:
    """Return a keyed hash: without SECRET_KEY an address cannot be found by trying all."""
    return salted_hmac(f"risk.sighting.{kind}", value, algorithm="sha256").hexdigest()


def record(*, user_id: int, source: RequestSource, now: datetime) -> None:
    """Store that the customer was seen at this source; a repetition updates `last_seen_at`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT risk_sighting_record(%s, %s, %s, %s)",
            [user_id, source.address_hash, source.device_hash, now],
        )


_PURGE = """
DELETE FROM risk_sighting WHERE last_seen_at < %(oldest)s OR id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY user_id, kind ORDER BY last_seen_at DESC, id DESC) AS nth
          FROM risk_sighting) AS place
     WHERE nth > %(most)s)
"""


def purge(*, now: datetime) -> int:
    """Delete sightings older than KEPT_FOR, and all but a customer's newest; return the count."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, {"oldest": now - KEPT_FOR, "most": MAX_KEPT})
        return int(cursor.rowcount)
