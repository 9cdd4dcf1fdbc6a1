"""Histories that once went wrong, or that chance finds too seldom."""

from collections.abc import Iterator

import pytest

from tests.model.callbacks import Claim
from tests.model.machine import Deposits
from tests.model.mpesa import Push, Query


@pytest.fixture
def history(model_mpesa: None) -> Iterator[Deposits]:
    """Return a history with one paid prompt; it has to end well."""
    state = Deposits()
    state.push(amount=100, key=None, manner=Push.ACCEPTED, who=0)
    state.answer_prompt(pick=0, what="pay")
    yield state
    state.nothing_is_minted()
    state.teardown()


@pytest.mark.parametrize("claim", [Claim.OTHER_CHECKOUT, Claim.TRUTH, Claim.FAILURE])
class TestPaidOnce:
    def test_a_callback_overtakes_a_querys_answer(self, history: Deposits, claim: Claim) -> None:
        history.work(manner=Query.TRUTH, meanwhile=claim, seconds=31)

    def test_a_callback_follows_a_query(self, history: Deposits, claim: Claim) -> None:
        history.work(manner=Query.TRUTH, meanwhile=None, seconds=31)
        history.tell_otherwise(pick=0, nth=0, claim=claim)

    def test_a_callback_comes_before_a_query(self, history: Deposits, claim: Claim) -> None:
        history.tell_otherwise(pick=0, nth=0, claim=claim)
        history.work(manner=Query.TRUTH, meanwhile=None, seconds=31)
