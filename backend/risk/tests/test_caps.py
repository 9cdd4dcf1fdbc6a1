"""How own caps change, by tables and properties."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.caps import COOLING_OFF, NO_CAPS, Caps, CapState, change, in_force
from risk.tests.wishes import NOON

LATER = NOON + COOLING_OFF
_cap = st.none() | st.integers(1, 50)


def _ordered(daily: int | None, weekly: int | None) -> Caps:
    is_ordered = daily is None or weekly is None or daily <= weekly
    return Caps(daily, weekly) if is_ordered else Caps(weekly, daily)


_caps = st.builds(_ordered, _cap, _cap)


def _height(cap: int | None) -> float:
    return float("inf") if cap is None else cap


class TestChange:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (Caps(500, 2000), CapState(Caps(500, 2000))),
            (Caps(1000, 5000), CapState(Caps(1000, 5000))),
            (Caps(2000, 5000), CapState(Caps(1000, 5000), Caps(2000, 5000), LATER)),
            (Caps(None, 5000), CapState(Caps(1000, 5000), Caps(None, 5000), LATER)),
            (NO_CAPS, CapState(Caps(1000, 5000), NO_CAPS, LATER)),
            # One lower, one higher: each acts in its own time.
            (Caps(500, 9000), CapState(Caps(500, 5000), Caps(500, 9000), LATER)),
            (Caps(2000, 3000), CapState(Caps(1000, 3000), Caps(2000, 3000), LATER)),
            # A day never has more than its week.
            (Caps(600, 600), CapState(Caps(600, 600))),
        ],
    )
    def test_lowering_acts_at_once_and_raising_after_a_day(
        self, wanted: Caps, expected: CapState
    ) -> None:
        assert change(CapState(Caps(1000, 5000)), wanted, NOON) == expected

    def test_the_first_caps_act_at_once(self) -> None:
        assert change(CapState(NO_CAPS), Caps(10, None), NOON) == CapState(Caps(10, None))

    def test_a_new_day_cap_above_the_week_that_counts_is_held_down_by_it(self) -> None:
        state = change(CapState(Caps(None, 500)), Caps(1000, 2000), NOON)

        assert state == CapState(Caps(500, 500), Caps(1000, 2000), LATER)

    def test_asking_again_does_not_restart_the_wait(self) -> None:
        state = change(CapState(Caps(10, None)), Caps(20, None), NOON)

        assert change(state, Caps(20, None), NOON + timedelta(hours=5)) == state

    def test_a_lowering_replaces_what_was_pending(self) -> None:
        state = change(CapState(Caps(10, None)), NO_CAPS, NOON)

        assert change(state, Caps(5, None), NOON) == CapState(Caps(5, None))

    def test_a_pending_cap_counts_when_its_time_has_come(self) -> None:
        state = change(CapState(Caps(10, None)), Caps(20, None), NOON)

        assert in_force(state, LATER - timedelta(seconds=1)) == state
        assert in_force(state, LATER) == CapState(Caps(20, None))
        assert change(state, Caps(30, None), LATER).caps == Caps(20, None)


@given(st.lists(st.tuples(_caps, st.integers(0, 40)), max_size=8))
def test_no_sequence_of_wishes_raises_a_cap_within_a_day(
    wishes: list[tuple[Caps, int]],
) -> None:
    now, state = NOON, CapState(NO_CAPS)
    seen: list[tuple[datetime, Caps]] = []
    for wanted, hours in wishes:
        now += timedelta(hours=hours)
        state = change(state, wanted, now)
        counted = in_force(state, now).caps
        assert _height(counted.daily) <= _height(wanted.daily)
        assert _height(counted.weekly) <= _height(wanted.weekly)
        is_ordered = counted.daily is None or counted.weekly is None
        assert is_ordered or _height(counted.daily) <= _height(counted.weekly)
        # Whatever was asked for within the last day holds still.
        for then, asked in seen:
            if now - then < COOLING_OFF:
                assert _height(counted.daily) <= _height(asked.daily)
                assert _height(counted.weekly) <= _height(asked.weekly)
        seen.append((now, wanted))
    assert in_force(state, now + COOLING_OFF) == CapState(seen[-1][1] if seen else NO_CAPS)
