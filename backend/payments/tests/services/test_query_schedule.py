"""When each deposit is queried, how many queries run in all, and when operators take over."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from payments.gateway import (
    GatewayError,
    OutcomeUnknown,
)
from payments.models import QueryPace, Transaction
from payments.services import reconcile_due_deposits, reconciliation
from payments.tests.building import (
    NOON,
    callback_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import PAID, PENDING, ScriptedGateway, failing
from payments.tests.services.asking import UNCLEAR, after, ask, make_many

pytestmark = pytest.mark.django_db(transaction=True)


class TestSchedule:
    def test_nothing_is_asked_before_its_time(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        assert ask(29.9).outcomes == {}
        assert gateway.queries == []

    def test_the_waits_double_up_to_a_quarter_of_an_hour(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        asked = [0.0]
        while len(asked) < 10:
            deposit.refresh_from_db()
            assert deposit.next_query_at is not None
            asked.append((deposit.next_query_at - NOON).total_seconds())
            ask(asked[-1])

        waits = [later - earlier for earlier, later in pairwise(asked)]
        assert waits == [30, 60, 120, 240, 480, 900, 900, 900, 900]
        assert len(gateway.queries) == 9

    def test_the_first_wait_is_configured(
        self, gateway: ScriptedGateway, deposit: Transaction, settings: Any
    ) -> None:
        settings.RECONCILE_FIRST_SECONDS = 1
        Transaction.objects.update(next_query_at=after(1))

        ask(1)

        deposit.refresh_from_db()
        assert deposit.next_query_at == after(3)

    def test_a_push_without_an_answer_has_nothing_to_ask_about(
        self, gateway: ScriptedGateway
    ) -> None:
        make_deposit(checkout_request_id=None)

        assert ask().outcomes == {}

    def test_a_completed_deposit_is_not_asked_about(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        receive(success_body())
        Transaction.objects.update(next_query_at=NOON)

        assert ask().outcomes == {}

    def test_a_deposit_in_suspense_is_not_asked_about(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        receive(success_body(amount=300))

        assert ask(86_000).outcomes == {}

    def test_the_deposit_that_has_waited_longest_comes_first(
        self, gateway: ScriptedGateway
    ) -> None:
        deposits = make_many(4)

        report = ask(limit=2)

        assert set(report.outcomes) == {deposit.pk for deposit in deposits[:2]}


class TestEscalation:
    def test_after_a_day_an_operator_looks_and_it_stays_pending(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        report = ask(86_400)

        deposit.refresh_from_db()
        assert report.escalated == 1
        assert (deposit.status, deposit.review_reason) == ("PENDING", "no_answer")
        assert deposit.next_query_at is None

    def test_a_second_before_a_day_a_deposit_is_not_escalated(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        assert ask(86_399).escalated == 0

    def test_a_push_without_an_answer_is_escalated(self, gateway: ScriptedGateway) -> None:
        make_deposit(checkout_request_id=None)

        assert ask(86_400).escalated == 1

    def test_the_last_answer_still_counts(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        gateway.on_query = lambda _: PAID

        ask(86_400)

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", None)

    def test_a_late_report_is_asked_about_after_an_outage(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        ask(86_400)
        gateway.on_query = lambda _: PAID
        receive(callback_body(), now=after(90_000))
        QueryPace.objects.update(paused_until=after(90_010))
        ask(90_001)

        ask(90_011)

        deposit.refresh_from_db()
        assert deposit.status == "COMPLETED"

    def test_after_a_long_outage_one_pass_takes_them_all(self, gateway: ScriptedGateway) -> None:
        user = make_customer()
        Transaction.objects.bulk_create(
            Transaction(
                user=user,
                amount=Decimal(500),
                phone_number=user.phone_number,
                created_at=NOON,
                next_query_at=NOON,
            )
            for _ in range(501)
        )

        assert ask(86_400).escalated == 501

    def test_a_pass_ends_also_where_there_are_always_more(
        self, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reconciliation, "_ESCALATED_AT_ONCE", 0)
        monkeypatch.setattr(reconciliation, "_ESCALATIONS_PER_PASS", 2)

        with CaptureQueriesContext(connection) as statements:
            ask(86_400)

        assert sum("deposit_escalate" in query["sql"] for query in statements) == 2

    def test_an_escalated_deposit_is_neither_queried_nor_escalated_again(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        ask(86_400)

        report = ask(90_000)

        assert (report.escalated, report.outcomes) == (0, {})


class TestRate:
    def test_a_burst_of_three_passes_at_once(self, gateway: ScriptedGateway) -> None:
        make_many(5)

        assert len(ask().outcomes) == 3
        assert len(ask().outcomes) == 0

    def test_the_next_slot_comes_with_time(self, gateway: ScriptedGateway) -> None:
        make_many(5)
        ask()

        # 30/m less the burst of three: one in 60 / 27 seconds.
        assert len(ask(32).outcomes) == 0
        assert len(ask(32.3).outcomes) == 1

    def test_the_configured_rate_counts(self, gateway: ScriptedGateway, settings: Any) -> None:
        settings.DARAJA_QUERY_RATE = "1/m"
        make_many(3)

        assert len(ask(30).outcomes) == 1
        assert len(ask(89).outcomes) == 0
        assert len(ask(90).outcomes) == 1


class TestOutage:
    @pytest.mark.parametrize("error", UNCLEAR[2:])
    def test_three_failures_in_a_row_pause_all_workers(
        self, gateway: ScriptedGateway, error: GatewayError
    ) -> None:
        gateway.on_query = failing(error)
        make_many(4, created_at=clock.now())

        report = reconcile_due_deposits(now=clock.now())

        pace = QueryPace.objects.get()
        assert report.counts() == {"unreachable": 3}
        assert pace.failures_in_a_row == 3
        assert pace.paused_until is not None
        assert reconcile_due_deposits(now=pace.paused_until - timedelta(seconds=1)).outcomes == {}
        assert reconcile_due_deposits(now=pace.paused_until + timedelta(seconds=1)).outcomes != {}

    @pytest.mark.parametrize("answer", [lambda _: PENDING, failing(OutcomeUnknown("HTML"))])
    def test_an_answer_ends_the_outage(self, gateway: ScriptedGateway, answer: Any) -> None:
        QueryPace.objects.update(failures_in_a_row=5)
        gateway.on_query = answer
        make_many(1)

        ask()

        assert QueryPace.objects.get().failures_in_a_row == 0

    def test_the_rests_double_up_to_five_minutes(self) -> None:
        pauses = []
        for _ in range(10):
            _report(is_answer=False)
            paused_until = QueryPace.objects.get().paused_until
            pauses.append((paused_until - NOON).total_seconds() if paused_until else None)

        assert pauses == [None, None, 5, 10, 20, 40, 80, 160, 300, 300]

    def test_a_clock_that_ran_ahead_pauses_no_worker_for_long(
        self, gateway: ScriptedGateway, deposit: Transaction
    ) -> None:
        QueryPace.objects.update(failures_in_a_row=3, paused_until=after(86_400))

        ask()

        assert len(gateway.queries) == 1

    def test_two_failures_in_a_row_pause_no_worker(self) -> None:
        _report(is_answer=False)
        _report(is_answer=True)
        _report(is_answer=False)

        assert QueryPace.objects.get().failures_in_a_row == 1


def _report(*, is_answer: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query_pace_report(%s, 300, %s)", [is_answer, NOON])
