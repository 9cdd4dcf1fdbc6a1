"""The catalogue of faults is whole: each has an effect, a place on the page and in the guide."""

from pathlib import Path

import pytest

from daraja_simulator import callbacks, faulty_answers
from daraja_simulator.fault_catalogue import BY_NAME, CATALOGUE, Fault, Phase
from daraja_simulator.faults import Parameters
from daraja_simulator.pages import FOLDER
from daraja_simulator.reply import json_reply

GUIDE = Path(__file__).parents[3] / "docs" / "simulator.md"
# Refused otherwise: the answer needs the prompt that was asked for.
NEEDS_PROMPT = {"query.pending_500", "query.pending_4999"}


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(CATALOGUE)


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_has_an_effect(fault: Fault) -> None:
    body = {"expires_in": "3599", "ResultCode": "0"}
    if fault.phase is Phase.INSTEAD and fault.name not in NEEDS_PROMPT:
        assert faulty_answers.answer_instead(fault)
    elif fault.phase is Phase.AFTER and fault.kind not in ("dead_token", "deny"):
        assert faulty_answers.damage(json_reply(200, body), fault, Parameters()) != json_reply(
            200, body
        )
    elif fault.group == "shape":
        assert fault.kind in callbacks.QUIRKS


def test_guide_and_page_know_every_fault() -> None:
    guide, page = GUIDE.read_text("utf-8"), (FOLDER / "faults.js").read_text("utf-8")

    assert [fault.name for fault in CATALOGUE if f"`{fault.kind}`" not in guide] == []
    assert {fault.group for fault in CATALOGUE if f"  {fault.group}:" not in page} == set()
