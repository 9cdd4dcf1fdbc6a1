"""Changes to pulled rows and pulls that the database refuses."""

from datetime import timedelta
from typing import Any

import pytest

from payments.models import PulledRow, PullRequest, PullRun
from payments.tests.breaking import check_constraints, refused, run
from payments.tests.building import NOON, RECEIPT, make_customer, make_deposit

pytestmark = pytest.mark.django_db


def make_run(**changes: Any) -> PullRun:
    """Store a pull."""
    counts = ("rows", "credited", "filled", "held", "known", "unreadable", "failed")
    fields = {
        "window_begin": NOON - timedelta(hours=2),
        "window_end": NOON,
        "outcome": "quiet",
        "requests": 1,
        "started_at": NOON,
        "finished_at": NOON,
        **dict.fromkeys(counts, 0),
    }
    return PullRun.objects.create(**{**fields, **changes})


class TestPulledRows:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_pulledrow SET verdict = 'failed'",
            "DELETE FROM payments_pulledrow",
            "TRUNCATE payments_pulledrow",
        ],
    )
    def test_it_is_evidence(self, sql: str) -> None:
        PulledRow.objects.create(receipt=RECEIPT, raw={}, verdict="held")
        check_constraints()

        with refused("append-only"):
            run(sql)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"receipt": RECEIPT, "verdict": "paid"}, "payments_pulled_verdict"),
            ({"receipt": None, "verdict": "held"}, "payments_pulled_verdict"),
            ({"receipt": RECEIPT, "verdict": "unreadable"}, "payments_pulled_verdict"),
            ({"receipt": None, "verdict": "unreadable"}, "payments_pulled_verdict"),
            ({"receipt": RECEIPT, "verdict": "applied"}, "payments_pulled_deposit"),
            ({"receipt": RECEIPT, "verdict": "filled"}, "payments_pulled_deposit"),
        ],
    )
    def test_it_is_about_a_payment(self, fields: dict[str, Any], says: str) -> None:
        with refused(says):
            PulledRow.objects.create(raw={}, **fields)

    def test_a_receipt_is_applied_once(self) -> None:
        deposit = make_deposit()
        PulledRow.objects.create(receipt=RECEIPT, raw={}, verdict="applied", transaction=deposit)

        with refused("payments_pulled_once"):
            PulledRow.objects.create(
                receipt=RECEIPT, raw={}, verdict="applied", transaction=deposit
            )


class TestPullRuns:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_pullrun SET outcome = 'failed'",
            "DELETE FROM payments_pullrun",
            "TRUNCATE payments_pullrun",
        ],
    )
    def test_it_stays(self, sql: str) -> None:
        make_run()

        with refused("append-only|foreign key"):
            run(sql)

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"outcome": "fine"}, "payments_pull_honest"),
            ({"window_begin": NOON}, "payments_pull_window_length"),
            ({"window_begin": NOON - timedelta(hours=49)}, "payments_pull_window_length"),
            ({"outcome": "complete", "rows": 2, "known": 1}, "payments_pull_every_row_counted"),
            ({"outcome": "quiet", "rows": 1, "known": 1}, "payments_pull_honest"),
            ({"outcome": "complete"}, "payments_pull_honest"),
            ({"outcome": "complete", "rows": 1, "failed": 1}, "payments_pull_honest"),
        ],
    )
    def test_it_adds_up(self, changes: dict[str, Any], says: str) -> None:
        with refused(says):
            make_run(**changes)


def make_request(**changes: Any) -> PullRequest:
    """Store a request of an operator's."""
    fields = {"hours": 48, "reason": "a customer calls", "asked_at": NOON, **changes}
    if "asked_by" not in fields:
        fields["asked_by"] = make_customer()
    return PullRequest.objects.create(**fields)


class TestPullRequests:
    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM payments_pullrequest",
            "TRUNCATE payments_pullrequest",
            "UPDATE payments_pullrequest SET reason = 'another'",
            "UPDATE payments_pullrequest SET hours = 1",
            "UPDATE payments_pullrequest SET asked_at = now()",
        ],
    )
    def test_who_asked_and_why_stays(self, sql: str) -> None:
        make_request()
        check_constraints()

        with refused("who asked|append-only"):
            run(sql)

    def test_it_ends_once(self) -> None:
        asked = make_request(state="done", ended_at=NOON, run=make_run())

        with refused("ends once"):
            PullRequest.objects.filter(pk=asked.pk).update(state="waiting", ended_at=None, run=None)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"hours": 0}, "pullrequest_fields"),
            ({"hours": 49}, "pullrequest_fields"),
            ({"reason": " "}, "pullrequest_fields"),
            ({"state": "later"}, "pullrequest_ended"),
            ({"state": "done", "ended_at": NOON}, "pullrequest_ended"),
            ({"state": "broken_off"}, "pullrequest_ended"),
            ({"ended_at": NOON}, "pullrequest_ended"),
        ],
    )
    def test_it_says_how_far_back_why_and_how_it_ended(
        self, fields: dict[str, Any], says: str
    ) -> None:
        with refused(says):
            make_request(**fields)

    def test_one_waits_at_a_time(self) -> None:
        asked = make_request()

        with refused("waits_once"):
            make_request(asked_by=asked.asked_by)

    def test_its_name(self) -> None:
        asked = make_request()

        assert str(asked) == f"pull request {asked.pk} waiting"
