"""The single place where money moves keeps its promises."""

from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError
from django.db import transaction as db_transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wallet import ledger
from wallet.models import JournalEntry, LedgerAccount, Posting
from wallet.selectors import get_derived_balance
from wallet.tests.booking import NOON, make_user, open_wallet, pay_in


@pytest.mark.django_db
class TestPost:
    def test_debits_one_account_and_credits_the_other(self) -> None:
        wallet = open_wallet()

        entry = pay_in(wallet, 500)

        sides = set(entry.postings.values_list("account__code", "side", "amount"))
        assert sides == {
            ("mpesa:174379", "debit", Decimal(500)),
            (wallet.code, "credit", Decimal(500)),
        }
        assert (entry.key, entry.created_at) == ("deposit:1", NOON)

    def test_the_same_movement_again_returns_the_first_entry(self) -> None:
        wallet = open_wallet()

        first, second = pay_in(wallet, 500), pay_in(wallet, 500)

        assert first == second
        assert Posting.objects.count() == 2
        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 500

    def test_the_same_key_with_another_amount_is_refused(self) -> None:
        wallet = open_wallet()
        pay_in(wallet, 500)

        with pytest.raises(ledger.KeyReused):
            pay_in(wallet, 501)

    def test_the_same_key_with_another_account_is_refused(self) -> None:
        pay_in(open_wallet(), 500)
        other = open_wallet("254110000001")

        with pytest.raises(ledger.KeyReused):
            pay_in(other, 500)

    def test_the_same_key_the_other_way_round_is_refused(self) -> None:
        wallet = open_wallet()
        pay_in(wallet, 500)

        with pytest.raises(ledger.KeyReused), db_transaction.atomic():
            ledger.post(
                key="deposit:1",
                debit=wallet,
                credit=ledger.get_clearing_account("174379"),
                amount=Decimal(500),
                description="",
                now=NOON,
            )

    def test_what_the_database_refuses_is_an_integrity_error(self) -> None:
        with pytest.raises(IntegrityError):
            pay_in(open_wallet(), 0)

    def test_an_amount_beyond_all_money_is_refused(self) -> None:
        with pytest.raises(DataError):
            pay_in(open_wallet(), 10**12)


@pytest.mark.django_db(transaction=True)
def test_posting_demands_an_open_transaction() -> None:
    wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

    with pytest.raises(ledger.TransactionNeeded):
        ledger.post(
            key="k", debit=clearing, credit=wallet, amount=Decimal(1), description="", now=NOON
        )

    assert not JournalEntry.objects.exists()


@pytest.mark.django_db
class TestReverse:
    def test_posts_the_opposite_and_leaves_history_alone(self) -> None:
        wallet = open_wallet()
        entry = pay_in(wallet, 500)

        reversal = ledger.reverse(entry, description="Reversed by M-Pesa", now=NOON)

        assert reversal.key == "reverse:deposit:1"
        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 0
        assert JournalEntry.objects.filter(pk=entry.pk).exists()

    def test_reverses_once(self) -> None:
        wallet = open_wallet()
        entry = pay_in(wallet, 500)

        first = ledger.reverse(entry, description="", now=NOON)
        second = ledger.reverse(entry, description="", now=NOON)

        assert first == second
        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 0

    def test_spent_money_cannot_be_reversed(self) -> None:
        wallet = open_wallet()
        entry = pay_in(wallet, 500)
        with db_transaction.atomic():
            ledger.post(
                key="spent",
                debit=wallet,
                credit=ledger.get_clearing_account("174379"),
                amount=Decimal(1),
                description="",
                now=NOON,
            )

        with pytest.raises(IntegrityError), db_transaction.atomic():
            ledger.reverse(entry, description="", now=NOON)

        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 499

    def test_an_entry_of_three_sides_is_not_reversible(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")
        entry = JournalEntry.objects.create(key="split", description="")
        Posting.objects.bulk_create(
            [
                Posting(entry=entry, account=clearing, side="debit", amount=Decimal(3)),
                Posting(entry=entry, account=wallet, side="credit", amount=Decimal(1)),
                Posting(entry=entry, account=wallet, side="credit", amount=Decimal(2)),
            ]
        )

        with pytest.raises(ledger.NotReversible):
            ledger.reverse(entry, description="", now=NOON)


@pytest.mark.django_db
class TestAccounts:
    def test_a_customer_account_opens_at_zero_and_once(self) -> None:
        user = make_user()

        first, second = ledger.get_customer_account(user.pk), ledger.get_customer_account(user.pk)

        assert first == second
        assert (first.code, first.kind) == (f"wallet:{user.pk}", "customer")
        assert first.balance == 0

    def test_house_accounts_open_once(self) -> None:
        assert ledger.get_suspense_account() == ledger.get_suspense_account()
        assert ledger.get_clearing_account("1").code == "mpesa:1"


_ACCOUNTS = 3
_movements = st.lists(
    st.tuples(
        st.integers(0, _ACCOUNTS + 1),
        st.integers(0, _ACCOUNTS + 1),
        st.decimals(min_value="0.01", max_value="250000", places=2),
        st.integers(0, 5),
    ),
    max_size=15,
)


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(movements=_movements)
def test_any_sequence_of_posts_keeps_the_books_straight(
    movements: list[tuple[int, int, Decimal, int]],
) -> None:
    with db_transaction.atomic():
        wallets = [open_wallet(f"25471000000{number}") for number in range(_ACCOUNTS)]
        houses = [ledger.get_clearing_account("174379"), ledger.get_suspense_account()]
        accounts = [*wallets, *houses]

        for debit, credit, amount, key in movements:
            _try_to_post(accounts[debit], accounts[credit], amount, f"key:{key}")

        assert sum(get_derived_balance(account) for account in accounts) == 0
        for wallet in wallets:
            kept = LedgerAccount.objects.get(pk=wallet.pk).balance
            assert kept is not None
            assert kept == get_derived_balance(wallet) >= 0
        db_transaction.set_rollback(True)


def _try_to_post(debit: LedgerAccount, credit: LedgerAccount, amount: Decimal, key: str) -> None:
    try:
        with db_transaction.atomic():
            ledger.post(
                key=key, debit=debit, credit=credit, amount=amount, description="", now=NOON
            )
    except (ledger.KeyReused, IntegrityError):
        return
