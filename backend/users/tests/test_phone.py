"""Every spelling of a Kenyan mobile number has one meaning, and nothing else is one."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from users.phone import (
    InvalidPhoneNumber,
    is_msisdn,
    mask_phone_number,
    parse_phone_number,
    show_masked_number,
)

_NINE = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
_GAP = st.sampled_from(["", " ", "-", ".", "(", ")", "\u00a0", "\u2011", "\t"])


_LIST = Path(__file__).resolve().parents[3] / "docs" / "spellings.json"
_SPELLINGS = json.loads(_LIST.read_text())["phone"]
_MASKS = json.loads(_LIST.read_text())["masks"]


class TestParse:
    @pytest.mark.parametrize(
        ("text", "number"),
        [(text, number) for number, texts in _SPELLINGS["read"].items() for text in texts],
    )
    def test_a_spelling_is_read_as_the_page_reads_it(self, text: str, number: str) -> None:
        assert parse_phone_number(text) == number

    @pytest.mark.parametrize("text", [*_SPELLINGS["refused"], "0712345678" + " " * 40])
    def test_numbers_that_the_page_refuses_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidPhoneNumber):
            parse_phone_number(text)

    @given(_NINE, st.sampled_from(["", "0", "254", "+254"]), st.data())
    def test_every_spelling_means_the_same(
        self, nine: str, prefix: str, data: st.DataObject
    ) -> None:
        gaps = [data.draw(_GAP) for _ in nine]
        spelled = prefix + "".join(gap + digit for gap, digit in zip(gaps, nine, strict=True))

        assert parse_phone_number(spelled) == f"254{nine}"

    @given(_NINE)
    def test_a_parsed_number_parses_to_itself(self, nine: str) -> None:
        once = parse_phone_number(f"0{nine}")

        assert parse_phone_number(once) == once
        assert is_msisdn(once)

    @given(st.text())
    def test_any_other_text_is_refused_or_read_right(self, text: str) -> None:
        try:
            number = parse_phone_number(text)
        except InvalidPhoneNumber:
            return
        assert is_msisdn(number)
        assert re.sub(r"[^0-9]", "", text).endswith(number[3:])

    @pytest.mark.parametrize(
        "text",
        [
            "", "0", "254", "0812345678", "25471234567", "2547123456789", "255712345678",
            "0712345678\n", "\n0712345678", "0712345678\x00", "0712345678;0712345679",
            "\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "\uff10712345678",
            "07123\u00b2345678", "++254712345678", "+0712345678", "00254712345678", "1e9",
            "0712_345_678", "0712345678" + " " * 40, "tel:0712345678", "0712345678x1",
        ],
    )  # fmt: skip
    def test_tricks_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidPhoneNumber):
            parse_phone_number(text)


class TestShape:
    @pytest.mark.parametrize("text", ["254712345678\n", "0712345678", "25471234567\u0668", ""])
    def test_only_the_stored_form_is_an_msisdn(self, text: str) -> None:
        assert not is_msisdn(text)


class TestMask:
    @pytest.mark.parametrize(
        ("number", "masked"), [("254712345678", "2547****5678"), ("12345678", "****"), ("", "****")]
    )
    def test_the_middle_of_a_number_is_masked(self, number: str, masked: str) -> None:
        assert mask_phone_number(number) == masked

    @pytest.mark.parametrize("number", _MASKS)
    def test_a_file_shows_the_digits_of_the_api_and_no_other(self, number: str) -> None:
        shown = show_masked_number(number)

        assert mask_phone_number(number) == _MASKS[number]["api"]
        assert shown == _MASKS[number]["shown"]
        assert re.sub(r"\D", "", shown) == "0" + re.sub(r"\D", "", _MASKS[number]["api"])[3:]

    @pytest.mark.parametrize("text", ["", "12345678", "0712345678", "25571234567"])
    def test_what_is_no_number_is_hidden_whole(self, text: str) -> None:
        assert show_masked_number(text) == "****"
