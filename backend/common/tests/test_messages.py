"""What a customer reads follows the language asked for."""

import pytest

from common.messages import Message

MESSAGE = Message(en="Pay {amount:,} KES", sw="Lipa KES {amount:,}")


@pytest.mark.parametrize("language", ["sw", "SW", "sw-KE"])
def test_swahili_in_every_spelling(language: str) -> None:
    assert MESSAGE.filled(amount=1500).in_language(language) == "Lipa KES 1,500"


@pytest.mark.parametrize("language", ["en", "fr", "", None, "swx"])
def test_any_other_language_gets_english(language: str | None) -> None:
    assert MESSAGE.filled(amount=1500).in_language(language) == "Pay 1,500 KES"
