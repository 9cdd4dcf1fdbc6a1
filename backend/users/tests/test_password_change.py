"""A new password: only with the old one, by the rules of the sign-up, and every sign-in ends."""

import logging
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from users import services
from users.models import User
from users.tests.approving import set_password
from users.tests.conftest import PASSWORD

URL = "/api/auth/password/"
ME = "/api/auth/me/"
NEW = "another-fine-passphrase"


def _change(client: Client, current: str = PASSWORD, new: str = NEW, **headers: str) -> Any:
    body = {"current_password": current, "new_password": new}
    return client.post(URL, body, "application/json", headers=headers)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class TestChange:
    def test_the_new_password_opens_and_the_old_does_not(self, asha: User) -> None:
        response = _change(_signed_in(asha))

        assert (response.status_code, response.content) == (204, b"")
        asha.refresh_from_db()
        assert asha.check_password(NEW)
        assert not asha.check_password(PASSWORD)

    def test_this_session_goes_on_under_a_new_key(self, asha: User) -> None:
        client = _signed_in(asha)
        before = client.session.session_key

        _change(client)

        assert client.get(ME).status_code == 200
        assert client.session.session_key != before
        assert not client.session.exists(before or "")

    def test_every_other_session_and_every_token_ends(self, asha: User) -> None:
        elsewhere = _signed_in(asha)
        _, token = AuthToken.objects.create(asha)

        _change(_signed_in(asha))

        assert elsewhere.get(ME).status_code == 401
        assert Client().get(ME, headers={"Authorization": f"Token {token}"}).status_code == 401

    def test_by_token_it_ends_the_token_and_opens_no_session(self, asha: User) -> None:
        elsewhere = _signed_in(asha)
        _, token = AuthToken.objects.create(asha)
        client = Client()

        response = _change(client, Authorization=f"Token {token}")

        assert response.status_code == 204
        assert not response.cookies
        assert elsewhere.get(ME).status_code == 401
        assert client.get(ME, headers={"Authorization": f"Token {token}"}).status_code == 401

    def test_other_users_sign_ins_stay(self, asha: User) -> None:
        juma = User.objects.create_user("0712345679", PASSWORD)
        _, token = AuthToken.objects.create(juma)

        _change(_signed_in(asha))

        assert Client().get(ME, headers={"Authorization": f"Token {token}"}).status_code == 200

    def test_a_password_change_is_logged_without_any_password(
        self, asha: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            _change(_signed_in(asha))

        assert "password changed" in caplog.messages
        assert NEW not in caplog.text
        assert PASSWORD not in caplog.text


class TestErrors:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "This is not your password."), ("sw", "Hili si nenosiri lako.")],
    )
    def test_a_wrong_current_password(self, asha: User, language: str, words: str) -> None:
        client = _signed_in(asha)

        response = _change(client, "wrong", **{"Accept-Language": language})

        assert (response.status_code, response.json()["code"]) == (400, "validation_error")
        assert response.json()["fields"] == {"current_password": [words]}
        assert response.json()["customer_message"] == words
        assert client.get(ME).status_code == 200

    @pytest.mark.parametrize("new", ["short", "1234567890123", "password123", "Asha Mwangi"])
    def test_a_weak_new_password(self, asha: User, new: str) -> None:
        response = _change(_signed_in(asha), PASSWORD, new)

        assert (response.status_code, list(response.json()["fields"])) == (400, ["new_password"])
        asha.refresh_from_db()
        assert asha.check_password(PASSWORD)

    @pytest.mark.parametrize("body", [{}, [], {"current_password": 1, "new_password": None}])
    def test_faulty_bodies(self, asha: User, body: Any) -> None:
        assert _signed_in(asha).post(URL, body, "application/json").status_code == 400

    def test_a_change_without_a_sign_in_is_401(self, db: None) -> None:
        assert _change(Client()).status_code == 401

    def test_a_blocked_account_is_403(self, asha: User) -> None:
        client = _signed_in(asha)
        User.objects.update(is_active=False)

        assert _change(client).json()["code"] == "account_blocked"

    def test_a_session_needs_its_csrf_token(self, browser: Client, asha: User) -> None:
        browser.force_login(asha)

        assert _change(browser).json()["code"] == "csrf_failed"

    def test_attempts_are_counted_per_user(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.PASSWORD_RATE_USER = True, "2/h"
        juma = User.objects.create_user("0712345679", PASSWORD)

        answers = [_change(_signed_in(asha), "wrong") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [400, 400, 429]
        assert int(answers[2]["Retry-After"]) == answers[2].json()["retry_after"] >= 1
        assert _change(_signed_in(juma)).status_code == 204


class TestTogether:
    def test_of_two_changes_with_one_old_password_the_second_fails(self, asha: User) -> None:
        stale = User.objects.get(pk=asha.pk)
        services.change_password(asha, current_password=PASSWORD, new_password=NEW)

        with pytest.raises(Exception, match="Wrong password"):
            services.change_password(stale, current_password=PASSWORD, new_password="a-third-one")

        assert User.objects.get(pk=asha.pk).check_password(NEW)

    def test_a_token_checked_before_the_change_is_not_issued_after_it(self, asha: User) -> None:
        stale = User.objects.get(pk=asha.pk)
        services.change_password(asha, current_password=PASSWORD, new_password=NEW)

        with pytest.raises(Exception, match="Invalid phone number or password"):
            services.issue_token(stale)

        assert not AuthToken.objects.exists()


class TestSetByUs:
    def _read(self, user: User) -> Any:
        return _signed_in(user).get(URL).json()

    def test_a_password_of_their_own_is_no_matter(self, asha: User) -> None:
        assert self._read(asha) == {"set_by_us_at": None}

        _change(_signed_in(asha))
        asha.refresh_from_db()

        assert self._read(asha) == {"set_by_us_at": None}

    # The operator's context ends with its transaction, and a plain test is one transaction.
    @pytest.mark.django_db(transaction=True)
    def test_the_customer_reads_that_an_operator_set_the_password_until_they_change_it(
        self, asha: User, operator: User
    ) -> None:
        set_password(asha, operator, NEW)
        asha.refresh_from_db()

        told = datetime.fromisoformat(self._read(asha)["set_by_us_at"])
        assert abs((timezone.now() - told).total_seconds()) < 60

        _change(_signed_in(asha), current=NEW, new="a-third-fine-passphrase")
        asha.refresh_from_db()
        assert self._read(asha) == {"set_by_us_at": None}

    def test_looking_is_not_counted(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.PASSWORD_RATE_USER = True, "1/h"
        client = _signed_in(asha)

        assert [client.get(URL).status_code for _ in range(3)] == [200] * 3

    def test_strangers_are_told_nothing(self, db: None) -> None:
        assert Client().get(URL).status_code == 401
