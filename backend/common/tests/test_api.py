"""Every error under /api/ has the envelope, also one that Django made."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from common import catalogue
from common.tests.urls import SECRET

pytestmark = [pytest.mark.urls("common.tests.urls"), pytest.mark.django_db]


@pytest.fixture
def calm_client() -> Client:
    """A client that sees the 500 instead of the exception."""
    return Client(raise_request_exception=False)


def _envelope(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body: dict[str, Any] = json.loads(response.content)
    assert {"error", "customer_message", "code"} <= body.keys()
    assert body["code"] == code
    assert SECRET not in response.content.decode()
    return body


@pytest.mark.parametrize("debug", [False, True])
class TestEveryError:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("get", "/api/nowhere/", 404, "not_found"),
            ("post", "/api/nowhere", 404, "not_found"),
            ("get", "/api/auth/me", 404, "not_found"),
            ("delete", "/api/auth/login/", 405, "method_not_allowed"),
            ("get", "/api/private/", 401, "not_authenticated"),
            ("get", "/api/fail/missing/", 404, "not_found"),
            ("get", "/api/fail/forbidden/", 403, "permission_denied"),
            ("get", "/api/fail/suspicious/", 400, "bad_request"),
            ("get", "/api/fail/crash/", 500, "internal_error"),
            ("get", "/api/fail/unavailable/", 500, "internal_error"),
            ("get", "/api/fail/database/", 503, "unavailable"),
            ("get", "/api/fail/throttled/", 429, "rate_limited"),
            ("get", "/api/fail/domain/", 503, "mpesa_busy"),
            ("get", "/api/fail/unlisted/", 400, "something_new"),
            ("get", "/api/plain/missing/", 404, "not_found"),
            ("get", "/api/plain/forbidden/", 403, "permission_denied"),
            ("get", "/api/plain/suspicious/", 400, "bad_request"),
            ("get", "/api/plain/crash/", 500, "internal_error"),
            ("get", "/api/plain/page/", 500, "internal_error"),
            ("get", "/api/plain/answered/", 503, "mpesa_busy"),
        ],
    )
    def test_every_error_comes_in_the_envelope(
        self, calm_client: Client, settings: Any, debug: bool, method: str, path: str,
        status: int, code: str,
    ) -> None:  # fmt: skip
        settings.DEBUG = debug

        response = getattr(calm_client, method)(path)

        _envelope(response, status, code)
        assert response["X-Environment"] == "mock"
        assert response["X-Request-ID"]

    def test_an_error_of_an_unknown_host_comes_in_the_envelope(
        self, calm_client: Client, settings: Any, debug: bool
    ) -> None:
        settings.DEBUG = debug

        for host in ("evil.example", "a b", "x" * 300, "[::"):
            _envelope(calm_client.get("/api/auth/me/", headers={"Host": host}), 400, "bad_request")

    def test_an_unknown_host_before_the_step_to_https(
        self, calm_client: Client, settings: Any, debug: bool
    ) -> None:
        settings.DEBUG, settings.SECURE_SSL_REDIRECT = debug, True

        response = calm_client.get("/api/auth/me/", headers={"Host": "evil.example"})

        _envelope(response, 400, "bad_request")

    def test_errors_outside_the_api_are_pages(
        self, calm_client: Client, settings: Any, debug: bool
    ) -> None:
        settings.DEBUG = debug

        response = calm_client.get("/nowhere/")

        assert response.status_code == 404
        assert response["Content-Type"].startswith("text/html")


class TestHeaders:
    def test_headers_of_the_first_answer_are_kept(self, calm_client: Client) -> None:
        assert calm_client.get("/api/plain/page/")["X-Kept"] == "yes"

    def test_a_wrong_method_names_the_right_ones(self, client: Client) -> None:
        assert client.get("/api/auth/login/")["Allow"] == "POST, OPTIONS"

    def test_a_401_names_the_challenge(self, client: Client) -> None:
        assert client.get("/api/private/")["WWW-Authenticate"] == "Token"

    @pytest.mark.parametrize("path", ["/api/fail/domain/", "/api/plain/answered/"])
    def test_retry_after_is_header_and_field(self, client: Client, path: str) -> None:
        response = client.get(path)

        assert response["Retry-After"] == "30"
        body = _envelope(response, 503, "mpesa_busy")
        assert (body["retry_after"], body["transaction_id"]) == (30, 7)

    def test_a_throttles_wait_is_rounded_up(self, client: Client) -> None:
        response = client.get("/api/fail/throttled/")

        assert response["Retry-After"] == "2"
        assert response.json()["retry_after"] == 2

    def test_error_answers_to_other_origins_keep_their_cors_headers(
        self, calm_client: Client, settings: Any
    ) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]

        response = calm_client.get("/api/plain/crash/", headers={"Origin": "https://shop.example"})

        assert response["Access-Control-Allow-Origin"] == "https://shop.example"


class TestLanguage:
    @pytest.mark.parametrize(
        "path", ["/api/fail/domain/", "/api/nowhere/", "/api/private/", "/api/plain/answered/"]
    )
    def test_only_the_customers_message_follows_the_language(
        self, client: Client, path: str
    ) -> None:
        english = client.get(path, headers={"Accept-Language": "en"}).json()
        swahili = client.get(path, headers={"Accept-Language": "sw-KE, en;q=0.5"}).json()
        other = client.get(path, headers={"Accept-Language": "fr"}).json()

        assert english == other
        assert english.pop("customer_message") != swahili.pop("customer_message")
        assert english == swahili

    def test_an_error_before_the_language_is_known_follows_the_language(
        self, client: Client
    ) -> None:
        headers = {"Accept-Language": "sw", "Host": "evil.example"}

        assert (
            "Tafadhali" in client.get("/api/auth/me/", headers=headers).json()["customer_message"]
        )


class TestValidation:
    def test_nested_faults_are_named_by_their_path(self, client: Client) -> None:
        body = {"inner": {}, "several": [{"name": "x"}, {}], "kind": "b"}

        answer = _envelope(
            client.post("/api/fail/x/", body, "application/json"), 400, "validation_error"
        )

        assert answer["fields"] == {
            "inner.name": ["Please fill this in."],
            "several.1.name": ["Please fill this in."],
            "kind": ['"b" is not a valid choice.'],
        }

    def test_an_error_of_no_field_is_named_non_field_errors(self, client: Client) -> None:
        assert client.get("/api/fail/plain/").json()["fields"] == {
            "non_field_errors": ["a plain list"]
        }

    def test_faults_in_a_list_are_named_by_their_place(self, client: Client) -> None:
        assert client.get("/api/fail/listed/").json()["fields"] == {"rows.1.name": ["bad"]}

    def test_an_empty_list_of_faults_has_no_field(self, client: Client) -> None:
        assert client.get("/api/fail/nothing/").json()["fields"] == {}

    def test_a_domain_error_may_name_fields(self, client: Client) -> None:
        assert client.get("/api/fail/fields/").json()["fields"] == {"amount": ["x"]}


class TestCrash:
    def test_a_crash_is_logged_and_its_cause_not_sent(
        self, calm_client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, "django.request"):
            _envelope(calm_client.get("/api/fail/crash/"), 500, "internal_error")

        (record,) = caplog.records
        assert SECRET in str(record.exc_info)

    def test_an_expected_503_is_no_error_of_ours(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        client.get("/api/fail/domain/")
        client.get("/api/plain/answered/")

        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


class TestFormats:
    def test_another_body_than_json_is_415(self, client: Client) -> None:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "text/xml", "x"):
            response = client.post("/api/auth/login/", "a=b", content_type)
            _envelope(response, 415, "unsupported_media_type")

    def test_an_unsupported_format_is_406(self, client: Client) -> None:
        response = client.get("/api/auth/csrf/", headers={"Accept": "application/xml"})

        _envelope(response, 406, "not_acceptable")


class TestCsrfFailure:
    def test_an_error_of_a_plain_django_view_under_the_api_comes_in_the_envelope(self) -> None:
        client = Client(enforce_csrf_checks=True)

        _envelope(client.post("/api/plain/answered/"), 403, "csrf_failed")

    def test_a_page_elsewhere_stays_a_page(self) -> None:
        client = Client(enforce_csrf_checks=True)

        response = client.post("/pages/plain/answered/")

        assert response.status_code == 403
        assert response["Content-Type"].startswith("text/html")


class TestTables:
    def test_every_generic_code_has_its_status(self) -> None:
        for status, api_error in catalogue.BY_STATUS.items():
            assert catalogue.STATUS_BY_CODE.get(api_error.code, status) == status

    def test_an_error_code_has_one_meaning_in_all_apps(self) -> None:
        catalogue.register(statuses={"not_found": 404})

        with pytest.raises(ValueError, match="not_found"):
            catalogue.register(statuses={"not_found": 400})
        assert catalogue.STATUS_BY_CODE["not_found"] == 404

    def test_every_message_is_in_both_languages(self) -> None:
        messages = [api_error.customer_message for api_error in catalogue.BY_STATUS.values()]

        for message in [*messages, *catalogue.FIELD_MESSAGES.values()]:
            assert message.en
            assert message.sw
            assert message.en != message.sw


@pytest.mark.parametrize(
    ("mock", "environment", "stamp"),
    [(True, "sandbox", "mock"), (False, "sandbox", "sandbox"), (False, "production", "production")],
)
def test_every_answer_names_its_environment(
    client: Client, settings: Any, mock: bool, environment: str, stamp: str
) -> None:
    settings.MPESA_DEBUG, settings.MPESA_ENVIRONMENT = mock, environment

    for path in ("/healthz", "/nowhere", "/api/auth/csrf/", "/static/nothing.js"):
        assert client.get(path)["X-Environment"] == stamp
