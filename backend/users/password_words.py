"""Refuses passwords that are little more than the words that everybody here thinks of first."""

import re
from typing import Any

from django.core.exceptions import ValidationError

#: Names of the product, of the payment and of the network (ASVS 6.1.2).
CONTEXT_WORDS = (
    "kibeezy",
    "mpesa",
    "safaricom",
    "lipanampesa",
    "daraja",
    "kenya",
    "nairobi",
    "pesa",
)
_FEWEST_OTHER_LETTERS = 4

_NO_LETTER = re.compile(r"[\W\d_]+")
_WORDS = re.compile("|".join(sorted(CONTEXT_WORDS, key=len, reverse=True)))


class ContextWordValidator:
    """Demands something besides our own words, digits and punctuation: `M-Pesa2026` is refused."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when a context word is nearly all of it."""
        letters = _NO_LETTER.sub("", password.casefold())
        rest = _WORDS.sub("", letters)
        if rest != letters and len(rest) < _FEWEST_OTHER_LETTERS:
            raise ValidationError(self.get_help_text(), code="password_of_our_words")

    def get_help_text(self) -> str:
        """Return what the admin's forms say."""
        return "The password cannot be a name of this product or of M-Pesa with a few signs."
