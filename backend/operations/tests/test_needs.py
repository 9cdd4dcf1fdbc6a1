"""What waits for an operator: each kind appears with its cause, and goes with it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common import metrics
from operations import book, needs_metrics
from operations.needs import KINDS, Need, list_needs
from payments import services
from payments.models import (
    CallbackEvent,
    Claim,
    Confirmation,
    PullRun,
    Receipt,
    SuspenseCase,
    Transaction,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.test_transaction_query_guards import ANSWERED, make_query
from tests.sql.calling import forget_statistics
from users import proposals
from users.models import PhoneChange, Proposal, User
from wallet.audit import seal_ledger
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(hours=2)


def find(name: str, **more: Any) -> Need | None:
    """Return what waits of a kind."""
    found = {need.kind.name: need for need in list_needs(now=NOW, **more)}
    return found.get(name)


def must_find(name: str, **more: Any) -> Need:
    """Return what waits of a kind; there must be something."""
    need = find(name, **more)
    assert need is not None
    return need


def run(sql: str, *values: Any) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def hold(amount: int = 300) -> SuspenseCase:
    """Hold a payment in suspense."""
    make_deposit()
    receive(success_body(amount=amount))
    return SuspenseCase.objects.get()


def make_operator(number: str = "254788888881") -> User:
    """Store an operator."""
    return User.objects.create_user(number, "a-good-password", is_staff=True)


@pytest.fixture
def _worker_is_alive() -> None:
    """Store a worker that has just reported."""
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", NOW)


class TestKinds:
    def test_every_link_leads_to_a_list(self) -> None:
        assert all(reverse(kind.url_name) for kind in KINDS)
        assert len({kind.name for kind in KINDS}) == len(KINDS)

    def test_every_reason_of_a_case_has_words(self) -> None:
        suspense = next(kind for kind in KINDS if kind.name == "suspense")

        assert set(suspense.details) >= set(SuspenseCase.Reason.values)

    def test_every_kind_of_proposal_has_words(self) -> None:
        kind = next(kind for kind in KINDS if kind.name == "proposals")

        assert set(kind.details) >= set(Proposal.Kind.values)

    @pytest.mark.usefixtures("_worker_is_alive")
    def test_nothing_waits_at_first(self) -> None:
        assert list_needs(now=NOW) == []


class TestSuspense:
    def test_it_says_how_many_why_and_how_much(self) -> None:
        hold()

        need = must_find("suspense")

        assert (need.count, need.amount, need.oldest_at) == (1, Decimal(300), NOON)
        assert need.why == "another amount than asked for"

    def test_several_reasons_are_counted(self) -> None:
        hold()
        receive(success_body(receipt="NLJ7RT61SW", amount=200))
        receive(success_body(receipt="NLJ7RT61SX"))
        receive(success_body(receipt="NLJ7RT61SY"))

        need = must_find("suspense")

        assert need.count == SuspenseCase.objects.filter(status="OPEN").count() == 3
        assert "another amount than asked for 2" in need.why
        assert "paid a second time 1" in need.why

    def test_a_reason_of_a_newer_release_is_named_as_stored(self) -> None:
        kind = next(kind for kind in KINDS if kind.name == "suspense")

        need = Need(kind, {"of_tomorrow": 2}, NOON, None)

        assert need.why == "of_tomorrow"

    def test_a_decision_ends_it(self) -> None:
        case = hold()
        services.resolve_suspense_case(
            case=case,
            user=case.deposit.user,
            operator=make_operator(),
            reason="the portal says so",
            now=NOW,
        )

        assert find("suspense") is None


class TestProposals:
    def test_ones_own_and_those_of_ones_own_money_do_not_wait_for_one(self) -> None:
        proposer = make_operator()
        other = make_customer(OTHER_PHONE)
        case = hold()
        services.propose_resolution(
            case=case, user=other, operator=proposer, reason="they called", now=NOW
        )

        assert find("proposals", operator_id=proposer.pk) is None
        assert find("proposals", operator_id=other.pk) is None
        assert must_find("proposals", operator_id=make_operator("254788888882").pk).count == 1
        assert must_find("proposals").amount == Decimal(300)

        proposals.reject(Proposal.objects.get().pk, operator=proposer, reason="mistaken", now=NOW)
        assert find("proposals") is None


class TestDeposits:
    def test_one_without_an_answer_waits_until_it_is_settled(self) -> None:
        deposit = make_deposit()
        Transaction.objects.filter(pk=deposit.pk).update(review_reason="no_answer")
        assert must_find("no_answer").amount == Decimal(500)

        receive(success_body())

        assert find("no_answer") is None


class TestClaims:
    def test_only_an_escalated_one_waits(self) -> None:
        claim = Claim.objects.create(
            user=make_customer(),
            receipt=RECEIPT,
            readings=[RECEIPT],
            created_at=NOON,
            ends_at=NOW,
            next_look_at=NOON,
        )
        assert find("claims") is None
        Claim.objects.filter(pk=claim.pk).update(escalated_at=NOW)
        assert must_find("claims").count == 1

        services.close_claim(claim=claim, operator=make_operator(), reason="no such code", now=NOW)

        assert find("claims") is None


class TestCustomers:
    def test_a_new_phone_number_waits(self) -> None:
        user = make_customer()
        PhoneChange.objects.create(
            user=user,
            old_phone_number=user.phone_number,
            new_phone_number=OTHER_PHONE,
            requested_at=NOON,
        )

        assert must_find("phone_changes").oldest_at == NOON

    def test_an_identity_waits(self) -> None:
        run(
            "INSERT INTO kyc_kycsubmission (user_id, full_name, id_number_encrypted,"
            " id_number_fingerprint, id_number_last_four, date_of_birth, provider, status,"
            " submitted_at) VALUES (%s, 'A', 'encrypted-text', repeat('a', 64), '1234',"
            " '1990-01-01', 'manual', 'PENDING', %s)",
            make_customer(kyc_status="PENDING").pk,
            NOON,
        )

        need = must_find("identity")

        assert (need.count, need.oldest_at, need.amount) == (1, NOON, None)


class TestReports:
    def test_a_callback_waits_after_a_minute(self) -> None:
        deposit = make_deposit()
        event = CallbackEvent.objects.create(
            transaction=deposit, has_token=True, raw_body=b"{}", received_at=NOW
        )
        assert find("callbacks") is None
        later = list_needs(now=NOW + timedelta(minutes=2))
        assert "callbacks" in {need.kind.name for need in later}

        CallbackEvent.objects.filter(pk=event.pk).update(verdict="applied")

        later = list_needs(now=NOW + timedelta(minutes=2))
        assert "callbacks" not in {need.kind.name for need in later}

    def test_a_confirmation_from_an_unknown_address_waits_until_its_receipt_is_booked(self) -> None:
        Confirmation.objects.create(
            raw_body=b"{}",
            receipt=RECEIPT,
            verdict="untrusted",
            note="it came from an address that is not in MPESA_CALLBACK_ALLOWED_IPS",
            received_at=NOW - timedelta(days=90),
        )
        assert must_find("confirmations").counts == {"untrusted": 1}

        make_deposit()
        Receipt.objects.create(number=RECEIPT, transaction=Transaction.objects.get())

        assert find("confirmations") is None

    def test_one_for_another_paybill_is_shown_for_a_week(self) -> None:
        for days in (1, 8):
            Confirmation.objects.create(
                raw_body=b"{}",
                receipt=f"NLJ7RT61S{days}",
                verdict="untrusted",
                note="short code 600000 is not ours",
                received_at=NOW - timedelta(days=days),
            )

        assert must_find("confirmations").count == 1

    def test_one_that_could_not_be_settled_waits(self) -> None:
        Confirmation.objects.create(raw_body=b"{}", verdict="received", received_at=NOON)

        assert must_find("confirmations").why == (
            "stored, but an error keeps them from being settled"
        )


def pull(outcome: str, at: Any = NOW, rows: int = 0) -> None:
    """Store a pull that ended so."""
    PullRun.objects.create(
        window_begin=at - timedelta(hours=2),
        window_end=at,
        outcome=outcome,
        requests=1,
        rows=rows,
        credited=0,
        filled=0,
        held=0,
        known=rows,
        unreadable=0,
        failed=0,
        started_at=at,
        finished_at=at,
    )


class TestPulls:
    def test_broken_ones_wait_until_one_is_whole(self) -> None:
        pull("complete", NOON, rows=1)
        assert find("pull") is None
        pull("broken", NOON + timedelta(hours=1))
        pull("failed")
        assert must_find("pull").counts == {"broken": 1, "failed": 1}
        assert must_find("pull").oldest_at == NOON + timedelta(hours=1)

        pull("quiet")

        assert find("pull") is None

    @pytest.mark.parametrize("is_enabled", [True, False])
    def test_that_none_came_is_said_where_they_are_on(
        self, is_enabled: bool, settings: Any
    ) -> None:
        settings.PULL_ENABLED = is_enabled
        pull("quiet", NOW - timedelta(hours=4))

        assert (find("pull") is not None) is is_enabled


class TestUntoldReversals:
    def test_a_payment_that_did_not_stay_waits_until_its_deposit_is_reversed(self) -> None:
        make_query(**ANSWERED, verdict="confirmed", transaction=make_deposit())
        assert find("untold_reversals") is None

        make_query(
            **ANSWERED, verdict="reversed", token_hash="b" * 64, asked_at=NOON + timedelta(days=4),
            transaction=Transaction.objects.get(),
        )  # fmt: skip

        assert must_find("untold_reversals").counts == {"reversed": 1}


class TestInitiator:
    def test_a_stopped_one_waits_until_it_is_resumed(self) -> None:
        run("SELECT initiator_lock()")
        run("SELECT initiator_report('proven', '', %s)", NOON)
        assert find("initiator") is None

        run("SELECT initiator_report('stop', '2001', %s)", NOON)
        assert must_find("initiator").oldest_at == NOON

        run("SELECT initiator_resume('Wanjiru', %s)", NOON)
        assert find("initiator") is None


class TestCorrected:
    def test_a_case_counts_with_its_true_amount(self) -> None:
        case = hold(amount=1)
        services.correct_suspense_case(
            case=case, amount=Decimal(500), operator=make_operator(), now=NOON,
            reason="the portal says 500.00",
        )  # fmt: skip

        assert must_find("suspense").amount == Decimal(500)
        seal_ledger(now=NOW)
        assert find("ledger") is None


class TestOwed:
    def test_what_customers_owe_is_on_the_side_of_what_mpesa_holds(self) -> None:
        make_deposit()
        receive(success_body())
        entry = Transaction.objects.get().credit_entry
        assert entry is not None
        ledger.post(
            key="spent", debit=ledger.get_customer_account(Transaction.objects.get().user_id),
            credit=ledger.get_clearing_account("174379"), amount=Decimal(200), description="",
            now=NOON,
        )  # fmt: skip
        services.reverse_credit(
            entry=entry, operator=make_operator(), reason="taken back: RFX1", now=NOON,
            most_owed=Decimal(500),
        )  # fmt: skip
        cache.clear()

        found = book.find_book(NOW)

        assert found is not None
        assert (found.owed, found.in_wallets) == (Decimal(200), Decimal(0))
        assert found.difference == 0


class TestWorker:
    def test_without_any_nobody_knows_since_when(self) -> None:
        assert must_find("worker").oldest_at is None

    @pytest.mark.parametrize(("seconds", "is_lost"), [(30, False), (90, True)])
    def test_a_heartbeat_is_lost_after_a_minute(self, seconds: int, is_lost: bool) -> None:
        run(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s), (%s)",
            NOW - timedelta(hours=5),
            NOW - timedelta(seconds=seconds),
        )

        assert (find("worker") is not None) is is_lost

    def test_failed_jobs_wait(self) -> None:
        run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('default', 'seal_ledger', 'failed')"
        )

        assert must_find("jobs").count == 1


class TestLedger:
    def test_entries_that_are_not_sealed_are_said(self) -> None:
        make_deposit()
        receive(success_body())
        later = timezone.now() + timedelta(minutes=20)
        assert "ledger" in {need.kind.name for need in list_needs(now=later)}

        seal_ledger(now=later)

        assert "ledger" not in {need.kind.name for need in list_needs(now=later)}

    def test_a_suspense_account_beside_its_cases_is_said(self) -> None:
        hold()
        seal_ledger(now=NOW)
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE payments_suspensecase SET amount = amount - 1")
        run("SET LOCAL session_replication_role = DEFAULT")

        need = must_find("ledger")

        assert need.counts == {"suspense": 1}
        assert need.amount == Decimal(1)


class TestOrder:
    def test_the_oldest_is_first_and_an_unknown_age_before_it(self) -> None:
        hold()
        run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('default', 'seal_ledger', 'failed')"
        )
        Confirmation.objects.create(
            raw_body=b"{}", verdict="received", received_at=NOON - timedelta(days=1)
        )

        names = [need.kind.name for need in list_needs(now=NOW)]

        assert set(names[:2]) == {"worker", "jobs"}
        assert names[2:] == ["confirmations", "suspense", "ledger"]

    @pytest.mark.usefixtures("_worker_is_alive")
    def test_each_kind_is_one_statement(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            list_needs(now=NOW)

        assert len(queries) == len(KINDS)


class TestIndexes:
    @pytest.mark.parametrize(
        ("name", "index"),
        [
            ("suspense", "payments_suspense_open"),
            ("proposals", "users_proposal_open"),
            ("no_answer", "payments_to_look_for"),
            ("claims", "payments_claims_to_look_at"),
            ("identity", "kyc_one_pending"),
            ("phone_changes", "users_phonechange_one_pending"),
            ("callbacks", "payments_callback_open"),
            ("confirmations", "payments_confirmation_open"),
            ("refunds_unseen", "payments_suspense_refunded"),
            ("confirmations", "payments_confirmation_doubt"),
        ],
    )
    def test_a_kind_reads_its_partial_index(self, name: str, index: str) -> None:
        kind = next(kind for kind in KINDS if kind.name == name)
        forget_statistics()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                f"EXPLAIN {kind.sql}", {"now": NOW, "operator": None, "is_pull_enabled": True}
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert index in plan


class TestMetrics:
    def scrape(self) -> str:
        """Return /metrics."""
        return metrics.metrics_response().content.decode()

    def test_they_are_the_same_facts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hold()
        monkeypatch.setattr("common.clock.now", lambda: NOW)

        text = self.scrape()

        assert 'kibeezy_needs_person{kind="suspense"} 1.0' in text
        assert 'kibeezy_needs_person_kes{kind="suspense"} 300.0' in text
        assert 'kibeezy_needs_person_oldest_seconds{kind="suspense"} 7200.0' in text
        assert 'kibeezy_needs_person{kind="claims"} 0.0' in text
        assert text.count("kibeezy_needs_person{") == len(KINDS)

    def test_without_a_database_they_are_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**_: Any) -> list[Need]:
            raise DatabaseError

        monkeypatch.setattr(needs_metrics, "list_needs", fail)

        assert "kibeezy_needs_person" not in self.scrape()


class TestBook:
    def test_what_mpesa_holds_is_in_wallets_or_in_suspense(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        receive(success_body(receipt="NLJ7RT61SW", amount=300))

        found = book.find_book(NOW)

        assert found == book.Book(Decimal(800), Decimal(300), Decimal(0), Decimal(500), NOW)
        assert found.difference == 0
        assert deposit.user_id

    def test_a_wrong_stored_balance_is_the_difference(self) -> None:
        make_deposit()
        receive(success_body())
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE wallet_ledgeraccount SET balance = 400 WHERE kind = 'customer'")
        run("SET LOCAL session_replication_role = DEFAULT")

        found = book.find_book(NOW)

        assert found is not None
        assert found.difference == Decimal(100)

    def test_an_empty_ledger_is_all_zero(self) -> None:
        assert book.find_book(NOW) == book.Book(Decimal(0), Decimal(0), Decimal(0), Decimal(0), NOW)

    def test_it_is_read_once_a_minute(self) -> None:
        first = book.find_book(NOW)
        assert book.find_book(NOW + timedelta(seconds=5)) == first

        cache.clear()

        second = book.find_book(NOW + timedelta(seconds=5))
        assert second is not None
        assert second.looked_at == NOW + timedelta(seconds=5)

    def test_without_an_answer_it_is_not_known(self, break_book: Callable[[], None]) -> None:
        break_book()

        assert book.find_book(NOW) is None


@pytest.fixture
def break_book(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the statement take longer than it may."""

    def broken() -> None:
        monkeypatch.setattr(book, "_MOST_MS", 10)
        monkeypatch.setattr(book, "_SUMS", "SELECT 1, 2, 3 FROM pg_sleep(5)")

    return broken
