"""Today's rules applied to stored decisions, and the output of `manage.py replay_rules`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from risk.assessment import Mode, Policy
from risk.inputs import RuleInputs, SimSwap
from risk.models import Decision
from risk.replay import replay
from risk.tests.building import HASTY, NOON, make_customer, make_decision
from risk.thresholds import Thresholds
from users.models import User

pytestmark = pytest.mark.django_db

ENFORCE = Policy(mode=Mode.ENFORCE)
#: What was found on the day, by thresholds that are milder or stricter than today's.
MILD = Policy(mode=Mode.ENFORCE, thresholds=Thresholds(device_review_accounts=2))
SHARED = RuleInputs(amount=700, completed_ever=3, accounts_from_device_24h=2)


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


def run(*words: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    output = StringIO()
    try:
        call_command("replay_rules", *words, stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue()
    return 0, output.getvalue()


class TestReplay:
    def test_the_same_rules_say_the_same(self, customer: User) -> None:
        make_decision(customer, HASTY, ENFORCE)

        [one] = replay(thresholds=Thresholds())

        assert (one.then, one.now) == ("review", "review")
        assert [finding.rule for finding in one.findings] == ["velocity"]

    def test_one_rule_can_be_replayed_without_the_others(self, customer: User) -> None:
        swapped = RuleInputs(amount=1, deposits_1h=9, sim_swap=SimSwap.SWAPPED, sim_swap_age_s=0)
        make_decision(customer, swapped, ENFORCE)

        [both] = replay(thresholds=Thresholds())
        [one] = replay(thresholds=Thresholds(velocity_review_1h=10), rule="velocity")

        assert (both.then, both.now) == ("deny", "deny")
        assert (one.then, one.now, one.findings) == ("review", "allow", ())

    def test_every_decision_is_read_once_in_order(
        self, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("risk.replay._AT_ONCE", 2)
        made = [make_decision(customer, HASTY, ENFORCE).pk for _ in range(5)]

        assert [one.decision.pk for one in replay(thresholds=Thresholds())] == made


class TestCommand:
    def test_nothing_stored_is_nothing_to_change(self) -> None:
        assert run() == (0, "0 decisions, 0 would differ\n")

    def test_equal_verdicts_are_counted_and_not_listed(self, customer: User) -> None:
        make_decision(customer, HASTY, ENFORCE)
        make_decision(customer, HASTY, ENFORCE)

        assert run() == (0, "review -> review: 2\n2 decisions, 0 would differ\n")

    def test_a_decision_that_would_differ_is_listed_with_its_reason(self, customer: User) -> None:
        decision = make_decision(customer, HASTY, ENFORCE)

        status, text = run("--threshold", "velocity_deny_1h=9")

        assert status == 1
        assert text == (
            f"decision {decision.pk} (refused, user {customer.pk}): review -> deny:"
            " velocity: 9 deposits within 1 hour, 0 within 24\n"
            "review -> deny: 1\n1 decisions, 1 would differ\n"
        )

    def test_a_finding_that_would_no_longer_be_given_is_listed(self, customer: User) -> None:
        make_decision(customer, SHARED, MILD)

        status, text = run("--rule", "many_accounts_from_device")

        assert status == 1
        assert "review -> allow\n" in text
        assert run("--rule", "velocity") == (0, "allow -> allow: 1\n1 decisions, 0 would differ\n")

    def test_the_thresholds_in_force_are_where_it_begins(
        self, customer: User, settings: pytest.FixtureRequest
    ) -> None:
        make_decision(customer, SHARED, MILD)
        settings.RISK_THRESHOLDS = ["device_review_accounts=2"]  # type: ignore[attr-defined]

        assert run()[0] == 0
        assert run("--threshold", "device_review_accounts=3")[0] == 1

    def test_since_leaves_older_ones_out(self, customer: User) -> None:
        make_decision(customer, HASTY, ENFORCE, decided_at=NOON - timedelta(days=2))
        make_decision(customer, HASTY, ENFORCE)

        assert "1 decisions" in run("--since", "2026-11-20")[1]
        assert "2 decisions" in run("--since", "2026-11-18T09:00:00+00:00")[1]

    @pytest.mark.parametrize(
        "words",
        [("--rule", "horoscope"), ("--since", "yesterday"), ("--threshold", "velocity=3")],
    )
    def test_malformed_arguments_are_an_error(self, words: tuple[str, str]) -> None:
        with pytest.raises(CommandError):
            run(*words)

    def test_an_error_has_another_exit_status_than_a_difference(self) -> None:
        with pytest.raises(CommandError) as caught:
            run("--threshold", "velocity=3")

        assert caught.value.returncode == 2

    def test_the_replay_changes_nothing(self, customer: User) -> None:
        make_decision(customer, HASTY, ENFORCE)
        before = list(Decision.objects.values())

        run("--threshold", "velocity_deny_1h=9")

        assert list(Decision.objects.values()) == before


def test_facts_that_were_not_gathered_lead_to_no_finding(customer: User) -> None:
    """The rules can judge a decision of an older version, whose facts lack newer inputs."""
    make_decision(customer, HASTY, ENFORCE, facts={"amount": 500, "deposits_1h": 9})

    assert run()[0] == 0
