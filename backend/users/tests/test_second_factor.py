"""The admin's log-in: number, password and a code, each code once, all three or nothing."""

import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from users import second_factor
from users.models import User
from users.tests.conftest import PASSWORD

LOG_IN_PAGE = "/admin/login/"


@pytest.fixture
def operator(db: None) -> User:
    """An operator with every right."""
    return User.objects.create_superuser("0700000001", PASSWORD, full_name="Op")


@pytest.fixture
def codes(operator: User) -> list[str]:
    """The operator's recovery codes."""
    return second_factor.enrol(operator).recovery_codes


def _app_code(user: User) -> str:
    """What the operator's phone shows."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06}"


def _log_in(client: Client, code: str | None, **changes: str) -> Any:
    form = {"username": "0700 000 001", "password": PASSWORD, "next": "/admin/", **changes}
    return client.post(LOG_IN_PAGE, form if code is None else {**form, "code": code})


def _is_inside(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


class TestLogInPage:
    def test_all_three_open(self, client: Client, operator: User, codes: list[str]) -> None:
        assert _log_in(client, _app_code(operator))["Location"] == "/admin/"
        assert _is_inside(client)

    def test_a_recovery_code_opens_once(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        assert _log_in(client, f" {codes[3].upper()} ").status_code == 302
        assert _is_inside(client)

        assert _log_in(Client(), codes[3]).status_code == 200
        assert StaticToken.objects.count() == 9

    def test_an_apps_code_opens_once(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        code = _app_code(operator)
        _log_in(client, code)

        other = Client()
        assert _log_in(other, code).status_code == 200
        assert not _is_inside(other)

    @pytest.mark.parametrize("code", [None, "", "000000", "x", "9" * 32, "\u0661\u0662", "a\x00b"])
    def test_no_other_code_signs_in(
        self, client: Client, operator: User, codes: list[str], code: str | None
    ) -> None:
        assert _log_in(client, code).status_code == 200
        assert not _is_inside(client)
        assert "sessionid" not in client.cookies

    def test_without_a_second_factor_no_operator_is_signed_in(
        self, client: Client, operator: User
    ) -> None:
        for code in ("000000", "abcde-fghjk"):
            assert _log_in(client, code).status_code == 200

        assert not _is_inside(client)

    def test_another_operators_code_does_not_sign_in(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        other = User.objects.create_superuser("0700000002", PASSWORD)
        second_factor.enrol(other)

        _log_in(client, _app_code(operator), username="0700000002")

        assert not _is_inside(client)

    def test_a_wrong_password_and_a_wrong_code_read_alike(
        self, operator: User, codes: list[str]
    ) -> None:
        pages = [
            _log_in(Client(), "000000").content,
            _log_in(Client(), _app_code(operator), password="wrong").content,
        ]

        words = [page.decode().split("errornote")[1].split("</p>")[0] for page in pages]
        assert words[0] == words[1]

    def test_a_wrong_password_does_not_use_the_code_up(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        _log_in(client, codes[0], password="wrong")

        assert _log_in(client, codes[0]).status_code == 302

    def test_a_customer_is_kept_out(self, client: Client, asha: User) -> None:
        second_factor.enrol(asha)

        assert _log_in(client, _app_code(asha), username="0712345678").status_code == 200
        assert not _is_inside(client)

    def test_the_log_in_page_needs_the_csrf_token(self, browser: Client, operator: User) -> None:
        assert _log_in(browser, "000000").status_code == 403


class TestSession:
    def test_a_session_key_from_before_the_second_factor_opens_no_admin(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        body = {"phone_number": "0700000001", "password": PASSWORD}
        client.post("/api/auth/login/", body, "application/json")
        thief = Client()
        thief.cookies["sessionid"] = client.cookies["sessionid"].value

        _log_in(client, codes[0])

        assert _is_inside(client)
        assert not _is_inside(thief)

    def test_a_sign_in_by_the_api_is_not_enough(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        body = {"phone_number": "0700000001", "password": PASSWORD}
        client.post("/api/auth/login/", body, "application/json")
        client.post("/api/auth/browser/login/", {"username": "0700000001", "password": PASSWORD})

        assert client.get("/api/auth/me/").status_code == 200
        assert not _is_inside(client)
        page = client.get(LOG_IN_PAGE).content.decode()
        assert "asks for an operator and a code" in page

    def test_an_operators_session_ends_after_eight_hours_even_if_it_is_used(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            _log_in(client, codes[0])
            clock.shift(timedelta(hours=7, minutes=59))
            assert _is_inside(client)
            clock.shift(timedelta(minutes=2))

            assert not _is_inside(client)

    def test_the_session_key_is_new_after_the_log_in(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        session = client.session
        session["planted"] = "by a stranger"
        session.save()
        before = session.session_key

        _log_in(client, codes[0])

        assert client.cookies["sessionid"].value != before
        assert not client.session.exists(before or "")

    def test_a_replaced_second_factor_ends_the_session(
        self, client: Client, operator: User, codes: list[str]
    ) -> None:
        _log_in(client, codes[0])
        assert _is_inside(client)

        second_factor.enrol(operator, replace=True)

        assert not _is_inside(client)
        assert _log_in(client, codes[1]).status_code == 200

    def test_a_session_verified_by_another_users_device_is_not_signed_in(
        self, client: Client, operator: User, asha: User, codes: list[str]
    ) -> None:
        second_factor.enrol(asha)
        client.post(
            "/api/auth/login/", {"phone_number": "0700000001", "password": PASSWORD},
            "application/json",
        )  # fmt: skip
        session = client.session
        session["otp_device_id"] = TOTPDevice.objects.get(user=asha).persistent_id
        session.save()

        assert not _is_inside(client)


class TestGuessing:
    def test_wrong_codes_slow_the_device_down(self, operator: User, codes: list[str]) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(3):
                _log_in(Client(), "000000")
                clock.shift(timedelta(seconds=40))
            _log_in(Client(), "000000")

            assert _log_in(Client(), _app_code(operator)).status_code == 200
            clock.shift(timedelta(seconds=40))
            assert _log_in(Client(), _app_code(operator)).status_code == 302

    def test_wrong_codes_never_delay_for_longer_than_about_a_minute(
        self, operator: User, codes: list[str]
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(20):
                second_factor.verify(operator, "000000")
                clock.shift(timedelta(days=1))
            second_factor.verify(operator, "000000")
            clock.shift(timedelta(seconds=63))
            assert second_factor.verify(operator, _app_code(operator)) is None
            clock.shift(timedelta(seconds=2))

            assert second_factor.verify(operator, _app_code(operator)) is not None

    @pytest.mark.parametrize("by", ["app", "paper"])
    def test_a_browser_that_gave_a_code_before_does_not_wait_for_others(
        self, operator: User, codes: list[str], by: str
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            browser = Client()
            assert _log_in(browser, codes[0]).status_code == 302
            browser.cookies.pop("sessionid")
            for _ in range(10):
                _log_in(Client(), "000000")
                _log_in(Client(), "zzzzz-zzzzz")
                clock.shift(timedelta(seconds=65))
            _log_in(Client(), "000000")
            _log_in(Client(), "zzzzz-zzzzz")
            right = _app_code(operator) if by == "app" else codes[1]

            assert _log_in(Client(), right).status_code == 200
            assert _log_in(browser, right).status_code == 302

    def test_wrong_codes_of_a_known_browser_change_no_other_wait(
        self, operator: User, codes: list[str]
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False):
            browser = Client()
            _log_in(browser, codes[0])
            _log_in(Client(), "000000")
            waits = TOTPDevice.objects.values_list(
                "throttling_failure_count", "throttling_failure_timestamp"
            )
            before = waits.get()

            assert _log_in(browser, "000000").status_code == 200
            assert waits.get() == before

    def test_a_browser_that_gave_only_a_password_waits_like_a_new_one(
        self, operator: User, codes: list[str]
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False):
            browser = Client()
            body = {"phone_number": "0700000001", "password": PASSWORD}
            assert browser.post("/api/auth/login/", body, "application/json").status_code == 200
            for _ in range(3):
                _log_in(Client(), "000000")

            assert _log_in(browser, _app_code(operator)).status_code == 200

    def test_each_is_logged_without_the_code(
        self, operator: User, codes: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", logger="security")

        _log_in(Client(REMOTE_ADDR="41.90.1.2"), "918273")
        _log_in(Client(REMOTE_ADDR="41.90.1.2"), codes[0])

        lines = [vars(record) for record in caplog.records if record.name == "security"]
        told = [(line["event"], line["user"], line["network"]) for line in lines]
        assert told == [
            ("password_right", operator.pk, "41.90.1.0"),
            ("second_factor_wrong", operator.pk, "41.90.1.0"),
            ("password_right", operator.pk, "41.90.1.0"),
            ("second_factor_right", operator.pk, "41.90.1.0"),
        ]
        assert "918273" not in str(lines) + caplog.text
        assert codes[0] not in str(lines) + caplog.text

    def test_wrong_codes_lead_to_the_lock_of_every_route(
        self, operator: User, codes: list[str], settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "1000/m"
        settings.LOGIN_LOCK_AFTER = 5

        statuses = [_log_in(Client(), "000000").status_code for _ in range(6)]

        assert statuses == [200] * 5 + [429]
        body = {"phone_number": "0700000001", "password": PASSWORD}
        assert Client().post("/api/auth/login/", body, "application/json").status_code == 429

    def test_attempts_are_counted_per_address(self, operator: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "1/m"

        with time_machine.travel(timezone.now(), tick=False):
            statuses = [_log_in(Client(), "000000").status_code for _ in range(2)]

        assert statuses == [200, 429]
        assert Client().get(LOG_IN_PAGE).status_code == 200


def _command(*arguments: str) -> str:
    output = StringIO()
    call_command("second_factor", *arguments, stdout=output)
    return output.getvalue()


class TestCommand:
    def test_the_command_prints_what_an_app_needs_and_ten_codes_that_work(
        self, client: Client, operator: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            printed = _command("0700 000 001")

        address = next(word for word in printed.split() if word.startswith("otpauth://totp/"))
        assert "issuer=Kibeezy%20Poly" in address
        key = address.split("secret=")[1].split("&")[0]
        assert printed.count(key) == 2
        assert "\u2588" in printed or "\u2584" in printed
        found = [line.strip() for line in printed.split("Write them down:")[1].splitlines()]
        codes = [line for line in found if len(line) == 11]
        assert len(set(codes)) == 10
        assert _log_in(client, codes[9]).status_code == 302
        for secret in (key, *codes):
            assert secret not in caplog.text
        assert "second factor enrolled" in caplog.messages

    def test_recovery_codes_cannot_be_read_from_the_database(
        self, operator: User, codes: list[str]
    ) -> None:
        kept = set(StaticToken.objects.values_list("token", flat=True))

        assert len(kept) == 10
        assert not kept & {code.replace("-", "") for code in codes}
        assert all(len(token) == 16 for token in kept)

    def test_the_command_replaces_a_second_factor_only_with_reset(
        self, operator: User, codes: list[str]
    ) -> None:
        before = TOTPDevice.objects.get().key

        with pytest.raises(CommandError, match="--reset"):
            _command("0700000001")
        assert TOTPDevice.objects.get().key == before

        _command("0700000001", "--reset")
        assert TOTPDevice.objects.get().key != before
        assert StaticToken.objects.count() == 10

    @pytest.mark.parametrize("number", ["0712345678", "0799999999", "x"])
    def test_the_command_refuses_numbers_that_are_no_operators(
        self, asha: User, number: str
    ) -> None:
        with pytest.raises(CommandError, match="No operator"):
            _command(number)

    def test_a_code_for_play_opens_again_and_again(
        self, operator: User, codes: list[str], settings: Any
    ) -> None:
        settings.DEBUG = True

        for _ in range(2):
            client = Client()
            _log_in(client, _command("0700000001", "--code").strip())
            assert _is_inside(client)

    def test_without_debug_there_is_none(self, operator: User, codes: list[str]) -> None:
        with pytest.raises(CommandError, match="DEBUG is off"):
            _command("0700000001", "--code")

    def test_before_the_enrolment_there_is_none(self, operator: User, settings: Any) -> None:
        settings.DEBUG = True

        with pytest.raises(CommandError, match="no second factor"):
            _command("0700000001", "--code")


class TestPages:
    def test_devices_have_none(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        page = client.get("/admin/").content.decode()

        assert "/admin/users/user/" in page
        for path in ("otp_totp/totpdevice", "otp_static/staticdevice", "axes/accessattempt"):
            assert path not in page
            assert client.get(f"/admin/{path}/").status_code == 404

    def test_tokens_are_listed_and_ended_but_never_made(
        self, client: Client, operator: User, asha: User
    ) -> None:
        stored, token = AuthToken.objects.create(asha)
        client.force_login(operator)

        page = client.get("/admin/knox/authtoken/").content.decode()
        assert stored.token_key in page
        assert token not in page
        assert client.get("/admin/knox/authtoken/add/").status_code == 403

    def test_a_token_is_ended_with_a_reason_in_its_owners_history(
        self, client: Client, operator: User, asha: User
    ) -> None:
        stored, _ = AuthToken.objects.create(asha)
        kept, _ = AuthToken.objects.create(operator)
        client.force_login(operator)
        form = {"action": "end", "_selected_action": stored.pk}

        page = client.post("/admin/knox/authtoken/", form)
        assert f"{stored.token_key} of 2547****5678" in page.content.decode()
        client.post("/admin/knox/authtoken/", {**form, "reason": " "})
        client.post(f"/admin/knox/authtoken/{stored.pk}/delete/", {"post": "yes"})
        assert AuthToken.objects.count() == 2
        client.post("/admin/knox/authtoken/", {**form, "reason": "laptop stolen"})

        assert AuthToken.objects.get() == kept
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (operator, str(asha.pk))
        assert entry.change_message == f"ended token {stored.token_key}: laptop stolen"

    def test_ending_a_token_needs_the_right_to(self, client: Client, asha: User) -> None:
        stored, _ = AuthToken.objects.create(asha)
        clerk = User.objects.create_user("0700000002", PASSWORD, is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename="view_authtoken"))
        client.force_login(clerk)
        form = {"action": "end", "_selected_action": stored.pk, "reason": "it is mine now"}

        assert client.get("/admin/knox/authtoken/").status_code == 200
        client.post("/admin/knox/authtoken/", form)

        assert AuthToken.objects.get() == stored
