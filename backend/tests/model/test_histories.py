"""Random histories, the same ones each time: 160, of `make test-long` 2,000 (MODEL_HISTORIES).

CHAOS_SEED picks others. A failure prints its shortest history.
"""

import math
import os

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from payments import audit as deposits_audit
from tests.model.machine import Deposits
from wallet import audit as wallet_audit

_PARTS = 4
_EXAMPLES_PER_PART = math.ceil(int(os.environ.get("MODEL_HISTORIES", "160")) / _PARTS)
_SEED = int(os.environ.get("CHAOS_SEED", "20260501"))
_BOUNDED = hypothesis_settings(
    max_examples=_EXAMPLES_PER_PART,
    stateful_step_count=22,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.usefixtures("model_mpesa")
@pytest.mark.parametrize("part", range(_PARTS))
def test_no_history_loses_or_mints_money(part: int) -> None:
    machine = type(f"Deposits{part}", (Deposits,), {})

    run_state_machine_as_test(seed(_SEED + part)(machine), settings=_BOUNDED)

    assert list(wallet_audit.find_problems()) == []
    assert list(deposits_audit.find_problems()) == []
