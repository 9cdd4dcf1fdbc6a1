"""Access tokens: issued, expired, and optionally ended by the next one (docs/daraja.md §1)."""

from datetime import datetime, timedelta

from . import ids
from .clock import Clock
from .settings import Settings


class Tokens:
    """The access tokens that are valid now."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._expiry: dict[str, datetime] = {}
        self.issued = 0

    def issue(self, *, dead: bool = False) -> str:
        """Return a new token; with `dead`, one that no endpoint accepts."""
        moment = self._clock()
        self.issued += 1
        token = ids.access_token()
        if self._settings.one_token:
            self._expiry.clear()
        self._expiry = {known: end for known, end in self._expiry.items() if end > moment}
        if not dead:
            self._expiry[token] = moment + timedelta(seconds=self._settings.token_seconds)
        return token

    def is_good(self, token: str) -> bool:
        """Whether the token was issued and has neither expired nor been revoked."""
        end = self._expiry.get(token)
        return end is not None and end > self._clock()

    def revoke_all(self) -> None:
        """End every token, as Daraja does when another client of the merchant asks for one."""
        self._expiry.clear()
