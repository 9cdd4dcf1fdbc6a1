"""Operators read the ledger and change nothing."""

import pytest
from django.test import Client

from users.models import User
from wallet import audit
from wallet.models import JournalEntry, LedgerAccount, LedgerSeal
from wallet.tests.booking import NOON, check_constraints, open_wallet, pay_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    """Sign in an operator with every right."""
    client = Client()
    client.force_login(User.objects.create_superuser("254799999999", "a-good-password"))
    return client


def test_an_account_is_shown_beside_its_recomputed_balance(operator: Client) -> None:
    wallet = open_wallet()
    pay_in(wallet, 500)

    page = operator.get(f"/admin/wallet/ledgeraccount/{wallet.pk}/change/")

    assert page.status_code == 200
    assert page.content.decode().count("500.00") >= 2


def test_entries_and_seals_are_listed(operator: Client) -> None:
    entry = pay_in(open_wallet(), 500)
    check_constraints()
    audit.seal_ledger(now=NOON)

    for path in (
        "journalentry/",
        f"journalentry/{entry.pk}/change/",
        "ledgerseal/",
        "ledgeraccount/",
    ):
        assert operator.get(f"/admin/wallet/{path}").status_code == 200


@pytest.mark.parametrize("model", ["ledgeraccount", "journalentry", "ledgerseal"])
def test_the_admin_adds_no_rows(operator: Client, model: str) -> None:
    assert operator.get(f"/admin/wallet/{model}/add/").status_code == 403


def test_the_admin_changes_and_deletes_no_rows(operator: Client) -> None:
    wallet = open_wallet()
    entry = pay_in(wallet, 500)

    for path in (f"ledgeraccount/{wallet.pk}", f"journalentry/{entry.pk}"):
        assert operator.post(f"/admin/wallet/{path}/change/", {"code": "x"}).status_code == 403
        assert operator.post(f"/admin/wallet/{path}/delete/", {"post": "yes"}).status_code == 403

    assert JournalEntry.objects.get() == entry
    assert LedgerAccount.objects.filter(pk=wallet.pk).exists()


def test_rows_name_themselves() -> None:
    entry = pay_in(open_wallet(), 500)
    check_constraints()
    audit.seal_ledger(now=NOON)

    assert str(entry) == "deposit:1"
    assert str(entry.postings.get(side="debit").account) == "mpesa:174379"
    assert str(entry.postings.get(side="credit")) == "credit 500.00"
    assert str(LedgerSeal.objects.get()) == f"up to {entry.pk}"
