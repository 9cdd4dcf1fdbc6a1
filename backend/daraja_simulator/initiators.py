"""The API operator whose password the initiator APIs check; three wrong tries lock it."""

import secrets
from typing import Any

from .settings import Settings

ATTEMPTS = 3


class Initiator:
    """The operator of this run, and how often its password was wrong in a row."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wrong = 0
        self.is_locked = False

    def check(self, body: dict[str, Any]) -> str | None:
        """Return the result code of a wrong initiator or credential, None if both are right."""
        name = str(body.get("InitiatorName") or body.get("Initiator"))
        if self._settings.initiator_name and name != self._settings.initiator_name:
            return "2001"
        if self.is_locked:
            return "8006"
        given, wanted = str(body["SecurityCredential"]), self._settings.security_credential
        if wanted and not secrets.compare_digest(given.encode(), wanted.encode()):
            self._wrong += 1
            self.is_locked = self._wrong >= ATTEMPTS
            return "2001"
        self._wrong = 0
        return None

    def unlock(self) -> None:
        """Unlock the operator, as a Business Administrator does on the portal."""
        self._wrong, self.is_locked = 0, False
