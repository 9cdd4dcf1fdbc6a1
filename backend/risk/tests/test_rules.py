"""Each fraud rule at its threshold: one below gives no finding, the threshold itself does."""

from dataclasses import replace
from typing import Any

import pytest

from risk.assessment import Mode, Policy, assess, find_all
from risk.inputs import RuleInputs, SimSwap, read_inputs
from risk.rules import RULES, needs_sim_swap
from risk.thresholds import InvalidThreshold, Thresholds, parse_thresholds
from risk.verdicts import Finding, Verdict, strictest

HOUR = 3600
DAY = 24 * HOUR
#: A well-known customer with a small amount: no rule gives a finding.
QUIET = RuleInputs(
    amount=500,
    tier="full",
    account_age_s=90 * DAY,
    kyc_age_s=89 * DAY,
    completed_ever=12,
    largest_completed=5_000,
)
YOUNG = {"account_age_s": DAY - 1}
UNTRIED = {"account_age_s": 7 * DAY - 1, "completed_ever": 0}
CROWD = {"accounts_from_address_24h": 1_001}
SWAPPED = {"sim_swap": SimSwap.SWAPPED}
MOVED = {"phone_change_age_s": 2 * DAY - 1}

#: Rule, the facts that differ from QUIET, and what the rule says.
CASES: list[tuple[str, dict[str, Any], str | None]] = [
    ("new_account", {**YOUNG, "amount": 19_999}, None),
    ("new_account", {**YOUNG, "amount": 20_000}, "review"),
    ("new_account", {**YOUNG, "amount": 99_999}, "review"),
    ("new_account", {**YOUNG, "amount": 100_000}, "deny"),
    ("new_account", {"account_age_s": 0, "amount": 20_000}, "review"),
    ("new_account", {"account_age_s": DAY, "amount": 150_000}, None),
    ("new_account", {"kyc_age_s": DAY - 1, "amount": 20_000}, "review"),
    ("new_account", {"kyc_age_s": None, "amount": 150_000}, None),
    ("new_account", {"account_age_s": None, "kyc_age_s": None, "amount": 150_000}, None),
    ("velocity", {"deposits_1h": 5, "deposits_24h": 19}, None),
    ("velocity", {"deposits_1h": 6}, "review"),
    ("velocity", {"deposits_24h": 20}, "review"),
    ("velocity", {"deposits_1h": 11, "deposits_24h": 39}, "review"),
    ("velocity", {"deposits_1h": 12}, "deny"),
    ("velocity", {"deposits_24h": 40}, "deny"),
    ("many_accounts_from_address", {**UNTRIED, "accounts_from_address_24h": 39}, None),
    ("many_accounts_from_address", {**UNTRIED, "accounts_from_address_24h": 40}, "review"),
    ("many_accounts_from_address", {**UNTRIED, "accounts_from_address_24h": 1_001}, "review"),
    ("many_accounts_from_address", {**UNTRIED, **CROWD, "account_age_s": 0}, "review"),
    ("many_accounts_from_address", {**UNTRIED, **CROWD, "account_age_s": 7 * DAY}, None),
    ("many_accounts_from_address", {**UNTRIED, **CROWD, "account_age_s": None}, None),
    ("many_accounts_from_address", {**UNTRIED, **CROWD, "completed_ever": 1}, None),
    ("many_accounts_from_address", {**UNTRIED, **CROWD, "completed_ever": None}, None),
    ("many_accounts_from_address", CROWD, None),
    ("many_accounts_from_device", {"accounts_from_device_24h": 2}, None),
    ("many_accounts_from_device", {"accounts_from_device_24h": 3}, "review"),
    ("many_accounts_from_device", {"accounts_from_device_24h": 5}, "review"),
    ("many_accounts_from_device", {"accounts_from_device_24h": 6}, "deny"),
    ("many_failures", {"failures_1h": 3, "failures_24h": 7}, None),
    ("many_failures", {"failures_1h": 4}, "review"),
    ("many_failures", {"failures_24h": 8}, "review"),
    ("many_failures", {"failures_1h": 7, "failures_24h": 14}, "review"),
    ("many_failures", {"failures_1h": 8}, "deny"),
    ("many_failures", {"failures_24h": 15}, "deny"),
    ("first_large_deposit", {"completed_ever": 0, "amount": 49_999}, None),
    ("first_large_deposit", {"completed_ever": 0, "amount": 50_000}, "review"),
    ("first_large_deposit", {"completed_ever": 1, "amount": 150_000}, None),
    ("first_large_deposit", {"completed_ever": None, "amount": 150_000}, None),
    ("recent_sim_swap", {**SWAPPED, "sim_swap_age_s": 0}, "deny"),
    ("recent_sim_swap", {**SWAPPED, "sim_swap_age_s": 2 * DAY - 1}, "deny"),
    ("recent_sim_swap", {**SWAPPED, "sim_swap_age_s": 2 * DAY}, "review"),
    ("recent_sim_swap", {**SWAPPED, "sim_swap_age_s": 7 * DAY - 1}, "review"),
    ("recent_sim_swap", {**SWAPPED, "sim_swap_age_s": 7 * DAY}, None),
    ("recent_sim_swap", {"sim_swap": SimSwap.NONE}, None),
    ("recent_sim_swap", {"sim_swap": SimSwap.UNKNOWN}, None),
    ("recent_sim_swap", {"sim_swap": SimSwap.NOT_ASKED}, None),
    ("recent_phone_change", {**MOVED, "amount": 4_999}, None),
    ("recent_phone_change", {**MOVED, "amount": 5_000}, "review"),
    ("recent_phone_change", {"phone_change_age_s": 2 * DAY, "amount": 150_000}, None),
    ("recent_phone_change", {"phone_change_age_s": None, "amount": 150_000}, None),
]


class TestEachRule:
    @pytest.mark.parametrize(("name", "changes", "expected"), CASES)
    def test_a_rule_gives_a_finding_from_its_threshold_on(
        self, name: str, changes: dict[str, Any], expected: str | None
    ) -> None:
        finding = RULES[name](replace(QUIET, **changes), Thresholds())

        assert (finding and finding.verdict) == expected

    @pytest.mark.parametrize("name", RULES)
    def test_no_rule_gives_a_finding_for_a_known_customer(self, name: str) -> None:
        assert RULES[name](QUIET, Thresholds()) is None

    @pytest.mark.parametrize(
        ("deposits", "reason"),
        [
            (1, "1 deposit within 1 hour, 50 within 24"),
            (2, "2 deposits within 1 hour, 50 within 24"),
        ],
    )
    def test_the_reason_uses_singular_and_plural(self, deposits: int, reason: str) -> None:
        inputs = replace(QUIET, deposits_1h=deposits, deposits_24h=50)

        finding = RULES["velocity"](inputs, Thresholds())

        assert finding is not None
        assert finding.reason == reason

    @pytest.mark.parametrize("name", RULES)
    def test_a_finding_has_the_rules_name_and_a_reason(self, name: str) -> None:
        inputs = next(changes for rule, changes, verdict in CASES if rule == name and verdict)

        finding = RULES[name](replace(QUIET, **inputs), Thresholds())

        assert finding is not None
        assert finding.rule == name
        assert any(sign.isdigit() for sign in finding.reason)

    @pytest.mark.parametrize("name", RULES)
    def test_no_rule_gives_a_finding_from_the_amount_only(self, name: str) -> None:
        """An input that was not gathered leads to no finding."""
        assert RULES[name](RuleInputs(amount=250_000), Thresholds()) is None


class TestSimSwapQuestion:
    @pytest.mark.parametrize(
        ("changes", "is_asked"),
        [
            ({}, False),
            ({"completed_ever": 0}, True),
            ({"completed_ever": None}, False),
            ({"amount": 9_999}, False),
            ({"amount": 10_000}, True),
        ],
    )
    def test_the_sim_swap_is_asked_about_for_first_and_for_large_deposits(
        self, changes: dict[str, Any], is_asked: bool
    ) -> None:
        assert needs_sim_swap(replace(QUIET, **changes), Thresholds()) is is_asked


#: Two rules speak: velocity reviews, the SIM swap denies.
TWO_RULES = replace(QUIET, deposits_1h=6, sim_swap=SimSwap.SWAPPED, sim_swap_age_s=0)


def enforcing(*shadow_rules: str) -> Policy:
    """Build a policy that refuses, except for the rules named."""
    return Policy(mode=Mode.ENFORCE, shadow_rules=frozenset(shadow_rules))


class TestAssessment:
    def test_no_finding_is_allow(self) -> None:
        found = assess(QUIET, enforcing())

        assert (found.findings, found.verdict, found.applied) == ((), "allow", "allow")

    def test_of_several_findings_the_strictest_gives_the_verdict(self) -> None:
        found = assess(TWO_RULES, enforcing())

        assert [finding.rule for finding in found.findings] == ["velocity", "recent_sim_swap"]
        assert (found.verdict, found.applied) == ("deny", "deny")

    def test_in_shadow_everything_is_found_and_nothing_applied(self) -> None:
        found = assess(TWO_RULES, Policy())

        assert len(found.findings) == 2
        assert (found.verdict, found.applied, found.mode) == ("deny", "allow", "shadow")

    def test_a_rule_in_shadow_is_found_and_not_applied(self) -> None:
        found = assess(TWO_RULES, enforcing("recent_sim_swap"))

        assert (found.verdict, found.applied) == ("deny", "review")

    def test_all_rules_in_shadow_apply_nothing(self) -> None:
        assert assess(TWO_RULES, enforcing(*RULES)).applied == "allow"

    def test_stored_facts_can_be_read_again(self) -> None:
        stored = assess(TWO_RULES, Policy()).as_json()

        assert read_inputs(stored["facts"]) == TWO_RULES
        assert [finding["verdict"] for finding in stored["findings"]] == ["review", "deny"]


class TestStoredInputs:
    def test_facts_of_older_versions_lack_inputs_that_were_not_gathered(self) -> None:
        assert read_inputs({"amount": 500}) == RuleInputs(amount=500)

    def test_facts_of_newer_versions_may_have_more_inputs(self) -> None:
        assert read_inputs({"amount": 500, "horoscope": "Leo"}) == RuleInputs(amount=500)


class TestThresholds:
    def test_some_thresholds_may_be_replaced(self) -> None:
        changed = parse_thresholds(["velocity_review_1h=3", " new_account_hours = 48 "])

        assert changed == Thresholds(velocity_review_1h=3, new_account_hours=48)

    def test_without_a_setting_the_thresholds_are_the_defaults(self) -> None:
        assert parse_thresholds([]) == Thresholds()

    @pytest.mark.parametrize(
        "word",
        ["", "velocity", "velocity_review_1h", "velocity_review_1h=", "velocity_review_1h=-1",
         "velocity_review_1h=1.5", "velocity_review_1h=٣", "speed=3", "velocity_review_1h=1=2"],
    )  # fmt: skip
    def test_a_malformed_threshold_is_refused_and_named(self, word: str) -> None:
        with pytest.raises(InvalidThreshold, match="velocity_review_1h"):
            parse_thresholds([word])

    @pytest.mark.parametrize(
        ("milder", "stricter"),
        [
            ("new_account_review_amount", "new_account_deny_amount"),
            ("velocity_review_1h", "velocity_deny_1h"),
            ("velocity_review_24h", "velocity_deny_24h"),
            ("velocity_review_1h", "velocity_review_24h"),
            ("device_review_accounts", "device_deny_accounts"),
            ("failures_review_1h", "failures_deny_1h"),
            ("failures_review_24h", "failures_deny_24h"),
            ("sim_swap_deny_hours", "sim_swap_review_hours"),
        ],
    )
    def test_the_default_thresholds_review_before_they_deny(
        self, milder: str, stricter: str
    ) -> None:
        assert getattr(Thresholds(), milder) < getattr(Thresholds(), stricter)


class TestStrictest:
    def test_deny_is_stricter_than_review_is_stricter_than_allow(self) -> None:
        assert strictest([Verdict.REVIEW, Verdict.DENY, Verdict.ALLOW]) is Verdict.DENY
        assert strictest([Verdict.ALLOW, Verdict.REVIEW]) is Verdict.REVIEW
        assert strictest([]) is Verdict.ALLOW


def test_find_all_asks_every_rule() -> None:
    everything = replace(
        QUIET,
        amount=150_000,
        account_age_s=0,
        deposits_1h=20,
        failures_1h=20,
        completed_ever=0,
        accounts_from_address_24h=100,
        accounts_from_device_24h=100,
        phone_change_age_s=0,
        sim_swap=SimSwap.SWAPPED,
        sim_swap_age_s=0,
    )

    findings = find_all(everything, Thresholds())

    assert [finding.rule for finding in findings] == list(RULES)
    assert all(isinstance(finding, Finding) for finding in findings)
