"""The functions of wallet/sql/functions/ledger.sql, and the guard that moves the balances."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError
from django.db import transaction as db_transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.calling import value_of
from wallet.models import JournalEntry, LedgerAccount
from wallet.selectors import get_derived_balance
from wallet.tests import ledger
from wallet.tests.booking import (
    NOON,
    check_constraints,
    make_user,
    open_wallet,
    pay_in,
    run,
    tamper,
)


@pytest.mark.django_db
class TestLedgerPost:
    def test_an_entry_debits_one_account_and_credits_the_other(self) -> None:
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
        assert JournalEntry.objects.count() == 1
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

    def test_an_entry_that_the_database_refuses_is_an_integrity_error(self) -> None:
        with pytest.raises(IntegrityError):
            pay_in(open_wallet(), 0)

    def test_an_amount_beyond_all_money_is_refused(self) -> None:
        with pytest.raises(DataError):
            pay_in(open_wallet(), 10**12)

    def test_the_same_movement_later_keeps_the_first_entrys_time_and_words(self) -> None:
        wallet = open_wallet()
        pay_in(wallet, 500)

        again = ledger.post(
            key="deposit:1",
            debit=ledger.get_clearing_account("174379"),
            credit=wallet,
            amount=Decimal(500),
            description="other words",
            now=NOON + timedelta(days=1),
        )

        assert (again.description, again.created_at) == ("M-Pesa deposit", NOON)

    def test_a_refused_key_moves_nothing(self) -> None:
        wallet = open_wallet()
        pay_in(wallet, 500)

        with pytest.raises(ledger.KeyReused), db_transaction.atomic():
            pay_in(wallet, 501)

        assert JournalEntry.objects.count() == 1
        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 500

    def test_between_two_customers_both_balances_move(self) -> None:
        payer, payee = open_wallet(), open_wallet("254110000001")
        pay_in(payer, 500)

        _move(payer, payee, 200)

        assert LedgerAccount.objects.get(pk=payer.pk).balance == 300
        assert LedgerAccount.objects.get(pk=payee.pk).balance == 200

    def test_more_than_a_wallet_holds_is_refused(self) -> None:
        payer, payee = open_wallet(), open_wallet("254110000001")
        pay_in(payer, 500)

        with pytest.raises(IntegrityError, match="wallet_balance"), db_transaction.atomic():
            _move(payer, payee, 501)

        assert LedgerAccount.objects.get(pk=payer.pk).balance == 500
        assert JournalEntry.objects.count() == 1

    def test_an_account_that_does_not_exist_is_refused(self) -> None:
        wallet = open_wallet()

        with pytest.raises(IntegrityError, match="an account of it does not exist"):
            run("SELECT ledger_post('key', 999999, %s, 500, '', %s)", wallet.pk, NOON)

    def test_an_account_cannot_pay_itself(self) -> None:
        wallet = open_wallet()

        with pytest.raises(IntegrityError, match="wallet_entry_two_accounts"):
            run("SELECT ledger_post('key', %s, %s, 500, '', %s)", wallet.pk, wallet.pk, NOON)


def _move(payer: LedgerAccount, payee: LedgerAccount, amount: int) -> None:
    ledger.post(
        key="between two",
        debit=payer,
        credit=payee,
        amount=Decimal(amount),
        description="",
        now=NOON,
    )


def post_many(*movements: tuple[str, LedgerAccount, LedgerAccount, int]) -> list[JournalEntry]:
    """Record movements (key, debit, credit, amount) in one call, and return their entries."""
    keys, debits, credits, amounts = zip(*movements, strict=True)
    entry_ids = value_of(
        "SELECT ledger_post_many(%(keys)s::text[], %(debits)s::bigint[], %(credits)s::bigint[],"
        " %(amounts)s::numeric[], %(keys)s::text[],"
        " array_fill(%(now)s::timestamptz, ARRAY[%(count)s]))",
        keys=list(keys),
        debits=[account.pk for account in debits],
        credits=[account.pk for account in credits],
        amounts=list(amounts),
        count=len(movements),
        now=NOON,
    )
    return [JournalEntry.objects.get(pk=entry_id) for entry_id in entry_ids]


@pytest.mark.django_db
class TestLedgerPostMany:
    def test_the_entries_come_back_in_the_order_given(self) -> None:
        house = ledger.get_clearing_account("174379")
        first, second = open_wallet("254710000001"), open_wallet("254710000002")

        entries = post_many(
            ("c", house, second, 30), ("a", house, first, 10), ("b", house, first, 20)
        )

        assert [entry.key for entry in entries] == ["c", "a", "b"]
        assert [entry.amount for entry in entries] == [30, 10, 20]
        assert [entry.credit_account for entry in entries] == [second, first, first]
        assert {entry.debit_account for entry in entries} == {house}
        assert {(entry.created_at, entry.description) for entry in entries[:1]} == {(NOON, "c")}
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.balance, second.balance) == (30, 30)

    def test_a_key_that_exists_fails_the_whole_batch(self) -> None:
        house, wallet = ledger.get_clearing_account("174379"), open_wallet("254710000001")
        post_many(("a", house, wallet, 10))

        with (
            pytest.raises(IntegrityError, match="wallet_journalentry_key"),
            db_transaction.atomic(),
        ):
            post_many(("b", house, wallet, 20), ("a", house, wallet, 10))

        wallet.refresh_from_db()
        assert (wallet.balance, JournalEntry.objects.count()) == (10, 1)


@pytest.mark.django_db
class TestLedgerCustomerAccount:
    def test_a_customer_account_opens_at_zero_and_once(self) -> None:
        user = make_user()

        first, second = ledger.get_customer_account(user.pk), ledger.get_customer_account(user.pk)

        assert first == second
        assert (first.code, first.kind) == (f"wallet:{user.pk}", "customer")
        assert first.balance == 0

    def test_a_customer_who_does_not_exist_gets_none(self) -> None:
        run("SELECT ledger_customer_account(999999)")

        with pytest.raises(IntegrityError, match="user_id"), db_transaction.atomic():
            check_constraints()
        tamper("DELETE FROM wallet_ledgeraccount")


@pytest.mark.django_db
class TestLedgerSystemAccount:
    def test_an_account_of_our_own_opens_once(self) -> None:
        first, second = ledger.get_suspense_account(), ledger.get_suspense_account()

        assert first == second
        assert (first.code, first.kind) == ("suspense", "suspense")
        assert (first.user, first.balance) == (None, None)

    def test_each_short_code_has_a_clearing_account(self) -> None:
        first, second = ledger.get_clearing_account("1"), ledger.get_clearing_account("2")

        assert (first.code, second.code) == ("mpesa:1", "mpesa:2")

    def test_an_unknown_kind_of_account_is_refused(self) -> None:
        with pytest.raises(IntegrityError, match="wallet_account_of_kind"):
            run("SELECT ledger_system_account('mpesa:1', 'bank')")


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
def test_any_sequence_of_journal_entries_keeps_the_ledger_balanced(
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
