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
from operations.models import Alert
from operations.needs import KINDS, Need, count_needs, list_needs
from payments import services
from payments.models import (
    CallbackEvent,
    Claim,
    Confirmation,
    PullRun,
    Receipt,
    StatementRow,
    SuspenseCase,
    Transaction,
)
from payments.services.suspense import Dismissal
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row
from payments.tests.test_transaction_query_guards import ANSWERED, make_query
from tests.sql.calling import forget_statistics
from users import account_proposals, erasure, proposals
from users.models import PhoneChange, Proposal, User
from wallet.audit import seal_ledger
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(hours=2)


def find(name: str, **more: Any) -> Need | None:
    """Return what waits of a kind."""
    found = {need.kind.name: need for need in list_needs(**{"now": NOW, **more})}
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
        money, accounts = (
            next(kind for kind in KINDS if kind.name == name).details
            for name in ("proposals", "account_proposals")
        )

        assert set(accounts) == set(Proposal.OF_ACCOUNTS)
        assert set(money) == set(Proposal.Kind.values) - set(Proposal.OF_ACCOUNTS)

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


class TestAccountProposals:
    def test_they_wait_for_another_operator_whose_account_it_is_not(self) -> None:
        proposer, second, customer = (make_operator(f"25478888888{n}") for n in (1, 2, 3))
        account_proposals.propose_password(
            user=customer, operator=proposer, reason="she called, ID seen", now=NOON
        )

        def waiting(operator: User) -> list[str]:
            found = list_needs(now=NOW, operator_id=operator.pk)
            return [need.kind.name for need in found if "proposals" in need.kind.name]

        assert [waiting(user) for user in (proposer, second, customer)] == [
            [], ["account_proposals"], [],
        ]  # fmt: skip
        assert must_find("account_proposals").why == "to make a one-time password for an account"
        assert must_find("account_proposals").oldest_at == NOON
        end = NOON + Proposal.CAN_BE_APPROVED_FOR
        ends = [end - timedelta(seconds=1), end]
        assert [bool(find("account_proposals", now=at)) for at in ends] == [True, False]

        proposals.reject(
            Proposal.objects.get().pk, operator=second, reason="nobody called us", now=NOW
        )
        assert find("account_proposals") is None


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

    def test_one_in_suspense_waits_until_its_case_has_what_mpesa_says(self) -> None:
        case = hold(amount=700)
        said = {**ANSWERED, "receipt": case.mpesa_receipt_number}
        make_query(**said, verdict="differs", amount=600)
        make_query(**said, verdict="reversed", token_hash="b" * 64, asked_at=NOON)
        assert must_find("untold_reversals").counts == {"differs": 1, "reversed": 1}
        operator = make_operator()

        services.correct_suspense_case(
            case=case, amount=Decimal(600), operator=operator, now=NOON,
            reason="the portal says 600.00",
        )  # fmt: skip
        assert must_find("untold_reversals").counts == {"reversed": 1}

        services.dismiss_suspense_case(
            case=case, dismissal=Dismissal(SuspenseCase.Decision.REFUNDED),
            operator=operator, reason="paid back by M-Pesa", now=NOON,
        )  # fmt: skip
        assert find("untold_reversals") is None


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
            ("statements", "payments_statement_waiting"),
            ("no_statement", "payments_newest"),
        ],
    )
    def test_a_kind_reads_its_partial_index(self, name: str, index: str) -> None:
        kind = next(kind for kind in KINDS if kind.name == name)
        forget_statistics()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                f"EXPLAIN {kind.sql}",
                {"now": NOW, "operator": None, "is_pull_enabled": True, "is_money_real": True},
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert index in plan


class TestStatements:
    def test_rows_that_wait_are_counted_with_their_money(self) -> None:
        file = add_file()
        add_row(file, match="theirs_only", action="hold")
        add_row(file, match="both", action="")

        found = must_find("statements")

        assert found.counts == {"theirs_only": 1}
        assert found.amount == 500
        assert found.oldest_at == NOON

    def test_a_payment_of_two_files_waits_once(self) -> None:
        for digest in "ab":
            add_row(add_file(digest=digest * 64), match="theirs_only", action="hold")

        assert must_find("statements").count == 1

    def test_rows_of_a_file_that_proves_nothing_more_do_not_wait(self) -> None:
        add_row(add_file(rows_deleted_at=NOON), match="theirs_only", action="hold")

        assert find("statements") is None

    def test_every_list_with_an_action_has_words(self) -> None:
        kind = next(kind for kind in KINDS if kind.name == "statements")

        assert set(kind.details) == {
            "theirs_only", "fills", "amount_differs", "reversal_untold", "both",
        }  # fmt: skip
        assert set(kind.details) <= set(StatementRow.Match.values)


class TestNoStatement:
    def paid(self, age: timedelta) -> None:
        """Store a paid deposit of an age."""
        make_deposit(created_at=NOW - age, next_query_at=None)
        receive(success_body(), now=NOW - age + timedelta(seconds=9))

    @pytest.fixture
    def _money_is_real(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("operations.needs.environment_name", lambda: "production")

    @pytest.mark.usefixtures("_money_is_real")
    def test_a_paid_deposit_that_no_statement_covers(self) -> None:
        self.paid(timedelta(hours=37))

        assert must_find("no_statement").oldest_at == NOW - timedelta(hours=37)

    @pytest.mark.usefixtures("_money_is_real")
    def test_a_day_and_a_half_is_not_late(self) -> None:
        self.paid(timedelta(hours=35))

        assert find("no_statement") is None

    @pytest.mark.usefixtures("_money_is_real")
    def test_days_without_paid_deposits_need_none(self) -> None:
        make_deposit(created_at=NOW - timedelta(days=9), status="FAILED")

        assert find("no_statement") is None

    def test_a_statement_that_covers_it_ends_it(self) -> None:
        self.paid(timedelta(hours=37))
        add_file(last_row_at=NOW - timedelta(hours=40))
        assert find("no_statement") is not None

        add_file(digest="b" * 64, last_row_at=NOW - timedelta(hours=36))

        assert find("no_statement") is None

    def test_where_no_money_is_real_nobody_waits_for_a_first_one(self) -> None:
        self.paid(timedelta(days=9))

        assert find("no_statement") is None


class TestCounts:
    def test_one_statement_counts_what_the_lines_say(self) -> None:
        hold()
        add_row(add_file(digest="c" * 64), receipt="SXX", match="theirs_only", action="hold")

        with CaptureQueriesContext(connection) as queries:
            counts = count_needs(now=NOW, operator_id=0)

        assert len(queries) == 1
        assert counts == {need.kind.name: need.count for need in list_needs(now=NOW)}
        assert counts["suspense"] == 1
        assert counts["statements"] == 1


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


class TestNoCallbacks:
    """M-PESA accepts prompts and reports none of them."""

    def _prompts(self, count: int, minutes_ago: float) -> None:
        at = NOW - timedelta(minutes=minutes_ago)
        for number in range(count):
            make_deposit(
                make_customer(f"2547123450{number:02}"), created_at=at, updated_at=at,
                checkout_request_id=f"ws_CO_{number}", callback_token_hash=f"{number:064}",
            )  # fmt: skip

    def test_five_prompts_and_no_callback_wait(self) -> None:
        self._prompts(5, 9)

        need = must_find("no_callbacks")

        assert (need.count, need.oldest_at) == (5, NOW - timedelta(minutes=9))
        assert need.kind.pages

    @pytest.mark.parametrize(("count", "minutes_ago"), [(4, 9), (5, 11), (5, 0.5)])
    def test_few_old_or_fresh_ones_do_not(self, count: int, minutes_ago: float) -> None:
        self._prompts(count, minutes_ago)

        assert find("no_callbacks") is None

    @pytest.mark.parametrize(
        ("has_token", "minutes_ago", "waits"),
        [(True, 9, False), (True, 11, True), (False, 9, True)],
    )
    def test_only_a_recent_callback_to_a_secret_address_ends_it(
        self, has_token: bool, minutes_ago: int, waits: bool
    ) -> None:
        self._prompts(5, 9)
        CallbackEvent.objects.create(
            has_token=has_token, raw_body=b"{}", verdict="duplicate",
            received_at=NOW - timedelta(minutes=minutes_ago),
        )  # fmt: skip

        assert (find("no_callbacks") is not None) == waits


class TestPromptsFail:
    """Mishaps 6 to 7b of the drill: M-PESA is down, or rejects our keys or passkey."""

    def _prompts(self, count: int, minutes_ago: float, **fields: Any) -> None:
        at = NOW - timedelta(minutes=minutes_ago)
        start = Transaction.objects.count()
        for number in range(start, start + count):
            make_deposit(
                make_customer(f"2547123460{number:02}"), created_at=at, updated_at=at,
                callback_token_hash=f"{number + 100:064}", next_query_at=None,
                **{"checkout_request_id": None, **fields},
            )  # fmt: skip

    def test_rejected_keys_wait_at_the_first_prompt(self) -> None:
        self._prompts(1, 2, status="FAILED", result_code="mpesa_authentication_failed")

        need = must_find("prompts_fail")

        assert (need.count, need.oldest_at) == (1, NOW - timedelta(minutes=2))
        assert "rejects our keys or passkey" in need.why
        assert need.kind.pages

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"status": "FAILED", "result_code": "mpesa_unavailable"}, "was not reached"),
            ({"status": "FAILED", "result_code": "mpesa_busy"}, "throttles us"),
            ({"status": "PENDING"}, "no clear answer came"),
        ],
    )
    def test_other_trouble_waits_once_there_are_five(
        self, fields: dict[str, Any], says: str
    ) -> None:
        self._prompts(4, 2, **fields)
        assert find("prompts_fail") is None

        self._prompts(1, 3, **fields)

        assert says in must_find("prompts_fail").why

    def test_a_prompt_that_is_accepted_ends_it(self) -> None:
        self._prompts(2, 5, status="FAILED", result_code="mpesa_authentication_failed")
        self._prompts(1, 4, checkout_request_id="ws_CO_taken")
        assert find("prompts_fail") is None

        self._prompts(1, 3, status="FAILED", result_code="mpesa_authentication_failed")

        assert must_find("prompts_fail").count == 1

    def test_neither_fresh_ones_nor_customers_declines_nor_old_ones_count(self) -> None:
        self._prompts(6, 0.5)
        self._prompts(6, 5, status="FAILED", result_code="mpesa_rejected")
        self._prompts(1, 61, status="FAILED", result_code="mpesa_authentication_failed")

        assert find("prompts_fail") is None


class TestMessages:
    def test_an_address_that_takes_none_waits(self) -> None:
        assert find("messages") is None
        Alert.objects.create(kind="worker", since=NOW, failed_at=NOW, failure="not taken by 1")

        assert must_find("messages").oldest_at == NOW


class TestClosings:
    def test_a_wish_waits_until_it_is_answered(self) -> None:
        user = make_customer()
        erasure.ask(user, password="a-good-password", now=NOON)

        need = must_find("closings")
        assert (need.count, need.oldest_at, need.amount) == (1, NOON, None)
        assert "seven days" in need.why

        erasure.withdraw(user, now=NOW)
        assert find("closings") is None

    def test_money_that_came_for_a_closed_account_waits(self) -> None:
        user = make_customer()
        make_deposit(user, status="FAILED")
        erasure.erase_by_command(user, reason="the customer asked for it", now=NOON)
        receive(success_body())

        need = must_find("closings")
        assert (need.counts, need.amount) == ({"money": 1}, Decimal(500))
