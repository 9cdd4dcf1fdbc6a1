"""Passwords made of the words that are guessed first."""

import pytest
from django.core.exceptions import ValidationError

from users.password_words import ContextWordValidator


@pytest.mark.parametrize(
    "password",
    ["M-Pesa2026!", "kibeezy123", "SAFARICOM-001", "pesapesa99", "lipa na mpesa 7", "Nairobi254"],
)
def test_our_own_words_with_digits_and_punctuation_are_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ContextWordValidator().validate(password)

    assert refused.value.code == "password_of_our_words"


@pytest.mark.parametrize(
    "password",
    ["kibeezy-demo", "correct horse battery", "mpesa under the mango", "x1!", "12345678"],
)
def test_words_of_ones_own_are_left_to_the_other_validators(password: str) -> None:
    ContextWordValidator().validate(password)
