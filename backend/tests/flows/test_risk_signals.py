"""Signals of the fraud rules over HTTP: who shares a browser, and whose SIM card was replaced."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from payments.services import risk_inputs
from payments.tests.building import broken_table, hidden_table, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from risk import conf
from risk.models import Decision, Sighting
from risk.sim_swap import SimSwapUnavailable
from tests.flows.app import PASSWORD, App
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

SWAPPED_PHONE = "254712347771"  # the fake says: an hour ago


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


def findings() -> list[str]:
    """Return the rules that spoke in the only decision."""
    return [finding["rule"] for finding in Decision.objects.get().findings]


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

    def test_no_connection_is_held_while_the_provider_is_asked(
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
    def test_no_answer_is_unknown_and_never_a_denial(
        self,
        gateway: ScriptedGateway,
        provider: ScriptedProvider,
        enforcing: Any,
        trouble: Exception,
    ) -> None:
        ScriptedProvider.answer = staticmethod(failing(trouble))

        assert App().deposit(500).status_code == 200
        assert Decision.objects.get().facts["sim_swap"] == "unknown"

    @pytest.mark.parametrize("answer", [datetime(2026, 1, 1), "2026-01-01", 5])  # noqa: DTZ001
    def test_an_answer_that_is_no_moment_is_unknown(
        self, gateway: ScriptedGateway, provider: ScriptedProvider, enforcing: Any, answer: Any
    ) -> None:
        ScriptedProvider.answer = staticmethod(lambda now: answer)

        assert App().deposit(500).status_code == 200
        assert Decision.objects.get().facts["sim_swap"] == "unknown"

    def test_no_push_waits_for_a_slow_answer(
        self,
        gateway: ScriptedGateway,
        provider: ScriptedProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(risk_inputs, "SIM_SWAP_PATIENCE_S", 0.05)
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

    def test_small_deposits_of_known_customers_need_no_sim_swap_query(
        self, gateway: ScriptedGateway, provider: ScriptedProvider, settings: Any
    ) -> None:
        settings.PAYMENTS_GATEWAY = {"CLASS": "payments.gateways.mock.MockGateway", "OPTIONS": {}}
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
    def test_no_provider_is_asked_about_a_customer_who_may_not_deposit(
        self, gateway: ScriptedGateway, provider: ScriptedProvider, unfit: dict[str, Any]
    ) -> None:
        app = App()
        User.objects.filter(pk=app.user.pk).update(**unfit)

        assert app.deposit(500).status_code in {400, 403}
        assert provider.asked == []
        assert not Decision.objects.exists()
