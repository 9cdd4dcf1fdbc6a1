"""A sender of SMS for tests, which keeps what it was handed and answers as it is told."""

import re
from typing import ClassVar

from users.sms.sender import Receipt, Sent

#: For `settings.SMS_SENDER`.
FAKE = {"CLASS": "users.tests.texting.FakeSender", "OPTIONS": {}}


class FakeSender:
    """Takes every message, unless `answers` has another answer for it."""

    reaches_phones = True
    inbox: ClassVar[list[tuple[str, str]]] = []
    answers: ClassVar[list[Receipt]] = []

    def send(self, phone_number: str, text: str) -> Receipt:
        """Keep the message."""
        self.inbox.append((phone_number, text))
        return self.answers.pop(0) if self.answers else Receipt(Sent.TAKEN, reference="ATXid_1")


def newest_code(phone_number: str) -> str:
    """Return the code in the newest SMS to a number that has one."""
    texts = [text for number, text in FakeSender.inbox if number == phone_number]
    found = (re.search(r"\b[0-9]{6}\b", text) for text in reversed(texts))
    return next(match[0] for match in found if match)
