"""The page of pulls: how each ended, in words, and the form that asks for one."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from common import clock
from payments.models import PullRequest, PullRun
from payments.services.pull_requests import pull_as_requested
from payments.tests.building import NOON
from payments.tests.scripted_gateway import ScriptedGateway
from payments.tests.test_claims_admin import clerk, text
from payments.tests.test_pull_guards import make_run

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/payments/pullrun/"
ADD = f"{LIST}add/"


@pytest.fixture(autouse=True)
def pulls(settings: Any) -> None:
    """Have M-Pesa's list asked for."""
    settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False


@pytest.fixture
def operator() -> Client:
    """Sign in an operator who may look and ask."""
    return clerk("view_pullrun", "add_pullrequest")


def ask(client: Client, **changes: Any) -> Any:
    return client.post(ADD, {"hours": 48, "reason": "a customer calls", **changes}, follow=True)


class TestList:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"outcome": "quiet"}, "Quiet: no payment is listed, and we know of none"),
            ({"outcome": "broken"}, "Broken: no payment is listed, but we know of some."),
            ({"outcome": "complete", "rows": 3, "known": 3}, "The whole list came"),
            ({"outcome": "failed"}, "Failed: the list was not read to its end"),
        ],
    )
    def test_how_a_pull_ended_is_said_in_words(
        self, operator: Client, fields: dict[str, Any], says: str
    ) -> None:
        make_run(**fields)

        assert says in text(operator, LIST)

    def test_rows_and_what_was_new_in_them(self, operator: Client) -> None:
        make_run(
            outcome="failed", rows=9, credited=2, filled=1, held=1, known=2, unreadable=1, failed=2
        )

        page = text(operator, LIST)

        assert "20 Nov 10:00 to 12:00" in page
        assert "4 (2 credited, 1 receipt filled in, 1 held)" in page
        assert "1 not readable, 2 met an error" in page
        assert "the worker, hourly, or the command" in page

    def test_a_window_over_midnight_names_both_days(self, operator: Client) -> None:
        make_run(window_begin=NOON - timedelta(hours=48))

        assert "18 Nov 12:00 to 20 Nov 12:00" in text(operator, LIST)

    def test_the_page_of_one_says_it_too(self, operator: Client) -> None:
        run = make_run(outcome="broken")

        assert "Broken: no payment is listed" in text(operator, f"{LIST}{run.pk}/change/")

    def test_its_number_of_queries_does_not_grow(
        self, operator: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(20):
            make_run()

        with django_assert_max_num_queries(16):
            text(operator, LIST)


class TestPullNow:
    def test_it_waits_for_the_worker_and_the_list_says_so(
        self, operator: Client, gateway: ScriptedGateway
    ) -> None:
        assert "Pull now" in text(operator, LIST)

        page = ask(operator).content.decode()

        asked = PullRequest.objects.get()
        assert (asked.state, asked.hours, asked.reason) == ("waiting", 48, "a customer calls")
        assert "The worker pulls within seconds" in page
        assert "for the last 48 hours: a customer calls. It waits for the worker." in page
        assert "addlink" not in page
        logged = LogEntry.objects.get()
        assert (logged.user, logged.object_id) == (asked.asked_by, str(asked.pk))

        pull_as_requested(now=clock.now())

        page = text(operator, LIST)
        assert "a customer calls" in page
        assert "It waits for the worker" not in page
        assert PullRun.objects.get().request == asked

    def test_a_second_one_meanwhile_is_refused_in_words(self, operator: Client) -> None:
        ask(operator)

        assert "Another pull is under way" in ask(operator).content.decode()
        assert PullRequest.objects.count() == 1

    def test_while_the_worker_is_at_it_the_list_says_so(self, operator: Client) -> None:
        ask(operator)
        PullRequest.objects.update(taken_at=clock.now())

        assert "The worker pulls now" in text(operator, LIST)

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"hours": 0}, "greater than or equal to 1"),
            ({"hours": 49}, "less than or equal to 48"),
            ({"hours": "all"}, "Enter a whole number"),
            ({"reason": "short"}, "at least 10 characters"),
        ],
    )
    def test_what_is_not_filled_in_is_said(
        self, operator: Client, changes: dict[str, Any], says: str
    ) -> None:
        assert says in ask(operator, **changes).content.decode()
        assert not PullRequest.objects.exists()

    def test_where_pulls_are_off_both_pages_say_so(self, operator: Client, settings: Any) -> None:
        settings.PULL_ENABLED = False

        assert "PULL_ENABLED is off" in text(operator, LIST)
        assert "PULL_ENABLED is off" in ask(operator).content.decode()
        assert not PullRequest.objects.exists()

    def test_an_operator_without_the_right_only_looks(self) -> None:
        reader = clerk("view_pullrun")

        assert "Pull now" not in text(reader, LIST)
        assert reader.get(ADD).status_code == 403
        assert ask(reader).status_code == 403
        assert not PullRequest.objects.exists()
