"""Log lines about sign-ins: each attempt, wrong code, wrong password and lock has one of its own.

A line names its event and where the request came from, so that an attack can be read from the log.
It holds no password, code or phone number, and no whole address.
"""

import logging
from ipaddress import ip_network
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from common.logs import current_request
from common.proxies import UNKNOWN_ADDRESS, client_network

logger = logging.getLogger("security")

#: Bits of an address that a line shows: they name its provider, not a customer.
_SHOWN_BITS = {4: 24, 6: 48}


def log_event(
    event: str, *, request: HttpRequest | None = None, level: int = logging.WARNING, **who: Any
) -> None:
    """Write the line of one event, such as `second_factor_wrong`.

    Without `request` the address is that of the request this thread answers. `network` is the
    address without its last bits; `source` is a keyed hash of the client's network, by which lines
    of one client can be found. A command has neither.
    """
    request = request or current_request()
    where = {} if request is None else {"path": request.path, **_origin(request)}
    logger.log(level, event.replace("_", " "), extra={"event": event, **where, **who})


def _origin(request: HttpRequest) -> dict[str, str]:
    client = client_network(request)
    if str(client.network_address) == UNKNOWN_ADDRESS:
        return {}
    shown = ip_network((client.network_address, _SHOWN_BITS[client.version]), strict=False)
    source = salted_hmac(__name__, str(client), algorithm="sha256").hexdigest()[:12]
    # Without its `/24`: with those digits it could look like a phone number, and be masked.
    return {"network": str(shown.network_address), "source": source}
