"""The doctor on database, cache, workers and M-Pesa."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import respx
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from common import clock
from operations.doctor import connections
from operations.doctor.connections import Backlog, judge_backlog
from payments.gateways.mock import MockGateway
from payments.mpesa_integration import MpesaGateway
from payments.tests.building import NOON, OTHER_PHONE, make_customer
from payments.tests.mpesa_wire import KEY, SECRET, TOKEN, TOKEN_URL, issue, make_gateway

_CALLBACK_URL = "https://pay.example.com/api/payments/callback/"


class TestProxyHeaders:
    """A proxy that passes underscores on lets callers write their own address."""

    @staticmethod
    def _conf(**more: Any) -> SimpleNamespace:
        wanted = {"MPESA_DEBUG": False, "TRUSTED_PROXY_COUNT": 1}
        return SimpleNamespace(MPESA_CALLBACK_URL=_CALLBACK_URL, **{**wanted, **more})

    @pytest.mark.django_db
    @pytest.mark.parametrize(("drops", "level"), [(True, "ok"), (False, "problem")])
    def test_a_proxy_that_passes_on_headers_with_underscores_is_a_problem(
        self, respx_mock: respx.MockRouter, drops: bool, level: str
    ) -> None:
        def pass_on(request: httpx.Request) -> httpx.Response:
            headers = {name: value for name, value in request.headers.items() if "_" in name}
            assert list(headers) == ["x_request_id"]
            sent = {} if drops else {"X-Request-ID": headers["x_request_id"]}
            answer = Client().get("/api/payments/callback/", headers=sent)
            return httpx.Response(answer.status_code, headers=dict(answer.headers))

        respx_mock.get(_CALLBACK_URL).mock(side_effect=pass_on)

        assert connections.check_proxy_headers(self._conf()).level.value == level

    def test_a_proxy_that_is_not_reached_is_a_warning(self, respx_mock: respx.MockRouter) -> None:
        respx_mock.get(_CALLBACK_URL).mock(side_effect=httpx.ConnectError("no route"))

        assert connections.check_proxy_headers(self._conf()).level.value == "warning"

    @pytest.mark.parametrize("more", [{"MPESA_DEBUG": True}, {"TRUSTED_PROXY_COUNT": 0}])
    def test_without_trusted_proxies_no_request_is_sent(self, more: dict[str, Any]) -> None:
        assert connections.check_proxy_headers(self._conf(**more)).level.value == "ok"


class TestJudgements:
    @pytest.mark.parametrize(
        ("skew_s", "level"),
        [(0.2, "ok"), (-2.9, "ok"), (3, "warning"), (-59, "warning"), (60, "problem"),
         (-3600, "problem")],
    )  # fmt: skip
    def test_a_clock(self, skew_s: float, level: str) -> None:
        found = connections.judge_clock("clock", timedelta(seconds=skew_s))

        assert found.level.value == level
        assert ("ahead" in found.says) == (skew_s > 0)

    @pytest.mark.parametrize(
        ("pool_size", "processes", "level"),
        [(8, 2, "ok"), (30, 2, "warning"), (32, 2, "problem"), (100, 1, "problem")],
    )
    def test_a_pool(self, pool_size: int, processes: int, level: str) -> None:
        assert connections.judge_pool(pool_size, processes, 97).level.value == level

    @pytest.mark.parametrize(("processes", "level"), [(1, "ok"), (2, "warning")])
    def test_a_cache_for_oneself(self, processes: int, level: str) -> None:
        assert connections.judge_lonely_cache(processes).level.value == level

    @pytest.mark.parametrize(
        ("workers", "age_s", "level"),
        [(0, None, "problem"), (1, 9.0, "ok"), (3, 30.0, "ok"), (1, 31.0, "problem")],
    )
    def test_a_worker(self, workers: int, age_s: float | None, level: str) -> None:
        assert connections.judge_worker(workers, age_s).level.value == level

    @pytest.mark.parametrize(
        ("operators", "ready", "level"), [(0, 0, "warning"), (2, 1, "warning"), (2, 2, "ok")]
    )
    def test_operators(self, operators: int, ready: int, level: str) -> None:
        assert connections.judge_operators(operators, ready).level.value == level

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, ["ok"]),
            ({"jobs": 100, "late_s": 60.0}, ["ok"]),
            ({"late_s": 61.0}, ["warning"]),
            ({"late_s": 600.0, "paused_until": NOON + timedelta(seconds=9)}, ["warning"]),
            ({"late_s": None, "paused_until": NOON}, ["ok"]),
            ({"jobs": 101, "failed_jobs": 1, "callbacks": 1, "unanswered": 1}, ["warning"] * 4),
            ({"confirmations": 1}, ["warning"]),
        ],
    )
    def test_a_backlog(self, fields: dict[str, Any], expected: list[str]) -> None:
        quiet = {
            "jobs": 0, "failed_jobs": 0, "late_s": -30.0, "callbacks": 0,
            "confirmations": 0, "paused_until": None,
            "unanswered": 0,
        }  # fmt: skip

        found = judge_backlog(Backlog(**{**quiet, **fields}), NOON)

        assert [result.level.value for result in found] == expected


@pytest.mark.django_db
class TestDatabase:
    def test_a_sound_database_has_no_problem(self) -> None:
        conf = SimpleNamespace(DB_POOL_SIZE=2, WEB_CONCURRENCY=1)

        found = [
            connections.check_version(),
            connections.check_migrations(),
            connections.check_pool(conf),
            connections.check_database_clock(),
            *connections.check_backlog(),
        ]

        assert {result.level.value for result in found} == {"ok"}

    def test_a_missing_migration_is_named(self) -> None:
        ((_, newest),) = MigrationLoader(connection).graph.leaf_nodes("payments")
        MigrationRecorder(connection).record_unapplied("payments", newest)

        found = connections.check_migrations()

        assert found.level.value == "problem"
        assert f"payments.{newest}" in found.says

    def test_a_clock_that_runs_ahead_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "_SHIFT", timedelta(seconds=100))

        assert connections.check_database_clock().level.value == "problem"

    def test_workers_are_heard_by_their_heartbeat(self) -> None:
        assert connections.check_worker().level.value == "problem"

        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")

        assert connections.check_worker().level.value == "ok"

    def test_an_operator_without_a_second_factor_is_counted(self) -> None:
        operator = make_customer(OTHER_PHONE, is_staff=True)
        assert connections.check_operators().says == "1 of 1 cannot enter: no second factor"

        TOTPDevice.objects.create(user=operator, confirmed=True)

        assert connections.check_operators().level.value == "ok"

    def test_failed_jobs_are_told(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
                " VALUES ('default', 'x', 'failed'), ('default', 'y', 'todo')"
            )

        (found,) = connections.check_backlog()

        assert found.says == "1 jobs have failed"


class TestPooler:
    """Against a real PgBouncer: tests/pooler."""

    @pytest.mark.django_db(transaction=True)
    def test_a_plain_postgresql_has_a_process_per_connection(self) -> None:
        assert not connections._is_lent_out({})
        found = connections.check_pooler(SimpleNamespace(WORKER_DATABASE={}))
        assert found.says == "none in transaction mode seen"

    @pytest.mark.parametrize(
        ("processes", "is_lent_out"),
        [
            ([1, 1] * 5, True),
            ([1, 2] * 5, False),
            ([1, 2] * 4 + [2, 1], True),
            ([1, 2] * 4 + [1, 3], True),
        ],
    )
    def test_a_pooler_is_known_by_its_server_processes(
        self, processes: list[int], is_lent_out: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = iter(processes)
        monkeypatch.setattr(connections, "_server_process", lambda _: next(answers))

        assert connections._is_lent_out({}) is is_lent_out

    @pytest.mark.parametrize(
        ("pooled", "level"),
        [(set(), "ok"), ({"api"}, "ok"), ({"worker"}, "problem"), ({"api", "worker"}, "problem")],
    )
    def test_only_the_worker_must_bypass_the_pooler(
        self, pooled: set[str], level: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        is_lent_out = lambda address: address.get("NAME", "api") in pooled  # noqa: E731
        monkeypatch.setattr(connections, "_is_lent_out", is_lent_out)

        found = connections.check_pooler(SimpleNamespace(WORKER_DATABASE={"NAME": "worker"}))

        assert found.level.value == level


class _Forgetful(LocMemCache):
    """A cache that keeps nothing."""

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Forget it."""


class TestCache:
    def test_a_cache_of_each_process_is_a_warning(self) -> None:
        assert connections.check_cache(SimpleNamespace(WEB_CONCURRENCY=4)).level.value == "warning"

    @pytest.mark.parametrize(("remembers", "level"), [(True, "ok"), (False, "problem")])
    def test_a_shared_cache_has_to_remember(
        self, remembers: bool, level: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = (LocMemCache if remembers else _Forgetful)("doctor", {})
        monkeypatch.setattr(connections, "caches", {"default": None})
        monkeypatch.setattr(connections, "cache", shared)

        assert connections.check_cache(SimpleNamespace(WEB_CONCURRENCY=4)).level.value == level


@pytest.fixture
def gateway() -> Iterator[MpesaGateway]:
    """Build a gateway whose M-Pesa the test scripts."""
    gateway = make_gateway()
    yield gateway
    gateway.close()


class TestCredentials:
    def test_the_shared_token_is_not_killed_for_a_look(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter
    ) -> None:
        """Each new token may kill the last one (docs/daraja.md §1)."""
        oauth = respx_mock.get(TOKEN_URL).mock(return_value=issue(TOKEN))

        levels = [connections.check_credentials(gateway).level.value for _ in range(3)]

        assert levels == ["ok"] * 3
        assert oauth.call_count == 1

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            ({"return_value": httpx.Response(400)}, "refuses MPESA_CONSUMER_KEY"),
            ({"side_effect": httpx.ConnectError("no route")}, "was not reached"),
        ],
    )
    def test_a_problem_is_described_without_secrets(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter, answer: Any, says: str
    ) -> None:
        respx_mock.get(TOKEN_URL).mock(**answer)

        found = connections.check_credentials(gateway)

        assert found.level.value == "problem"
        assert says in found.says
        assert not any(secret in f"{found}" for secret in (KEY, SECRET))

    def test_the_mock_needs_none(self) -> None:
        assert connections.check_credentials(MockGateway()).level.value == "ok"
        assert connections.check_clock(MockGateway()).level.value == "ok"


class TestClockOfMpesa:
    @pytest.mark.parametrize(
        ("ahead_s", "level"), [(0, "ok"), (-20, "warning"), (20, "warning"), (3600, "problem")]
    )
    def test_the_clock_of_m_pesa_is_compared_with_ours(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter, ahead_s: int, level: str
    ) -> None:
        theirs = clock.now() - timedelta(seconds=ahead_s)
        date = f"{theirs:%a, %d %b %Y %H:%M:%S GMT}"
        asked = respx_mock.get(TOKEN_URL).respond(400, headers={"Date": date})

        assert connections.check_clock(gateway).level.value == level
        assert "Authorization" not in asked.calls.last.request.headers

    @pytest.mark.parametrize("headers", [{}, {"Date": "today"}])
    def test_a_missing_or_malformed_date_header_is_no_problem(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter, headers: dict[str, str]
    ) -> None:
        respx_mock.get(TOKEN_URL).respond(400, headers=headers)

        assert connections.check_clock(gateway).level.value == "ok"

    def test_no_answer_of_m_pesa_is_a_problem(
        self, gateway: MpesaGateway, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.get(TOKEN_URL).mock(side_effect=httpx.ReadTimeout("slow"))

        assert connections.check_clock(gateway).level.value == "problem"
