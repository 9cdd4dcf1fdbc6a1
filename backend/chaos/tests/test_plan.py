"""The seed decides what is drawn, and nothing that is drawn breaks the comparison."""

from collections import Counter

import pytest

from chaos.plan import (
    NAMELESS_SHAPES,
    SAME_AMOUNT,
    Deck,
    Means,
    Plan,
    Sabotage,
    draw_amounts,
    draw_by_hand,
    draw_nameless,
)


class TestAmounts:
    def test_the_same_seed_draws_the_same_amounts(self) -> None:
        assert draw_amounts(Plan(seed=3)) == draw_amounts(Plan(seed=3))
        assert draw_amounts(Plan(seed=3)) != draw_amounts(Plan(seed=4))

    def test_are_as_many_as_wished_for_and_no_customer_has_one_twice(self) -> None:
        amounts = draw_amounts(Plan(deposits=1003))

        assert sum(map(len, amounts)) == 1003
        assert all(len(set(mine)) == len(mine) for mine in amounts)

    def test_no_amount_chooses_an_outcome_in_the_simulator(self) -> None:
        drawn = {amount for mine in draw_amounts(Plan(deposits=5000)) for amount in mine}

        assert drawn.isdisjoint({1001, 1019, 1025, 1032, 1037, 1111, 2001, 4999, 8006, 9999})

    def test_one_deposit_has_one_customer(self) -> None:
        assert [len(mine) for mine in draw_amounts(Plan(deposits=1))] == [1]


class TestByHand:
    def test_the_same_seed_draws_the_same_payments(self) -> None:
        amounts = draw_amounts(Plan(seed=3))

        assert draw_by_hand(Plan(seed=3), amounts) == draw_by_hand(Plan(seed=3), amounts)
        assert draw_by_hand(Plan(seed=3), amounts) != draw_by_hand(Plan(seed=4), amounts)

    @pytest.mark.parametrize(("by_hand", "count"), [(0, 0), (20, 200), (100, 1000)])
    def test_are_as_many_as_wished_for(self, by_hand: int, count: int) -> None:
        plan = Plan(by_hand=by_hand)
        amounts = draw_amounts(plan)

        drawn = draw_by_hand(plan, amounts)

        assert [len(mine) for mine in drawn] == [len(mine) for mine in amounts]
        assert sum(payment is not None for mine in drawn for payment in mine) == count

    def test_every_way_to_pay_comes_as_often_as_the_others(self) -> None:
        plan = Plan()
        drawn = draw_by_hand(plan, draw_amounts(plan))

        counts = Counter(payment.means for mine in drawn for payment in mine if payment)

        assert set(counts) == set(Means)
        assert max(counts.values()) - min(counts.values()) <= 1

    def test_one_wish_paid_in_two_ways_has_one_amount(self) -> None:
        plan = Plan(by_hand=100)
        amounts = draw_amounts(plan)

        for mine, payments in zip(amounts, draw_by_hand(plan, amounts), strict=True):
            for amount, payment in zip(mine, payments, strict=True):
                assert payment is not None
                assert payment.means not in SAME_AMOUNT or payment.amount == amount


class TestDeck:
    def test_the_same_seed_draws_the_same_steps(self) -> None:
        first, second = Deck(Plan(seed=3)), Deck(Plan(seed=3))

        assert [first.draw() for _ in range(20)] == [second.draw() for _ in range(20)]

    def test_every_kind_comes_before_any_kind_again(self) -> None:
        deck = Deck(Plan())

        kinds = [deck.draw().kind for _ in range(2 * len(Sabotage))]

        assert set(kinds[: len(Sabotage)]) == set(kinds[len(Sabotage) :]) == set(Sabotage)

    def test_a_shift_is_a_real_one_and_within_its_limit(self) -> None:
        deck = Deck(Plan(longest_shift_s=40))

        shifts = {deck.draw().shift_s for _ in range(300)}

        assert {abs(shift) for shift in shifts} <= set(range(10, 41))
        assert min(shifts) < 0 < max(shifts)


class TestNameless:
    def test_some_wishes_without_a_payment_by_hand_in_both_shapes(self) -> None:
        plan = Plan(seed=3, deposits=2000)
        by_hand = draw_by_hand(plan, draw_amounts(plan))

        drawn = draw_nameless(plan, by_hand)

        pairs = [
            (payment, shape)
            for payments, shapes in zip(by_hand, drawn, strict=True)
            for payment, shape in zip(payments, shapes, strict=True)
            if shape is not None
        ]
        assert drawn == draw_nameless(plan, by_hand)
        assert 15 < len(pairs) < 60
        assert all(payment is None for payment, _ in pairs)
        assert {shape for _, shape in pairs} == set(NAMELESS_SHAPES)

    @pytest.mark.parametrize("changes", [{"has_statement": False}, {"by_hand": 0}])
    def test_none_where_nothing_would_tell_whose_they_are(self, changes: dict[str, int]) -> None:
        plan = Plan(**{"seed": 3, "deposits": 2000, **changes})  # type: ignore[arg-type]
        by_hand = draw_by_hand(plan, draw_amounts(plan))

        assert not any(map(any, draw_nameless(plan, by_hand)))
