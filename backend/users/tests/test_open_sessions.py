"""The list of sign-ins, and the end of all others."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from users import services
from users.browser_names import name_browser
from users.models import User
from users.session_models import BrowserSession
from users.sessions import hash_key
from users.tests.conftest import PASSWORD, signed_in

_ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Mobile Safari/537.36"
)
_SAMSUNG = _ANDROID.replace(" Chrome", " SamsungBrowser/27.0 Chrome")
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
_EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0"
)
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(agent: str = _ANDROID, password: str = PASSWORD) -> Client:
    """Return a browser in which the customer has logged in."""
    client = Client(headers={"User-Agent": agent})
    body = {"phone_number": "0712345678", "password": password}
    answer = client.post("/api/auth/login/", body, content_type="application/json")
    assert answer.status_code == 200
    return client


def sessions(client: Client, **more: Any) -> list[dict[str, Any]]:
    """Return the list as the client sees it."""
    answer = client.get("/api/auth/sessions/", **more)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["sessions"]
    return found


def end_others(client: Client, **more: Any) -> None:
    """Log out everywhere else."""
    assert client.post("/api/auth/sessions/end-others/", **more).status_code == 204


class TestTheList:
    def test_names_each_browser_this_one_first(self, asha: User) -> None:
        phone = log_in()
        computer = log_in(_FIREFOX)

        first, second = sessions(phone)

        assert (first["browser"], first["system"], first["is_current"]) == (
            "Chrome", "Android", True,
        )  # fmt: skip
        assert (second["browser"], second["system"], second["is_current"]) == (
            "Firefox", "Linux", False,
        )  # fmt: skip
        assert first["opened_at"] < first["expires_at"]
        assert sessions(computer)[0]["browser"] == "Firefox"

    def test_has_tokens_too(self, asha: User) -> None:
        token = AuthToken.objects.create(asha)[1]
        by_token: dict[str, Any] = {"headers": {"Authorization": f"Token {token}"}}

        (seen,) = sessions(Client(), **by_token)

        assert (seen["kind"], seen["is_current"]) == ("token", True)
        assert [each["kind"] for each in sessions(log_in())] == ["browser", "token"]

    def test_is_of_one_account(self, asha: User) -> None:
        other = User.objects.create_user("254722000111", PASSWORD)
        log_in()
        AuthToken.objects.create(asha)

        assert len(sessions(signed_in(other))) == 1

    def test_knows_sessions_of_before_it(self, asha: User) -> None:
        (seen,) = sessions(signed_in(asha))

        assert (seen["opened_at"], seen["browser"], seen["is_current"]) == (None, "", True)

    def test_has_nothing_that_has_ended(self, asha: User) -> None:
        log_in().post("/api/auth/logout/")
        expired = log_in()
        Session.objects.filter(session_key=hash_key(str(expired.session.session_key))).update(
            expire_date=timezone.now() - timedelta(seconds=1)
        )

        assert len(sessions(log_in())) == 1

    def test_has_no_session_of_an_older_password(self, asha: User) -> None:
        log_in()
        mine = log_in(_FIREFOX)
        body = {"current_password": PASSWORD, "new_password": "quite-another-passphrase"}
        mine.post("/api/auth/password/", body, content_type="application/json")

        (seen,) = sessions(mine)

        # The new password gave the session a new key, which was noted.
        assert (seen["browser"], seen["is_current"]) == ("Firefox", True)
        assert seen["opened_at"] is not None

    def test_needs_a_sign_in(self, db: None) -> None:
        assert Client().get("/api/auth/sessions/").status_code == 401
        assert Client().post("/api/auth/sessions/end-others/").status_code == 401

    def test_shows_at_most_fifty(self, asha: User) -> None:
        for _ in range(52):
            AuthToken.objects.create(asha)

        found = sessions(log_in())

        assert len(found) == 50
        assert found[0]["is_current"]


class TestTheEnd:
    def test_ends_all_but_this_one(self, asha: User) -> None:
        mine, thiefs = log_in(), log_in(_FIREFOX)
        token = AuthToken.objects.create(asha)[1]

        end_others(mine)

        assert mine.get("/api/auth/me/").status_code == 200
        assert thiefs.get("/api/auth/me/").status_code == 401
        answer = Client().get("/api/auth/me/", headers={"Authorization": f"Token {token}"})
        assert answer.status_code == 401
        (seen,) = sessions(mine)
        assert (seen["browser"], seen["is_current"]) == ("Chrome", True)

    def test_by_a_token_ends_that_too(self, asha: User) -> None:
        mine = log_in()
        token = AuthToken.objects.create(asha)[1]
        by_token: dict[str, Any] = {"headers": {"Authorization": f"Token {token}"}}

        end_others(Client(), **by_token)

        assert mine.get("/api/auth/me/").status_code == 401
        assert Client().get("/api/auth/me/", **by_token).status_code == 401

    def test_twice_is_harmless(self, asha: User) -> None:
        mine = log_in()
        end_others(mine)

        end_others(mine)

        assert len(sessions(mine)) == 1

    def test_needs_the_csrf_token(self, asha: User, browser: Client) -> None:
        browser.force_login(asha)

        answer = browser.post("/api/auth/sessions/end-others/")

        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    def test_for_another_account_ends_nothing(self, asha: User) -> None:
        mine = log_in()

        answer = mine.post(
            "/api/auth/sessions/end-others/", headers={"X-Account": str(asha.pk + 1)}
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "session_changed")
        asha.refresh_from_db()
        assert asha.session_epoch == 0


class TestTheRows:
    def test_hold_no_key_and_no_address(self, asha: User) -> None:
        client = log_in()

        row = BrowserSession.objects.values().get()

        assert client.session.session_key not in row.values()
        assert set(row) == {"id", "user_id", "key_hash", "browser", "system", "opened_at"}

    def test_go_with_their_sessions(self, asha: User) -> None:
        log_in().post("/api/auth/logout/")
        mine = log_in()

        services.purge_sign_ins(now=timezone.now())

        row = BrowserSession.objects.get()
        assert row.key_hash == hash_key(str(mine.session.session_key))

    def test_never_change(self, asha: User) -> None:
        log_in()

        with pytest.raises(DatabaseError, match="what was written never changes"):
            BrowserSession.objects.update(browser="Safari")

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise DatabaseError

        monkeypatch.setattr(BrowserSession.objects, "bulk_create", fail)

    def test_a_row_that_cannot_be_written_keeps_nobody_out(self, asha: User, broken: None) -> None:
        assert log_in().get("/api/auth/me/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "names"),
    [
        (_ANDROID, ("Chrome", "Android")),
        (_FIREFOX, ("Firefox", "Linux")),
        (f"{_ANDROID} OPR/90.0", ("Opera", "Android")),
        (_SAMSUNG, ("Samsung Internet", "Android")),
        (_IPHONE, ("Safari", "iPhone")),
        (_EDGE, ("Edge", "Windows")),
        ("curl/8.5.0", ("", "")),
        ("", ("", "")),
        ("x" * 1000 + "Firefox/1", ("", "")),
    ],
)
def test_a_browser_is_known_by_two_words(agent: str, names: tuple[str, str]) -> None:
    assert name_browser(agent) == names
    assert max(map(len, names)) <= 16
