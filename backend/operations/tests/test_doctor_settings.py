"""The doctor on settings, for each kind of deployment."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import Error

from operations.doctor import safaricom, surroundings
from operations.doctor.results import DoctorResult, run_checks
from operations.tests.places import live, mock, sandbox
from payments.daraja import TEST_PASSKEY


def levels(found: Any) -> list[str]:
    """Return how bad a check's results are."""
    results = [found] if isinstance(found, DoctorResult) else list(found)
    assert all(result.says for result in results)
    assert all(bool(result.fix) == (result.level != "ok") for result in results)
    return [result.level.value for result in results]


SETTINGS: list[tuple[Callable[[Any], DoctorResult], SimpleNamespace, str]] = [
    (surroundings.check_place, live(), "ok"),
    (surroundings.check_place, sandbox(), "ok"),
    (surroundings.check_place, mock(), "ok"),
    (surroundings.check_place, mock(DEBUG=False), "warning"),
    (surroundings.check_place, live(MPESA_DEBUG=True), "problem"),
    (surroundings.check_debug, live(), "ok"),
    (surroundings.check_debug, mock(), "warning"),
    (surroundings.check_debug, live(DEBUG=True), "problem"),
    (surroundings.check_secret_key, live(), "ok"),
    (surroundings.check_secret_key, mock(), "warning"),
    (surroundings.check_secret_key, live(SECRET_KEY="django-insecure-x"), "problem"),
    (surroundings.check_hosts, live(), "ok"),
    (surroundings.check_hosts, mock(), "ok"),
    (surroundings.check_hosts, live(ALLOWED_HOSTS=["*"]), "problem"),
    (surroundings.check_hosts, sandbox(ALLOWED_HOSTS=["*"]), "warning"),
    (surroundings.check_hosts, live(ALLOWED_HOSTS=["localhost", "127.0.0.1"]), "warning"),
    (surroundings.check_https, live(), "ok"),
    (surroundings.check_https, mock(SECURE_SSL_REDIRECT=False), "ok"),
    (surroundings.check_https, live(SECURE_SSL_REDIRECT=False), "problem"),
    (surroundings.check_https, live(SESSION_COOKIE_SECURE=False), "problem"),
    (surroundings.check_https, live(CSRF_COOKIE_SECURE=False), "problem"),
    (surroundings.check_https, live(SECURE_HSTS_SECONDS=0), "ok"),
    (surroundings.check_https, sandbox(SESSION_COOKIE_SECURE=False), "warning"),
    (
        surroundings.check_https,
        live(MPESA_ENVIRONMENT="sandbox", SESSION_COOKIE_SECURE=False),
        "problem",
    ),
    (surroundings.check_kyc, live(), "ok"),
    (surroundings.check_kyc, live(KYC_PROVIDER="mock"), "problem"),
    (surroundings.check_kyc, sandbox(KYC_PROVIDER="mock"), "warning"),
    (surroundings.check_kyc, live(KYC_REQUIRED=False), "problem"),
    (surroundings.check_counts, live(), "ok"),
    (surroundings.check_counts, live(RATELIMIT_ENABLE=False), "problem"),
    (surroundings.check_counts, mock(RATELIMIT_ENABLE=False), "warning"),
    (surroundings.check_proxies, live(), "ok"),
    (surroundings.check_proxies, live(TRUSTED_PROXY_COUNT=0), "warning"),
    (surroundings.check_proxies, mock(TRUSTED_PROXY_COUNT=0), "ok"),
    (surroundings.check_proxies, live(TRUSTED_PROXY_COUNT=4), "warning"),
    (surroundings.check_risk, live(), "ok"),
    (surroundings.check_sim_swap, live(), "ok"),
    (surroundings.check_sim_swap, live(SIM_SWAP_PROVIDER="telco.Provider"), "ok"),
    (surroundings.check_sim_swap, live(SIM_SWAP_PROVIDER="risk.FakeProvider"), "problem"),
    (surroundings.check_sim_swap, mock(SIM_SWAP_PROVIDER="risk.FakeProvider"), "warning"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "conf", "level"), SETTINGS)
def test_a_setting_is_judged_by_its_environment(
    check: Callable[[Any], DoctorResult], conf: SimpleNamespace, level: str
) -> None:
    assert levels(check(conf)) == [level]


@pytest.mark.parametrize(
    ("conf", "environment", "level"),
    [
        (live(), {}, "ok"),
        (live(FIELD_ENCRYPTION_KEYS=["made"]), {}, "warning"),
        (live(FIELD_ENCRYPTION_KEYS=["made"]), {"FIELD_ENCRYPTION_KEYS": " "}, "warning"),
        (live(FIELD_ENCRYPTION_KEYS=["own"]), {"FIELD_ENCRYPTION_KEYS": "own"}, "ok"),
    ],
)
def test_encryption_needs_keys_of_its_own(
    conf: SimpleNamespace, environment: dict[str, str], level: str
) -> None:
    assert levels(surroundings.check_encryption(conf, environment)) == [level]


def test_each_error_of_manage_py_check_is_a_problem() -> None:
    errors = [Error("no", id="payments.E001"), Error("nor this", hint="do that", id="x.E002")]

    assert levels(surroundings.check_system(errors)) == ["problem", "problem"]
    assert levels(surroundings.check_system([])) == ["ok"]


def test_sound_deployments_have_no_problem() -> None:
    for conf in (live(), sandbox()):
        looked = [
            *surroundings.surroundings_checks(conf, {}, []),
            *safaricom.safaricom_checks(conf),
        ]

        assert {result.level.value for result in run_checks(looked)} == {"ok"}


class TestShortCode:
    @pytest.mark.parametrize(
        ("options", "level"),
        [
            ({}, "ok"),
            ({"party_b": "600200"}, "problem"),
            ({"business_short_code": "12", "party_b": "12"}, "problem"),
            ({"transaction_type": "CustomerBuyGoodsOnline", "party_b": "4567890"}, "ok"),
            ({"transaction_type": "CustomerBuyGoodsOnline"}, "warning"),
        ],
    )
    def test_paybill_and_till_are_told_apart(self, options: dict[str, str], level: str) -> None:
        assert levels(safaricom.check_short_code(live(options=options))) == [level]

    def test_the_mock_has_its_own(self) -> None:
        assert levels(safaricom.check_short_code(mock())) == ["ok"]


_TEST = {"business_short_code": "174379", "passkey": TEST_PASSKEY}
_HALF = {"business_short_code": "174379"}


class TestPasskey:
    @pytest.mark.parametrize(
        ("conf", "level"),
        [
            (live(), "ok"),
            (live(options=_TEST), "problem"),
            (live(options=_HALF), "problem"),
            (live(options={"passkey": TEST_PASSKEY}), "problem"),
            (sandbox(options=_TEST), "ok"),
            (sandbox(options=_HALF), "warning"),
            (mock(), "ok"),
        ],
    )
    def test_test_numbers_belong_into_the_sandbox(self, conf: SimpleNamespace, level: str) -> None:
        assert levels(safaricom.check_passkey(conf)) == [level]

    def test_no_finding_shows_a_secret(self) -> None:
        for conf in (live(), live(options=_TEST), sandbox(options=_HALF)):
            for result in run_checks(safaricom.safaricom_checks(conf)):
                passkey = conf.PAYMENTS_GATEWAY["OPTIONS"]["passkey"]
                assert passkey not in f"{result.says} {result.fix}"


PATH = "/api/payments/callback/"


class TestCallbackUrl:
    @pytest.mark.parametrize(
        ("url", "in_production", "in_sandbox"),
        [
            (f"https://pay.example.co.ke{PATH}", ["ok"], ["ok"]),
            (f"https://pay.example.co.ke:443{PATH}", ["ok"], ["ok"]),
            (f"https://8.8.8.8{PATH}", ["ok"], ["ok"]),
            (f"http://pay.example.co.ke{PATH}", ["problem"], ["warning"]),
            (f"https://localhost{PATH}", ["problem"], ["problem"]),
            (f"https://api{PATH}", ["problem"], ["problem"]),
            (f"https://kibeezy.local{PATH}", ["problem"], ["problem"]),
            (f"https://127.0.0.1{PATH}", ["problem"], ["problem"]),
            (f"https://10.1.2.3{PATH}", ["problem"], ["problem"]),
            (f"https://192.168.1.9{PATH}", ["problem"], ["problem"]),
            (f"https://[::1]{PATH}", ["problem"], ["problem"]),
            (f"https://x.ngrok-free.app{PATH}", ["problem"], ["warning"]),
            (f"https://pay.example.co.ke:9095{PATH}", ["problem"], ["warning"]),
            (f"https://mpesa.example.co.ke{PATH}", ["problem"], ["warning"]),
            (f"https://pay.example.co.ke/M-Pesa{PATH}", ["problem"], ["warning"]),
            (f"https://pay.example.co.ke/query{PATH}", ["problem"], ["warning"]),
            (f"https://pay.example.co.ke/sqlite{PATH}", ["ok"], ["ok"]),
            (f"https://pay.example.co.ke{PATH}?a=b", ["problem"], ["problem"]),
            (f"http://127.0.0.1:8000{PATH}", ["problem"] * 3, ["warning", "problem", "warning"]),
        ],
    )
    def test_safaricom_must_be_able_to_call_the_callback_url(
        self, url: str, in_production: list[str], in_sandbox: list[str]
    ) -> None:
        def look(conf: SimpleNamespace) -> list[str]:
            return levels(safaricom.check_callback_url(conf))

        assert look(live(MPESA_CALLBACK_URL=url)) == in_production
        assert look(sandbox(MPESA_CALLBACK_URL=url)) == in_sandbox

    def test_the_simulator_calls_at_home(self) -> None:
        conf = sandbox(
            MPESA_CALLBACK_URL=f"http://127.0.0.1:8000{PATH}",
            options={"base_url": "http://127.0.0.1:8100"},
        )

        assert levels(safaricom.check_callback_url(conf)) == ["ok"]

    def test_with_the_mock_any_callback_url_will_do(self) -> None:
        assert levels(safaricom.check_callback_url(mock(MPESA_CALLBACK_URL="http://x/"))) == ["ok"]


class TestCallbackSources:
    @pytest.mark.parametrize(
        ("networks", "level"),
        [
            ([], "ok"),
            (safaricom.PUBLISHED_SOURCES, "ok"),
            (["196.201.212.0/24", "196.201.213.0/24", "196.201.214.0/24"], "ok"),
            (safaricom.PUBLISHED_SOURCES[:-1], "warning"),
            (["10.0.0.0/8"], "warning"),
        ],
    )
    def test_a_list_holds_all_that_is_published(self, networks: list[str], level: str) -> None:
        conf = live(MPESA_CALLBACK_ALLOWED_IPS=networks)

        assert levels(safaricom.check_callback_sources(conf)) == [level]

    def test_a_missing_callback_source_is_named(self) -> None:
        conf = live(MPESA_CALLBACK_ALLOWED_IPS=safaricom.PUBLISHED_SOURCES[1:])

        assert "lacks 196.201.214.200:" in safaricom.check_callback_sources(conf).says
