"""Customer messages in English and Kiswahili. Pure: no request, no settings."""

from typing import NamedTuple

ENGLISH = "en"
SWAHILI = "sw"


class Message(NamedTuple):
    """One customer message in both languages."""

    en: str
    sw: str

    def in_language(self, language: str | None) -> str:
        """Return the message in `language` (`sw-KE` counts as `sw`), or in English if unknown."""
        is_swahili = (language or "").lower().split("-")[0] == SWAHILI
        return self.sw if is_swahili else self.en

    def filled(self, **values: object) -> "Message":
        """Return the message with its `{names}` filled in, in both languages."""
        return Message(en=self.en.format(**values), sw=self.sw.format(**values))
