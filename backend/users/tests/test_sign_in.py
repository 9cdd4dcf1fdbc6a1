"""Session and token are read in one statement, and accepted exactly when Django and knox would."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from users import sign_in
from users.models import User
from users.tests.conftest import PASSWORD, signed_in

ME = "/api/auth/me/"
Counted = Callable[[int], Any]


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    """Begin as a new process does."""
    sign_in._owners.clear()


def _warm(user: User) -> Client:
    """Return a browser whose session this process has seen."""
    client = signed_in(user)
    assert client.get(ME).status_code == 200
    return client


class TestSession:
    def test_the_second_sign_in_of_a_session_is_one_statement(
        self, asha: User, django_assert_num_queries: Counted
    ) -> None:
        client = _warm(asha)

        with django_assert_num_queries(1):
            answer = client.get(ME)

        assert answer.json()["phone_number"] == "254712345678"
        assert "Cookie" in answer["Vary"]

    def test_each_session_is_its_own_customers(self, asha: User) -> None:
        other = User.objects.create_user("254722000111", PASSWORD)
        first, second = _warm(asha), _warm(other)

        for client, user in ((first, asha), (second, other), (first, asha)):
            assert client.get(ME).json()["id"] == user.pk

    def test_a_wrong_hint_is_not_believed(self, asha: User) -> None:
        other = User.objects.create_user("254722000111", PASSWORD)
        client = _warm(asha)
        for key in sign_in._owners:
            sign_in._owners[key] = other.pk

        assert client.get(ME).json()["id"] == asha.pk

    @pytest.mark.parametrize(
        "change",
        [
            lambda user: user.set_password("another-fine-passphrase"),
            lambda user: setattr(user, "session_epoch", user.session_epoch + 1),
        ],
        ids=["password", "epoch"],
    )
    def test_a_new_password_or_session_epoch_ends_a_remembered_session(
        self, asha: User, change: Callable[[User], None]
    ) -> None:
        client = _warm(asha)
        change(asha)
        asha.save()

        assert client.get(ME).status_code == 401

    def test_an_expired_one_is_no_sign_in(self, asha: User) -> None:
        client = _warm(asha)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

        assert client.get(ME).status_code == 401

    def test_a_deleted_one_is_no_sign_in(self, asha: User) -> None:
        client = _warm(asha)
        Session.objects.all().delete()

        assert client.get(ME).status_code == 401

    def test_a_session_of_another_authentication_backend_is_no_sign_in(
        self, asha: User, settings: Any
    ) -> None:
        client = _warm(asha)
        settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

        assert client.get(ME).status_code == 401

    def test_a_session_with_a_forged_signature_is_no_sign_in(self, asha: User) -> None:
        client = _warm(asha)
        Session.objects.update(session_data="e30:1abcde:forged")

        assert client.get(ME).status_code == 401

    def test_the_session_of_a_deleted_user_is_no_sign_in(self, asha: User) -> None:
        client = _warm(asha)
        asha.delete()

        assert client.get(ME).status_code == 401

    def test_a_user_who_was_switched_off_gets_account_blocked(self, asha: User) -> None:
        client = _warm(asha)
        User.objects.filter(pk=asha.pk).update(is_active=False)

        assert (client.get(ME).status_code, client.get(ME).json()["code"]) == (
            403,
            "account_blocked",
        )

    @pytest.mark.parametrize("key", ["", "x", "a b", '"a\\000bcdefgh"', "é" * 10, "a" * 5000])
    def test_any_text_in_the_cookie_is_no_sign_in(self, asha: User, key: str) -> None:
        client = Client()
        client.cookies[django_settings.SESSION_COOKIE_NAME] = key

        assert client.get(ME).status_code == 401

    def test_a_signed_session_needs_its_csrf_token_as_ever(self, asha: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(asha)
        assert client.get(ME).status_code == 200

        answer = client.post("/api/payments/stk-push/", {}, "application/json")

        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    def test_the_memory_has_an_end(self, asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in, "_MAX_OWNERS", 2)
        for _ in range(5):
            _warm(asha)

        assert len(sign_in._owners) <= 2


class TestToken:
    def _ask(self, token: str) -> Any:
        return Client().get(ME, headers={"Authorization": f"Token {token}"})

    def test_a_sign_in_by_token_is_one_statement(
        self, asha: User, django_assert_num_queries: Counted
    ) -> None:
        _, token = AuthToken.objects.create(asha)

        with django_assert_num_queries(1):
            assert self._ask(token).json()["id"] == asha.pk

    def test_only_the_expired_token_is_refused_and_deleted(self, asha: User) -> None:
        _, dead = AuthToken.objects.create(asha, expiry=timedelta(seconds=-1))
        _, alive = AuthToken.objects.create(asha)

        assert self._ask(dead).status_code == 401
        assert AuthToken.objects.count() == 1
        assert self._ask(alive).status_code == 200

    @pytest.mark.parametrize("change", [str.upper, lambda it: it[:-1], lambda it: it + "0"])
    def test_another_text_is_another_token(self, asha: User, change: Callable[[str], str]) -> None:
        _, token = AuthToken.objects.create(asha)
        changed = change(token)
        assert changed != token

        assert self._ask(changed).status_code == 401

    def test_a_new_password_ends_the_token(self, asha: User) -> None:
        _, token = AuthToken.objects.create(asha)
        asha.set_password("another-fine-passphrase")
        asha.save()

        assert self._ask(token).status_code == 401

    def test_a_user_who_was_switched_off_gets_account_blocked(self, asha: User) -> None:
        _, token = AuthToken.objects.create(asha)
        User.objects.filter(pk=asha.pk).update(is_active=False)

        assert self._ask(token).json()["code"] == "account_blocked"
