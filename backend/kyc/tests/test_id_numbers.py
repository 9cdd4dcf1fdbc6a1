"""Every spelling of an ID number is stored in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.id_numbers import InvalidIdNumber, mask_id_number, parse_id_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("28765678", "28765678"),
        (" 2876 5678 ", "28765678"),
        ("28-765-678", "28765678"),
        ("028765678", "28765678"),
        ("000123456", "123456"),
        ("123456", "123456"),
        ("123456789", "123456789"),
        ("A1234567", "A1234567"),
        ("ak 1234567", "AK1234567"),
        ("Alien/123456", "ALIEN123456"),
        ("R12345", "R12345"),
        ("ABCDEF123456", "ABCDEF123456"),  # pragma: allowlist secret
    ],
)
def test_any_spelling_becomes_the_one_that_is_kept(typed: str, kept: str) -> None:
    assert parse_id_number(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "12345", "00012345", "1234567890", "0000123456", "000000", "ABCDEF", "A1234",
        "ABCDEFG123456", "2876_5678", "28765678;", "-28765678a!",
        "\u0662\u0668\u0667\u0666\u0665\u0666",
        "2876567\u00b8", "\u0131d12345", "\uff12\uff18765678", "2876\n5678", "2876\t5678",
    ],
)  # fmt: skip
def test_whatever_is_no_number_of_a_document_is_refused(typed: str) -> None:
    with pytest.raises(InvalidIdNumber):
        parse_id_number(typed)


@given(st.text(max_size=20))
def test_a_parsed_id_number_parses_to_itself(typed: str) -> None:
    try:
        kept = parse_id_number(typed)
    except InvalidIdNumber:
        return

    assert parse_id_number(kept) == kept
    assert kept.isascii()
    assert kept.isalnum()
    assert 6 <= len(kept) <= 12


def test_the_mask_shows_the_last_four() -> None:
    assert mask_id_number("5678") == "****5678"
