"""From where people sign in and deposit: addresses and devices, as keyed hashes only.

A hash is enough to count accounts in one place. Nobody is recognised, let in or trusted by it.
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
#: Browsers keep no cookie longer.
DEVICE_COOKIE_AGE = timedelta(days=400)
#: The rules look back a day; people who follow up on them, a month.
KEPT_FOR = timedelta(days=30)
#: The newest places of a customer: without cookies, each sign-in is a new device.
MOST_KEPT = 100

_DEVICE = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True)
class RequestSource:
    """Where a request came from; None: nobody can tell."""

    address_hash: str | None = None
    device_hash: str | None = None


NOWHERE = RequestSource()


def new_device() -> str:
    """Return the name that a browser gets."""
    return secrets.token_urlsafe(24)


def find_device(request: HttpRequest) -> str | None:
    """Return the name that the browser sent, if it can be one of ours."""
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    return device if _DEVICE.fullmatch(device) else None


def find_request_source(request: HttpRequest, *, device: str | None = None) -> RequestSource:
    """Return where a request came from; `device` where its browser is just getting a name."""
    device = device or find_device(request)
    is_known = client_address(request) != UNKNOWN_ADDRESS
    return RequestSource(
        address_hash=_hash("address", str(client_network(request))) if is_known else None,
        device_hash=_hash("device", device) if device else None,
    )


def _hash(kind: str, value: str) -> str:
    """Return what stands for a value: without SECRET_KEY nobody can try addresses out."""
    return salted_hmac(f"risk.sighting.{kind}", value, algorithm="sha256").hexdigest()


def record(*, user_id: int, source: RequestSource, now: datetime) -> None:
    """Remember that a customer was seen here; a repetition moves the time of the last look."""
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
    """Delete sightings that were not repeated for a month, and what is too many of one customer."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, {"oldest": now - KEPT_FOR, "most": MOST_KEPT})
        return int(cursor.rowcount)
