"""Writes SMS to the log, for development. Where DEBUG is off it leaves out the text."""

import logging

from django.conf import settings

from users.phone import mask_phone_number
from users.sms.sender import Receipt, Sent

logger = logging.getLogger(__name__)


class ConsoleSender:
    """Sends nothing; the log has the text, and so the code, only on a developer's machine."""

    reaches_phones = False

    def send(self, phone_number: str, text: str) -> Receipt:
        """Write one line."""
        shown = text if settings.DEBUG else f"({len(text)} characters)"
        logger.info("SMS to %s: %s", mask_phone_number(phone_number), shown)
        return Receipt(Sent.TAKEN)
