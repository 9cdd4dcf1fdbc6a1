"""The comparison is able to fail: each way in which the two sides can differ is found and named."""

from decimal import Decimal
from typing import Any

import pytest

from chaos.compare import NAMELESS_HELD, NAMELESS_TWICE
from chaos.differences import Comparison
from chaos.ledger import Case, Deposit
from chaos.simulator import Payment, Prompt
from chaos.tests.sides import (
    PHONE,
    Sides,
    deposit,
    held_booking,
    kinds,
    prompt,
    silent,
    unknown_deposit,
    unpaid,
)

_FAILED: dict[str, Any] = {"status": "FAILED", "checkout_request_id": "ws_1", "result_code": "1032"}
_HELD: dict[str, Any] = {
    "checkout_request_id": "ws_1",
    "review_reason": "suspense",
    "callbacks": 1,
    "cases": 1,
    "held": Decimal(1),
    "held_receipts": ["R1"],
}
_LIE = ["callback.wrong_amount"]


class TestInOrder:
    """What is right is not called a difference."""

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            pytest.param(deposit(), prompt(), id="paid and credited"),
            pytest.param(
                deposit(receipt=None, callbacks=0), silent(), id="credited by query, no receipt"
            ),
            pytest.param(unknown_deposit(**_FAILED), unpaid(), id="cancelled and failed"),
            pytest.param(unknown_deposit(status="FAILED"), None, id="refused, nobody prompted"),
            pytest.param(unknown_deposit(), None, id="never sent, never learnt"),
            pytest.param(
                unknown_deposit(), unpaid(callbacks_delivered=0), id="not paid, never learnt"
            ),
            pytest.param(
                unknown_deposit(**_HELD), prompt(faults=_LIE), id="another amount was told"
            ),
            pytest.param(
                deposit(receipt=None, cases=1, held_receipts=["R1"]),
                prompt(faults=_LIE),
                id="credited by query, then another amount was told",
            ),
        ],
    )
    def test_no_difference(self, ours: Deposit, theirs: Prompt | None) -> None:
        found = Sides([ours], [theirs] if theirs else []).compare()

        assert found.differences == []

    def test_two_empty_sides_have_no_difference(self) -> None:
        assert Sides(extra={"wallets": {}}).compare().differences == []


class TestDifferences:
    """What is wrong is found."""

    @pytest.mark.parametrize(
        ("ours", "theirs", "wanted"),
        [
            pytest.param(
                deposit(credited=Decimal(1000), credits=2), prompt(), "doubled", id="two credits"
            ),
            pytest.param(
                deposit(credited=Decimal(0), credits=0), prompt(), "lost", id="completed, no credit"
            ),
            pytest.param(
                unknown_deposit(credited=Decimal(500), credits=1),
                prompt(),
                "doubled",
                id="credited, not completed",
            ),
            pytest.param(deposit(), unpaid(), "doubled", id="credited, not paid"),
            pytest.param(deposit(), None, "doubled", id="credited, never prompted"),
            pytest.param(unknown_deposit(**_HELD), unpaid(), "doubled", id="held, but not paid"),
            pytest.param(unknown_deposit(**_FAILED), prompt(), "lost", id="paid and failed"),
            pytest.param(
                unknown_deposit(checkout_request_id="ws_1"),
                silent(),
                "lost",
                id="paid, M-Pesa could be asked",
            ),
            pytest.param(
                unknown_deposit(callbacks=1), prompt(), "lost", id="paid, the callback came"
            ),
            pytest.param(
                unknown_deposit(checkout_request_id="ws_1"),
                unpaid(),
                "wrong status",
                id="pending, M-Pesa could be asked",
            ),
            pytest.param(
                unknown_deposit(), unpaid(), "wrong status", id="pending, a callback said failed"
            ),
            pytest.param(
                unknown_deposit(status="FAILED"),
                silent(faults=["deposit.lose_everything"]),
                "wrong status",
                id="nothing known, yet failed",
            ),
            pytest.param(
                deposit(receipt="R9"), prompt(), "wrong status", id="another one's receipt"
            ),
            pytest.param(deposit(receipt=None), prompt(), "wrong status", id="receipt not kept"),
            pytest.param(deposit(), prompt(amount=400), "wrong sum", id="another amount was paid"),
            pytest.param(
                deposit(), prompt(faults=_LIE), "wrong status", id="credited, another amount told"
            ),
            pytest.param(
                unknown_deposit(**_HELD), prompt(), "wrong status", id="held for no reason"
            ),
            pytest.param(
                unknown_deposit(**{**_HELD, "held_receipts": ["R1", "R2"]}),
                prompt(faults=_LIE),
                "wrong status",
                id="held twice",
            ),
            pytest.param(
                unknown_deposit(**{**_HELD, "held": Decimal(500)}),
                prompt(faults=_LIE),
                "wrong sum",
                id="held with another amount than was told",
            ),
        ],
    )
    def test_of_one_deposit(self, ours: Deposit, theirs: Prompt | None, wanted: str) -> None:
        found = Sides([ours], [theirs] if theirs else []).compare()

        assert wanted in kinds(found)
        assert f"deposit {ours.id} of {PHONE}" in found.differences[0].text
        assert found.differences[0].deposit_id == ours.id

    @pytest.mark.parametrize(("wallet", "wanted"), [(400, "lost"), (1000, "doubled")])
    def test_of_a_wallet(self, wallet: int, wanted: str) -> None:
        found = Sides([deposit()], [prompt()], extra={"wallets": {PHONE: Decimal(wallet)}})

        assert kinds(found.compare()) == [wanted]

    def test_of_a_wallet_that_is_missing(self) -> None:
        found = Sides([deposit()], [prompt()], extra={"wallets": {}}).compare()

        assert kinds(found) == ["lost"]

    def test_of_a_wallet_whose_customer_paid_nothing(self) -> None:
        wallets = {PHONE: Decimal(500), "254710000001": Decimal(5)}

        found = Sides([deposit()], [prompt()], extra={"wallets": wallets}).compare()

        assert kinds(found) == ["doubled"]

    def test_of_a_deposit_prompted_twice(self) -> None:
        second = prompt(checkout_request_id="ws_2", receipt="R2", amount=501)

        found = Sides([deposit()], [prompt(), second]).compare()

        assert "KP1 of 254710000000 was prompted twice" in [d.text for d in found.differences]

    def test_of_a_customer_charged_twice_for_one_wish(self) -> None:
        ours = [deposit(), deposit(id=2, account_reference="KP2", receipt="R2")]
        theirs = [
            prompt(),
            prompt(account_reference="KP2", checkout_request_id="ws_2", receipt="R2"),
        ]

        found = Sides(ours, theirs).compare()

        assert kinds(found) == ["doubled"]
        assert found.differences[0].text == f"{PHONE} paid KES 500 2 times for one wish"

    def test_of_a_prompt_without_a_row(self) -> None:
        found = Sides([], [prompt()], extra={"wallets": {}}).compare()

        assert "lost" in kinds(found)

    def test_of_the_book_with_its_own_prompts(self) -> None:
        found = Sides([deposit()], [prompt()], extra={"payments": []}).compare()

        assert "ws_1 is not both a paid prompt and a payment" in [d.text for d in found.differences]

    @pytest.mark.parametrize(
        "extra", [{"is_balanced": False}, {"suspense": Decimal(7)}, {"clearing": Decimal(499)}]
    )
    def test_of_the_sums(self, extra: dict[str, Any]) -> None:
        found = Sides([deposit()], [prompt()], extra=extra).compare()

        assert kinds(found) == ["wrong sum"]


class TestNeedsTheStatement:
    """Deposits with an outcome that we could not learn: counted by cause, taken off the wallet."""

    @pytest.mark.parametrize(
        ("theirs", "is_outage", "cause"),
        [
            (silent(faults=["deposit.lose_everything"]), False, "deposit.lose_everything"),
            (
                silent(callbacks_failed=1),
                False,
                "answer lost by M-Pesa, and we were down for every callback",
            ),
            (
                silent(answer_lost=False, callbacks_failed=1, faults=["push.delay"]),
                False,
                "answer slower than we wait, and we were down for every callback",
            ),
            (
                silent(answer_lost=False),
                True,
                "we were struck down holding the answer, and every callback was lost",
            ),
        ],
    )
    def test_is_counted_by_cause(self, theirs: Prompt, is_outage: bool, cause: str) -> None:
        found = Sides([unknown_deposit()], [theirs], is_outage=is_outage).compare()

        assert found.differences == []
        assert dict(found.needs_statement) == {cause: 1}

    @pytest.mark.parametrize(
        "theirs",
        [
            silent(),
            silent(answer_lost=False),
            silent(answer_lost=False, callbacks_failed=1),
            silent(answer_lost=False, faults=["push.delay", "callback.late"]),
        ],
    )
    def test_a_payment_without_a_report_or_a_cause_is_lost(self, theirs: Prompt) -> None:
        found = Sides([unknown_deposit()], [theirs]).compare()

        assert kinds(found) == ["lost"]
        assert not found.needs_statement

    @pytest.mark.parametrize(
        ("queries", "theirs", "is_denied"),
        [
            (2, silent(), True),
            (1, silent(), False),
            (1, prompt(faults=["callback.failure_first"], callbacks_failed=1), True),
            (0, prompt(faults=["callback.failure_first"], callbacks_failed=1), False),
            (2, prompt(faults=["callback.failure_first"]), False),
            (2, prompt(callbacks_failed=1), False),
        ],
    )
    def test_a_payment_counts_as_denied_only_after_two_queries(
        self, queries: int, theirs: Prompt, is_denied: bool
    ) -> None:
        ours = unknown_deposit(**{**_FAILED, "result_code": "1037"}, query_count=queries)

        found = Sides([ours], [theirs]).compare()

        assert kinds(found) == ([] if is_denied else ["lost"])


class TestNameless:
    """Payments of prompts whose confirmation did not name our account reference."""

    @staticmethod
    def _sides(ours: Deposit, *, has_statement: bool) -> Comparison:
        payment = Payment(
            receipt="R1",
            phone=PHONE,
            amount=500,
            checkout_request_id="ws_1",
            account_reference="KP1",
            confirmations_delivered=1,
            confirmation_faults=["c2b_shape.null_reference"],
        )
        return Sides(
            [ours],
            [silent()],
            bookings=[held_booking(receipt="R1", held=Decimal(500))],
            cases=[Case(receipt="R1", reason="unknown_account", amount=Decimal(500))],
            extra={"payments": [payment]},
            has_statement=has_statement,
        ).compare()

    @pytest.mark.parametrize(
        ("ours", "where", "kind"),
        [
            (unknown_deposit(), NAMELESS_HELD, "wrong status"),
            (deposit(receipt=None, credited_by="worker query"), NAMELESS_TWICE, "doubled"),
        ],
    )
    def test_one_in_suspense_is_counted_until_the_statement_names_its_deposit(
        self, ours: Deposit, where: str, kind: str
    ) -> None:
        before = self._sides(ours, has_statement=False)
        after = self._sides(ours, has_statement=True)

        assert before.differences == []
        assert dict(before.nameless) == {where: 1}
        assert kinds(after)[0] == kind
        assert "the statement names its deposit" in after.differences[0].text

    def test_one_that_is_nowhere_is_lost(self) -> None:
        theirs = silent(faults=["deposit.lose_everything"])
        payment = Payment(
            receipt="R1", phone=PHONE, amount=500, checkout_request_id="ws_1",
            confirmations_delivered=1, confirmation_faults=["c2b_shape.own_reference"],
        )  # fmt: skip

        found = Sides([unknown_deposit()], [theirs], extra={"payments": [payment]}).compare()

        assert kinds(found) == ["lost"]
