"""The provider status, from counts alone."""

from datetime import timedelta
from typing import Any

import pytest

from payments import provider_status
from payments.provider_status import ProviderStatusInputs, assess_provider_status
from payments.tests.building import NOON


def state(**inputs: Any) -> str:
    """Return the state of a quick half hour, unless the facts differ."""
    inputs = {"confirmations": 40, "median_s": 12.0, "p95_s": 31.0, "decided": 40, **inputs}
    return assess_provider_status(ProviderStatusInputs(**inputs), NOON).state.value


class TestFigures:
    def test_seconds_are_whole_and_rounded_up(self) -> None:
        found = assess_provider_status(
            ProviderStatusInputs(confirmations=5, median_s=11.2, p95_s=0.01, decided=5), NOON
        )

        assert (found.typical_seconds, found.slow_seconds, found.confirmations) == (12, 1, 5)

    @pytest.mark.parametrize("few", [0, 4])
    def test_with_too_few_confirmations_no_times_are_given(self, few: int) -> None:
        found = assess_provider_status(
            ProviderStatusInputs(confirmations=few, median_s=11.2, p95_s=40, decided=few), NOON
        )

        assert (found.typical_seconds, found.slow_seconds) == (None, None)
        assert found.state.value == "unknown"


class TestState:
    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, "good"),
            ({"p95_s": float(provider_status.SLOW_P95_S)}, "good"),
            ({"p95_s": provider_status.SLOW_P95_S + 0.1}, "slow"),
            ({"decided": 50, "troubled": 9}, "good"),
            ({"decided": 50, "troubled": 10}, "slow"),
            ({"confirmations": 4, "decided": 4, "p95_s": 300.0, "troubled": 4}, "unknown"),
            ({"confirmations": 0, "median_s": None, "p95_s": None, "troubled": 40}, "slow"),
            ({"confirmations": 5, "decided": 5, "troubled": 1}, "good"),
            ({"recent_pushes": 3, "recent_rejections": 3}, "down"),
            ({"recent_pushes": 2, "recent_rejections": 2}, "good"),
            ({"recent_pushes": 5, "recent_rejections": 4}, "down"),
            ({"recent_pushes": 10, "recent_rejections": 7}, "good"),
            (
                {"confirmations": 0, "decided": 0, "recent_pushes": 3, "recent_rejections": 3},
                "down",
            ),
        ],
    )
    def test_thresholds(self, inputs: dict[str, Any], expected: str) -> None:
        assert state(**inputs) == expected

    @pytest.mark.parametrize(
        ("rest_ends_in_s", "expected"),
        [(5, "down"), (300, "down"), (-59, "down"), (-60, "good"), (301, "good")],
    )
    def test_an_outage_pause_of_the_workers_means_down(
        self, rest_ends_in_s: int, expected: str
    ) -> None:
        assert state(paused_until=NOON + timedelta(seconds=rest_ends_in_s)) == expected
