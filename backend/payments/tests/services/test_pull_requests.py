"""Pulls that an operator asks for: kept at once, done by a worker, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from payments.gateway import GatewayUnreachable
from payments.models import PullRequest, PullRun
from payments.services import pull_requests
from payments.services.pull_requests import (
    PullsOff,
    PullUnderWay,
    pull_as_requested,
    request_pull,
)
from payments.tests.building import NOON, broken_table, make_deposit, money
from payments.tests.scripted_gateway import ScriptedGateway, failing
from payments.tests.services.test_paybill import REFERENCE
from payments.tests.services.test_pull import only, row
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pulls(settings: Any) -> None:
    """Have M-Pesa's list asked for."""
    settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False


def request(operator: User, **more: Any) -> PullRequest:
    return request_pull(
        **{"hours": 48, "reason": "a customer calls", "operator": operator, "now": NOON, **more}
    )


class TestRequestPull:
    def test_it_is_kept_for_the_worker(self, customer: User, gateway: ScriptedGateway) -> None:
        asked = request(customer, reason="  0712345678 calls ")

        assert (asked.state, asked.hours, asked.asked_by) == ("waiting", 48, customer)
        assert "0712345678" not in asked.reason
        assert not PullRun.objects.exists()

    def test_one_waits_at_a_time(self, customer: User) -> None:
        request(customer)

        with pytest.raises(PullUnderWay):
            request(customer)
        assert PullRequest.objects.count() == 1

    def test_after_its_end_another_may_be_asked_for(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        request(customer)
        pull_as_requested(now=NOON)

        assert request(customer).state == "waiting"

    def test_where_pulls_are_off_nothing_is_kept(self, customer: User, settings: Any) -> None:
        settings.PULL_ENABLED = False

        with pytest.raises(PullsOff):
            request(customer)
        assert not PullRequest.objects.exists()

    def test_an_error_of_another_kind_is_raised(self, customer: User) -> None:
        with pytest.raises(DatabaseError):
            request(customer, hours=49)


class TestPullAsRequested:
    def test_what_was_lost_is_credited_and_the_pull_says_who_asked(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        make_deposit(customer, account_reference=REFERENCE)
        gateway.on_pull = only(row(account=REFERENCE))
        asked = request(customer)

        ended = pull_as_requested(now=NOON + timedelta(minutes=1))

        assert ended is not None
        run = PullRun.objects.get()
        assert (ended.pk, ended.state, ended.run) == (asked.pk, "done", run)
        assert run.window_end - run.window_begin == timedelta(hours=48)
        assert (run.outcome, run.credited) == ("complete", 1)
        assert money(customer) == (500, 0)
        assert pull_as_requested(now=NOON + timedelta(hours=1)) is None

    def test_nothing_waits(self, gateway: ScriptedGateway) -> None:
        assert pull_as_requested(now=NOON) is None
        assert gateway.pulls == []

    def test_one_that_failed_at_mpesa_has_ended_and_says_so(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        gateway.on_pull = failing(GatewayUnreachable("no connection"))
        request(customer)

        ended = pull_as_requested(now=NOON)

        assert ended is not None
        assert ended.run is not None
        assert (ended.state, ended.run.outcome) == ("done", "failed")

    def test_one_whose_worker_was_killed_is_taken_up_again(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        class Killed(BaseException):
            pass

        gateway.on_pull = failing(Killed())  # type: ignore[arg-type]
        request(customer)
        with pytest.raises(Killed):
            pull_as_requested(now=NOON)
        gateway.on_pull = only()

        assert pull_as_requested(now=NOON + pull_requests.SILENT_FOR - timedelta(seconds=1)) is None
        ended = pull_as_requested(now=NOON + pull_requests.SILENT_FOR)

        assert ended is not None
        assert (ended.state, ended.attempts) == ("done", 2)

    def test_after_three_that_broke_it_is_broken_off(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        request(customer)
        for number in range(3):
            with broken_table("payments_pullrun"), pytest.raises(DatabaseError):
                pull_as_requested(now=NOON + number * pull_requests.SILENT_FOR)

        ended = pull_as_requested(now=NOON + 3 * pull_requests.SILENT_FOR)

        assert ended is not None
        assert (ended.state, ended.run) == ("broken_off", None)

    def test_one_that_waited_while_pulls_were_turned_off_is_broken_off(
        self, customer: User, gateway: ScriptedGateway, settings: Any
    ) -> None:
        request(customer)
        settings.PULL_ENABLED = False

        ended = pull_as_requested(now=NOON)

        assert ended is not None
        assert ended.state == "broken_off"
        assert gateway.pulls == []

    def test_a_slow_worker_ends_nothing_that_another_has_ended(
        self, customer: User, gateway: ScriptedGateway
    ) -> None:
        request(customer)

        def pull_meanwhile(offset: int) -> Any:
            gateway.on_pull = only()
            other = pull_as_requested(now=NOON + pull_requests.SILENT_FOR)
            assert other is not None
            assert other.state == "done"
            return only()(offset)

        gateway.on_pull = pull_meanwhile
        ended = pull_as_requested(now=NOON)

        assert ended is not None
        assert ended.run_id == min(PullRun.objects.values_list("pk", flat=True))
