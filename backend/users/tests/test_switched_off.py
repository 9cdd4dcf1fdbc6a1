"""A switched-off account reads so; switched on again, its sessions and tokens stay ended."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from knox.models import AuthToken

from users import services
from users.models import User
from users.tests.conftest import PASSWORD, signed_in

ME = "/api/auth/me/"
CREDENTIALS = {"phone_number": "0712345678", "password": PASSWORD}


def _by_rows(user: User, is_active: bool) -> None:
    User.objects.filter(pk=user.pk).update(is_active=is_active)


def _by_saving(user: User, is_active: bool) -> None:
    user.is_active = is_active
    user.save()


def _by_console(user: User, is_active: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_user SET is_active = %s", [is_active])


class SignedIn:
    """A browser and a program in which a customer is signed in."""

    def __init__(self, user: User) -> None:
        self.browser = signed_in(user)
        _, token = AuthToken.objects.create(user)
        self.token = {"Authorization": f"Token {token}"}

    def answers(self) -> list[Any]:
        """Ask who I am, by session and by token."""
        by_token = Client().get(ME, headers=self.token)
        return [self.browser.get(ME), by_token]

    @property
    def statuses(self) -> list[int]:
        return [answer.status_code for answer in self.answers()]


@pytest.fixture
def before(asha: User) -> SignedIn:
    """What was signed in before."""
    return SignedIn(asha)


@pytest.mark.parametrize("switch", [_by_rows, _by_saving, _by_console])
def test_sessions_and_tokens_of_a_switched_off_account_stay_invalid(
    asha: User, before: SignedIn, switch: Callable[[User, bool], None]
) -> None:
    switch(asha, False)
    assert [answer.json()["code"] for answer in before.answers()] == ["account_blocked"] * 2

    switch(asha, True)

    assert before.statuses == [401, 401]
    assert not AuthToken.objects.exists()


@pytest.mark.usefixtures("before")
def test_the_owner_of_an_account_switched_on_again_can_sign_in(asha: User) -> None:
    _by_rows(asha, False)
    _by_rows(asha, True)
    browser = Client()

    assert browser.post("/api/auth/login/", CREDENTIALS, "application/json").status_code == 200
    assert browser.get(ME).status_code == 200
    assert SignedIn(User.objects.get()).statuses == [200, 200]


def test_a_row_saved_from_an_older_copy_wakes_nothing(asha: User, before: SignedIn) -> None:
    older = User.objects.get(pk=asha.pk)
    _by_rows(asha, False)
    _by_rows(asha, True)

    older.full_name = "Asha Otieno"
    older.save()

    assert User.objects.get().full_name == "Asha Otieno"
    assert before.statuses == [401, 401]


def test_a_password_checked_before_issues_no_token_after_it(asha: User) -> None:
    checked = User.objects.get(pk=asha.pk)
    _by_rows(asha, False)
    _by_rows(asha, True)

    with pytest.raises(Exception, match="Invalid phone number or password"):
        services.issue_token(checked)


@pytest.mark.parametrize("change", [{"is_active": True}, {"is_staff": True}, {"full_name": "A"}])
def test_no_other_change_ends_anything(
    asha: User, before: SignedIn, change: dict[str, Any]
) -> None:
    User.objects.update(**change)

    assert before.statuses == [200, 200]
