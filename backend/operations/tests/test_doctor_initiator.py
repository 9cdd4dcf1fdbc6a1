"""The doctor on Transaction Status."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from operations.doctor.initiator import (
    check_initiator,
    check_untold_reversals,
    judge_initiator,
)
from payments.models import InitiatorState
from payments.tests.building import NOON, make_deposit
from payments.tests.test_transaction_query_guards import ANSWERED, make_query

CREDENTIAL = base64.b64encode(b"x" * 256).decode()


def asking(credential: str = CREDENTIAL, **changes: Any) -> SimpleNamespace:
    fields = {
        "MPESA_INITIATOR_NAME": "testapiuser", "MPESA_DEBUG": False,
        "PAYMENTS_GATEWAY": {"OPTIONS": {"security_credential": credential}},
    }  # fmt: skip
    return SimpleNamespace(**{**fields, **changes})


class TestInitiator:
    @pytest.mark.parametrize("changes", [{"MPESA_INITIATOR_NAME": ""}, {"MPESA_DEBUG": True}])
    def test_one_that_is_off_is_well(self, changes: dict[str, Any]) -> None:
        found = check_initiator(asking(**changes))

        assert (found.level, found.says) == ("ok", "M-Pesa is not asked what became of receipts")

    @pytest.mark.parametrize("credential", ["", "cGFzc3dvcmQ=", "no base64!", CREDENTIAL[:-4]])
    def test_a_credential_that_cannot_be_one(self, credential: str) -> None:
        found = check_initiator(asking(credential))

        assert found.level == "warning"
        assert not credential or credential not in f"{found}"

    @pytest.mark.django_db
    def test_the_shared_state_is_looked_at(self) -> None:
        assert check_initiator(asking()).says == "nothing was asked yet"

        InitiatorState.objects.create(stopped_at=NOON, stopped_code="2001")

        found = check_initiator(asking())
        assert (found.level, found.says) == ("problem", "stopped since 2026-11-20 09:00 UTC: 2001")
        assert CREDENTIAL not in f"{found}"

    @pytest.mark.parametrize(
        ("state", "level"),
        [
            (InitiatorState(), "ok"),
            (InitiatorState(proven_at=NOON, failures_in_a_row=1), "ok"),
            (InitiatorState(proven_at=NOON, failures_in_a_row=2), "warning"),
            (InitiatorState(stopped_at=NOON, stopped_code="18", failures_in_a_row=2), "problem"),
        ],
    )
    def test_what_its_state_means(self, state: InitiatorState, level: str) -> None:
        assert judge_initiator(state).level == level


@pytest.mark.django_db
class TestUntoldReversals:
    def test_none(self) -> None:
        make_query(**ANSWERED, verdict="confirmed")

        assert check_untold_reversals().level == "ok"

    @pytest.mark.parametrize("verdict", ["reversed", "differs"])
    def test_one_is_for_an_operator(self, verdict: str) -> None:
        make_query(**ANSWERED, verdict=verdict, transaction=make_deposit())

        found = check_untold_reversals()

        assert (found.level, found.says[:1]) == ("warning", "1")
