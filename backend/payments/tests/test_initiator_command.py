"""`manage.py initiator show` and `resume`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import clock
from payments.models import InitiatorState
from payments.tests.test_transaction_query_guards import BOOKED, make_query

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def initiator(settings: Any) -> None:
    settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False


def run(action: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("initiator", action, stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


class TestShow:
    def test_where_nothing_was_asked(self) -> None:
        assert run("show") == (
            0, "Initiator testapiuser: asked; no answer has proven the credential yet\n",
        )  # fmt: skip

    def test_the_last_questions(self) -> None:
        make_query(**BOOKED)

        assert "NLJ7RT61SV (claim): answered held 0" in run("show")[1]

    @pytest.mark.parametrize(
        ("fields", "status", "says"),
        [
            ({"stopped_at": clock.now(), "stopped_code": "2001"}, 1, "by 2001: set the credential"),
            ({"paused_until": clock.now().replace(year=2100)}, 0, "waits until 2100"),
            ({"paused_until": clock.now().replace(year=2020)}, 0, "asked; no answer"),
            ({"proven_at": clock.now()}, 0, "asked; last proven"),
        ],
    )
    def test_its_state(self, fields: dict[str, Any], status: int, says: str) -> None:
        InitiatorState.objects.create(**fields)

        found, written = run("show")

        assert found == status
        assert says in written


class TestResume:
    def test_a_stopped_initiator_is_used_again(self) -> None:
        InitiatorState.objects.create(stopped_at=clock.now(), stopped_code="8006")

        status, written = run("resume")

        state = InitiatorState.objects.get()
        assert (status, state.stopped_at, bool(state.resumed_by)) == (0, None, True)
        assert "proves the credential" in written

    def test_one_that_is_not_stopped_is_left(self) -> None:
        assert "Nothing was changed" in run("resume")[1]


@pytest.mark.parametrize("action", ["show", "resume"])
def test_without_an_initiator_it_says_what_is_missing(action: str, settings: Any) -> None:
    settings.MPESA_INITIATOR_NAME = ""

    with pytest.raises(CommandError, match="MPESA_INITIATOR_NAME"):
        run(action)
