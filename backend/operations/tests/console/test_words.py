"""What an operator types is read in every way in which it can be meant."""

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.console.words import MAX_LENGTH, Meanings, read
from payments.paybill import account_numbers

ACCOUNT = "48210937" + "0" + account_numbers.check_digit("482109370")
PHONE = "254723556418"


class TestPhoneNumbers:
    @pytest.mark.parametrize(
        "typed",
        ["0723556418", "723556418", "+254 723 556 418", "254723556418", " 0723-556-418 "],
    )
    def test_every_spelling_is_one_number(self, typed: str) -> None:
        assert read(typed) == Meanings(phone=PHONE)


class TestNumbers:
    @pytest.mark.parametrize("typed", ["#34", "34", " #34 "])
    def test_a_short_number_is_a_deposit(self, typed: str) -> None:
        assert read(typed).deposit_id == 34

    def test_with_its_sign_a_long_one_is_a_deposit_too(self) -> None:
        assert read("#723556418").deposit_id == 723556418
        assert read("#723556418").phone is None

    @pytest.mark.parametrize("typed", ["#0", "#1.5", "#9999999999999999999", "-3"])
    def test_what_no_id_can_be_is_none(self, typed: str) -> None:
        assert read(typed).deposit_id is None

    def test_an_account_number_is_read_by_its_check_digit(self) -> None:
        assert read(f"{ACCOUNT[:4]} {ACCOUNT[4:]}") == Meanings(account=ACCOUNT)

    def test_a_wrong_digit_is_said_and_looks_for_nothing(self) -> None:
        wrong = ACCOUNT[:-1] + str((int(ACCOUNT[-1]) + 1) % 10)

        assert read(wrong) == Meanings(mistyped=wrong)


class TestCodes:
    @pytest.mark.parametrize("typed", ["UKT7M2QX9D", "ukt7m2qx9d", "UKT7 M2QX 9D"])
    def test_a_receipt_in_any_case(self, typed: str) -> None:
        assert read(typed).receipt == "UKT7M2QX9D"

    def test_a_checkout_id_keeps_its_case(self) -> None:
        assert read("ws_CO_20112026120000000712345678").checkout_id == (
            "ws_CO_20112026120000000712345678"
        )

    def test_an_account_reference_is_no_receipt(self) -> None:
        meant = read("kp23456789AB")

        assert meant.reference == "KP23456789AB"
        assert meant.receipt is None


class TestNames:
    def test_each_word_counts_in_lower_case(self) -> None:
        assert read("Zawadi MWANGI").name_parts == ("zawadi", "mwangi")

    def test_marks_within_a_name_part_it(self) -> None:
        assert read("Ng'ang'a").name_parts == ("ng", "ang", "a")
        assert read("Anne-Marie").name_parts == ("anne", "marie")

    def test_ten_letters_may_be_name_or_receipt(self) -> None:
        meant = read("Odhiambooo")

        assert meant.name_parts == ("odhiambooo",)
        assert meant.receipt == "ODHIAMBOOO"

    @pytest.mark.parametrize("typed", ["al", "x y", "''", "&|!:*", "__"])
    def test_too_little_is_no_name(self, typed: str) -> None:
        assert read(typed).name_parts == ()


class TestAmountsAndTimes:
    @pytest.mark.parametrize(
        "typed",
        [
            "500 10:42", "10:42 500", "KSh 500 10:42", "Ksh500 at 10:42", "500.00 10:42:59",
            "500/= 10:42", "500 10:42 AM",
        ],
    )  # fmt: skip
    def test_both_orders_and_the_usual_marks(self, typed: str) -> None:
        assert read(typed) == Meanings(amount=Decimal(500), at=time(10, 42))

    def test_afternoon_noon_and_midnight(self) -> None:
        assert read("1,500 3:05 pm") == Meanings(amount=Decimal(1500), at=time(15, 5))
        assert read("1 12:00 pm").at == time(12, 0)
        assert read("1 12:00 am").at == time(0, 0)

    @pytest.mark.parametrize("typed", ["500 24:00", "500 10:60", "500 13:00 pm", "500 0:10 am"])
    def test_a_time_that_is_none_is_not_read(self, typed: str) -> None:
        assert read(typed).at is None


class TestEveryText:
    @given(st.text(max_size=300))
    def test_no_text_breaks_it(self, typed: str) -> None:
        meant = read(typed)

        assert all("'" not in part and part for part in meant.name_parts)
        assert len(meant.checkout_id or "") <= MAX_LENGTH

    def test_labels_say_what_was_read(self) -> None:
        assert read("0723556418").labels == ["a phone number"]
        assert read("Odhiambooo").labels == ["an M-PESA code", "a name"]
        assert read("?").labels == []
