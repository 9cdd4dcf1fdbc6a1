"""A copy of the sessions' table opens no session; sessions of release 0.1.0 go on."""

from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as OldSessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from users import sign_in
from users.models import User
from users.sessions import SessionStore, hash_key, stored_keys
from users.tests.conftest import PASSWORD, signed_in

ME = "/api/auth/me/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    """Begin as a new process does."""
    sign_in._owners.clear()


def _cookie(client: Client) -> str:
    return client.cookies["sessionid"].value


def _with_cookie(key: str) -> Client:
    client = Client()
    client.cookies["sessionid"] = key
    return client


@pytest.fixture
def old(asha: User) -> Client:
    """A browser in which release 0.1.0 signed Asha in."""
    session = OldSessionStore()
    session[SESSION_KEY] = str(asha.pk)
    session[BACKEND_SESSION_KEY] = "users.backends.PhoneBackend"
    session[HASH_SESSION_KEY] = asha.get_session_auth_hash()
    session.save()
    assert Session.objects.get().session_key == session.session_key
    return _with_cookie(session.session_key or "")


class TestStored:
    @pytest.mark.parametrize("route", ["login", "signup"])
    def test_no_stored_session_key_opens_a_session(self, asha: User, route: str) -> None:
        client = Client()
        body = {"phone_number": "0712345678", "password": PASSWORD}
        if route == "signup":
            body |= {"phone_number": "0712345679", "full_name": "Wanjiru"}
        client.post(f"/api/auth/{route}/", body, "application/json")

        stored = Session.objects.get().session_key
        assert _cookie(client) != stored == hash_key(_cookie(client))
        for _ in range(2):
            assert client.get(ME).status_code == 200
            assert _with_cookie(stored).get(ME).status_code == 401

    def test_a_stored_session_key_opens_no_session_even_if_its_owner_is_remembered(
        self, asha: User
    ) -> None:
        client = signed_in(asha)
        client.get(ME)
        stored = Session.objects.get().session_key
        sign_in._owners[hash(stored)] = asha.pk

        assert _with_cookie(stored).get(ME).status_code == 401

    @pytest.mark.parametrize(
        "key", ["x" * 32, "x" * 40, "x\x00", "é" * 32, "\udc80" * 32, "_" * 32]
    )
    def test_any_cookie_is_looked_for_under_its_hash(self, key: str) -> None:
        assert stored_keys(key)[0] == hash_key(key)
        assert len(hash_key(key)) == 40
        assert stored_keys(key)[1:] == ([key] if key == "x" * 32 else [])
        assert not SessionStore(key).exists(key)
        assert SessionStore(key).load() == {}

    def test_a_session_is_saved_again_under_the_same_hash(self, asha: User) -> None:
        client = signed_in(asha)
        session = client.session
        session["more"] = "x"
        session.save()

        assert Session.objects.get().session_key == hash_key(_cookie(client))
        assert client.session["more"] == "x"

    def test_log_out_deletes_the_session(self, asha: User) -> None:
        client = signed_in(asha)

        assert client.post("/api/auth/logout/").status_code == 204
        assert not Session.objects.exists()

    def test_without_a_key_nothing_is_deleted(self, asha: User) -> None:
        signed_in(asha)

        SessionStore().delete()
        assert SessionStore().load() == {}

        assert Session.objects.count() == 1


class TestOfTheOldRelease:
    def test_a_session_of_the_old_release_goes_on_and_both_releases_can_read_it(
        self, old: Client, asha: User
    ) -> None:
        for _ in range(2):
            assert old.get(ME).json()["id"] == asha.pk
        session = old.session
        session["more"] = "x"
        session.save()

        assert OldSessionStore(_cookie(old))["more"] == "x"
        assert Session.objects.count() == 1

    @pytest.mark.parametrize("how", ["log-in", "password"])
    def test_the_next_sign_in_gives_it_a_hashed_key(self, old: Client, how: str) -> None:
        before = _cookie(old)
        body: dict[str, Any] = {"phone_number": "0712345678", "password": PASSWORD}
        path = "/api/auth/login/"
        if how == "password":
            path = "/api/auth/password/"
            body = {"current_password": PASSWORD, "new_password": "another-fine-passphrase"}

        assert old.post(path, body, "application/json").status_code in (200, 204)

        assert Session.objects.get().session_key == hash_key(_cookie(old))
        assert _cookie(old) != before
        assert _with_cookie(before).get(ME).status_code == 401

    def test_log_out_deletes_the_session(self, old: Client) -> None:
        old.post("/api/auth/logout/")

        assert not Session.objects.exists()
