"""Fraud rules over HTTP: recorded in shadow, refusing when enforced, and never telling why."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import ProgrammingError

from payments.gateway import GatewayUnreachable
from payments.models import IdempotencyKey, Transaction
from payments.tests.building import broken_table, hidden_table, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from risk import sightings
from risk.models import Decision, Sighting
from risk.rules import RULES
from risk.sightings import RequestSource
from tests.flows.app import App
from tests.races.support import run_together

pytestmark = pytest.mark.django_db(transaction=True)

FIRST_LARGE = 50_000


def findings() -> list[str]:
    """Return the rules that spoke in the only decision."""
    return [finding["rule"] for finding in Decision.objects.get().findings]


class TestShadow:
    def test_a_quiet_deposit_is_recorded_as_allowed(self, gateway: ScriptedGateway) -> None:
        app = App()

        started = app.deposit(500)

        decision = Decision.objects.get()
        assert started.status_code == 200
        assert decision.transaction_id == started.json()["transaction_id"]
        assert (decision.verdict, decision.applied, decision.mode) == ("allow", "allow", "shadow")
        assert (decision.user, decision.amount, decision.findings) == (app.user, 500, [])
        assert decision.facts["accounts_from_device_24h"] == 1

    def test_a_suspicious_one_goes_through_and_is_recorded(self, gateway: ScriptedGateway) -> None:
        started = App().deposit(FIRST_LARGE)

        decision = Decision.objects.get()
        assert started.status_code == 200
        assert len(gateway.pushes) == 1
        assert (decision.verdict, decision.applied) == ("review", "allow")
        assert findings() == ["new_account", "first_large_deposit"]

    def test_a_decision_is_committed_with_its_deposit_or_not_at_all(
        self, gateway: ScriptedGateway
    ) -> None:
        app = App()

        with broken_table("risk_decision", event="INSERT"):
            answer = app.deposit(500)

        assert answer.status_code >= 500
        assert not Transaction.objects.exists()
        assert gateway.pushes == []

    def test_without_facts_nothing_is_sent_and_the_key_is_free(
        self, gateway: ScriptedGateway
    ) -> None:
        app = App()

        with hidden_table("risk_sighting"), pytest.raises(ProgrammingError):
            app.deposit(500, key="k")

        assert not IdempotencyKey.objects.exists()
        assert gateway.pushes == []
        assert app.deposit(500, key="k").status_code == 200

    def test_a_replayed_answer_is_no_second_decision(self, gateway: ScriptedGateway) -> None:
        app = App()
        app.deposit(500, key="k")

        assert app.deposit(500, key="k").headers["Idempotent-Replayed"] == "true"
        assert Decision.objects.count() == 1

    def test_an_open_prompt_is_refused_before_the_rules(self, gateway: ScriptedGateway) -> None:
        app = App()
        app.deposit(500)

        assert app.deposit(FIRST_LARGE).json()["code"] == "deposit_in_progress"
        assert Decision.objects.count() == 1

    def test_a_deposit_that_m_pesa_never_saw_keeps_its_decision(
        self, gateway: ScriptedGateway
    ) -> None:
        gateway.on_push = failing(GatewayUnreachable("no connection"))

        assert App().deposit(500).status_code == 503
        assert Decision.objects.get(transaction__status="FAILED").applied == "allow"


class TestEnforce:
    def test_a_quiet_deposit_goes_through(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        assert App().deposit(500).status_code == 200
        assert Decision.objects.get().mode == "enforce"

    def test_a_review_is_refused_and_nothing_is_sent(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        app = App()

        answer = app.deposit(FIRST_LARGE)

        decision = Decision.objects.get()
        assert (answer.status_code, answer.json()["code"]) == (403, "risk_review")
        assert gateway.pushes == []
        assert not Transaction.objects.exists()
        assert (decision.applied, decision.transaction_id) == ("review", None)
        assert (decision.user, decision.amount) == (app.user, FIRST_LARGE)
        assert app.balance == "0.00"

    def test_a_denial_is_refused_and_nothing_is_sent(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        answer = App().deposit(100_000)

        assert (answer.status_code, answer.json()["code"]) == (403, "risk_denied")
        assert gateway.pushes == []
        assert Decision.objects.get().applied == "deny"

    @pytest.mark.parametrize("amount", [FIRST_LARGE, 100_000])
    def test_the_answer_says_what_to_do_and_never_why(
        self, gateway: ScriptedGateway, enforcing: Any, amount: int
    ) -> None:
        text = App().deposit(amount).content.decode().lower()

        assert "no money moved" in text
        assert "contact support" in text
        for word in (*RULES, "fraud", "account", "large", "velocity", "sim", "hours", "first "):
            assert word not in text.replace("first. nothing", "")

    def test_a_denial_is_in_the_language_asked_for(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        app = App()
        app.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "sw"

        assert "hakuna pesa iliyokatwa" in app.deposit(100_000).json()["customer_message"]

    def test_an_error_leaves_the_key_free(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        app = App()
        first = app.deposit(FIRST_LARGE, key="k")
        assert not IdempotencyKey.objects.exists()

        enforcing.RISK_MODE = "shadow"
        again = app.deposit(FIRST_LARGE, key="k")

        assert (first.status_code, again.status_code) == (403, 200)
        assert "Idempotent-Replayed" not in again.headers

    def test_a_rule_in_shadow_refuses_no_deposit(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        enforcing.RISK_SHADOW_RULES = ["new_account", "first_large_deposit"]

        assert App().deposit(FIRST_LARGE).status_code == 200
        assert (Decision.objects.get().verdict, Decision.objects.get().applied) == (
            "review",
            "allow",
        )

    def test_another_threshold_refuses_from_another_amount_on(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        enforcing.RISK_THRESHOLDS = ["first_deposit_review_amount=100"]

        assert App().deposit(100).json()["code"] == "risk_review"

    def test_limits_are_looked_at_first(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        enforcing.DEPOSIT_DAILY_LIMIT = 1_000

        assert App().deposit(FIRST_LARGE).json()["code"] == "limit_exceeded"
        assert not Decision.objects.exists()


class TestAtOnce:
    def test_one_customer_in_one_place_is_one_row(self) -> None:
        user, here = make_customer(), RequestSource(address_hash="a" * 64, device_hash="d" * 64)
        times = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in range(0, 16, 2)]

        results = run_together(
            [partial(sightings.record, user_id=user.pk, source=here, now=now) for now in times]
        )

        assert results == [None] * 8
        assert set(Sighting.objects.values_list("kind", "last_seen_at")) == {
            ("address", times[-1]),
            ("device", times[-1]),
        }

    def test_parallel_denials_are_a_decision_each_and_no_prompt(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        apps = [App(f"25471234500{number}") for number in range(4)]
        Sighting.objects.all().delete()

        answers = run_together([partial(app.deposit, FIRST_LARGE) for app in apps])

        assert {answer.json()["code"] for answer in answers} == {"risk_review"}
        assert Decision.objects.count() == 4
        assert gateway.pushes == []

    def test_one_customer_at_once_has_one_deposit_and_one_decision(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        app = App()
        headers = {"X-CSRFToken": app.get("/api/auth/csrf/")["csrf_token"]}
        push = partial(
            app.browser.post,
            "/api/payments/stk-push/",
            {"amount": 500},
            content_type="application/json",
            headers=headers,
        )

        answers = run_together([push] * 6)

        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 409, 409, 409, 409, 409]
        assert Decision.objects.count() == 1
        assert len(gateway.pushes) == 1
