"""Which fault strikes when: by command, by rule, by chance that repeats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja_simulator.faults import Armed, Faults, Occasion, Rule, draw

HERE = Occasion("254712345678", 1, 500)


class TestDraw:
    @given(st.integers(), st.text(), st.integers())
    def test_is_the_same_for_the_same_parts(self, seed: int, phone: str, number: int) -> None:
        first = draw(seed, phone, number)

        assert first == draw(seed, phone, number)
        assert 0 <= first < 1

    def test_is_even(self) -> None:
        drawn = [draw(1, "push", "254712345678", number) for number in range(2000)]

        assert 0.45 < sum(drawn) / len(drawn) < 0.55


class TestPick:
    def test_probability_is_kept(self) -> None:
        faults = Faults()
        faults.set_probabilities({"push.garbage": 0.25, "push.quota": 0.25})
        for number in range(2000):
            faults.pick("push", Occasion("254712345678", number))

        assert 400 < faults.counts["push.garbage"] < 600
        assert 400 < faults.counts["push.quota"] < 600

    def test_armed_strikes_so_often_and_then_no_more(self) -> None:
        faults = Faults(armed=[Armed(fault="push.quota", times=2)])

        struck = [faults.pick("push", HERE) for _ in range(3)]

        assert [fault.name if fault else None for fault in struck] == [
            "push.quota",
            "push.quota",
            None,
        ]

    def test_armed_for_one_phone(self) -> None:
        faults = Faults(armed=[Armed(fault="push.quota", phone="254700000001")])

        assert faults.pick("push", HERE) is None
        assert faults.pick("push", Occasion("254700000001", 1)) is not None

    def test_rules_by_amount_and_end_of_phone(self) -> None:
        rules = [
            Rule(fault="callback.late", amount=777),
            Rule(fault="shape.shuffled", phone_ends="99"),
        ]
        faults = Faults(rules=rules)

        assert faults.pick("callback", HERE) is None
        assert faults.pick("callback", Occasion("254700000099", 1, 777)) is not None
        assert len(faults.pick_all("shape", Occasion("254700000099", 1, 777))) == 1

    def test_a_fault_that_is_not_allowed_is_neither_counted_nor_used_up(self) -> None:
        faults = Faults(armed=[Armed(fault="callback.lose")])
        faults.set_probabilities({"callback.lose": 1})

        assert faults.pick("callback", HERE, lambda fault: fault.kind != "lose") is None
        assert faults.counts == {}
        assert faults.pick("callback", HERE) is not None

    def test_clear_keeps_the_counts(self) -> None:
        faults = Faults()
        faults.set_probabilities({"push.quota": 1})
        faults.pick("push", HERE)

        faults.clear()

        assert faults.pick("push", HERE) is None
        assert faults.counts["push.quota"] == 1


class TestSetProbabilities:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"push.none": 0.1},
            {"push.quota": 1.1},
            {"push.quota": -0.1},
            {"push.quota": 0.6, "push.garbage": 0.6},
        ],
    )
    def test_impossible_ones_are_refused(self, wrong: dict[str, float]) -> None:
        faults = Faults()

        with pytest.raises(ValueError, match=r"fault|probabilit"):
            faults.set_probabilities(wrong)
        assert faults.probabilities == {}

    def test_independent_faults_may_add_up_to_more_than_one(self) -> None:
        faults = Faults()

        faults.set_probabilities({"shape.shuffled": 1, "shape.old_text": 1})

        assert len(faults.pick_all("shape", HERE)) == 2

    def test_zero_switches_off(self) -> None:
        faults = Faults()
        faults.set_probabilities({"push.quota": 1})

        faults.set_probabilities({"push.quota": 0})

        assert faults.probabilities == {}
