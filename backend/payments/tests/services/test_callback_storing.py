"""Errors while a callback is stored and settled: it is kept for a replay, or refused with 503."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from common.errors import DomainError
from payments.models import CallbackEvent, Transaction
from payments.services import housekeeping, record_callback, replay_callback
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    TOKEN,
    broken_table,
    failure_body,
    hidden_function,
    hidden_table,
    inbox_refuses_once,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestSettlingBreaks:
    @pytest.mark.parametrize(
        "table", ["wallet_ledgeraccount", "payments_receipt", "wallet_journalentry"]
    )
    def test_a_callback_that_cannot_be_settled_is_kept_and_changes_nothing(
        self, deposit: Transaction, table: str
    ) -> None:
        with broken_table(table):
            outcome = receive(success_body())

        event = CallbackEvent.objects.get()
        deposit.refresh_from_db()
        assert (outcome.verdict, outcome.event_id) == ("received", event.pk)
        assert (event.verdict, event.processed_at, event.transaction) == ("received", None, deposit)
        assert event.note.startswith("53100 broken by a test")
        assert (deposit.status, deposit.result_code) == ("PENDING", None)
        assert money(deposit.user) == (0, 0)

    def test_a_replay_settles_the_callback(self, deposit: Transaction) -> None:
        with broken_table("wallet_journalentry"):
            receive(success_body())

        assert housekeeping.replay_open_callbacks(now=NOON) == 1

        event = CallbackEvent.objects.get()
        assert (event.verdict, event.note, event.processed_at) == ("applied", "", NOON)
        assert money(deposit.user) == (500, 0)

    def test_a_replay_that_fails_leaves_the_callback_for_the_next(
        self, deposit: Transaction
    ) -> None:
        with broken_table("wallet_journalentry"):
            receive(success_body())
            assert housekeeping.replay_open_callbacks(now=NOON) == 0

        assert CallbackEvent.objects.get().verdict == "received"
        assert housekeeping.replay_open_callbacks(now=NOON) == 1

    def test_a_callback_that_fails_does_not_stop_the_others(self, deposit: Transaction) -> None:
        other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        with broken_table("wallet_journalentry"):
            receive(success_body())
            receive(success_body("ws_2", receipt="SECOND0001"), token="2")

        with broken_table("payments_receipt", when=f"NEW.transaction_id = {deposit.pk}"):
            settled = housekeeping.replay_open_callbacks(now=NOON)

        assert settled == 1
        assert money(other.user)[0] == 500

    def test_a_callback_that_always_fails_is_replayed_last(self, deposit: Transaction) -> None:
        other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        with broken_table("wallet_journalentry"):
            receive(success_body())
            receive(success_body("ws_2", receipt="SECOND0001"), token="2")

        with broken_table("payments_receipt", when=f"NEW.transaction_id = {deposit.pk}"):
            settled = [housekeeping.replay_open_callbacks(now=NOON, limit=1) for _ in range(2)]

        assert settled == [0, 1]
        assert money(other.user)[0] == 500


def padded(body: bytes, length: int) -> bytes:
    """Return the same callback, longer."""
    return body.replace(
        b'{"Body"', b'{"Padding": "' + b"x" * (length - len(body) - 15) + b'", "Body"'
    )


class TestAStrangersBody:
    def test_only_the_beginning_of_a_strangers_body_is_kept_and_its_length(
        self, deposit: Transaction
    ) -> None:
        body = padded(success_body(), 65_536)

        outcome = receive(body, token=None)

        event = CallbackEvent.objects.get()
        assert (outcome.verdict, event.verdict, event.transaction) == ("hint", "hint", deposit)
        assert bytes(event.raw_body) == body[:1024]
        assert event.headers == {"body-cut": "64512 bytes left out"}

    def test_a_strangers_body_of_one_kibibyte_is_kept_whole(self, deposit: Transaction) -> None:
        body = padded(success_body(), 1024)

        receive(body, token="unknown")

        event = CallbackEvent.objects.get()
        assert (bytes(event.raw_body), event.headers) == (body, {})

    def test_at_a_deposits_own_address_everything_is_evidence(self, deposit: Transaction) -> None:
        body = padded(success_body(), 65_536)

        receive(body)

        event = CallbackEvent.objects.get()
        assert (bytes(event.raw_body), event.headers) == (body, {})

    def test_a_cut_callback_is_closed_by_its_replay(self, deposit: Transaction) -> None:
        with inbox_refuses_once():
            receive(padded(success_body(), 65_536), token=None)
        assert len(CallbackEvent.objects.get().raw_body) == 1024

        housekeeping.replay_open_callbacks(now=NOON)

        event = CallbackEvent.objects.get()
        assert (event.verdict, event.processed_at) == ("malformed", NOON)
        assert "body-cut" in event.headers


class TestTheFunctionBreaks:
    def test_the_callback_is_stored_without_being_settled(self, deposit: Transaction) -> None:
        with inbox_refuses_once():
            outcome = receive(success_body())

        event = CallbackEvent.objects.get()
        assert (outcome.verdict, outcome.event_id) == ("received", event.pk)
        assert (outcome.has_token, outcome.transaction_id) == (True, deposit.pk)
        assert (event.verdict, event.transaction) == ("received", deposit)
        assert money(deposit.user) == (0, 0)

    def test_a_replay_settles_a_callback_that_was_only_stored(self, deposit: Transaction) -> None:
        with inbox_refuses_once():
            receive(success_body())

        housekeeping.replay_open_callbacks(now=NOON)

        assert money(deposit.user) == (500, 0)

    def test_without_a_token_it_finds_its_deposit_in_the_replay(self, deposit: Transaction) -> None:
        with inbox_refuses_once():
            receive(success_body(), token=None)
        assert CallbackEvent.objects.get().transaction is None

        housekeeping.replay_open_callbacks(now=NOON)

        event = CallbackEvent.objects.get()
        assert (event.verdict, event.transaction) == ("hint", deposit)
        assert money(deposit.user) == (0, 0)

    def test_a_malformed_one_is_closed_by_the_replay(self, deposit: Transaction) -> None:
        with (
            inbox_refuses_once(),
            pytest.raises(DomainError, match="Malformed"),
        ):
            receive(b"junk")

        housekeeping.replay_open_callbacks(now=NOON)

        assert CallbackEvent.objects.get().verdict == "malformed"

    @pytest.mark.parametrize("body", [success_body(), b"junk"])
    def test_a_callback_that_cannot_be_stored_is_an_error_for_its_sender(
        self, deposit: Transaction, body: bytes
    ) -> None:
        with (
            broken_table("payments_callbackevent"),
            pytest.raises(DomainError) as error,
        ):
            receive(body)

        assert error.value.code == "callback_not_stored"
        assert not CallbackEvent.objects.exists()

    @pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
    def test_a_deadlock_is_tried_once_more(self, deposit: Transaction, sqlstate: str) -> None:
        with broken_table("payments_receipt", sqlstate=sqlstate, times=1):
            outcome = receive(success_body())

        assert outcome.verdict == "applied"
        assert CallbackEvent.objects.count() == 1
        assert money(deposit.user) == (500, 0)

    def test_a_deadlock_that_comes_back_keeps_the_callback(self, deposit: Transaction) -> None:
        with broken_table("payments_receipt", sqlstate="40P01"):
            outcome = receive(success_body())

        assert outcome.verdict == "received"
        assert CallbackEvent.objects.get().verdict == "received"


class TestReplay:
    @pytest.mark.parametrize(
        ("body", "verdict"),
        [(success_body(), "applied"), (success_body(amount=300), "mismatched")],
    )
    def test_a_second_replay_changes_nothing(
        self, deposit: Transaction, body: bytes, verdict: str
    ) -> None:
        receive(body)
        before = money(deposit.user)

        assert replay_callback(CallbackEvent.objects.get(), now=NOON) == "duplicate"

        assert money(deposit.user) == before
        assert CallbackEvent.objects.get().verdict == verdict

    def test_a_failure_that_was_overtaken_keeps_its_record(self, deposit: Transaction) -> None:
        receive(failure_body())
        receive(success_body())

        replay_callback(CallbackEvent.objects.earliest("id"), now=NOON)

        verdicts = CallbackEvent.objects.order_by("id").values_list("verdict", flat=True)
        assert list(verdicts) == ["applied", "applied"]

    def test_a_callback_from_elsewhere_stays_a_hint(
        self, deposit: Transaction, settings: Any
    ) -> None:
        with inbox_refuses_once():
            receive(success_body(), source="203.0.113.9")
        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]

        assert replay_callback(CallbackEvent.objects.get(), now=NOON) == "hint"
        assert money(deposit.user) == (0, 0)

    def test_an_unmatched_callback_may_find_its_deposit_later(self) -> None:
        receive(success_body(), token=None)
        make_deposit()

        assert replay_callback(CallbackEvent.objects.get(), now=NOON) == "hint"

    def test_an_error_during_a_replay_is_raised(self, deposit: Transaction) -> None:
        with broken_table("wallet_journalentry"):
            receive(success_body())

            with pytest.raises(DatabaseError):
                replay_callback(CallbackEvent.objects.get(), now=NOON)


def refuse() -> None:
    """Admit no stranger."""
    raise PermissionError


class TestStrangers:
    @pytest.mark.parametrize("token", [None, "nobody's"])
    @pytest.mark.parametrize("body", [success_body(), b"junk"])
    def test_a_refused_stranger_leaves_nothing(
        self, deposit: Transaction, token: str | None, body: bytes
    ) -> None:
        with pytest.raises(PermissionError):
            receive(body, token=token, admit_stranger=refuse)

        deposit.refresh_from_db()
        assert not CallbackEvent.objects.exists()
        assert deposit.next_query_at == NOON + timedelta(seconds=30)

    @pytest.mark.parametrize("body", [success_body(), b"junk"])
    def test_a_refused_stranger_leaves_nothing_when_the_function_breaks(
        self, deposit: Transaction, body: bytes
    ) -> None:
        with hidden_function("callback_record"), pytest.raises(PermissionError):
            receive(body, token="nobody's", admit_stranger=refuse)

        assert not CallbackEvent.objects.exists()

    def test_a_callback_at_the_secret_address_is_no_stranger(self, deposit: Transaction) -> None:
        assert receive(success_body(), admit_stranger=refuse).verdict == "applied"

    def test_a_malformed_body_at_the_secret_address_is_no_strangers(
        self, deposit: Transaction
    ) -> None:
        with pytest.raises(DomainError, match="Malformed"):
            receive(b"junk", admit_stranger=refuse)

        assert CallbackEvent.objects.get().verdict == "malformed"

    def test_without_the_database_the_sender_keeps_the_callback(self, deposit: Transaction) -> None:
        with hidden_table("payments_transaction"), pytest.raises(DomainError) as error:
            receive(success_body())

        assert error.value.code == "callback_not_stored"


class TestRoundTrips:
    """How often PostgreSQL is asked; counted as statements outside of a transaction."""

    @pytest.mark.parametrize(
        ("body", "token", "count"),
        [
            (success_body(), TOKEN, 1),
            (failure_body(), TOKEN, 1),
            (success_body(amount=300), TOKEN, 1),
            (success_body(), None, 1),
            (success_body(), "nobody's", 2),
        ],
    )
    def test_a_known_token_is_one_statement(
        self, deposit: Transaction, body: bytes, token: str | None, count: int
    ) -> None:
        with CaptureQueriesContext(connection) as statements:
            receive(body, token=token)

        assert len(statements) == count


def test_only_harmless_headers_are_kept(deposit: Transaction) -> None:
    record_callback(
        token=TOKEN,
        body=success_body(),
        headers={"User-Agent": "a\x00b", "Cookie": "secret", "Authorization": "secret"},
        source_address="196.201.214.200",
        now=NOON,
    )

    event = CallbackEvent.objects.get()
    assert event.headers == {"user-agent": "ab"}
    assert event.source_address == "196.201.214.200"
