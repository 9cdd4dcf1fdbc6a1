"""Account numbers: what the check digit finds, and what a payer may mean."""

from itertools import pairwise
from string import digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.paybill import account_numbers
from payments.paybill.account_numbers import Meaning

_BODIES = st.text("0123456789", min_size=8, max_size=8).flatmap(
    lambda rest: st.sampled_from("23456789").map(lambda first: first + rest)
)
_NUMBERS = _BODIES.map(lambda body: body + account_numbers.check_digit(body))


class TestCheckDigit:
    @pytest.mark.parametrize("body", ["572", "000000000", "234567890"])
    def test_a_number_with_its_check_digit_checks_to_zero(self, body: str) -> None:
        assert account_numbers.check_digit(body + account_numbers.check_digit(body)) == "0"

    def test_it_is_that_of_the_published_example(self) -> None:
        assert account_numbers.check_digit("572") == "4"

    @given(_NUMBERS)
    def test_every_single_wrong_digit_is_found(self, number: str) -> None:
        wrong = [
            number[:place] + digit + number[place + 1 :]
            for place in range(len(number))
            for digit in digits
            if digit != number[place]
        ]

        assert account_numbers.is_valid(number)
        assert not list(filter(account_numbers.is_valid, wrong))

    @given(_NUMBERS)
    def test_every_swap_of_two_neighbours_is_found(self, number: str) -> None:
        swapped = {
            number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            for place in range(len(number) - 1)
        } - {number}

        assert not list(filter(account_numbers.is_valid, swapped))


class TestDraw:
    def test_it_is_a_valid_number_of_ten_digits(self) -> None:
        drawn = [account_numbers.draw() for _ in range(200)]

        assert all(map(account_numbers.is_valid, drawn))
        assert {len(number) for number in drawn} == {10}

    def test_numbers_do_not_follow_each_other(self) -> None:
        drawn = [int(account_numbers.draw()) for _ in range(200)]

        assert len(set(drawn)) == 200
        assert min(abs(a - b) for a, b in pairwise(drawn)) > 1000


class TestRead:
    @pytest.mark.parametrize(
        "typed",
        ["5720000009", " 572 000-0009 ", "572.000.0009", "572\u20110000009", "572_000/0009"],
    )
    def test_gaps_in_a_number_mean_nothing(self, typed: str) -> None:
        body = "572000000"
        typed = typed.replace("0009", "000" + account_numbers.check_digit(body))

        assert account_numbers.read(typed).number == body + account_numbers.check_digit(body)

    @pytest.mark.parametrize("typed", ["KP23456789AB", "kp23456789ab", " KP 2345-6789 AB"])
    def test_a_reference_is_read_in_any_case(self, typed: str) -> None:
        assert account_numbers.read(typed) == Meaning(reference="KP23456789AB")

    @pytest.mark.parametrize(
        "typed", ["0712345678", "712345678", "+254 712 345 678", "254712345678", "0712-345-678"]
    )
    def test_a_phone_number_is_no_account_number(self, typed: str) -> None:
        assert account_numbers.read(typed) == Meaning(phone="254712345678")

    @given(_NUMBERS)
    def test_no_account_number_reads_as_a_phone_number(self, number: str) -> None:
        assert account_numbers.read(number) == Meaning(number=number)

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "   ",
            "SportyBet",
            "497456#Loresho_44",
            "2" * 10,
            "1" * 65,
            "\u0662" * 10,
            "KP",
            "JANE",
        ],
    )
    def test_anything_else_means_nothing(self, typed: str) -> None:
        assert account_numbers.read(typed) == Meaning()
