"""Which parts of Daraja's replies may be logged or shown."""

import pytest

from payments.daraja import replies


class TestRedact:
    @pytest.mark.parametrize(
        "secret",
        [
            "c9SQxWWhmdVRlyh0zh8gZDTkubVF",
            "MTc0Mzc5YmZiMjc5ZjkyMDIxMDYyODA5MjQwOA==",
            "254722000000",
            "ws_CO_1007202409152617172396192",
        ],
    )
    def test_text_that_looks_like_a_secret_or_a_phone_number_is_masked(self, secret: str) -> None:
        assert secret not in replies.redact(f"Error Occurred - {secret}.")

    def test_plain_words_stay(self) -> None:
        assert replies.redact("Bad Request - Invalid Amount") == "Bad Request - Invalid Amount"
