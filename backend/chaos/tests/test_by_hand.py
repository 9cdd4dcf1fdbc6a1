"""The comparison of payments by hand is able to fail: each difference is found and named."""

from decimal import Decimal
from typing import Any

import pytest

from chaos.ledger import Booking, Deposit
from chaos.simulator import Payment, Prompt
from chaos.tests.sides import (
    NUMBER,
    PHONE,
    Sides,
    booking,
    by_hand,
    deposit,
    held_booking,
    kinds,
    prompt,
    silent,
    unknown_deposit,
    unpaid,
)

#: KES 500 as its deposit, to its reference.
_FOR_DEPOSIT: dict[str, Any] = {"typed": "kp-1", "amount": 500}
_LOST: dict[str, Any] = {"confirmations_delivered": 0, "confirmation_faults": ["c2b.lose"]}
_SECOND: dict[str, Any] = {"cases": 1, "held": Decimal(500), "held_receipts": ["H1"]}


class TestAlone:
    """Payments by hand that name no deposit."""

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            pytest.param(by_hand(), booking(), id="own number"),
            pytest.param(by_hand("5720-000 008 "), booking(), id="own number, spelt otherwise"),
            pytest.param(by_hand("5720000001"), held_booking(), id="a slip"),
            pytest.param(
                by_hand("0710 000 000"),
                held_booking(reason="phone_typed", proposed=PHONE),
                id="own phone number",
            ),
            pytest.param(by_hand("+254799999999"), held_booking(), id="a stranger's phone number"),
            pytest.param(by_hand(**{**_LOST, "typed": NUMBER}), booking(), id="told by the way"),
        ],
    )
    def test_in_order(self, theirs: Payment, ours: Booking) -> None:
        found = Sides(by_hand=[theirs], bookings=[ours]).compare()

        assert found.differences == []
        assert dict(found.by_hand) == {"credited" if ours.credits else "in suspense": 1}

    @pytest.mark.parametrize(
        ("theirs", "cause"),
        [
            (by_hand(**_LOST), "paid by hand, and the confirmation was lost by M-Pesa"),
            (
                by_hand(confirmations_delivered=0, confirmations_failed=1),
                "paid by hand, and we were down for every confirmation",
            ),
        ],
    )
    def test_one_that_nothing_told_us_of_needs_the_statement(
        self, theirs: Payment, cause: str
    ) -> None:
        found = Sides(by_hand=[theirs]).compare()

        assert found.differences == []
        assert dict(found.needs_statement) == {cause: 1}

    @pytest.mark.parametrize(
        "theirs", [by_hand(), by_hand("x"), by_hand(confirmations_delivered=0)]
    )
    def test_one_without_a_booking_or_a_cause_is_lost(self, theirs: Payment) -> None:
        assert kinds(Sides(by_hand=[theirs]).compare()) == ["lost"]

    @pytest.mark.parametrize(
        ("ours", "wanted"),
        [
            pytest.param(booking(credits=2, credited=Decimal(600)), "doubled", id="credited twice"),
            pytest.param(booking(credits=0, credited=Decimal(0)), "lost", id="not credited"),
            pytest.param(booking(held=Decimal(300), cases=1), "doubled", id="held and credited"),
            pytest.param(booking(phone="254710000001"), "wrong status", id="another's wallet"),
            pytest.param(booking(is_own_deposit=False), "wrong status", id="another deposit"),
        ],
    )
    def test_of_one_to_an_account_number(self, ours: Booking, wanted: str) -> None:
        found = Sides(by_hand=[by_hand()], bookings=[ours]).compare()

        assert wanted in kinds(found)
        assert "payment H1 of 254710000000, KES 300, by hand" in found.differences[0].text
        assert found.differences[0].receipt == "H1"

    @pytest.mark.parametrize(
        ("ours", "wanted"),
        [
            pytest.param(booking(), "doubled", id="credited without a number"),
            pytest.param(held_booking(held=Decimal(200)), "lost", id="held in part"),
            pytest.param(held_booking(held=Decimal(600), cases=2), "doubled", id="held twice"),
            pytest.param(held_booking(reason="odd_amount"), "wrong status", id="another reason"),
            pytest.param(held_booking(proposed=PHONE), "wrong status", id="somebody proposed"),
        ],
    )
    def test_of_one_with_a_slip(self, ours: Booking, wanted: str) -> None:
        found = Sides(by_hand=[by_hand("5720000001")], bookings=[ours]).compare()

        assert wanted in kinds(found)

    def test_of_a_typed_phone_number_without_its_customer(self) -> None:
        found = Sides(by_hand=[by_hand(PHONE)], bookings=[held_booking()]).compare()

        assert kinds(found) == ["wrong status"]


class TestOfAReceipt:
    def test_that_mpesa_never_issued(self) -> None:
        ours = held_booking(held=Decimal(0), cases=0)

        assert kinds(Sides(bookings=[ours], extra={"wallets": {}}).compare()) == ["doubled"]

    def test_of_a_deposit_without_prompt_and_receipt(self) -> None:
        found = Sides(extra={"wallets": {}, "strays": [7]}).compare()

        assert [(d.kind, d.deposit_id) for d in found.differences] == [("wrong status", 7)]


class TestWithADeposit:
    """Payments by hand to a deposit's reference."""

    @pytest.mark.parametrize(
        ("ours", "theirs", "payment", "counted"),
        [
            pytest.param(
                deposit(receipt="H1", credited_by="confirmation"),
                unpaid(),
                by_hand(**_FOR_DEPOSIT),
                {"credited": 1},
                id="paid by hand only",
            ),
            pytest.param(
                deposit(**_SECOND),
                prompt(),
                by_hand(**_FOR_DEPOSIT),
                {"in suspense": 1},
                id="the prompt came first",
            ),
            pytest.param(
                deposit(receipt="H1", **{**_SECOND, "held_receipts": ["R1"]}),
                prompt(),
                by_hand(**_FOR_DEPOSIT),
                {"credited": 1, "prompts in suspense, as their deposit was paid by hand": 1},
                id="the prompt came second",
            ),
            pytest.param(
                deposit(receipt=None, **_SECOND),
                silent(),
                by_hand(**_FOR_DEPOSIT),
                {"in suspense": 1},
                id="a query spoke of the prompt",
            ),
            pytest.param(
                deposit(
                    receipt="H1", cases=1, held=Decimal(1), held_receipts=["R1"],
                ),
                prompt(faults=["callback.wrong_amount"]),
                by_hand(**_FOR_DEPOSIT),
                {"credited": 1, "prompts in suspense, as their deposit was paid by hand": 1},
                id="the prompt was misreported",
            ),
        ],
    )  # fmt: skip
    def test_in_order(
        self, ours: Deposit, theirs: Prompt, payment: Payment, counted: dict[str, int]
    ) -> None:
        found = Sides([ours], [theirs], by_hand=[payment]).compare()

        assert found.differences == []
        assert dict(found.by_hand) == counted

    @pytest.mark.parametrize(
        ("ours", "theirs", "payment", "cause"),
        [
            pytest.param(
                deposit(),
                prompt(),
                by_hand(**_FOR_DEPOSIT, **_LOST),
                "paid by hand, and the confirmation was lost by M-Pesa",
                id="by hand",
            ),
            pytest.param(
                deposit(receipt="H1"),
                silent(),
                by_hand(**_FOR_DEPOSIT),
                "another payment had completed the deposit, and every report of this was lost",
                id="by prompt",
            ),
            pytest.param(
                deposit(receipt="H1"),
                prompt(faults=["callback.failure_first"]),
                by_hand(**_FOR_DEPOSIT),
                "another payment had completed the deposit, and every report of this was lost",
                id="by prompt, whose false failure came",
            ),
        ],
    )
    def test_the_payment_that_nothing_told_us_of_needs_the_statement(
        self, ours: Deposit, theirs: Prompt, payment: Payment, cause: str
    ) -> None:
        found = Sides([ours], [theirs], by_hand=[payment]).compare()

        assert found.differences == []
        assert dict(found.needs_statement) == {cause: 1}

    def test_where_both_reports_were_lost_both_need_the_statement(self) -> None:
        theirs = silent(faults=["deposit.lose_everything"])

        found = Sides(
            [unknown_deposit()], [theirs], by_hand=[by_hand(**_FOR_DEPOSIT, **_LOST)]
        ).compare()

        assert found.differences == []
        assert found.needs_statement.total() == 2

    @pytest.mark.parametrize(
        ("ours", "theirs", "wanted"),
        [
            pytest.param(deposit(), prompt(), "lost", id="told by hand, and nowhere"),
            pytest.param(deposit(receipt="H1"), prompt(), "lost", id="told by prompt, and nowhere"),
            pytest.param(unknown_deposit(), unpaid(), "lost", id="told by hand, and not completed"),
            pytest.param(deposit(receipt="X"), unpaid(), "doubled", id="another receipt"),
            pytest.param(
                deposit(receipt="H1", **{**_SECOND, "held_receipts": ["X"]}),
                unpaid(),
                "doubled",
                id="in suspense for nothing",
            ),
            pytest.param(
                deposit(**{**_SECOND, "held": Decimal(499)}), prompt(), "wrong sum", id="in part"
            ),
            pytest.param(
                deposit(receipt="H1", credits=2, credited=Decimal(1000)),
                unpaid(),
                "doubled",
                id="credited twice",
            ),
        ],
    )
    def test_differences(self, ours: Deposit, theirs: Prompt, wanted: str) -> None:
        found = Sides([ours], [theirs], by_hand=[by_hand(**_FOR_DEPOSIT)]).compare()

        assert wanted in kinds(found)

    def test_a_prompt_and_a_payment_by_hand_of_one_amount_are_no_double_charge(self) -> None:
        found = Sides(
            [deposit()],
            [prompt()],
            by_hand=[by_hand(amount=500)],
            bookings=[booking(credited=Decimal(500))],
        ).compare()

        assert found.differences == []


class TestConfirmedPrompts:
    """M-Pesa confirms what prompts paid as well."""

    def test_what_a_confirmation_told_us_is_lost_if_it_is_nowhere(self) -> None:
        theirs = silent(faults=["deposit.lose_everything"])

        found = Sides([unknown_deposit()], [theirs], told=["R1"]).compare()

        assert kinds(found) == ["lost"]

    def test_a_denied_payment_that_was_confirmed_must_be_credited(self) -> None:
        ours = unknown_deposit(status="FAILED", result_code="1037", query_count=2)

        assert kinds(Sides([ours], [silent()], told=["R1"]).compare()) == ["lost"]

    def test_the_receipt_must_be_there(self) -> None:
        found = Sides([deposit(receipt=None)], [silent()], told=["R1"]).compare()

        assert kinds(found) == ["wrong status"]

    def test_a_confirmation_may_credit_what_the_callback_misreports(self) -> None:
        ours = deposit(credited_by="confirmation")

        found = Sides([ours], [prompt(faults=["callback.wrong_amount"])], told=["R1"]).compare()

        assert found.differences == []
