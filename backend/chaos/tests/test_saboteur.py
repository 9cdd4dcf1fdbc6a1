"""Which moments count as struck by an act of sabotage."""

from datetime import timedelta

import pytest

from chaos.plan import Sabotage
from chaos.saboteur import Act, was_struck
from chaos.tests.sides import NOON

_ACT = Act(Sabotage.KILL_API, "api 1", NOON, NOON + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("program", "at_s", "is_struck"),
    [
        ("api 1", -1, True),
        ("api 1", 1, True),
        ("api 1", -4, False),
        ("api 1", 3, False),
        ("api 0", 0, False),
    ],
)
def test_an_act_explains_its_own_program_for_a_short_while(
    program: str, at_s: float, is_struck: bool
) -> None:
    moment = NOON + timedelta(seconds=at_s)

    assert was_struck([_ACT], program, moment, within_s=3) is is_struck


def test_an_attack_on_the_database_strikes_every_process() -> None:
    act = Act(Sabotage.KILL_DATABASE, "database", NOON, NOON)

    assert was_struck([act], "api 0", NOON, within_s=3)
