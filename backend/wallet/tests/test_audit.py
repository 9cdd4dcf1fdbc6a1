"""The audit finds rows of the ledger that plain SQL has changed, and names the first one."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections

from wallet import audit
from wallet.models import JournalEntry, LedgerSeal
from wallet.tests.booking import NOON, check_constraints, open_wallet, pay_in, run, tamper


def problems() -> list[str]:
    """Return what the audit finds, a line each."""
    return [f"{found.row}: {found.problem}" for found in audit.find_problems()]


def check_ledger() -> tuple[int, str]:
    """Return exit status and output of the command."""
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, stderr=StringIO())
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def entries() -> list[JournalEntry]:
    """Book and seal three movements."""
    wallet = open_wallet()
    found = [pay_in(wallet, 100 * number, key=f"key:{number}") for number in (1, 2, 3)]
    check_constraints()
    assert audit.seal_ledger(now=NOON) == 3
    return found


@pytest.mark.django_db
class TestSealing:
    def test_an_untouched_ledger_is_in_order(self, entries: list[JournalEntry]) -> None:
        assert problems() == []

    def test_the_command_check_ledger_reports_no_difference(self) -> None:
        assert check_ledger() == (0, "ledger is in order: 0 differences\n")

    def test_sealed_entries_are_not_sealed_again(self, entries: list[JournalEntry]) -> None:
        assert audit.seal_ledger(now=NOON) == 0
        assert LedgerSeal.objects.count() == 1

    def test_a_seal_is_logged(
        self, entries: list[JournalEntry], caplog: pytest.LogCaptureFixture
    ) -> None:
        wallet = entries[0].credit_account
        pay_in(wallet, 1, key="key:4")
        check_constraints()

        with caplog.at_level("INFO", logger="wallet.audit"):
            audit.seal_ledger(now=NOON)

        assert LedgerSeal.objects.latest("id").digest[:39] in caplog.text

    def test_each_link_follows_from_the_one_before(self, entries: list[JournalEntry]) -> None:
        wallet = entries[0].credit_account
        pay_in(wallet, 1, key="key:4")
        pay_in(wallet, 1, key="key:5")
        check_constraints()

        assert audit.seal_ledger(now=NOON, limit=1) == 1
        assert audit.seal_ledger(now=NOON, limit=1) == 1

        first, second, third = LedgerSeal.objects.order_by("last_entry_id")
        assert first.previous_digest == "0" * 64
        assert (second.previous_digest, third.previous_digest) == (first.digest, second.digest)
        assert problems() == []

    def test_an_empty_ledger_has_nothing_to_seal(self) -> None:
        assert audit.seal_ledger(now=NOON) == 0


@pytest.mark.django_db
class TestTampering:
    def test_a_changed_amount_names_its_entry(self, entries: list[JournalEntry]) -> None:
        tamper(f"UPDATE wallet_journalentry SET amount = amount + 1 WHERE id = {entries[1].pk}")

        status, output = check_ledger()

        assert status == 1
        assert f"journal entry {entries[1].pk}: was changed or deleted" in output
        assert f"journal entry {entries[2].pk}:" not in output

    def test_the_first_of_several_is_named(self, entries: list[JournalEntry]) -> None:
        tamper("UPDATE wallet_journalentry SET description = 'nothing to see'")

        assert problems() == [
            f"journal entry {entries[0].pk}: was changed or deleted after it was sealed"
        ]

    def test_a_deleted_entry_is_named(self, entries: list[JournalEntry]) -> None:
        tamper(f"DELETE FROM wallet_journalentry WHERE id = {entries[2].pk}")

        status, output = check_ledger()

        assert status == 1
        assert f"journal entry {entries[2].pk}: was changed or deleted" in output

    def test_an_entry_slipped_in_is_named(self, entries: list[JournalEntry]) -> None:
        tamper(f"UPDATE wallet_journalentry SET id = 0, key = 'x' WHERE id = {entries[1].pk}")

        found = problems()

        assert f"journal entry {entries[1].pk}: was changed or deleted after it was sealed" in found
        assert "journal entry 0: was slipped in behind the seals" in found

    def test_a_relinked_seal_is_named(self, entries: list[JournalEntry]) -> None:
        seal = LedgerSeal.objects.get()
        tamper(
            f"UPDATE wallet_journalentry SET amount = 1 WHERE id = {entries[0].pk}",
            f"UPDATE wallet_ledgerseal SET entry_digests[1] = ledger_entry_digest({entries[0].pk})",
        )

        assert f"seal {seal.pk}: does not follow from the seal before it" in problems()

    def test_a_removed_seal_breaks_the_chain(self, entries: list[JournalEntry]) -> None:
        first = LedgerSeal.objects.get()
        pay_in(entries[0].credit_account, 1, key="key:4")
        check_constraints()
        audit.seal_ledger(now=NOON)
        second = LedgerSeal.objects.latest("id")

        tamper(f"DELETE FROM wallet_ledgerseal WHERE id = {first.pk}")

        found = problems()
        assert f"seal {second.pk}: does not follow from the seal before it" in found
        assert f"journal entry {entries[0].pk}: was slipped in behind the seals" in found

    def test_a_balance_written_by_hand_is_named(self, entries: list[JournalEntry]) -> None:
        wallet = entries[0].credit_account
        tamper(f"UPDATE wallet_ledgeraccount SET balance = 1000000 WHERE id = {wallet.pk}")

        assert problems() == [
            f"account {wallet.code}: kept balance 1000000.00,"  # noqa: ISC004
            " postings say 600.00, difference 999400.00"
        ]

    def test_an_entry_whose_account_is_gone_is_named(self, entries: list[JournalEntry]) -> None:
        tamper("DELETE FROM wallet_ledgeraccount WHERE kind = 'clearing'")

        assert (
            f"journal entry {entries[0].pk} (key:1): names an account that does not exist"
            in problems()
        )


@pytest.mark.django_db(transaction=True)
class TestSealingWhileOthersPost:
    def test_an_entry_under_way_is_not_waited_for_long(self) -> None:
        wallet = open_wallet()
        other = connections.create_connection("default")
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("LOCK TABLE wallet_journalentry IN ROW EXCLUSIVE MODE")

            assert audit.seal_ledger(now=NOON) == 0
        finally:
            other.rollback()
            other.close()
        pay_in(wallet)
        assert audit.seal_ledger(now=NOON) == 1

    def test_other_errors_of_the_database_are_raised(self) -> None:
        pay_in(open_wallet())
        run(
            "CREATE OR REPLACE FUNCTION tests_break() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$"
        )
        run(
            "CREATE TRIGGER tests_break BEFORE INSERT ON wallet_ledgerseal"
            " FOR EACH ROW EXECUTE FUNCTION tests_break()"
        )
        try:
            with pytest.raises(OperationalError, match="full"):
                audit.seal_ledger(now=NOON)
        finally:
            run("DROP TRIGGER tests_break ON wallet_ledgerseal")
            run("DROP FUNCTION tests_break()")
