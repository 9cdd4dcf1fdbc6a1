"""What a sender of SMS does, and which one SMS_BACKEND has chosen."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Sent(StrEnum):
    """What is known of a message after it was handed over."""

    #: The gateway has it.
    TAKEN = "taken"
    #: The gateway rejected it, and will reject it again.
    REJECTED = "rejected"
    #: It never left us: sending it again is harmless.
    NOT_SENT = "not_sent"
    #: It may have been sent. It is not sent again.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Receipt:
    """What a sender says of one message: `reference` is the gateway's id, `failure` a few words.

    Neither holds the text or the number.
    """

    sent: Sent
    reference: str = ""
    failure: str = ""


class Sender(Protocol):
    """Hands one message to a gateway; it may wait for seconds, and never raises."""

    #: Whether customers read the messages. Those in a log are for developers alone.
    reaches_phones: bool

    def send(self, phone_number: str, text: str) -> Receipt:
        """Send `text` to an MSISDN."""
        ...  # pragma: no cover


def is_configured() -> bool:
    """Return whether SMS can be sent at all."""
    return bool(settings.SMS_SENDER)


def reaches_phones() -> bool:
    """Return whether a customer who is asked for a code can have it."""
    return is_configured() and get_sender().reaches_phones


def get_sender() -> Sender:
    """Return the sender of SMS_BACKEND, one for each process."""
    chosen: dict[str, Any] = settings.SMS_SENDER
    return _made(chosen["CLASS"], tuple(sorted(chosen["OPTIONS"].items())))


@cache
def _made(path: str, options: tuple[tuple[str, Any], ...]) -> Sender:
    made: Sender = import_string(path)(**dict(options))
    return made
