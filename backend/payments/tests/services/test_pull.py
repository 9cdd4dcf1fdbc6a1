"""Pulling M-Pesa's own list: its pages, what each row does, and quiet told apart from broken."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from common.db import TransactionIsOpen
from payments import audit
from payments.gateway import (
    GatewayError,
    GatewayUnreachable,
    OutcomeUnknown,
    PaybillNotice,
    PulledPage,
    PulledPayment,
)
from payments.models import PaybillAccount, PulledRow, PullRun
from payments.services import pull
from payments.services.pull import Outcome, PullReport, pull_payments, pull_recent_payments
from payments.tests.building import (
    NOON,
    broken_table,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import ScriptedGateway, failing
from payments.tests.services.test_paybill import NUMBER, REFERENCE
from payments.tests.test_pull_guards import make_run
from users.models import User

TWO_HOURS = timedelta(hours=2)
NOTHING = "No records found or Organization Name not available"


def row(number: int = 1, account: str = NUMBER, amount: int = 500) -> PulledPayment:
    """Build a row of the list, with a receipt of its own."""
    notice = PaybillNotice(
        receipt=f"UKL{number:07}",
        amount=Decimal(amount),
        account_number=account,
        business_short_code="",
        transaction_type="c2b-pay-bill-debit",
        paid_at=NOON,
        payer_name="",
        payer_number="2547****5678",
        payer_hash="",
    )
    return PulledPayment(notice=notice, raw={"transactionId": f"UKL{number:07}"})


def unreadable(text: str = "?") -> PulledPayment:
    return PulledPayment(notice=None, raw={"row": text})


def only(*rows: PulledPayment) -> Callable[[int], PulledPage]:
    """Return a list of one page; the offset counts rows."""
    return lambda offset: PulledPage(rows=rows[offset:], description="Success")


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [found.getMessage() for found in caplog.records if found.levelno >= logging.ERROR]


def pull_now(gateway: ScriptedGateway, window: timedelta = TWO_HOURS) -> PullReport:
    return pull_payments(now=NOON, window=window, gateway=gateway)


@pytest.fixture
def numbered(customer: User) -> User:
    """Return a customer with the account number NUMBER."""
    PaybillAccount.objects.create(user=customer, number=NUMBER)
    return customer


def listing(
    total: int, size: int, reading: str, *, tells_pages: bool = False
) -> Callable[[int], PulledPage]:
    """Return a list of `total` rows in pages of `size`, in one reading of the offset."""
    rows = tuple(row(number) for number in range(total))

    def answer(offset: int) -> PulledPage:
        first = {
            "rows": offset,
            "pages from 0": offset * size,
            "pages from 1": max(offset - 1, 0) * size,
            "ignored": 0,
        }[reading]
        return PulledPage(
            rows=rows[first : first + size],
            total_pages=-(-total // size) if tells_pages else None,
        )

    return answer


class TestPages:
    """No database: only which rows come out of the reader."""

    def walk(self, answer: Callable[[int], PulledPage]) -> tuple[list[str], int]:
        gateway = ScriptedGateway(name="pages")
        gateway.on_pull = answer
        report = PullReport(begin=NOON - TWO_HOURS, end=NOON)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pull, "release_connection", lambda: None)
            rows = list(pull._PageReader(gateway, report).rows())
        return [found.notice.receipt or "" for found in rows if found.notice], report.requests

    @settings(deadline=None, max_examples=300)
    @given(
        st.integers(0, 60),
        st.integers(1, 12),
        st.sampled_from(["rows", "pages from 0", "pages from 1"]),
        st.booleans(),
    )
    def test_every_row_comes_once_in_every_reading(
        self, total: int, size: int, reading: str, tells_pages: bool
    ) -> None:
        found, _ = self.walk(listing(total, size, reading, tells_pages=tells_pages))

        assert sorted(found) == [f"UKL{number:07}" for number in range(total)]

    @pytest.mark.parametrize(
        ("total", "reading", "requests"),
        [(0, "rows", 1), (1, "rows", 2), (90, "rows", 3), (90, "pages from 0", 3)],
    )
    def test_a_list_of_one_page_takes_few_requests(
        self, total: int, reading: str, requests: int
    ) -> None:
        assert self.walk(listing(total, 100, reading))[1] == requests

    def test_an_offset_that_is_ignored_ends(self) -> None:
        found, requests = self.walk(listing(150, 100, "ignored"))

        assert (len(found), requests) == (100, 5)

    def test_a_list_without_end_raises(self) -> None:
        def more(offset: int) -> PulledPage:
            return PulledPage(rows=(row(offset),))

        with pytest.raises(pull._TooLong):
            self.walk(more)


@pytest.mark.django_db(transaction=True)
class TestPullPayments:
    def test_lost_payments_are_credited_and_counted(
        self, gateway: ScriptedGateway, numbered: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_deposit(numbered, account_reference=REFERENCE)
        gateway.on_pull = only(row(1), row(2, REFERENCE), row(3, "JANE"), row(1))

        with caplog.at_level(logging.INFO):
            report = pull_now(gateway)

        assert (report.outcome, report.is_good, report.rows) == (Outcome.COMPLETE, True, 3)
        assert (report.counts["credited"], report.counts["held"]) == (2, 1)
        assert money(numbered) == (1000, 500)
        assert list(audit.find_problems()) == []
        assert errors(caplog) == []
        run = PullRun.objects.get()
        assert (run.window_begin, run.window_end) == (NOON - TWO_HOURS, NOON)
        assert (run.rows, run.credited, run.held, run.outcome) == (3, 2, 1, "complete")
        assert {begin for begin, _, _ in gateway.pulls} == {NOON - TWO_HOURS}

    def test_a_second_pull_knows_everything(self, gateway: ScriptedGateway, numbered: User) -> None:
        gateway.on_pull = only(row(1), row(2, "JANE"))
        pull_now(gateway)

        report = pull_now(gateway)

        assert (report.is_good, report.rows, report.counts["known"]) == (True, 2, 2)
        assert money(numbered) == (500, 500)
        assert PulledRow.objects.count() == 2

    def test_no_connection_is_held_while_mpesa_is_asked(
        self, gateway: ScriptedGateway, numbered: User
    ) -> None:
        held = []

        def ask(offset: int) -> PulledPage:
            held.append(connection.connection is not None)
            return only(row(1))(offset)

        gateway.on_pull = ask
        pull_now(gateway)

        assert held == [False, False]

    @pytest.mark.parametrize("error", [GatewayUnreachable("no route"), OutcomeUnknown("HTML")])
    def test_an_error_on_the_second_page_keeps_the_first(
        self, gateway: ScriptedGateway, numbered: User, error: GatewayError
    ) -> None:
        def ask(offset: int) -> PulledPage:
            if offset:
                raise error
            return only(row(1))(offset)

        gateway.on_pull = ask

        report = pull_now(gateway)

        assert (report.outcome, report.is_good) == (Outcome.FAILED, False)
        assert money(numbered) == (500, 0)
        run = PullRun.objects.get()
        assert (run.outcome, run.detail, run.credited) == ("failed", error.detail, 1)

    def test_one_that_is_killed_between_two_rows_is_made_good_by_the_next(
        self, gateway: ScriptedGateway, numbered: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gateway.on_pull = only(row(1), row(2))
        settle = pull._settle

        def die_at_the_second(found: PulledPayment, now: datetime) -> str:
            if found.notice and found.notice.receipt == "UKL0000002":
                raise KeyboardInterrupt
            return settle(found, now)

        monkeypatch.setattr(pull, "_settle", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            pull_now(gateway)
        assert money(numbered) == (500, 0)
        assert not PullRun.objects.exists()
        monkeypatch.setattr(pull, "_settle", settle)

        report = pull_now(gateway)

        assert (report.counts["known"], report.counts["credited"]) == (1, 1)
        assert money(numbered) == (1000, 0)
        assert list(audit.find_problems()) == []

    def test_a_row_that_cannot_be_settled_stops_no_other_and_is_settled_next_time(
        self, gateway: ScriptedGateway, numbered: User
    ) -> None:
        gateway.on_pull = only(row(1), row(2, amount=700))

        with broken_table("wallet_journalentry", when="NEW.amount = 500"):
            report = pull_now(gateway)
        assert (report.outcome, report.counts["failed"]) == (Outcome.FAILED, 1)
        assert money(numbered) == (700, 0)

        assert pull_now(gateway).is_good
        assert money(numbered) == (1200, 0)

    @pytest.mark.parametrize(("times", "good"), [(1, True), (2, False)])
    def test_a_deadlock_is_tried_once_more(
        self, gateway: ScriptedGateway, numbered: User, times: int, good: bool
    ) -> None:
        gateway.on_pull = only(row(1))

        with broken_table("wallet_journalentry", sqlstate="40P01", times=times):
            report = pull_now(gateway)

        assert (report.is_good, report.counts["failed"]) == (good, 0 if good else 1)

    @pytest.mark.parametrize("sqlstate", ["53100", "23514"])
    def test_a_row_that_cannot_be_stored_is_an_error_not_a_loss(
        self, gateway: ScriptedGateway, numbered: User, sqlstate: str
    ) -> None:
        gateway.on_pull = only(row(1), row(2))

        with broken_table(
            "payments_pulledrow", when="NEW.receipt = 'UKL0000001'", sqlstate=sqlstate
        ):
            report = pull_now(gateway)

        assert report.counts["failed"] == 1
        assert money(numbered) == (500, 0)
        assert list(audit.find_problems()) == []

    def test_unreadable_rows_are_kept_and_alarm(
        self, gateway: ScriptedGateway, numbered: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        gateway.on_pull = only(unreadable("a"), unreadable("b"), unreadable("a"), row(1))

        report = pull_now(gateway)

        assert (report.counts["unreadable"], report.counts["credited"]) == (2, 1)
        assert (report.outcome, report.is_good) == (Outcome.COMPLETE, False)
        assert PulledRow.objects.filter(verdict="unreadable").count() == 2
        (said,) = errors(caplog)
        assert "unreadable 2" in said

    def test_a_list_without_end_is_a_failure(self, gateway: ScriptedGateway) -> None:
        gateway.on_pull = lambda offset: PulledPage(rows=(unreadable(str(offset)),))

        report = pull_now(gateway)

        assert (report.outcome, report.requests) == (Outcome.FAILED, pull.MAX_REQUESTS)
        assert "did not end" in PullRun.objects.get().detail

    @pytest.mark.parametrize("hours", [0, -1, 49])
    def test_a_window_that_mpesa_does_not_have(self, gateway: ScriptedGateway, hours: int) -> None:
        with pytest.raises(ValueError, match="48 hours"):
            pull_now(gateway, timedelta(hours=hours))


@pytest.mark.django_db
def test_no_request_is_sent_inside_a_transaction(gateway: ScriptedGateway) -> None:
    with pytest.raises(TransactionIsOpen):
        pull_now(gateway)

    assert gateway.pulls == []


@pytest.mark.django_db(transaction=True)
class TestQuietOrBroken:
    @pytest.fixture(autouse=True)
    def nothing(self, gateway: ScriptedGateway) -> None:
        """Let M-Pesa list nothing."""
        gateway.on_pull = lambda _: PulledPage(rows=(), description=NOTHING)

    def test_quiet_where_we_know_of_nothing(
        self, gateway: ScriptedGateway, caplog: pytest.LogCaptureFixture
    ) -> None:
        report = pull_now(gateway)

        assert (report.outcome, report.is_good) == (Outcome.QUIET, True)
        assert PullRun.objects.get().detail == NOTHING
        assert errors(caplog) == []

    def test_broken_where_a_prompt_was_paid_in_the_window(
        self, gateway: ScriptedGateway, customer: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        paid_at = NOON - timedelta(minutes=30)
        make_deposit(customer, created_at=paid_at, updated_at=paid_at)
        receive(success_body(), now=paid_at + timedelta(minutes=1))

        report = pull_now(gateway)

        assert (report.outcome, report.is_good) == (Outcome.BROKEN, False)
        (said,) = errors(caplog)
        assert "broken" in said

    def test_a_payment_of_a_moment_ago_may_not_be_listed_yet(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        paid_at = NOON - timedelta(minutes=2)
        make_deposit(customer, created_at=paid_at, updated_at=paid_at)
        receive(success_body(), now=paid_at)

        assert pull_now(gateway).outcome == Outcome.QUIET


@pytest.mark.django_db(transaction=True)
class TestPullRecentPayments:
    @pytest.fixture(autouse=True)
    def on(self, settings: Any) -> None:
        """Switch pulling on, with another gateway than the mock."""
        settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False

    def window(self, gateway: ScriptedGateway) -> timedelta:
        pull_recent_payments(now=NOON)
        begin, end, _ = gateway.pulls[-1]
        assert end == NOON
        return end - begin

    @pytest.mark.parametrize("changes", [{"PULL_ENABLED": False}, {"MPESA_DEBUG": True}])
    def test_nothing_is_asked_while_it_is_off(
        self, gateway: ScriptedGateway, settings: Any, changes: dict[str, bool]
    ) -> None:
        for name, value in changes.items():
            setattr(settings, name, value)

        assert pull_recent_payments(now=NOON) is None
        assert gateway.pulls == []

    def test_the_first_takes_everything_that_mpesa_has(self, gateway: ScriptedGateway) -> None:
        assert self.window(gateway) == timedelta(hours=48)

    def test_after_good_pulls_it_takes_two_hours(self, gateway: ScriptedGateway) -> None:
        make_run(window_begin=NOON - timedelta(hours=48), window_end=NOON - timedelta(hours=1))

        assert self.window(gateway) == TWO_HOURS

    def test_after_an_outage_it_begins_where_good_pulls_ended(
        self, gateway: ScriptedGateway
    ) -> None:
        make_run(window_begin=NOON - timedelta(hours=49), window_end=NOON - timedelta(hours=7))
        make_run(window_begin=NOON - timedelta(hours=8), window_end=NOON - timedelta(hours=6))
        make_run(window_begin=NOON - timedelta(hours=7), window_end=NOON, outcome="failed")
        make_run(window_begin=NOON - timedelta(hours=7), window_end=NOON, outcome="broken")

        assert self.window(gateway) == timedelta(hours=6)

    def test_a_short_pull_by_hand_hides_no_gap(self, gateway: ScriptedGateway) -> None:
        make_run(window_begin=NOON - timedelta(hours=49), window_end=NOON - timedelta(hours=7))
        make_run(window_begin=NOON - timedelta(hours=1), window_end=NOON - timedelta(minutes=1))

        assert self.window(gateway) == timedelta(hours=7)


@pytest.mark.django_db(transaction=True)
def test_registering_names_the_number_and_an_address_that_moves_nothing(
    gateway: ScriptedGateway, settings: Any
) -> None:
    settings.PULL_NOMINATED_NUMBER = "254722000000"

    assert pull.register_pull().is_new
    assert gateway.pull_registrations == [("254722000000", settings.MPESA_CALLBACK_URL)]
    gateway.on_register_pull = failing(GatewayUnreachable("no route"))
    with pytest.raises(GatewayUnreachable):
        pull.register_pull()
