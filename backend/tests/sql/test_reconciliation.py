"""The functions of payments/sql/functions/reconciliation.sql."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from payments.models import QueryPace, Transaction
from payments.tests.building import CHECKOUT, NOON, OTHER_PHONE, make_customer, make_deposit
from payments.tests.services.asking import make_many
from tests.sql.calling import (
    after,
    failure,
    forget_statistics,
    other_session,
    settle,
    success,
    value_of,
)
from users.models import User
from wallet.tests.booking import run

pytestmark = pytest.mark.django_db

#: One query in two seconds, three at once; waits of 30, 60 ... 900 seconds; rests of up to 300.
PACE = {"interval_s": 2, "burst": 3, "first_s": 30, "longest_s": 900, "longest_rest_s": 300}
DAY_S = 86_400
DUE_AT = after(30)
A_DAY_LATER = after(DAY_S)


def claim(now: datetime = DUE_AT, limit: int = 10, **pace: Any) -> list[tuple[Any, ...]]:
    """Claim what is due half a minute after the push."""
    sql = "SELECT * FROM deposit_claim_due(%s, %s::jsonb, %s)"
    return run(sql, limit, json.dumps({**PACE, **pace}), now)


def pace_row(**fields: Any) -> QueryPace:
    """Change the row of the pace where fields are given, and return it."""
    if fields:
        QueryPace.objects.update(**fields)
    return QueryPace.objects.get()


def query_soon(deposit: Transaction, *, may_restart: bool = False) -> bool:
    became_due: bool = value_of(
        "SELECT deposit_query_soon(%(id)s, %(may_restart)s, %(now)s)",
        id=deposit.pk,
        may_restart=may_restart,
        now=NOON,
    )
    deposit.refresh_from_db()
    return became_due


class TestDepositQuerySoon:
    def test_the_query_is_due_now_and_the_regular_one_keeps_its_time(
        self, deposit: Transaction
    ) -> None:
        assert query_soon(deposit)

        assert (deposit.next_query_at, deposit.regular_query_at) == (NOON, after(30))
        assert claim(NOON) == [(deposit.pk, CHECKOUT)]
        deposit.refresh_from_db()
        assert (deposit.next_query_at, deposit.query_count) == (after(30), 0)

    def test_it_is_brought_forward_once_per_wait(self, deposit: Transaction) -> None:
        query_soon(deposit)
        claim(NOON)

        assert not query_soon(deposit)
        assert claim(NOON) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"next_query_at": None},
            {"next_query_at": after(-1)},
            {"review_reason": "suspense"},
            {"review_reason": "resolved"},
        ],
    )
    def test_without_a_query_to_bring_forward_nothing_changes(
        self, deposit: Transaction, fields: dict[str, Any]
    ) -> None:
        Transaction.objects.filter(pk=deposit.pk).update(**fields)
        before = Transaction.objects.values().get()

        assert not query_soon(deposit)

        assert Transaction.objects.values().get() == before

    def test_a_push_without_an_answer_is_not_brought_forward(self, customer: User) -> None:
        unanswered = make_deposit(customer, checkout_request_id=None)

        assert not query_soon(unanswered)

        assert (unanswered.next_query_at, unanswered.regular_query_at) == (after(30), None)

    def test_a_completed_deposit_is_never_asked_about(self, deposit: Transaction) -> None:
        settle(deposit, success())

        assert not query_soon(deposit, may_restart=True)

    def test_one_without_a_next_query_is_asked_about_where_that_may_restart(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, failure())

        assert query_soon(deposit, may_restart=True)
        assert (deposit.next_query_at, deposit.regular_query_at) == (NOON, None)

    def test_an_unknown_deposit_is_answered(self) -> None:
        assert not value_of("SELECT deposit_query_soon(0, true, %(now)s)", now=NOON)


class TestDepositClaimDue:
    def test_a_due_deposit_is_claimed_and_its_next_query_moves_on(
        self, deposit: Transaction
    ) -> None:
        assert claim() == [(deposit.pk, CHECKOUT)]

        deposit.refresh_from_db()
        assert (deposit.query_count, deposit.last_query_at) == (1, after(30))
        assert deposit.next_query_at == after(30 + 60)

    def test_the_same_deposit_is_not_claimed_twice(self, deposit: Transaction) -> None:
        claim()

        assert claim() == []

    def test_a_deposit_that_is_not_due_yet_is_not_claimed(self, deposit: Transaction) -> None:
        assert claim(after(29.9)) == []

    @pytest.mark.parametrize(("count", "wait_s"), [(1, 120), (4, 900), (30, 900)])
    def test_the_wait_doubles_up_to_the_longest(
        self, deposit: Transaction, count: int, wait_s: int
    ) -> None:
        Transaction.objects.update(query_count=count)

        claim()

        deposit.refresh_from_db()
        assert deposit.next_query_at == after(30 + wait_s)

    def test_an_expedited_query_does_not_move_the_regular_query(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=NOON, regular_query_at=after(90))

        claim()

        deposit.refresh_from_db()
        assert (deposit.next_query_at, deposit.regular_query_at) == (after(90), after(90))
        assert deposit.query_count == 0

    def test_an_expedited_query_replaces_a_regular_query_that_is_due(
        self, deposit: Transaction
    ) -> None:
        Transaction.objects.update(next_query_at=NOON, regular_query_at=after(30))

        claim()

        deposit.refresh_from_db()
        assert (deposit.next_query_at, deposit.regular_query_at) == (after(90), None)
        assert deposit.query_count == 1

    def test_a_deposit_without_a_checkout_id_cannot_be_asked_about(
        self, deposit: Transaction
    ) -> None:
        make_deposit(make_customer(OTHER_PHONE), checkout_request_id=None, token="2")

        assert claim() == [(deposit.pk, CHECKOUT)]

    def test_a_completed_deposit_is_never_claimed(self, deposit: Transaction) -> None:
        settle(deposit, success())
        Transaction.objects.update(next_query_at=NOON)

        assert claim() == []

    def test_a_failed_deposit_that_was_not_certain_is_claimed(self, deposit: Transaction) -> None:
        settle(deposit, failure(is_certain=False))

        assert claim() == [(deposit.pk, CHECKOUT)]

    def test_the_burst_is_the_most_at_once_and_the_oldest_come_first(self) -> None:
        deposits = make_many(5)

        claimed = claim()

        assert {row[0] for row in claimed} == {deposit.pk for deposit in deposits[:3]}
        assert pace_row().next_slot_at == after(30 + 3 * 2)

    def test_the_callers_limit_is_the_most_at_once(self) -> None:
        make_many(3)

        assert len(claim(limit=2)) == 2
        assert pace_row().next_slot_at == after(30 + 2 * 2)

    @pytest.mark.parametrize(("later_s", "count"), [(0, 0), (1.9, 0), (2, 1), (4.1, 2), (60, 3)])
    def test_a_full_bucket_has_one_more_token_for_a_query_per_interval(
        self, later_s: float, count: int
    ) -> None:
        make_many(5)
        claim()

        assert len(claim(after(30 + later_s))) == count

    def test_nothing_is_claimed_during_a_rest(self, deposit: Transaction) -> None:
        pace_row(paused_until=after(60))

        assert claim(after(59)) == []
        assert len(claim(after(60))) == 1

    def test_a_rest_beyond_the_longest_is_a_clock_that_ran_ahead(
        self, deposit: Transaction
    ) -> None:
        pace_row(paused_until=after(30 + 301))

        assert len(claim()) == 1

    def test_a_slot_far_ahead_stops_queries_no_longer_than_a_full_bucket(
        self, deposit: Transaction
    ) -> None:
        pace_row(next_slot_at=after(DAY_S))

        assert claim() == []

        assert pace_row().next_slot_at == after(30 + 3 * 2)
        assert len(claim(after(32))) == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_deposit_that_another_session_settles_is_skipped(self, deposit: Transaction) -> None:
        with other_session() as other:
            other.execute("SELECT 1 FROM payments_transaction FOR NO KEY UPDATE")

            assert claim() == []

        assert len(claim()) == 1

    def test_without_its_pace_row_nothing_is_asked(self, deposit: Transaction) -> None:
        QueryPace.objects.all().delete()

        with pytest.raises(DatabaseError, match="query returned no rows"):
            claim()


def plan_of(sql: str) -> str:
    """Return how PostgreSQL goes about a query when reading a whole table is the last resort."""
    forget_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


class TestDepositEscalate:
    def escalate(self, now: datetime = A_DAY_LATER) -> int:
        """Escalate what is a day old."""
        return int(
            value_of("SELECT deposit_escalate(%(after_s)s, %(now)s)", after_s=DAY_S, now=now)
        )

    def test_a_day_without_an_answer_is_for_operators(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=after(DAY_S + 60), regular_query_at=NOON)

        assert self.escalate() == 1

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "no_answer")
        assert (deposit.next_query_at, deposit.regular_query_at) == (None, None)
        assert deposit.updated_at == after(DAY_S)

    def test_a_second_call_finds_nothing(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=after(DAY_S + 60))
        self.escalate()

        assert self.escalate() == 0

    def test_a_younger_deposit_is_not_escalated(self, deposit: Transaction) -> None:
        assert self.escalate(after(DAY_S - 1)) == 0

    @pytest.mark.parametrize(
        ("due_before", "count"),
        [
            (timedelta(0), 0),
            (timedelta(hours=1), 0),
            (timedelta(hours=1, seconds=1), 1),
            (timedelta(seconds=-1), 1),
        ],
    )
    def test_a_deposit_that_became_due_within_the_hour_is_left_to_the_workers(
        self, deposit: Transaction, due_before: timedelta, count: int
    ) -> None:
        Transaction.objects.update(next_query_at=after(DAY_S) - due_before)

        assert self.escalate() == count

    def test_a_deposit_without_a_checkout_id_is_escalated_at_once(self) -> None:
        make_deposit(checkout_request_id=None, next_query_at=after(DAY_S - 60))

        assert self.escalate() == 1

    def test_a_failed_deposit_keeps_its_status_and_a_reason_that_is_there(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, failure(is_certain=False))
        Transaction.objects.update(review_reason="suspense")

        assert self.escalate() == 1

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", "suspense")

    @pytest.mark.django_db(transaction=True)
    def test_a_locked_deposit_is_not_waited_for(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=after(DAY_S + 60))

        with other_session() as other:
            other.execute("SELECT 1 FROM payments_transaction FOR UPDATE")
            assert self.escalate() == 0

        assert self.escalate() == 1

    def test_no_ended_deposit_is_scanned(self, deposit: Transaction) -> None:
        run("SET LOCAL session_replication_role = replica")
        run(
            "INSERT INTO payments_transaction (user_id, amount, phone_number, created_at, status)"
            " SELECT user_id, 500, phone_number, created_at - n * interval '1 minute', 'FAILED'"
            " FROM payments_transaction, generate_series(1, 2000) AS n"
        )
        run("SET LOCAL session_replication_role = DEFAULT")
        plan = plan_of(
            "SELECT id FROM payments_transaction"
            " WHERE next_query_at IS NOT NULL AND created_at <= now()"
            " ORDER BY created_at LIMIT 500"
        )

        assert "payments_oldest_queries" in plan

    def test_a_deposit_without_a_next_query_is_left(self, deposit: Transaction) -> None:
        settle(deposit, success())

        assert self.escalate() == 0


class TestQueryPaceReport:
    def report(self, *, is_answer: bool, longest_rest_s: int = 60) -> QueryPace:
        """Report how a query went, and return the pace."""
        value_of(
            "SELECT query_pace_report(%(is_answer)s, %(longest_rest_s)s::int, %(now)s)",
            is_answer=is_answer,
            longest_rest_s=longest_rest_s,
            now=NOON,
        )
        return pace_row()

    def test_an_answer_forgets_earlier_failures(self) -> None:
        pace_row(failures_in_a_row=3, paused_until=after(5))

        found = self.report(is_answer=True)

        assert (found.failures_in_a_row, found.paused_until) == (0, None)

    def test_an_answer_after_an_answer_writes_nothing(self) -> None:
        [before] = run("SELECT ctid::text FROM payments_querypace")

        self.report(is_answer=True)

        assert run("SELECT ctid::text FROM payments_querypace") == [before]

    @pytest.mark.parametrize(
        ("failures", "pause_s"), [(0, None), (1, None), (2, 5), (3, 10), (4, 20), (9, 60), (99, 60)]
    )
    def test_from_the_third_failure_on_the_rest_doubles_up_to_the_longest(
        self, failures: int, pause_s: int | None
    ) -> None:
        pace_row(failures_in_a_row=failures)

        found = self.report(is_answer=False)

        assert found.failures_in_a_row == failures + 1
        assert found.paused_until == (None if pause_s is None else after(pause_s))
