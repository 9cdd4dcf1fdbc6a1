"""What a customer reads, in English and Kiswahili. Pure: it knows no request and no settings."""

from typing import NamedTuple

ENGLISH = "en"
SWAHILI = "sw"


class Message(NamedTuple):
    """One sentence in every language the product speaks."""

    en: str
    sw: str

    def in_language(self, language: str | None) -> str:
        """Return the sentence in `language` (`sw-KE` counts as `sw`), in English when unknown."""
        is_swahili = (language or "").lower().split("-")[0] == SWAHILI
        return self.sw if is_swahili else self.en

    def filled(self, **values: object) -> "Message":
        """Return the message with its `{names}` filled in, in both languages."""
        return Message(en=self.en.format(**values), sw=self.sw.format(**values))
