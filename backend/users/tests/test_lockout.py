"""Wrong passwords lock a number at an address on every log-in route, account or no account."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from users.known_browser import COOKIE
from users.models import User
from users.services import purge_sign_ins
from users.tests.conftest import PASSWORD

_WRONG = "wrong"
#: Read before a test sets others.
_DEFAULTS = (django_settings.LOGIN_LOCK_AFTER, django_settings.LOGIN_RATE_IP)
ROUTES = ("api", "token", "browser", "admin")
_PATHS = {
    "api": "/api/auth/login/",
    "token": "/api/auth/token/",
    "browser": "/api/auth/browser/login/",
    "admin": "/admin/login/",
}


@pytest.fixture(autouse=True)
def _counted(_no_counts: None, settings: Any) -> None:
    settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "1000/m"
    settings.LOGIN_LOCK_AFTER = 5


def _knock(
    route: str, number: str = "0712345678", password: str = _WRONG, address: str = "41.90.1.2",
    **headers: str,
) -> Any:  # fmt: skip
    client = Client(REMOTE_ADDR=address)
    if route in ("api", "token"):
        body = {"phone_number": number, "password": password}
        return client.post(_PATHS[route], body, "application/json", headers=headers)
    form = {"username": number, "password": password, "code": "123456"}
    return client.post(_PATHS[route], form, headers=headers)


def _fail(times: int, route: str = "api", **more: Any) -> list[int]:
    return [_knock(route, **more).status_code for _ in range(times)]


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
class TestLock:
    def test_five_failures_lock_and_say_for_how_long(self, asha: User, route: str) -> None:
        refused = 401 if route in ("api", "token") else 200

        assert _fail(5, route) == [refused] * 5

        response = _knock(route)
        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert 890 < int(response["Retry-After"]) == response.json()["retry_after"] <= 900

    def test_failures_on_one_route_lock_all(self, asha: User, route: str) -> None:
        _fail(5, route)

        assert {_knock(other, password=PASSWORD).status_code for other in ROUTES} == {429}

    @pytest.mark.parametrize("number", ["0712345679", "nobody", "", "\u0660712345678", "x" * 60])
    def test_an_unknown_number_is_answered_like_a_known_one(
        self, asha: User, route: str, number: str
    ) -> None:
        def answers(of: str) -> list[Any]:
            return [
                (response.status_code, response.get("Content-Type"), response.get("Retry-After"))
                for response in (_knock(route, of) for _ in range(7))
            ]

        with time_machine.travel(timezone.now(), tick=False):
            known, unknown = answers("0712345678"), answers(number)

        if number:
            assert unknown == known
        assert known[6][0] == 429


@pytest.mark.django_db
class TestCount:
    def test_every_spelling_counts_as_one_number(self, asha: User) -> None:
        for number in ("0712345678", "+254 712 345 678", "254712345678", "712-345-678"):
            _knock("api", number)

        assert [_fail(1)[0], _fail(1)[0]] == [401, 429]

    def test_another_address_and_another_number_are_free(self, asha: User) -> None:
        User.objects.create_user("0712345679", PASSWORD)
        _fail(5)

        assert _knock("api", password=PASSWORD, address="41.90.1.3").status_code == 200
        assert _knock("api", "0712345679", PASSWORD).status_code == 200

    def test_a_subscribers_ipv6_addresses_count_as_one_address(self, asha: User) -> None:
        for n in range(5):
            _knock("api", address=f"2001:db8:1:1::{n}")

        assert _fail(1, address="2001:db8:1:1:ffff::9") == [429]
        assert _fail(1, address="2001:db8:1:2::9") == [401]

    def test_a_mapped_address_is_the_ipv4_one(self, asha: User) -> None:
        _fail(5, address="::ffff:41.90.1.2")

        assert _fail(1, address="41.90.1.2") == [429]

    def test_forged_headers_do_not_help(self, asha: User) -> None:
        for n in range(5):
            headers = {"X-Forwarded-For": f"10.0.0.{n}", "User-Agent": f"browser {n}"}
            _knock("api", **headers)

        assert _fail(1) == [429]

    @pytest.mark.parametrize("route", ["api", "token"])
    def test_a_success_resets_the_count(self, asha: User, route: str) -> None:
        _fail(4)
        assert _knock(route, password=PASSWORD).status_code == 200

        assert _fail(6) == [401] * 5 + [429]

    def test_trying_while_locked_does_not_lengthen_the_lock(self, asha: User) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            _fail(5)
            clock.shift(timedelta(minutes=14))
            assert _fail(3) == [429] * 3
            clock.shift(timedelta(minutes=1, seconds=1))

            assert _knock("api", password=PASSWORD).status_code == 200

    def test_a_blocked_account_is_still_told_to_its_owner(self, asha: User) -> None:
        User.objects.update(is_active=False)

        assert _knock("api", password=PASSWORD).status_code == 403

    def test_switched_off_nothing_locks(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE = False

        assert _fail(12) == [401] * 12
        settings.RATELIMIT_ENABLE = True
        assert _fail(1) == [401]

    def test_the_settings_are_followed(self, asha: User, settings: Any) -> None:
        settings.LOGIN_LOCK_AFTER, settings.LOGIN_LOCK_SECONDS = 2, 60

        assert _fail(3) == [401, 401, 429]
        assert int(_knock("api")["Retry-After"]) <= 60


@pytest.mark.django_db
class TestNumberAlone:
    @pytest.mark.parametrize("number", ["0712345678", "0712345679", "nobody"])
    def test_many_addresses_share_a_slower_count(
        self, asha: User, settings: Any, number: str
    ) -> None:
        settings.LOGIN_RATE_NUMBER = "6/h"

        statuses = [_knock("api", number, address=f"41.90.2.{n}").status_code for n in range(8)]

        assert statuses == [401] * 6 + [429] * 2

    def test_log_ins_that_succeed_are_not_counted(self, asha: User, settings: Any) -> None:
        settings.LOGIN_RATE_NUMBER = "1/h"

        assert [_knock("api", password=PASSWORD).status_code for _ in range(4)] == [200] * 4


@pytest.mark.django_db
class TestEqualWork:
    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("number", ["0712345678", "0712345679", "nobody"])
    def test_one_hash_until_the_lock_and_none_behind_it(
        self, asha: User, route: str, number: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashes: list[str] = []
        for name in ("encode", "verify"):
            original = getattr(Argon2PasswordHasher, name)

            def counted(self: Any, *a: Any, original: Any = original, **k: Any) -> Any:
                hashes.append("hash")
                return original(self, *a, **k)

            monkeypatch.setattr(Argon2PasswordHasher, name, counted)

        _fail(5, route, number=number)
        assert len(hashes) == 5
        _fail(2, route, number=number)
        assert len(hashes) == 5


@pytest.mark.django_db
class TestWhatIsKept:
    @pytest.mark.parametrize("route", ROUTES)
    def test_neither_numbers_nor_passwords_nor_browsers(
        self, asha: User, route: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        headers = {"User-Agent": "browser of 0712345678"}
        with caplog.at_level("DEBUG"):
            _fail(6, route, password="typed-passphrase", **headers)

        row = str(AccessAttempt.objects.values().get())
        for secret in ("712345678", "typed-passphrase", "browser of"):
            assert secret not in row
            assert secret not in caplog.text
        assert not AccessLog.objects.exists()
        assert not AccessFailureLog.objects.exists()

    def test_a_lock_is_logged_once(self, asha: User, caplog: pytest.LogCaptureFixture) -> None:
        _fail(8)

        assert _events(caplog)["log_in_locked"] == [{"lock": "number_at_address"}]

    @pytest.mark.parametrize("agent", ["a\x00b", "é" * 300, "", "x" * 5000])
    def test_malformed_user_agents_do_not_break_the_lock(self, asha: User, agent: str) -> None:
        assert _fail(6, **{"User-Agent": agent}) == [401] * 5 + [429]

    def test_old_counts_are_purged_and_live_locks_stay(self, asha: User) -> None:
        _fail(5)

        purge_sign_ins(now=timezone.now())
        assert _fail(1) == [429]
        purge_sign_ins(now=timezone.now() + timedelta(seconds=901))
        assert not AccessAttempt.objects.exists()


@pytest.mark.django_db
class TestKnownBrowser:
    """An attack on a number does not lock its owner out of a browser used before."""

    @staticmethod
    def _sign_in(route: str = "api", password: str = PASSWORD) -> Client:
        client = Client(REMOTE_ADDR="41.90.1.2")
        _enter(client, route, password)
        client.cookies.pop("sessionid", None)
        return client

    def test_failures_elsewhere_do_not_lock_a_known_browser(
        self, asha: User, settings: Any
    ) -> None:
        settings.LOGIN_RATE_NUMBER = "6/h"
        client = self._sign_in()
        for n in range(8):
            _knock("api", address=f"41.90.2.{n}")

        assert _knock("api", password=PASSWORD, address="41.90.3.1").status_code == 429
        assert _enter(client) == 200

    def test_failures_behind_the_same_address_do_not_lock_a_known_browser(self, asha: User) -> None:
        client = self._sign_in()
        assert _fail(6)[-1] == 429

        assert _enter(client) == 200

    @pytest.mark.parametrize("route", ["api", "browser"])
    def test_a_known_browser_is_locked_by_its_own_failures(self, asha: User, route: str) -> None:
        client = self._sign_in(route)

        assert [_enter(client, password=_WRONG) for _ in range(6)] == [401] * 5 + [429]
        assert _enter(client) == 429
        assert _knock("api", password=PASSWORD).status_code == 200

    def test_a_success_begins_its_count_again(self, asha: User) -> None:
        client = self._sign_in()
        for _ in range(4):
            _enter(client, password=_WRONG)
        _enter(client)

        assert [_enter(client, password=_WRONG) for _ in range(6)] == [401] * 5 + [429]

    def test_a_browser_is_known_for_one_number_only(self, asha: User) -> None:
        User.objects.create_user("0712345679", PASSWORD)
        client = self._sign_in()
        assert _fail(6, number="0712345679")[-1] == 429

        assert _enter(client, number="0712345679") == 429

    @pytest.mark.parametrize("value", ["", "x", "a:b:c", "é", "W10:1abc:x"])
    def test_an_invented_cookie_makes_no_known_browser(self, asha: User, value: str) -> None:
        client = Client(REMOTE_ADDR="41.90.1.2")
        client.cookies[COOKIE] = value
        _fail(5)

        assert _enter(client) == 429

    def test_an_expired_cookie_makes_no_known_browser(self, asha: User) -> None:
        client = self._sign_in()

        with time_machine.travel(timezone.now() + timedelta(days=91)):
            _fail(5)
            assert _enter(client) == 429

    def test_a_wrong_password_gets_no_cookie(self, asha: User) -> None:
        for route in ROUTES:
            assert COOKIE not in _knock(route).cookies

    @pytest.mark.parametrize("route", ["api", "token"])
    def test_scripts_cannot_read_the_cookie_of_a_known_browser(
        self, asha: User, route: str
    ) -> None:
        cookie = _knock(route, password=PASSWORD).cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert "712345678" not in cookie.value

    def test_a_full_rate_of_the_address_does_not_lock_a_known_browser(
        self, asha: User, settings: Any
    ) -> None:
        client = self._sign_in()
        settings.LOGIN_RATE_IP = "3/h"
        for n in range(4):
            _knock("api", f"071234560{n}")

        assert _knock("api", password=PASSWORD).status_code == 429
        assert [_enter(client, route) for route in ("api", "token", "browser")] == [200, 200, 302]

    def test_failures_of_a_known_browser_do_not_count_for_the_address(
        self, asha: User, settings: Any
    ) -> None:
        client = self._sign_in()
        settings.LOGIN_RATE_IP = "1/h"
        _enter(client, password=_WRONG)
        _enter(client, password=_WRONG)

        assert _knock("api", password=PASSWORD).status_code == 200

    def test_a_program_that_sends_the_cookie_back_is_known(self, asha: User, settings: Any) -> None:
        settings.LOGIN_RATE_NUMBER = "6/h"
        program = Client(REMOTE_ADDR="41.90.1.2")
        assert _enter(program, "token") == 200
        for n in range(8):
            _knock("token", address=f"41.90.2.{n}")
        _fail(6, "token")

        assert _knock("token", password=PASSWORD, address="41.90.3.1").status_code == 429
        assert _enter(program, "token") == 200


@pytest.mark.django_db
class TestAddress:
    """An address may be shared by thousands: what its customers do right is never counted."""

    @pytest.mark.parametrize("route", ["api", "token", "browser"])
    def test_right_passwords_are_not_counted(self, asha: User, settings: Any, route: str) -> None:
        settings.LOGIN_RATE_IP = _DEFAULTS[1]

        statuses = {_knock(route, password=PASSWORD).status_code for _ in range(12)}

        assert statuses == {302 if route == "browser" else 200}

    @pytest.mark.parametrize("route", ROUTES)
    def test_failures_of_all_routes_and_numbers_count_for_the_address(
        self, asha: User, settings: Any, route: str
    ) -> None:
        settings.LOGIN_RATE_IP = "4/h"
        for number, other in enumerate(ROUTES):
            assert _knock(other, f"071234560{number}").status_code in (200, 401)

        response = _knock(route, password=PASSWORD)
        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert int(response["Retry-After"]) == response.json()["retry_after"] > 0
        assert _knock(route, address="41.90.1.3").status_code in (200, 401)


_EVENTS = ("lock", "user", "field")


def _events(caplog: pytest.LogCaptureFixture) -> dict[str, list[dict[str, Any]]]:
    """Return what the log says of each event, but for its address."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in caplog.records:
        if record.name == "security":
            told = vars(record)
            who = {key: told[key] for key in _EVENTS if told.get(key) is not None}
            found.setdefault(told["event"], []).append(who)
    return found


@pytest.mark.django_db
class TestLog:
    """Each attempt has a line of its own, from which an attack can be read."""

    def test_every_lock_is_logged_once(
        self, asha: User, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.LOGIN_RATE_IP, settings.LOGIN_RATE_NUMBER = "2/h", "3/h"
        for address in ("41.90.1.1", "41.90.1.1", "41.90.1.1", "41.90.1.2", "41.90.1.3"):
            _knock("api", address=address)

        told = _events(caplog)
        assert told["log_in_locked"] == [{"lock": "address"}, {"lock": "number"}]
        assert len(told["password_wrong"]) == 3
        assert len(told["log_in_refused_by_lock"]) == 2

    @pytest.mark.parametrize(
        ("address", "network"),
        [("41.90.17.23", "41.90.17.0"), ("2001:db8:1:2::9", "2001:db8:1::"), ("unix", None)],
    )
    def test_a_line_tells_where_from_but_not_the_whole_address(
        self, asha: User, caplog: pytest.LogCaptureFixture, address: str, network: str | None
    ) -> None:
        _knock("api", address=address)
        _knock("api", "0712345679", address=address)

        lines = [vars(record) for record in caplog.records if record.name == "security"]
        assert {line.get("network") for line in lines} == {network}
        assert len({line.get("source") for line in lines}) == 1
        assert len({line["number"] for line in lines}) == 2
        assert address not in str(lines).replace("'REMOTE_ADDR'", "")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (
                "/api/auth/password/",
                {"current_password": "guessed-phrase", "new_password": "x9-y8-z7-w6"},
            ),
            ("/api/auth/phone/", {"new_phone_number": "0722000111", "password": "guessed-phrase"}),
            ("/api/limits/self-exclusion/", {"months": 6, "password": "guessed-phrase"}),
        ],
    )
    def test_a_reentered_password_that_is_wrong(
        self, asha: User, caplog: pytest.LogCaptureFixture, path: str, body: Any
    ) -> None:
        client = Client(REMOTE_ADDR="41.90.1.2")
        client.force_login(asha)

        assert client.post(path, body, "application/json").status_code == 400

        line = next(vars(record) for record in caplog.records if record.name == "security")
        assert (line["event"], line["user"]) == ("reentered_password_wrong", asha.pk)
        assert (line["path"], line["network"]) == (path, "41.90.1.0")
        assert "guessed-phrase" not in caplog.text + str(line)


def _enter(
    client: Client, route: str = "api", password: str = PASSWORD, number: str = "0712345678"
) -> int:
    """Knock with a browser that keeps its cookies."""
    if route in ("api", "token"):
        body = {"phone_number": number, "password": password}
        return client.post(_PATHS[route], body, "application/json").status_code
    return client.post(_PATHS[route], {"username": number, "password": password}).status_code


@pytest.mark.django_db
def test_by_default_the_address_is_refused_no_later_than_the_number(
    asha: User, settings: Any
) -> None:
    settings.LOGIN_LOCK_AFTER, settings.LOGIN_RATE_IP = _DEFAULTS

    assert _fail(11) == [401] * 10 + [429]
