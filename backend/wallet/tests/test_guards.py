"""Changes to the ledger that the database refuses even when plain SQL bypasses our code."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction
from django.db.models import ProtectedError

from wallet.models import JournalEntry, LedgerAccount
from wallet.selectors import get_balance
from wallet.tests import ledger
from wallet.tests.booking import NOON, check_constraints, make_user, open_wallet, pay_in, run

pytestmark = pytest.mark.django_db

_NEW_ENTRY = (
    "INSERT INTO wallet_journalentry (key, description, debit_account_id, credit_account_id,"
    " amount) VALUES ('forged', '', %s, %s, %s)"
)


@contextmanager
def refused(text: str) -> Iterator[None]:
    """Expect the database to refuse what is inside, at the latest when it is committed."""
    with pytest.raises(DatabaseError, match=text), db_transaction.atomic():  # noqa: PT012
        yield
        check_constraints()


class TestEntries:
    """Both sides are one row: an entry that does not sum to zero cannot be written down."""

    def test_an_entry_with_one_account_is_refused(self) -> None:
        wallet = open_wallet()

        with refused('null value in column "debit_account_id"'):
            run(_NEW_ENTRY, None, wallet.pk, 500)

    def test_an_entry_without_an_amount_is_refused(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

        with refused('null value in column "amount"'):
            run(_NEW_ENTRY, clearing.pk, wallet.pk, None)

    def test_an_amount_that_is_not_a_number_is_refused(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

        with refused("wallet_posting_amount"):
            run("SELECT ledger_post('x', %s, %s, 'NaN', '', now())", clearing.pk, wallet.pk)

    def test_money_does_not_move_from_an_account_to_itself(self) -> None:
        wallet = open_wallet()

        with refused("wallet_entry_two_accounts"):
            run(_NEW_ENTRY, wallet.pk, wallet.pk, 500)

    @pytest.mark.parametrize("side", ["debit", "credit"])
    def test_both_accounts_exist(self, side: str) -> None:
        wallet = open_wallet()
        accounts = (0, wallet.pk) if side == "debit" else (wallet.pk, 0)

        with refused("an account of it does not exist"):
            run(_NEW_ENTRY, *accounts, 500)

    def test_a_key_is_used_once(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")
        pay_in(wallet, key="forged")

        with refused("wallet_journalentry_key"):
            run(_NEW_ENTRY, clearing.pk, wallet.pk, 500)

    def test_a_key_says_something(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

        with refused("wallet_entry_key"):
            run(_NEW_ENTRY.replace("forged", ""), clearing.pk, wallet.pk, 500)

    @pytest.mark.parametrize("amount", [0, -500])
    def test_amounts_are_positive(self, amount: int) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

        with refused("wallet_posting_amount"):
            run(_NEW_ENTRY, clearing.pk, wallet.pk, amount)

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO wallet_posting (entry_id, account_id) VALUES (1, 1)",
            "UPDATE wallet_posting SET amount = 1",
            "DELETE FROM wallet_posting",
            "TRUNCATE wallet_posting",
        ],
    )
    def test_postings_are_only_read(self, sql: str) -> None:
        pay_in(open_wallet())

        with refused("wallet_posting"):
            run(sql)


class TestHistory:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE wallet_journalentry SET amount = 1",
            "UPDATE wallet_journalentry SET credit_account_id = debit_account_id",
            "UPDATE wallet_journalentry SET description = 'nothing to see'",
            "DELETE FROM wallet_journalentry",
            "TRUNCATE wallet_journalentry CASCADE",
            "UPDATE wallet_ledgerseal SET digest = repeat('0', 64)",
            "DELETE FROM wallet_ledgerseal",
            "TRUNCATE wallet_ledgerseal",
            "TRUNCATE wallet_ledgeraccount CASCADE",
        ],
    )
    def test_no_row_of_history_is_changed_or_removed(self, sql: str) -> None:
        pay_in(open_wallet())
        check_constraints()
        run("SELECT ledger_seal(10, now())")

        with refused("append-only"):
            run(sql)

    def test_a_user_with_money_history_cannot_be_deleted(self) -> None:
        wallet = open_wallet()
        pay_in(wallet)

        assert wallet.user is not None
        with pytest.raises(ProtectedError):
            wallet.user.delete()


class TestBalances:
    def test_an_entry_moves_the_stored_balance(self) -> None:
        wallet = open_wallet()

        pay_in(wallet, 500)

        assert wallet.user_id is not None
        assert get_balance(wallet.user_id) == 500

    def test_an_entry_written_by_hand_moves_the_balance(self) -> None:
        wallet, clearing = open_wallet(), ledger.get_clearing_account("174379")

        run(_NEW_ENTRY, clearing.pk, wallet.pk, 500)

        assert LedgerAccount.objects.get(pk=wallet.pk).balance == 500

    def test_a_transfer_moves_both_wallets(self) -> None:
        giver, taker = open_wallet(), open_wallet("254110000001")
        pay_in(giver, 500)

        run(_NEW_ENTRY, giver.pk, taker.pk, 200)

        balances = LedgerAccount.objects.filter(kind="customer").order_by("id")
        assert list(balances.values_list("balance", flat=True)) == [300, 200]

    def test_no_setting_of_a_session_switches_the_guard_off(self) -> None:
        open_wallet()

        with refused("only postings change it"):
            run("SELECT set_config('pgtrigger.ignore', (SELECT array_agg(tgname)::text"
                " FROM pg_trigger WHERE NOT tgisinternal), true)")  # fmt: skip
            run("UPDATE wallet_ledgeraccount SET balance = 1000000 WHERE kind = 'customer'")

    def test_a_balance_cannot_be_written_directly(self) -> None:
        open_wallet()

        with refused("only postings change it"):
            run("UPDATE wallet_ledgeraccount SET balance = 1000000 WHERE kind = 'customer'")

    def test_a_balance_is_never_negative(self) -> None:
        wallet = open_wallet()
        clearing = ledger.get_clearing_account("174379")

        with refused("wallet_balance"):
            run(_NEW_ENTRY, wallet.pk, clearing.pk, 1)

    def test_house_accounts_keep_no_balance(self) -> None:
        pay_in(open_wallet())

        assert ledger.get_clearing_account("174379").balance is None


class TestAccounts:
    def test_a_new_account_is_empty(self) -> None:
        user = make_user()

        with refused("must start at zero"):
            run(
                "INSERT INTO wallet_ledgeraccount (code, kind, user_id, balance)"
                " VALUES ('wallet:x', 'customer', %s, 1000)",
                user.pk,
            )

    def test_a_user_has_one_account(self) -> None:
        wallet = open_wallet()

        with refused("wallet_ledgeraccount_user_id"):
            run(
                "INSERT INTO wallet_ledgeraccount (code, kind, user_id, balance)"
                " VALUES ('wallet:second', 'customer', %s, 0)",
                wallet.user_id,
            )

    def test_a_code_is_used_once(self) -> None:
        ledger.get_suspense_account()

        with refused("wallet_ledgeraccount_code"):
            run("INSERT INTO wallet_ledgeraccount (code, kind) VALUES ('suspense', 'suspense')")

    @pytest.mark.parametrize(
        ("kind", "has_user", "balance"),
        [
            ("customer", False, 0),
            ("customer", True, None),
            ("clearing", True, None),
            ("clearing", False, 0),
            ("suspense", True, None),
            ("suspense", False, 0),
            ("gift", False, None),
        ],
    )
    def test_kind_user_and_balance_go_together(
        self, kind: str, has_user: bool, balance: int | None
    ) -> None:
        user_id = make_user().pk if has_user else None

        with refused("wallet_account_of_kind"):
            run(
                "INSERT INTO wallet_ledgeraccount (code, kind, user_id, balance)"
                " VALUES ('new', %s, %s, %s)",
                *(kind, user_id, balance),
            )

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE wallet_ledgeraccount SET kind = 'suspense', balance = NULL, user_id = NULL",
            "UPDATE wallet_ledgeraccount SET code = 'wallet:other'",
            "UPDATE wallet_ledgeraccount SET user_id = user_id + 1",
            "UPDATE wallet_ledgeraccount SET id = id + 1000",
            "DELETE FROM wallet_ledgeraccount",
        ],
    )
    def test_the_facts_of_an_account_never_change(self, sql: str) -> None:
        open_wallet()

        with refused("only postings change it"):
            run(sql)


def test_nothing_of_a_refused_movement_stays() -> None:
    wallet = open_wallet()
    pay_in(wallet, 500)

    with pytest.raises(IntegrityError), db_transaction.atomic():
        ledger.post(
            key="too much",
            debit=wallet,
            credit=ledger.get_suspense_account(),
            amount=Decimal(501),
            description="more than there is",
            now=NOON,
        )

    assert JournalEntry.objects.count() == 1
    assert LedgerAccount.objects.get(pk=wallet.pk).balance == 500
