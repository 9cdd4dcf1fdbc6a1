"""A validator against passwords that are little more than the product's or M-Pesa's name."""

import re
from typing import Any

from django.core.exceptions import ValidationError

#: Names that attackers guess first: product, payment, network and place (ASVS 6.1.2).
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
_MIN_OTHER_LETTERS = 4

_NO_LETTER = re.compile(r"[\W\d_]+")
_WORDS = re.compile("|".join(sorted(CONTEXT_WORDS, key=len, reverse=True)))


class ContextWordValidator:
    """Requires letters besides CONTEXT_WORDS, digits and punctuation: `M-Pesa2026` is rejected."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a context word with fewer than four other letters."""
        letters = _NO_LETTER.sub("", password.casefold())
        rest = _WORDS.sub("", letters)
        if rest != letters and len(rest) < _MIN_OTHER_LETTERS:
            raise ValidationError(self.get_help_text(), code="password_of_our_words")

    def get_help_text(self) -> str:
        """Return the help text of the admin's password forms."""
        return "The password cannot be a name of this product or of M-Pesa with a few signs."
