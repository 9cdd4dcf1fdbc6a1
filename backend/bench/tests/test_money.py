"""The check of the ledger after a load finds wrong, missing and doubled credits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from django.db import connection

from bench.book import Book
from bench.cloning import Connection
from bench.money import Money
from bench.system import System
from payments.services import record_callback
from payments.tests.building import NOON, TOKEN, make_deposit, success_body

pytestmark = pytest.mark.django_db


class _Here:
    """The database of this test, inside its transaction, in place of a running system's."""

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        connection.ensure_connection()
        yield cast("Any", connection.connection)


def _begin() -> tuple[Money, Book]:
    book = Book()
    money = Money(cast("System", _Here()), book)
    money.begin()
    return money, book


def _settle() -> None:
    record_callback(
        token=TOKEN, body=success_body(), headers={}, source_address="127.0.0.1", now=NOON
    )


def _wrong(book: Book) -> float:
    return book.figures["wrong_credits"].middle


class TestMoney:
    def test_a_credit_that_was_answered_is_right(self) -> None:
        make_deposit()
        money, book = _begin()

        _settle()
        money.expect(least=1, most=1)
        money.check("a callback")

        assert (_wrong(book), book.notes) == (0, [])

    def test_an_answered_callback_without_a_credit_is_a_lost_credit(self) -> None:
        make_deposit()
        money, book = _begin()

        money.expect(least=1, most=1)
        money.check("a callback")

        assert (_wrong(book), book.notes) == (1, ["1 wrong after a callback"])

    def test_a_credit_without_a_sent_callback_is_wrong(self) -> None:
        make_deposit()
        money, book = _begin()

        _settle()
        money.check("nothing")

        assert _wrong(book) == 1

    def test_an_unanswered_callback_may_or_may_not_have_credited(self) -> None:
        make_deposit()
        money, book = _begin()

        money.expect(least=0, most=1)
        money.check("a lost answer")
        _settle()
        money.expect(least=0, most=1)
        money.check("another lost answer")

        assert _wrong(book) == 0

    def test_a_wallet_that_differs_from_its_entries_is_wrong(self) -> None:
        make_deposit()
        money, book = _begin()
        _settle()
        money.add(1)
        with connection.cursor() as cursor:
            # Past the guards, as only the owner of the database can.
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            cursor.execute(
                "UPDATE wallet_ledgeraccount SET balance = balance + 1 WHERE id = ("
                "SELECT id FROM wallet_ledgeraccount WHERE kind = 'customer')"
            )
            cursor.execute("SET LOCAL session_replication_role = 'origin'")

        money.check("a hand in the till")

        assert _wrong(book) == 1
