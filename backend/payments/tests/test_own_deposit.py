"""A deposit read by the sign-in's query is answered word for word like one read by the ORM."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from knox.models import AuthToken

from common import throttles
from payments import states
from payments.models import Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    failure_body,
    make_customer,
    receive,
    success_body,
)
from users import sign_in
from users.models import User

pytestmark = pytest.mark.django_db

PATH = "/api/payments/transactions/{pk}/"


def _pending(_txn: Transaction) -> None:
    pass


def _completed(_txn: Transaction) -> None:
    receive(success_body())


def _declined(_txn: Transaction) -> None:
    receive(failure_body())


def _declined_again(txn: Transaction) -> None:
    Transaction.objects.create(
        user=txn.user,
        phone_number=txn.phone_number,
        amount=100,
        status=states.FAILED,
        result_code="1032",
        created_at=NOON - timedelta(seconds=100),
        updated_at=NOON - timedelta(seconds=60),
    )
    receive(failure_body())


def _uncertain(_txn: Transaction) -> None:
    receive(failure_body(result_code=1037))


def _in_suspense(_txn: Transaction) -> None:
    receive(success_body(amount=450))


def _escalated(txn: Transaction) -> None:
    Transaction.objects.filter(pk=txn.pk).update(review_reason="no_answer", next_query_at=None)


STATES = [
    _pending, _completed, _declined, _declined_again, _uncertain, _in_suspense, _escalated,
]  # fmt: skip


def by_token(user: User) -> Callable[..., Any]:
    _, token = AuthToken.objects.create(user)
    return lambda path, **headers: Client().get(
        path, headers={"Authorization": f"Token {token}", **headers}
    )


def by_session(user: User) -> Callable[..., Any]:
    client = Client()
    client.force_login(user)
    return lambda path, **headers: client.get(path, headers=headers)


WAYS = [by_token, by_session]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("suffix", ["", "status/"])
class TestWordForWord:
    @pytest.mark.parametrize("language", ["en", "sw"])
    @pytest.mark.parametrize("later_s", [1, 70, 400])
    @pytest.mark.parametrize("state", STATES)
    def test_every_state_is_shown_the_same_in_each_way(
        self,
        monkeypatch: pytest.MonkeyPatch,
        deposit: Transaction,
        way: Callable[[User], Callable[..., Any]],
        suffix: str,
        state: Callable[[Transaction], None],
        later_s: int,
        language: str,
    ) -> None:
        path = PATH.format(pk=deposit.pk) + suffix
        with time_machine.travel(_moment(later_s), tick=False):
            state(deposit)
            ask = way(deposit.user)
            read_along = ask(path, **{"Accept-Language": language})
            monkeypatch.setattr(sign_in, "joined_row_of", lambda _: None)
            by_orm = ask(path, **{"Accept-Language": language})

        assert read_along.status_code == by_orm.status_code == 200
        assert read_along.content == by_orm.content
        assert dict(read_along.items()).keys() == dict(by_orm.items()).keys()

    def test_the_deposit_is_read_in_one_statement(
        self, deposit: Transaction, django_assert_num_queries: Any, way: Any, suffix: str
    ) -> None:
        ask = way(deposit.user)

        with django_assert_num_queries(1):
            assert ask(PATH.format(pk=deposit.pk) + suffix).status_code == 200

    def test_the_cache_is_not_asked(
        self, deposit: Transaction, monkeypatch: pytest.MonkeyPatch, way: Any, suffix: str
    ) -> None:
        counted: list[Any] = []
        monkeypatch.setattr(throttles, "_find_exceeded", lambda *it, **_: counted.append(it))
        ask = way(deposit.user)

        ask(PATH.format(pk=deposit.pk) + suffix)

        assert counted == []

    def test_another_customers_deposit_is_not_found(
        self, deposit: Transaction, way: Any, suffix: str
    ) -> None:
        ask = way(make_customer(OTHER_PHONE))

        answer = ask(PATH.format(pk=deposit.pk) + suffix)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert b"254" not in answer.content

    def test_a_customer_who_was_switched_off_reads_account_blocked(
        self, deposit: Transaction, way: Any, suffix: str
    ) -> None:
        ask = way(deposit.user)
        User.objects.filter(pk=deposit.user_id).update(is_active=False)

        assert ask(PATH.format(pk=deposit.pk) + suffix).json()["code"] == "account_blocked"

    @pytest.mark.parametrize("pk", [0, 2**63, 10**40])
    def test_an_unknown_id_is_not_found(
        self, deposit: Transaction, way: Any, suffix: str, pk: int
    ) -> None:
        assert way(deposit.user)(PATH.format(pk=pk) + suffix).status_code == 404


def _moment(later_s: int) -> datetime:
    return NOON + timedelta(seconds=later_s)


def test_a_password_changed_meanwhile_ends_the_session(deposit: Transaction) -> None:
    ask = by_session(deposit.user)
    deposit.user.set_password("another-fine-passphrase")
    deposit.user.save()

    assert ask(PATH.format(pk=deposit.pk)).status_code == 401


def test_without_limits_no_wait_is_looked_for(deposit: Transaction, settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False
    receive(failure_body())

    assert by_token(deposit.user)(PATH.format(pk=deposit.pk)).json()["retry_after"] is None
