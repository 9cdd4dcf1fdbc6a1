"""The console: a developer reads the code, and a log of production never has it."""

from typing import Any

import pytest

from users.sms.console import ConsoleSender
from users.sms.sender import Sent


@pytest.mark.parametrize("is_debug", [True, False])
def test_the_text_is_shown_to_developers_only(
    settings: Any, caplog: pytest.LogCaptureFixture, *, is_debug: bool
) -> None:
    settings.DEBUG = is_debug
    caplog.set_level("INFO")

    receipt = ConsoleSender().send("254712345678", "123456 is your code")

    assert receipt.sent is Sent.TAKEN
    assert ("123456" in caplog.text) is is_debug
    assert "254712345678" not in caplog.text
