"""After the import nothing may be unknown: whatever M-Pesa told us and we did not take is named."""

from decimal import Decimal
from typing import Any

import pytest

from chaos.after_statement import MAY_BE_PAID, UNTOLD
from chaos.ledger import Case, Deposit
from chaos.simulator import Prompt
from chaos.tests.sides import (
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

_LOST: dict[str, Any] = {"confirmations_delivered": 0, "confirmation_faults": ["c2b.lose"]}
_FAILED: dict[str, Any] = {"status": "FAILED", "result_code": "not_in_statement"}


def _after(*sides: Any, **more: Any) -> Sides:
    return Sides(*sides, **{**more, "has_statement": True})


class TestNothingNeedsTheStatement:
    def test_a_prompt_that_nothing_told_us_of_is_named_and_lost(self) -> None:
        theirs = silent(faults=["deposit.lose_everything"])

        found = _after([unknown_deposit()], [theirs]).compare()

        assert "lost" in kinds(found)
        text = found.differences[0].text
        assert text.startswith(f"deposit 1 of {PHONE}")
        assert text.endswith("needs the statement, which was imported (deposit.lose_everything)")
        assert found.needs_statement.total() == 1

    def test_a_payment_by_hand_that_nothing_told_us_of_is_named_and_lost(self) -> None:
        found = _after(by_hand=[by_hand(**_LOST)]).compare()

        assert kinds(found)[0] == "lost"
        assert "payment H1" in found.differences[0].text
        assert "needs the statement, which was imported" in found.differences[0].text

    def test_nor_one_for_a_deposit_that_another_payment_completed(self) -> None:
        payment = by_hand(typed="KP1", amount=500, **_LOST)

        found = _after([deposit()], [prompt()], by_hand=[payment]).compare()

        assert kinds(found)[0] == "lost"
        assert "H1 needs the statement, which was imported" in found.differences[0].text

    def test_what_the_statement_credited_is_in_order(self) -> None:
        ours = deposit(callbacks=0, checkout_request_id=None, credited_by="statement")
        theirs = silent(faults=["deposit.lose_everything"])

        found = _after([ours], [theirs], by_hand=[by_hand(**_LOST)], bookings=[booking()]).compare()

        assert found.differences == []
        assert not found.needs_statement
        assert not found.needs_operator


class TestDeposits:
    @pytest.mark.parametrize(
        ("ours", "theirs", "problem"),
        [
            pytest.param(
                unknown_deposit(), None, "is open, and the statement proves it unpaid", id="open"
            ),
            pytest.param(
                unknown_deposit(),
                unpaid(callbacks_delivered=0),
                "is open, and the statement proves it unpaid",
                id="open, and prompted",
            ),
            pytest.param(
                deposit(receipt=None, callbacks=0),
                silent(),
                "has no receipt, and the statement tells it",
                id="no receipt",
            ),
            pytest.param(
                unknown_deposit(
                    checkout_request_id="ws_1", callbacks=1, cases=1, held=Decimal(1),
                    held_receipts=["R1"],
                ),
                prompt(faults=["callback.wrong_amount"]),
                "is in suspense, and the statement tells its amount",
                id="another amount was told",
            ),
        ],
    )  # fmt: skip
    def test_what_the_statement_tells_of_them_is_done(
        self, ours: Deposit, theirs: Prompt | None, problem: str
    ) -> None:
        prompts = [theirs] if theirs else []

        assert Sides([ours], prompts).compare().differences == []
        found = _after([ours], prompts).compare()

        assert "wrong status" in kinds(found)
        assert problem in "\n".join(difference.text for difference in found.differences)

    def test_one_that_was_ended_as_not_paid_is_in_order(self) -> None:
        assert _after([unknown_deposit(**_FAILED)], []).compare().differences == []

    def test_one_that_a_payment_without_an_owner_may_belong_to_stays_open(self) -> None:
        found = _after(
            [unknown_deposit(amount=Decimal(300))],
            by_hand=[by_hand("5720000001")],
            bookings=[held_booking()],
            cases=[Case(receipt="H1", reason="unknown_account", amount=Decimal(300))],
        ).compare()

        assert found.differences == []
        assert dict(found.needs_operator) == {MAY_BE_PAID: 1, UNTOLD["unknown_account"]: 1}

    def test_a_payment_with_an_owner_excuses_no_open_deposit(self) -> None:
        found = _after(
            [unknown_deposit(amount=Decimal(300))], by_hand=[by_hand()], bookings=[booking()]
        ).compare()

        assert kinds(found) == ["wrong status"]


class TestCases:
    @pytest.mark.parametrize("reason", sorted(UNTOLD))
    def test_what_mpesa_never_tells_needs_an_operator(self, reason: str) -> None:
        case = Case(receipt="H1", reason=reason, amount=Decimal(300))

        found = _after(
            by_hand=[by_hand("5720000001")], bookings=[held_booking()], cases=[case]
        ).compare()

        assert found.differences == []
        assert dict(found.needs_operator) == {UNTOLD[reason]: 1}

    @pytest.mark.parametrize(
        ("is_second", "amount", "is_excused"),
        [(True, Decimal(500), True), (False, Decimal(500), False), (True, None, False)],
    )
    def test_a_told_amount_is_a_second_payment_where_another_completed_the_deposit(
        self, is_second: bool, amount: Decimal | None, is_excused: bool
    ) -> None:
        case = Case(receipt="R1", reason="amount_mismatch", amount=amount, is_second=is_second)

        found = _after([deposit()], [prompt()], cases=[case]).compare()

        assert (found.differences == []) == is_excused
        assert dict(found.needs_operator) == ({UNTOLD["second_payment"]: 1} if is_excused else {})

    def test_one_about_another_amount_of_what_is_booked_is_a_difference(self) -> None:
        case = Case(receipt="R1", reason="receipt_used", amount=None)
        theirs = prompt(faults=["callback.wrong_amount"])
        ours = deposit(cases=1, held_receipts=["R1"], credited_by="confirmation")

        assert Sides([ours], [theirs], cases=[case]).compare().differences == []
        found = _after([ours], [theirs], cases=[case]).compare()

        assert kinds(found) == ["wrong status"]
        assert "R1 needs an operator (receipt_used, None)" in found.differences[0].text

    @pytest.mark.parametrize(
        "case",
        [
            Case(receipt="R1", reason="amount_mismatch", amount=Decimal(1)),
            Case(receipt="R1", reason="checkout_mismatch", amount=Decimal(500)),
            Case(receipt="R1", reason="receipt_used", amount=None),
            Case(receipt="R1", reason="unknown_account", amount=Decimal(500)),
            Case(receipt="R1", reason="unknown_account", amount=None),
        ],
    )
    def test_any_other_is_a_difference(self, case: Case) -> None:
        found = _after([deposit()], [prompt()], cases=[case]).compare()

        assert kinds(found) == ["wrong status"]
        assert "R1 needs an operator" in found.differences[0].text
        assert not found.needs_operator


class TestToTheCent:
    def test_the_clearing_account_is_held_against_the_book(self) -> None:
        extra = {"suspense": Decimal(500), "wallets": {PHONE: Decimal(500)}}

        found = _after([deposit()], [prompt()], extra=extra).compare()

        assert "clearing holds 1000, M-Pesa's book says 500" in [d.text for d in found.differences]

    def test_the_true_amount_is_held_after_its_correction(self) -> None:
        """A second payment, whose callback told another amount than was paid."""
        theirs = prompt(faults=["callback.wrong_amount"])
        payment = by_hand(typed="KP1", amount=500)
        case = Case(receipt="R1", reason="second_payment", amount=Decimal(500))

        def found(held: int) -> list[str]:
            ours = deposit(receipt="H1", cases=1, held=Decimal(held), held_receipts=["R1"])
            return kinds(_after([ours], [theirs], by_hand=[payment], cases=[case]).compare())

        assert found(500) == []
        assert "wrong sum" in found(1)
