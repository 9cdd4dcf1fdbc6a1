"""The functions of payments/sql/functions/callback_inbox.sql."""

import json
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.db import transaction as db_transaction

from payments.models import CallbackEvent, Transaction
from payments.services.callbacks import hash_callback_token
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    TOKEN,
    broken_table,
    make_customer,
    make_deposit,
    money,
)
from tests.sql.calling import after, other_session, record_many, row_of, success, value_of
from users.models import User

pytestmark = pytest.mark.django_db

HEADERS = {"user-agent": "Daraja"}
SOURCE = "196.201.214.200"


def store(
    deposit: Transaction | None,
    body: bytes,
    *,
    has_token: bool,
    verdict: str = "applied",
    headers: dict[str, str] = HEADERS,
) -> CallbackEvent:
    """Store a callback."""
    event_id = value_of(
        "SELECT callback_store(%(id)s::bigint, %(has_token)s, %(source)s, %(headers)s, %(body)s,"
        " %(verdict)s, 'a note', %(now)s)",
        id=deposit and deposit.pk,
        has_token=has_token,
        source=SOURCE,
        headers=json.dumps(headers),
        body=body,
        verdict=verdict,
        now=NOON,
    )
    return CallbackEvent.objects.get(pk=event_id)


def call(
    function: str,
    result: dict[str, Any] | None,
    *,
    token: str | None = TOKEN,
    is_trusted: bool = True,
) -> dict[str, Any]:
    """Hand a callback to a function; None: its body could not be read."""
    return row_of(
        f"SELECT * FROM {function}(%(hash)s, %(source)s, %(headers)s, %(body)s,"
        " %(result)s::jsonb, %(is_trusted)s, %(now)s)",
        hash=hash_callback_token(token) if token else None,
        source=SOURCE,
        headers=json.dumps(HEADERS),
        body=b"the body",
        result=json.dumps(result) if result else None,
        is_trusted=is_trusted,
        now=NOON,
    )


class TestCallbackStore:
    def test_a_callback_is_stored_as_it_came(self, deposit: Transaction) -> None:
        event = store(deposit, b"the body", has_token=True)

        assert (event.transaction, event.has_token) == (deposit, True)
        assert (event.source_address, event.headers) == (SOURCE, HEADERS)
        assert (bytes(event.raw_body), event.verdict) == (b"the body", "applied")
        assert (event.note, event.received_at, event.processed_at) == ("a note", NOON, NOON)

    def test_a_callback_that_is_only_received_is_not_marked_processed(
        self, deposit: Transaction
    ) -> None:
        event = store(deposit, b"the body", has_token=True, verdict="received")

        assert (event.verdict, event.processed_at) == ("received", None)

    def test_a_strangers_long_body_is_cut_and_the_headers_say_so(self) -> None:
        event = store(None, b"x" * 5000, has_token=False)

        assert bytes(event.raw_body) == b"x" * 1024
        assert event.headers == {**HEADERS, "body-cut": "3976 bytes left out"}

    def test_a_strangers_body_of_one_kib_is_kept(self) -> None:
        event = store(None, b"x" * 1024, has_token=False)

        assert len(event.raw_body) == 1024
        assert event.headers == HEADERS

    @pytest.mark.parametrize(("has_token", "kept"), [(False, 100), (True, 500)])
    def test_of_a_strangers_headers_the_beginnings_are_kept(
        self, deposit: Transaction, has_token: bool, kept: int
    ) -> None:
        event = store(
            deposit if has_token else None, b"x", has_token=has_token,
            headers={"user-agent": "é" * 500, "content-type": "text/plain"},
        )  # fmt: skip

        assert event.headers == {"user-agent": "é" * kept, "content-type": "text/plain"}

    def test_a_long_body_at_a_deposits_own_address_is_kept(self, deposit: Transaction) -> None:
        event = store(deposit, b"x" * 5000, has_token=True)

        assert len(event.raw_body) == 5000
        assert event.headers == HEADERS


def record(result: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Record a callback at a deposit's own address."""
    return call("callback_record", result, **more)


class TestCallbackRecord:
    def test_a_success_at_the_deposits_own_address_is_settled_and_stored(
        self, deposit: Transaction
    ) -> None:
        recorded = record(success())

        event = CallbackEvent.objects.get()
        assert recorded == {
            "event_id": event.pk,
            "transaction_id": deposit.pk,
            "has_token": True,
            "verdict": "applied",
            "note": "",
        }
        assert (event.transaction, event.has_token) == (deposit, True)
        assert (event.verdict, bytes(event.raw_body)) == ("applied", b"the body")
        assert money(deposit.user) == (500, 0)

    def test_the_same_callback_again_is_stored_again_and_credits_nothing(
        self, deposit: Transaction
    ) -> None:
        record(success())

        assert record(success())["verdict"] == "duplicate"
        assert CallbackEvent.objects.count() == 2
        assert money(deposit.user) == (500, 0)

    def test_a_malformed_body_at_a_deposits_own_address_is_evidence(
        self, deposit: Transaction
    ) -> None:
        recorded = record(None)

        event = CallbackEvent.objects.get()
        assert (recorded["verdict"], recorded["event_id"]) == ("malformed", event.pk)
        assert (event.transaction, event.verdict) == (deposit, "malformed")

    @pytest.mark.parametrize("token", [None, "unknown"])
    @pytest.mark.parametrize("result", [None, success()])
    def test_where_the_token_is_no_deposits_nothing_is_done(
        self, deposit: Transaction, token: str | None, result: dict[str, Any] | None
    ) -> None:
        recorded = record(result, token=token)

        deposit.refresh_from_db()
        assert recorded == {
            "event_id": None,
            "transaction_id": None,
            "has_token": False,
            "verdict": "unmatched",
            "note": "",
        }
        assert not CallbackEvent.objects.exists()
        assert deposit.next_query_at == after(30)

    def test_a_source_that_is_not_trusted_moves_nothing(self, deposit: Transaction) -> None:
        recorded = record(success(), is_trusted=False)

        assert (recorded["verdict"], recorded["has_token"]) == ("hint", True)
        assert money(deposit.user) == (0, 0)

    def test_a_failure_while_settling_keeps_the_callback_for_a_replay(
        self, deposit: Transaction
    ) -> None:
        with broken_table("wallet_journalentry"):
            recorded = record(success())

        event = CallbackEvent.objects.get()
        deposit.refresh_from_db()
        assert recorded["verdict"] == event.verdict == "received"
        assert recorded["note"] == event.note == "53100 broken by a test"
        assert event.processed_at is None
        assert deposit.status == "PENDING"
        assert money(deposit.user) == (0, 0)

    @pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
    def test_a_deadlock_and_a_serialization_failure_are_the_callers(
        self, deposit: Transaction, sqlstate: str
    ) -> None:
        with (
            broken_table("wallet_journalentry", sqlstate=sqlstate),
            pytest.raises(OperationalError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            record(success())

        assert not CallbackEvent.objects.exists()
        assert money(deposit.user) == (0, 0)

    def test_the_token_finds_its_deposit_whatever_checkout_id_is_named(
        self, deposit: Transaction
    ) -> None:
        make_customer(OTHER_PHONE)

        recorded = record(success(checkout_request_id="ws_CO_other"))

        assert (recorded["verdict"], recorded["transaction_id"]) == ("mismatched", deposit.pk)
        assert money(deposit.user) == (0, 500)


class TestCallbackRecordHint:
    def hint(self, result: dict[str, Any]) -> dict[str, Any]:
        """Record a callback without a token."""
        return row_of(
            "SELECT * FROM callback_record_hint(%(source)s, %(headers)s, %(body)s,"
            " %(result)s::jsonb, %(now)s)",
            source=SOURCE,
            headers=json.dumps(HEADERS),
            body=b"x" * 5000,
            result=json.dumps(result),
            now=NOON,
        )

    def test_the_checkout_id_of_a_hint_makes_the_next_query_due(self, deposit: Transaction) -> None:
        hint = self.hint(success())

        deposit.refresh_from_db()
        event = CallbackEvent.objects.get()
        assert hint == {
            "event_id": event.pk,
            "transaction_id": deposit.pk,
            "has_token": False,
            "verdict": "hint",
            "note": "",
        }
        assert (event.transaction, event.has_token, event.verdict) == (deposit, False, "hint")
        assert len(event.raw_body) == 1024
        assert (deposit.status, deposit.next_query_at) == ("PENDING", NOON)
        assert money(deposit.user) == (0, 0)

    def test_an_unknown_checkout_id_is_unmatched(self, deposit: Transaction) -> None:
        hint = self.hint(success(checkout_request_id="ws_CO_other"))

        event = CallbackEvent.objects.get()
        assert (hint["verdict"], hint["transaction_id"]) == ("unmatched", None)
        assert (event.verdict, event.transaction) == ("unmatched", None)

    def test_an_error_keeps_the_hint_for_a_replay(self, deposit: Transaction) -> None:
        with broken_table("payments_transaction"):
            hint = self.hint(success())

        event = CallbackEvent.objects.get()
        assert (hint["verdict"], hint["note"]) == ("received", "53100 broken by a test")
        assert (event.verdict, event.transaction) == ("received", deposit)

    def test_a_deadlock_is_the_callers(self, deposit: Transaction) -> None:
        with (
            broken_table("payments_transaction", sqlstate="40P01"),
            pytest.raises(OperationalError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            self.hint(success())

        assert not CallbackEvent.objects.exists()


class TestCallbackReceive:
    """What 0.1.0 calls: it knows no difference between strangers who may and who may not."""

    def test_at_a_deposits_own_address_callback_receive_records(self, deposit: Transaction) -> None:
        received = call("callback_receive", success())

        event = CallbackEvent.objects.get()
        assert received == {
            "event_id": event.pk,
            "transaction_id": deposit.pk,
            "has_token": True,
            "verdict": "applied",
            "note": "",
        }
        assert money(deposit.user) == (500, 0)

    def test_a_malformed_body_there_is_evidence(self, deposit: Transaction) -> None:
        received = call("callback_receive", None)

        assert (received["verdict"], received["has_token"]) == ("malformed", True)
        assert CallbackEvent.objects.get().verdict == "malformed"

    @pytest.mark.parametrize("token", [None, "unknown"])
    def test_a_malformed_body_at_an_unknown_address_is_not_stored(
        self, deposit: Transaction, token: str | None
    ) -> None:
        received = call("callback_receive", None, token=token)

        assert (received["verdict"], received["event_id"]) == ("malformed", None)
        assert (received["has_token"], received["transaction_id"]) == (False, None)
        assert not CallbackEvent.objects.exists()

    @pytest.mark.parametrize("token", [None, "unknown"])
    def test_without_the_token_callback_receive_stores_a_hint(
        self, deposit: Transaction, token: str | None
    ) -> None:
        received = call("callback_receive", success(), token=token)

        deposit.refresh_from_db()
        assert (received["verdict"], received["has_token"]) == ("hint", False)
        assert (received["transaction_id"], deposit.next_query_at) == (deposit.pk, NOON)
        assert CallbackEvent.objects.get().verdict == "hint"


def lock_deposit(deposit: Transaction) -> str:
    """Return the statement by which another session locks a deposit."""
    return f"SELECT 1 FROM payments_transaction WHERE id = {deposit.pk} FOR UPDATE"


class TestCallbacksRecord:
    def make_deposits(self, count: int, user: User | None = None) -> list[Transaction]:
        """Store deposits of customers who have a wallet; deposit n has the token `n`."""
        deposits = []
        for nth in range(count):
            customer = user or make_customer(f"25411000010{nth}")
            value_of("SELECT ledger_customer_account(%(id)s)", id=customer.pk)
            deposits.append(make_deposit(customer, token=str(nth), checkout_request_id=f"ws_{nth}"))
        value_of("SELECT ledger_system_account('mpesa:174379', 'clearing')")
        return deposits

    def report(self, nth: int, **fields: Any) -> tuple[str, dict[str, Any]]:
        """Return the payment of deposit n with its token."""
        paid = {"checkout_request_id": f"ws_{nth}", "mpesa_receipt_number": f"REC{nth}"}
        return str(nth), success(**{**paid, **fields})

    def test_all_plain_ones_are_settled_and_stored(self) -> None:
        deposits = self.make_deposits(3)

        recorded = record_many([self.report(nth) for nth in (2, 0, 1)])

        events = {event.transaction_id: event for event in CallbackEvent.objects.all()}
        assert recorded == {
            place: (events[deposits[nth].pk].pk, deposits[nth].pk)
            for place, nth in ((1, 2), (2, 0), (3, 1))
        }
        assert [money(deposit.user) for deposit in deposits] == [(500, 0)] * 3
        for nth, deposit in enumerate(deposits):
            deposit.refresh_from_db()
            event = events[deposit.pk]
            assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", f"REC{nth}")
            assert deposit.credit_entry is not None
            assert deposit.credit_entry.key == f"deposit:{deposit.pk}"
            assert (event.verdict, event.has_token, event.processed_at) == ("applied", True, NOON)
            assert (event.source_address, bytes(event.raw_body)) == (SOURCE, b"the body")

    def test_payments_into_one_wallet_add_up(self, customer: User) -> None:
        self.make_deposits(5, customer)

        assert len(record_many([self.report(nth) for nth in range(5)])) == 5

        assert money(customer) == (2500, 0)

    def test_of_one_deposits_callbacks_the_first_is_settled(self) -> None:
        [deposit] = self.make_deposits(1)

        recorded = record_many([self.report(0), self.report(0, mpesa_receipt_number="OTHER")])

        deposit.refresh_from_db()
        assert list(recorded) == [1]
        assert deposit.mpesa_receipt_number == "REC0"
        assert money(deposit.user) == (500, 0)

    def test_a_first_that_is_not_plain_keeps_the_second_out(self) -> None:
        self.make_deposits(1)

        assert record_many([self.report(0, amount="300"), self.report(0)]) == {}
        assert not CallbackEvent.objects.exists()

    def test_one_receipt_for_two_deposits_is_settled_once(self) -> None:
        deposits = self.make_deposits(2)

        recorded = record_many(
            [self.report(nth, mpesa_receipt_number="SHARED") for nth in range(2)]
        )

        assert len(recorded) == 1
        assert sum(money(deposit.user)[0] for deposit in deposits) == 500
        assert CallbackEvent.objects.count() == 1

    def test_a_callback_with_an_unknown_token_is_left_out(self) -> None:
        self.make_deposits(1)

        assert list(record_many([("unknown", success()), self.report(0)])) == [2]
        assert record_many([("unknown", success())]) == {}

    def test_one_malformed_callback_fails_the_whole_batch(self) -> None:
        deposits = self.make_deposits(2)

        with pytest.raises(DatabaseError, match="numeric"), db_transaction.atomic():
            record_many([self.report(0), self.report(1, amount="many")])

        assert not CallbackEvent.objects.exists()
        assert [money(deposit.user) for deposit in deposits] == [(0, 0)] * 2

    @pytest.mark.django_db(transaction=True)
    def test_a_locked_deposit_is_left_out_and_not_waited_for(self) -> None:
        deposits = self.make_deposits(2)

        with other_session() as other:
            other.execute(lock_deposit(deposits[0]))
            recorded = record_many([self.report(0), self.report(1)])

        assert list(recorded) == [2]
        assert [money(deposit.user)[0] for deposit in deposits] == [0, 500]

    @pytest.mark.django_db(transaction=True)
    def test_a_wallet_that_is_locked_for_long_breaks_all(self) -> None:
        deposits = self.make_deposits(2)

        with other_session() as other:
            other.execute("SELECT 1 FROM wallet_ledgeraccount FOR UPDATE")
            with pytest.raises(OperationalError, match="lock timeout"):
                record_many([self.report(0), self.report(1)])

        assert [money(deposit.user)[0] for deposit in deposits] == [0, 0]
        assert not CallbackEvent.objects.exists()
