"""Every line is one line, masked, and names its request."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common import logs
from common.logs import MaskingJsonFormatter, MaskingTextFormatter, RequestLogMiddleware


def _record(message: str, *arguments: Any, **extra: Any) -> logging.LogRecord:
    logger = logging.getLogger("test")
    record = logger.makeRecord(
        "test", logging.INFO, "f.py", 1, message, arguments, None, extra=extra
    )
    logs.RequestIdFilter().filter(record)
    return record


def _with_exception(record: logging.LogRecord, text: str) -> logging.LogRecord:
    error = ValueError(text)
    record.exc_info = (ValueError, error, None)
    return record


class TestJsonLines:
    def test_a_record_is_one_object(self) -> None:
        line = json.loads(MaskingJsonFormatter().format(_record("paid %s", 500, deposit=7)))

        assert line.pop("time").endswith("Z")
        assert line == {
            "level": "INFO",
            "logger": "test",
            "request_id": "-",
            "message": "paid 500",
            "deposit": 7,
        }

    def test_message_arguments_extra_exception_and_stack_are_masked(self) -> None:
        record = _record(
            "for %s", "0712345678", phone="+254 712 345678", passkey="bfb279", n=254712345678
        )
        _with_exception(record, "no user 254712345678 with password='hunter2'")
        record.stack_info = "at 0712345678"

        line = MaskingJsonFormatter().format(record)

        assert "712345678" not in line
        assert "345678" not in line
        assert "bfb279" not in line
        assert "hunter2" not in line
        assert json.loads(line)["exception"].startswith("ValueError: no user")

    def test_djangos_request_object_is_left_out(self) -> None:
        line = MaskingJsonFormatter().format(_record("bad", request=RequestFactory().get("/x")))

        assert "request" not in json.loads(line)

    @given(
        st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.binary(), max_size=3)
    )
    def test_no_text_ends_the_line(self, text: str, value: dict[str, Any]) -> None:
        line = MaskingJsonFormatter().format(_record("%s", text, value=value))

        assert len(line.splitlines()) == 1
        json.loads(line)

    def test_arguments_that_do_not_fit_are_no_reason_to_lose_the_line(self) -> None:
        line = json.loads(MaskingJsonFormatter().format(_record("%d of %d", "0712345678")))

        assert line["message"] == "'%d of %d' [its arguments do not fit]"


class TestReadableLines:
    def test_a_forged_line_shows_as_text(self) -> None:
        record = _record("hello\n18:00:00 ERROR forged\x1b[31m", note="a\nb")
        _with_exception(record, "boom\n18:00:00 ERROR forged 0712345678")

        lines = MaskingTextFormatter().format(record).split("\n")

        assert "hello\\n18:00:00 ERROR forged\\x1b[31m note=a\\nb" in lines[0]
        assert all(line.startswith("    | ") for line in lines[1:])
        assert "345678" not in lines[-1]

    def test_a_plain_record_is_one_line(self) -> None:
        assert MaskingTextFormatter().format(_record("hello")).endswith("test [-] hello")


class TestRequestId:
    @pytest.mark.parametrize("sent", ["abc-123", "Z" * 64, "0f" * 16])
    def test_a_sane_id_is_taken_over(self, client: Client, sent: str) -> None:
        assert client.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"] == sent

    @pytest.mark.parametrize(
        "sent", ["", "a b", "A" * 65, "x\nforged", "../x", "é", "254712345678", "a_b", "0" * 40]
    )
    def test_any_other_id_is_replaced(self, client: Client, sent: str) -> None:
        answered = client.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]

        assert answered != sent
        assert len(answered) == 36

    def test_records_of_a_request_carry_its_id_and_later_ones_do_not(self) -> None:
        seen: list[str] = []

        def answer(request: HttpRequest) -> HttpResponse:
            seen.append(logs.current_request_id())
            return HttpResponse()

        RequestLogMiddleware(answer)(RequestFactory().get("/", headers={"X-Request-ID": "one"}))

        assert seen == ["one"]
        assert logs.current_request_id() == "-"


class TestAccessLine:
    def test_the_access_line_names_the_request_the_status_and_the_user(
        self, client: Client, caplog: pytest.LogCaptureFixture, django_user_model: Any, db: None
    ) -> None:
        user = django_user_model.objects.create_user("0712345678", "x")
        client.force_login(user)

        with caplog.at_level(logging.INFO, "access"):
            client.get("/api/auth/me/?phone=0712345678")

        (line,) = [json.loads(MaskingJsonFormatter().format(record)) for record in caplog.records]
        assert (line["method"], line["path"]) == ("GET", "/api/auth/me/")
        assert (line["status"], line["user"]) == (200, user.pk)
        assert line["duration_ms"] >= 0

    def test_a_callbacks_secret_address_is_hidden(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "access"):
            client.get("/api/payments/callback/a-secret-token/more")

        line = MaskingJsonFormatter().format(caplog.records[-1])
        assert "a-secret-token" not in line
        assert "/api/payments/callback/[token]/more" in line

    def test_no_user_is_looked_up_for_the_access_line(
        self, client: Client, django_assert_num_queries: Callable[[int], Any], db: None
    ) -> None:
        with django_assert_num_queries(0):
            client.get("/nowhere", headers={"Cookie": "sessionid=abcdefgh"})


class TestSettings:
    def test_production_writes_json_and_development_text(self) -> None:
        in_production = logs.logging_settings(readable=False)["handlers"]["stderr"]
        in_development = logs.logging_settings(readable=True)["handlers"]["stderr"]

        assert (in_production["formatter"], in_development["formatter"]) == ("json", "readable")
