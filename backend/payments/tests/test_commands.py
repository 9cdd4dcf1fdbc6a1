"""`manage.py reconcile` and `manage.py replay_callbacks`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from common import clock
from payments.models import CallbackEvent, Transaction
from payments.tests.building import broken_table, make_deposit, money, receive, success_body
from payments.tests.scripted_gateway import CANCELLED, ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def run(name: str, *arguments: str) -> str:
    """Run a management command and return what it printed."""
    out = StringIO()
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def fresh(customer: User) -> Transaction:
    """Store a deposit that is a minute old by the clock that tasks read."""
    past = clock.now() - timedelta(minutes=1)
    return make_deposit(customer, created_at=past, updated_at=past, next_query_at=past)


class TestReconcileCommand:
    def test_says_what_it_did(self, gateway: ScriptedGateway, fresh: Transaction) -> None:
        gateway.on_query = lambda _: CANCELLED

        output = run("reconcile")

        assert f"deposit {fresh.pk}: failed\n" in output
        assert "asked about 1 deposits (1 failed); 0 escalated to operators" in output

    def test_says_that_nothing_was_due(self, gateway: ScriptedGateway) -> None:
        assert run("reconcile") == "asked about 0 deposits (none due); 0 escalated to operators\n"


class TestReplayCommand:
    @pytest.fixture
    def event(self, deposit: Transaction) -> CallbackEvent:
        """Store a callback that could not be settled."""
        with broken_table("wallet_journalentry"):
            receive(success_body())
        return CallbackEvent.objects.get()

    def test_settles_what_is_open(self, event: CallbackEvent) -> None:
        assert run("replay_callbacks") == f"callback {event.pk}: applied\n"
        assert run("replay_callbacks") == ""

    def test_takes_ids(self, event: CallbackEvent) -> None:
        receive(success_body())

        output = run("replay_callbacks", "--id", str(event.pk))

        assert output == f"callback {event.pk}: duplicate\n"

    def test_may_take_all(self, event: CallbackEvent, customer: User) -> None:
        run("replay_callbacks")

        assert run("replay_callbacks", "--all") == f"callback {event.pk}: duplicate\n"
        assert money(customer) == (500, 0)

    def test_names_what_fails_again(self, event: CallbackEvent) -> None:
        with broken_table("wallet_journalentry"):
            output = run("replay_callbacks")

        assert output.startswith(f"callback {event.pk}: failed again: broken by a test")
