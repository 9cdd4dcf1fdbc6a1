"""Reads of the ledger."""

from decimal import Decimal

import pytest

from wallet import selectors
from wallet.serializers import EntrySerializer
from wallet.tests import ledger
from wallet.tests.booking import NOON, make_user, open_wallet, pay_in

pytestmark = pytest.mark.django_db


def test_a_customer_without_any_movement_has_zero() -> None:
    assert selectors.get_balance(make_user().pk) == Decimal("0.00")


def test_the_balance_is_what_came_in() -> None:
    wallet = open_wallet()
    pay_in(wallet, 300, key="a")
    pay_in(wallet, 200, key="b")

    assert wallet.user_id is not None
    assert selectors.get_balance(wallet.user_id) == 500
    assert selectors.get_derived_balance(wallet) == 500


def test_the_statement_is_signed_and_newest_first() -> None:
    wallet = open_wallet()
    entry = pay_in(wallet, 300)
    ledger.reverse(entry, description="", now=NOON)

    assert wallet.user_id is not None
    lines = selectors.list_postings(wallet.user_id)

    amounts = [line["amount"] for line in EntrySerializer(lines, many=True).data]
    assert amounts == ["-300.00", "300.00"]


def test_the_statement_shows_ones_own_lines_only() -> None:
    pay_in(open_wallet(), 300)
    stranger = open_wallet("254110000001")

    assert stranger.user_id is not None
    assert not selectors.list_postings(stranger.user_id).exists()


def test_an_account_without_postings_derives_to_zero() -> None:
    assert selectors.get_derived_balance(ledger.get_suspense_account()) == 0
