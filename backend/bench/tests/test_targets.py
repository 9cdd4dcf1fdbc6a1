"""The table of targets is whole, and judges as it says."""

import pytest

from bench.book import Book, Spread
from bench.targets import GATE, TARGETS, Target, Verdict, failures, judge

_RATE = Target("T1", "rate", "more is better", must=1.0, goal=2.0)
_LATENCY = Target("T2", "latency", "less is better", must=10.0, goal=5.0, is_lower_better=True)
_COUNT = Target("T14", "trips", "a count", must=1, goal=1, is_lower_better=True, is_count=True)


def _spread(value: float) -> Spread:
    return Spread.of([value])


class TestTable:
    def test_has_every_target_once(self) -> None:
        assert {target.number for target in TARGETS} == {f"T{nth}" for nth in range(1, 17)}
        figures = [target.figure for target in TARGETS]
        assert len(figures) == len(set(figures))

    def test_a_goal_is_never_easier_than_the_must(self) -> None:
        for target in TARGETS:
            assert target.judge(_spread(target.goal)) is Verdict.GOAL
            assert target.judge(_spread(target.must)) in {Verdict.MUST, Verdict.GOAL}

    def test_the_gate_has_every_count_of_round_trips_and_the_money(self) -> None:
        gated = {target.figure for target in GATE}

        assert {target.figure for target in TARGETS if target.number in {"T10", "T14"}} <= gated


class TestJudge:
    @pytest.mark.parametrize(
        ("target", "value", "verdict"),
        [
            (_RATE, 2.0, Verdict.GOAL), (_RATE, 1.0, Verdict.MUST), (_RATE, 0.9, Verdict.BELOW),
            (_LATENCY, 5.0, Verdict.GOAL), (_LATENCY, 10.0, Verdict.MUST),
            (_LATENCY, 11.0, Verdict.BELOW),
            (_COUNT, 1.1, Verdict.GOAL), (_COUNT, 2.0, Verdict.BELOW),
        ],
    )  # fmt: skip
    def test_judges_the_middle(self, target: Target, value: float, verdict: Verdict) -> None:
        assert target.judge(_spread(value)) is verdict

    def test_a_target_that_was_not_measured_is_unknown(self) -> None:
        assert {verdict for *_, verdict in judge(Book())} == {Verdict.UNKNOWN}


class TestGate:
    @pytest.mark.parametrize(
        ("target", "value", "passes"),
        [
            (_RATE, 0.71, True), (_RATE, 0.69, False),
            (_LATENCY, 14.2, True), (_LATENCY, 14.4, False),
            (_COUNT, 1.0, True), (_COUNT, 2.0, False),
        ],
    )  # fmt: skip
    def test_gives_slack_to_ratios_and_none_to_counts(
        self, target: Target, value: float, passes: bool
    ) -> None:
        assert target.passes_gate(_spread(value)) is passes

    def test_a_target_that_was_not_measured_fails_the_gate(self) -> None:
        assert failures(Book()) == list(GATE)
