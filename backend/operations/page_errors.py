"""Errors that browsers report about the page: masked, logged and counted, but not stored.

Anybody can send any text as an error. It is logged as one line of data, never as our own message.
"""

import logging
import re

from prometheus_client import Counter

from common import sentry
from common.masking import escape_control_characters, mask_text

logger = logging.getLogger(__name__)

PAGE_ERRORS = Counter("page_errors", "Errors that browsers reported.", ["kind"])

_TITLE = "the page failed in a browser"

#: A position in one of our scripts (`name.js:line:column`) is kept: it cannot be an amount or a
#: phone number.
_POSITION = r"(?P<position>[\w~.-]{1,80}\.js:\d{1,5}:\d{1,6}(?!\d))"
# Digits, however they are grouped, with the currency before them, if any; _hidden decides.
_NUMBER = r"(?P<currency>\b(?:ksh|kes|sh)s?[.\s]{0,3})?\d(?:[,.\s]?\d)*"
_POSITION_OR_NUMBER = re.compile(rf"{_POSITION}|{_NUMBER}", re.IGNORECASE)


def record(*, kind: str, message: str, where: str, stack: str = "") -> None:
    """Log the error as one warning, report it to Sentry where configured, and count it."""
    told = {
        "kind": kind,
        "where": plain_line(where),
        "error": plain_line(message),
        "stack": plain_line(" | ".join(stack.splitlines())),
    }
    logger.warning(_TITLE, extra=told)
    # The title is fixed: with the sender's text as title, each text would be a new issue in Sentry.
    sentry.report(_TITLE, told)
    PAGE_ERRORS.labels(kind).inc()


def plain_line(text: str) -> str:
    """Return the text on one line, without secrets, phone numbers, amounts and long numbers."""
    return escape_control_characters(_POSITION_OR_NUMBER.sub(_hidden, mask_text(text)))


def _hidden(match: re.Match[str]) -> str:
    if match["position"]:
        return match[0]
    currency = match["currency"] or ""
    is_long = sum(sign.isdecimal() for sign in match[0]) >= 3
    return f"{currency}#" if currency or is_long else match[0]
