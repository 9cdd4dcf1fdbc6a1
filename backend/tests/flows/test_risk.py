"""Fraud rules over HTTP: recorded in shadow, refusing when enforced, and never telling why."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from payments.gateway import GatewayUnreachable
from payments.models import IdempotencyKey, Transaction
from payments.services import assessment
from payments.tests.building import OTHER_PHONE, broken_table, hidden_table, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from risk import conf
from risk.models import Decision, Sighting
from risk.rules import RULES
from risk.sim_swap import SimSwapUnavailable
from tests.flows.app import PASSWORD, App
from tests.races.support import run_together
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

SWAPPED_PHONE = "254712347771"  # the fake says: an hour ago
FIRST_LARGE = 50_000


@pytest.fixture
def enforcing(settings: Any) -> Any:
    """Let rules refuse; return the settings to change more."""
    settings.RISK_MODE = "enforce"
    settings.RATELIMIT_ENABLE = False
    return settings


def _never_swapped(now: datetime) -> datetime | None:
    return None


class ScriptedProvider:
    """Answers as a test says, and remembers what it was asked."""

    answer: Callable[[datetime], datetime | None] = staticmethod(_never_swapped)

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.connections_held: list[int] = []

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Look at the pool from outside, then do as told."""
        pool: Any = connection.pool  # type: ignore[attr-defined]
        stats = pool.get_stats()
        self.connections_held.append(stats["pool_size"] - stats["pool_available"])
        self.asked.append(phone_number)
        return type(self).answer(now)


@pytest.fixture
def provider(settings: Any) -> Iterator[ScriptedProvider]:
    """Put a scripted provider in its place."""
    settings.SIM_SWAP_PROVIDER = f"{__name__}.ScriptedProvider"
    conf._build.cache_clear()
    scripted = conf.find_sim_swap_provider()
    assert isinstance(scripted, ScriptedProvider)
    yield scripted
    ScriptedProvider.answer = staticmethod(_never_swapped)
    conf._build.cache_clear()


def age(user: User, **ago: int) -> None:
    """Let somebody have signed up long ago."""
    User.objects.filter(pk=user.pk).update(created_at=datetime.now(UTC) - timedelta(**ago))


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

    def test_it_speaks_kiswahili(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        app = App()
        app.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "sw"

        assert "hakuna pesa iliyokatwa" in app.deposit(100_000).json()["customer_message"]

    def test_a_refusal_leaves_the_key_free(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        app = App()
        first = app.deposit(FIRST_LARGE, key="k")
        assert not IdempotencyKey.objects.exists()

        enforcing.RISK_MODE = "shadow"
        again = app.deposit(FIRST_LARGE, key="k")

        assert (first.status_code, again.status_code) == (403, 200)
        assert "Idempotent-Replayed" not in again.headers

    def test_a_rule_in_shadow_refuses_nobody(
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


class TestOneDevice:
    def test_the_third_account_in_one_browser_is_reviewed(
        self, gateway: ScriptedGateway, enforcing: Any
    ) -> None:
        browser = Client()
        for number in ("254712345001", "254712345002", "254712345003"):
            make_customer(number)
            browser.cookies.pop("sessionid", None)
            browser.cookies.pop("csrftoken", None)
            browser.post(
                "/api/auth/login/",
                {"phone_number": number, "password": PASSWORD},
                content_type="application/json",
            )

        answer = browser.post(
            "/api/payments/stk-push/",
            {"amount": 500},
            content_type="application/json",
            headers={"X-CSRFToken": browser.cookies["csrftoken"].value},
        )

        assert answer.json()["code"] == "risk_review"
        assert findings() == ["many_accounts_from_device"]

    def test_a_push_is_seen(self, gateway: ScriptedGateway) -> None:
        app = App()
        Sighting.objects.all().delete()

        app.deposit(500)

        assert Sighting.objects.filter(user=app.user).count() == 2

    def test_a_push_by_token_is_seen_by_address(self, gateway: ScriptedGateway) -> None:
        user = make_customer()
        credentials = {"phone_number": user.phone_number, "password": PASSWORD}
        signed_in = Client().post("/api/auth/token/", credentials, content_type="application/json")
        Sighting.objects.all().delete()

        answer = Client().post(
            "/api/payments/stk-push/",
            {"amount": 500},
            content_type="application/json",
            headers={"Authorization": f"Token {signed_in.json()['token']}"},
        )

        assert answer.status_code == 200
        assert "device" not in answer.cookies
        assert Sighting.objects.values_list("user_id", "kind").get() == (user.pk, "address")

    def test_an_origin_that_cannot_be_recorded_stops_nothing(
        self, gateway: ScriptedGateway
    ) -> None:
        app = App()

        with broken_table("risk_sighting"):
            Sighting.objects.all().delete()
            answer = app.deposit(500)

        assert answer.status_code == 200
        assert not Sighting.objects.exists()

    def test_signing_in_works_without_the_table(self) -> None:
        with hidden_table("risk_sighting"):
            app = App()

        assert app.get("/api/auth/me/")["id"] == app.user.pk


class TestSimSwap:
    def test_a_fresh_swap_is_denied(self, gateway: ScriptedGateway, enforcing: Any) -> None:
        enforcing.SIM_SWAP_PROVIDER = "risk.fake_sim_swap.FakeSimSwap"

        answer = App(SWAPPED_PHONE).deposit(500)

        assert answer.json()["code"] == "risk_denied"
        assert findings() == ["recent_sim_swap"]

    def test_no_connection_is_held_while_it_is_asked(
        self, gateway: ScriptedGateway, provider: ScriptedProvider
    ) -> None:
        app = App()

        app.deposit(500)

        assert provider.asked == [app.user.phone_number]
        assert provider.connections_held == [0]
        assert Decision.objects.get().facts["sim_swap"] == "none"

    @pytest.mark.parametrize(
        "trouble", [SimSwapUnavailable("away"), RuntimeError("a bug"), OSError("no network")]
    )
    def test_no_answer_is_unknown_and_never_a_refusal(
        self,
        gateway: ScriptedGateway,
        provider: ScriptedProvider,
        enforcing: Any,
        trouble: Exception,
    ) -> None:
        ScriptedProvider.answer = staticmethod(failing(trouble))

        assert App().deposit(500).status_code == 200
        assert Decision.objects.get().facts["sim_swap"] == "unknown"

    def test_nobody_waits_for_a_slow_answer(
        self,
        gateway: ScriptedGateway,
        provider: ScriptedProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(assessment, "SIM_SWAP_PATIENCE_S", 0.05)
        is_over = threading.Event()

        def answer_late(now: datetime) -> datetime | None:
            is_over.wait(10)
            return None

        ScriptedProvider.answer = staticmethod(answer_late)
        app, started_at = App(), time.monotonic()

        answer = app.deposit(500)

        took_s = time.monotonic() - started_at
        is_over.set()
        assert answer.status_code == 200
        assert took_s < 5
        assert Decision.objects.get().facts["sim_swap"] == "unknown"

    def test_small_deposits_of_known_people_ask_nobody(
        self, gateway: ScriptedGateway, provider: ScriptedProvider, settings: Any
    ) -> None:
        settings.PAYMENTS_GATEWAY = {"CLASS": "payments.mock_gateway.MockGateway", "OPTIONS": {}}
        app = App()
        app.deposit(500)
        provider.asked.clear()

        assert app.deposit(600).status_code == 200
        assert provider.asked == []
        assert app.deposit(10_000).status_code == 200
        assert len(provider.asked) == 1

    @pytest.mark.parametrize(
        "unfit",
        [{"kyc_status": "PENDING"}, {"is_active": False}, {"phone_number": "someone"}],
    )
    def test_who_may_not_deposit_is_not_asked_about(
        self, gateway: ScriptedGateway, provider: ScriptedProvider, unfit: dict[str, Any]
    ) -> None:
        app = App()
        User.objects.filter(pk=app.user.pk).update(**unfit)

        assert app.deposit(500).status_code in {400, 403}
        assert provider.asked == []
        assert not Decision.objects.exists()


class TestAtOnce:
    def test_parallel_refusals_are_a_decision_each_and_no_prompt(
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


def test_the_decision_is_of_the_deposits_own_user_and_amount(gateway: ScriptedGateway) -> None:
    mine, theirs = App(), App(OTHER_PHONE)
    started = mine.deposit(500).json()["transaction_id"]
    age(theirs.user, days=1)

    made = Decision.objects.values().get()
    assert (made["transaction_id"], made["user_id"]) == (started, mine.user.pk)
