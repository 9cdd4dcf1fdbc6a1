"""The functions of wallet/sql/functions/ledger_seal.sql."""

import hashlib
from itertools import pairwise

import pytest
from django.db import OperationalError
from django.db import transaction as db_transaction

from tests.sql.calling import other_session, value_of
from wallet.models import JournalEntry, LedgerSeal
from wallet.tests.booking import NOON, open_wallet, pay_in, tamper

pytestmark = pytest.mark.django_db

NOTHING_BEFORE = "0" * 64


def digest_of(entry_id: int) -> str | None:
    """Return the digest of one entry."""
    digest: str | None = value_of("SELECT ledger_entry_digest(%(id)s)", id=entry_id)
    return digest


def link(previous: str, digests: list[str]) -> str:
    """Return the digest of a link."""
    return str(
        value_of(
            "SELECT ledger_link_digest(%(previous)s, %(digests)s)",
            previous=previous,
            digests=digests,
        )
    )


def seal(limit: int = 100) -> int:
    """Seal once."""
    return int(value_of("SELECT ledger_seal(%(limit)s, %(now)s)", limit=limit, now=NOON))


def book(count: int) -> list[JournalEntry]:
    """Pay into a new wallet that many times."""
    wallet = open_wallet()
    return [pay_in(wallet, key=f"deposit:{number}") for number in range(count)]


class TestLedgerEntryDigest:
    def test_the_digest_of_an_entry_is_the_same_every_time(self) -> None:
        [entry] = book(1)

        digest = digest_of(entry.pk)

        assert digest == digest_of(entry.pk)
        assert digest is not None
        assert len(digest) == 64

    @pytest.mark.parametrize(
        "change",
        [
            "key = 'deposit:9'",
            "description = 'M-Pesa deposit '",
            "created_at = created_at + interval '1 microsecond'",
            "debit_account_id = credit_account_id, credit_account_id = debit_account_id",
            "amount = amount + 0.01",
        ],
    )
    def test_every_column_changes_the_digest(self, change: str) -> None:
        [entry] = book(1)
        before = digest_of(entry.pk)

        tamper(f"UPDATE wallet_journalentry SET {change}")

        assert digest_of(entry.pk) != before

    def test_two_entries_with_the_same_contents_differ_by_their_ids(self) -> None:
        [entry] = book(1)
        before = digest_of(entry.pk)

        tamper("UPDATE wallet_journalentry SET id = id + 1")

        assert digest_of(entry.pk + 1) not in {None, before}

    def test_an_entry_that_does_not_exist_has_none(self) -> None:
        assert digest_of(999_999) is None


class TestLedgerLinkDigest:
    def test_a_link_is_sha256_of_the_link_before_and_the_entries(self) -> None:
        expected = hashlib.sha256(f"{NOTHING_BEFORE}onetwo".encode()).hexdigest()

        assert link(NOTHING_BEFORE, ["one", "two"]) == expected

    def test_the_order_of_the_entries_counts(self) -> None:
        assert link("", ["one", "two"]) != link("", ["two", "one"])


class TestLedgerSeal:
    def test_a_ledger_without_entries_gets_no_link(self) -> None:
        assert seal() == 0
        assert not LedgerSeal.objects.exists()

    def test_the_first_link_begins_with_zeros_and_names_every_entry(self) -> None:
        entries = book(2)

        assert seal() == 2

        found = LedgerSeal.objects.get()
        assert found.previous_digest == NOTHING_BEFORE
        assert found.entry_ids == [entry.pk for entry in entries]
        assert found.entry_digests == [digest_of(entry.pk) for entry in entries]
        assert found.last_entry_id == entries[-1].pk
        assert found.digest == link(NOTHING_BEFORE, found.entry_digests)
        assert found.sealed_at == NOON

    def test_a_second_call_without_new_entries_seals_nothing(self) -> None:
        book(1)
        seal()

        assert seal() == 0
        assert LedgerSeal.objects.count() == 1

    def test_no_more_than_the_limit_is_sealed_and_the_links_make_a_chain(self) -> None:
        entries = book(5)

        assert [seal(2), seal(2), seal(2), seal(2)] == [2, 2, 1, 0]

        links = list(LedgerSeal.objects.order_by("last_entry_id"))
        assert all(later.previous_digest == earlier.digest for earlier, later in pairwise(links))
        sealed = [entry_id for found in links for entry_id in found.entry_ids]
        assert sealed == [entry.pk for entry in entries]

    def test_sealing_stops_waiting_soon_while_a_deposit_is_being_booked(self) -> None:
        with other_session() as other:
            other.execute("LOCK TABLE wallet_journalentry IN ROW EXCLUSIVE MODE")

            with pytest.raises(OperationalError, match="lock timeout"), db_transaction.atomic():
                seal()

        assert not LedgerSeal.objects.exists()
