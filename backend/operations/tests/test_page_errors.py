"""An error of the page becomes one masked line and one count, for every sender."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from common.logs import MaskingJsonFormatter, MaskingTextFormatter
from operations.page_errors import plain_line
from users.models import User

PATH = "/api/page-errors/"
ERROR = {"kind": "error", "message": "x is not a function", "where": "/wallet"}
#: A script and its place, as the page sends it.
FRAME = "open@0a31f5b7.js:1:20417"


def _report(client: Client | None = None, **changes: Any) -> Any:
    body = {**ERROR, **changes}
    return (client or Client()).post(PATH, body, "application/json")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """What the log says about the page, as it is written."""
    found: list[dict[str, Any]] = []

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(MaskingJsonFormatter().format(record)))
            assert len(MaskingTextFormatter().format(record).splitlines()) == 1

    logger, handler = logging.getLogger("operations.page_errors"), Written()
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def _count(kind: str) -> float:
    return REGISTRY.get_sample_value("page_errors_total", {"kind": kind}) or 0


class TestReport:
    @pytest.mark.parametrize("kind", ["error", "rejection", "render"])
    def test_a_report_is_one_warning_in_the_log_and_one_count(
        self, lines: list[dict[str, Any]], kind: str, db: None
    ) -> None:
        before = _count(kind)

        response = _report(kind=kind, stack=f"{FRAME}\ntap@0a31f5b7.js:1:377")

        assert (response.status_code, response.content) == (204, b"")
        (line,) = lines
        assert line["level"] == "WARNING"
        assert line["request_id"]
        assert {name: line[name] for name in ("kind", "where", "error", "stack")} == {
            "kind": kind,
            "where": "/wallet",
            "error": "x is not a function",
            "stack": f"{FRAME} | tap@0a31f5b7.js:1:377",
        }
        assert _count(kind) == before + 1
        assert b"page_errors_total{kind=" in Client().get("/metrics").content

    def test_a_report_needs_no_query(self, django_assert_num_queries: Any, db: None) -> None:
        with django_assert_num_queries(0):
            assert _report().status_code == 204

    def test_sentry_gets_the_same_masked_report(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[Any] = []
        monkeypatch.setattr(sentry_sdk, "capture_message", lambda *a, **k: told.append((a, k)))

        _report(message="lost KSh 50 of 0712345678")

        (((message,), options),) = told
        assert message == "the page failed in a browser"
        assert options["extras"]["error"] == "lost KSh # of #****#"
        assert options["level"] == "warning"
        assert options["extras"]["where"] == "/wallet"

    def test_a_session_needs_its_csrf_token(self, db: None) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(User.objects.create_user("0712345678", "a-long-password"))

        refused = _report(browser)
        token = browser.get("/api/auth/csrf/").json()["csrf_token"]
        accepted = browser.post(PATH, ERROR, "application/json", headers={"X-CSRFToken": token})

        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        assert accepted.status_code == 204


class TestErrors:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "crash"), ("kind", ["error"]), ("kind", None),
            ("message", ""), ("message", 5), ("message", "x" * 301), ("message", "a\x00b"),
            ("message", "\ud800"), ("message", None),
            ("where", "wallet"), ("where", "/wallet?phone=0712345678"), ("where", "/" * 201),
            ("where", "/a b"), ("where", "/a\nb"), ("where", "https://evil.example/"),
            ("stack", "x" * 2001), ("stack", {"a": 1}), ("stack", "\x00"),
        ],
    )  # fmt: skip
    def test_an_invalid_report_is_a_400_and_no_log_line(
        self, lines: list[dict[str, Any]], field: str, value: Any
    ) -> None:
        response = _report(**{field: value})

        assert response.status_code == 400
        assert set(response.json()["fields"]) == {field}
        assert lines == []

    @pytest.mark.parametrize("field", ["kind", "message", "where"])
    def test_every_field_but_the_stack_is_required(self, field: str) -> None:
        body = {name: value for name, value in ERROR.items() if name != field}

        assert Client().post(PATH, body, "application/json").status_code == 400

    def test_a_form_of_another_site_cannot_send_a_report(self) -> None:
        assert Client().post(PATH, ERROR).status_code == 415
        assert Client().post(PATH, json.dumps(ERROR), "text/plain").status_code == 415

    def test_a_large_body_is_refused_unread(self) -> None:
        response = _report(stack="x" * 70_000)

        assert (response.status_code, response.json()["code"]) == (413, "request_too_large")


class TestRate:
    def test_an_address_over_the_rate_has_to_wait(
        self, settings: Any, lines: list[dict[str, Any]]
    ) -> None:
        settings.PAGE_ERROR_RATE_IP = "2/m"

        responses = [_report() for _ in range(3)]
        elsewhere = Client(REMOTE_ADDR="41.90.1.3")

        assert [response.status_code for response in responses] == [204, 204, 429]
        assert 1 <= int(responses[2]["Retry-After"]) <= 60
        assert responses[2].json()["code"] == "rate_limited"
        assert len(lines) == 2
        assert _report(elsewhere).status_code == 204

    def test_the_rate_limit_may_be_switched_off(self, settings: Any) -> None:
        settings.PAGE_ERROR_RATE_IP, settings.RATELIMIT_ENABLE = "1/m", False

        assert [_report().status_code for _ in range(3)] == [204] * 3


class TestMasking:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("no user 0712 345 678", "no user #****#"),
            ("paid KSh 1,500.00 to 254712345678", "paid KSh # to #****#"),
            ("KES 50, Ksh.7", "KES #, Ksh.#"),
            ("balance 2 500", "balance #"),
            ("\u0661\u0662\u0663\u0664", "#"),
            ("id 123", "id #"),
            ("at line 12 of 3", "at line 12 of 3"),
            (FRAME, FRAME),
            (f"at f ({FRAME})", f"at f ({FRAME})"),
            ("x.js:1:254712345678", "x.js:1:2547****#"),
            ("254712345678.js:1:1", "#****5678.js:1:1"),
            ("x.js:1:12345678", "x.js:1:#"),
            ("token=abc123def", "token=[masked]"),
            ("a\r\nERROR forged\x1b[31m\u202e", "a\\r\\nERROR forged\\x1b[31m\\u202e"),
        ],
    )
    def test_secrets_and_phone_numbers_are_masked(self, text: str, expected: str) -> None:
        assert plain_line(text) == expected

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.text(min_size=1, max_size=300), st.text(max_size=2000))
    def test_no_text_is_more_than_one_line(
        self, lines: list[dict[str, Any]], message: str, stack: str
    ) -> None:
        lines.clear()

        # The rate would let the first twenty alone through.
        with override_settings(RATELIMIT_ENABLE=False):
            status = _report(message=message, stack=stack).status_code

        assert status in (204, 400)
        assert len(lines) == (status == 204)
        for line in lines:
            assert len(f"{line['error']}{line['stack']}".splitlines()) <= 1
