"""The figures of deposits, money and tasks in /metrics are the database's."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
import yaml
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from common import clock, metrics
from kyc.services import show_id_number
from kyc.tests.building import hand_in
from operations.models import TaskRun
from payments.metrics import CALLBACKS, DARAJA_REQUESTS, name_call, time_request
from payments.models import PaybillAccount, StatementImport, SuspenseCase, Transaction
from payments.paybill import account_numbers
from payments.services import paybill, resolve_suspense_case
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.test_suspense_admin import clerk
from tests.deployment.project import ROOT
from users.models import User
from wallet.audit import seal_ledger

pytestmark = pytest.mark.django_db

_ALERTS = ROOT / "deploy/prometheus/alerts.yml"
_DASHBOARD = ROOT / "deploy/grafana/deposits.json"


def scrape() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return each sample of /metrics by name and labels."""
    text = metrics.metrics_response().content.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float | None:
    """Return one sample of /metrics, None where it is not there."""
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        return scrape().get((name, tuple(sorted(labels.items()))))


def test_recent_deposits_are_counted_by_outcome() -> None:
    make_deposit(created_at=NOON - timedelta(seconds=8))
    receive(success_body())
    other = make_customer(OTHER_PHONE)
    make_deposit(
        other, created_at=NOON - timedelta(minutes=9), checkout_request_id="ws_CO_2",
        callback_token_hash=None, next_query_at=NOON,
    )  # fmt: skip
    make_deposit(
        other, created_at=NOON - timedelta(minutes=11), checkout_request_id="ws_CO_3",
        callback_token_hash=None, status="FAILED", result_code="1",
        next_query_at=None,
    )  # fmt: skip

    recent = "kibeezy_deposits_recent"
    assert value(recent, status="COMPLETED", result_code="0") == 1
    assert value(recent, status="PENDING", result_code="") == 1
    assert value(recent, status="FAILED", result_code="1") is None
    assert value("kibeezy_deposits_recent_kes", status="COMPLETED") == 500
    assert value("kibeezy_deposits_recent_kes", status="FAILED") == 0
    assert value("kibeezy_deposit_seconds", quantile="0.95") == 8
    assert value("kibeezy_deposits_pending") == 1
    assert value("kibeezy_deposits_pending_oldest_seconds") == 540
    assert value("kibeezy_callback_last_timestamp_seconds") == NOON.timestamp()


class TestCredits:
    """A credit counts for what brought it, by when it came, not by when the deposit began."""

    _WAYS = ("callback", "query", "by_hand", "other")

    def _counts(self) -> list[float | None]:
        return [value("kibeezy_credits_recent", way=way) for way in self._WAYS]

    def _longest(self) -> list[float | None]:
        return [value("kibeezy_credit_seconds", way=way, quantile="1") for way in self._WAYS]

    def _query(self, seconds: float, number: int, at: datetime = NOON) -> Transaction:
        """Credit a deposit by a status query, so many seconds after the tap."""
        deposit = make_deposit(
            make_customer(f"2547100000{number:02}"), created_at=at - timedelta(seconds=seconds),
            checkout_request_id=f"ws_CO_{number}", token=f"token {number}",
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT deposit_settle_query(%s, true, '{}', %s)", [deposit.pk, at])
        return deposit

    def test_nothing_was_credited(self) -> None:
        assert self._counts() == [0, 0, 0, 0]
        assert self._longest() == [None] * 4

    def test_callbacks_and_queries(self) -> None:
        make_deposit(created_at=NOON - timedelta(seconds=8))
        receive(success_body())
        for number, seconds in enumerate((40, 60, 7_200)):
            self._query(seconds, number)

        assert self._counts() == [1, 3, 0, 0]
        assert self._longest() == [8, 7_200, None, None]
        assert value("kibeezy_credit_seconds", way="query", quantile="0.5") == 60

    def test_the_receipt_that_comes_after_a_query_changes_nothing(self) -> None:
        self._query(40, 1, NOON - timedelta(seconds=30))
        assert receive(success_body("ws_CO_1"), token="token 1").verdict == "applied"

        assert self._counts() == [0, 1, 0, 0]
        assert self._longest() == [None, 40, None, None]

    def test_what_was_credited_before_is_left_out(self) -> None:
        self._query(40, 1, NOON - timedelta(minutes=10))

        assert self._counts() == [0, 0, 0, 0]

    def test_a_payment_by_hand_counts_from_its_payment(self, settings: Any) -> None:
        settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32
        number = "572000000" + account_numbers.check_digit("572000000")
        PaybillAccount.objects.create(user=make_customer(), number=number)
        told = {
            "TransID": RECEIPT, "TransAmount": "500.00", "BillRefNumber": number,
            "TransTime": "20261120115800",
        }  # fmt: skip
        paybill.record_confirmation(
            body=json.dumps(told).encode(), headers={}, source_address=None, now=NOON
        )

        assert self._counts() == [0, 0, 1, 0]
        assert self._longest() == [None, None, 120, None]

    def test_an_operators_decision_is_none_of_these(self) -> None:
        deposit = make_deposit(created_at=NOON - timedelta(hours=3))
        receive(success_body("ws_CO_another"), now=NOON - timedelta(hours=2))
        resolve_suspense_case(
            case=SuspenseCase.objects.get(), user=deposit.user, reason="seen in the portal",
            operator=User.objects.create_superuser(OTHER_PHONE, "a-good-password"), now=NOON,
        )  # fmt: skip

        assert self._counts() == [0, 0, 0, 1]
        assert self._longest() == [None, None, None, 3 * 3600]


class TestOperators:
    @pytest.fixture
    def operator(self) -> User:
        return User.objects.create_superuser(OTHER_PHONE, "a-good-password")

    def test_what_they_did_within_a_day_is_counted(self, operator: User) -> None:
        kinds = {
            name: ContentType.objects.get(app_label="payments", model=name)
            for name in ("suspensecase", "claim")
        }
        for name, hours in (("suspensecase", 1), ("suspensecase", 23), ("claim", 25)):
            LogEntry.objects.create(
                user=operator, content_type=kinds[name], object_id="1", object_repr="1",
                action_flag=CHANGE, action_time=NOON - timedelta(hours=hours),
            )  # fmt: skip

        assert value("kibeezy_operator_actions_day", model="suspensecase") == 2
        assert value("kibeezy_operator_actions_day", model="claim") is None

    def test_a_decision_in_the_console_is_one(self) -> None:
        make_deposit()
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()
        decider = clerk("254788888881", "view_suspensecase", "change_suspensecase")
        with time_machine.travel(NOON, tick=False):
            decider.post(
                f"/admin/payments/suspensecase/{case.pk}/decide/refunded/",
                {"reason": "seen in the portal"},
            )

        case.refresh_from_db()
        assert case.status == "RESOLVED"
        assert value("kibeezy_operator_actions_day", model="suspensecase") == 1

    @pytest.mark.django_db(transaction=True)
    def test_id_numbers_that_were_shown_are_counted(self, operator: User) -> None:
        submission = hand_in()
        for hours in (25, 23, 1):
            show_id_number(
                submission=submission, operator=operator, reason="court order",
                now=NOON - timedelta(hours=hours),
            )  # fmt: skip

        assert value("kibeezy_id_numbers_shown_day") == 2


def test_money_and_seals() -> None:
    make_deposit()
    receive(success_body(amount=300))

    assert value("kibeezy_suspense_kes") == 300
    assert value("kibeezy_ledger_difference_kes") == 0
    assert value("kibeezy_seal_lag_entries") == 1
    seal_ledger(now=NOON)
    assert value("kibeezy_seal_lag_entries") == 0


def test_the_newest_statement_and_each_task() -> None:
    assert value("kibeezy_statement_age_seconds") is None
    StatementImport.objects.create(
        file_name="s.csv", digest="a" * 64, layout="A", short_code="174379",
        period_begin=NOON - timedelta(days=2), period_end=NOON - timedelta(days=1),
        first_row_at=NOON - timedelta(hours=30), last_row_at=NOON - timedelta(hours=25),
        total_in=0, total_out=0, is_chained=True, names_accounts=True, rows=1, state="ready",
        difference=-500, imported_at=NOON,
    )  # fmt: skip
    TaskRun.objects.create(task="check_ledger", succeeded_at=NOON, found=3)
    TaskRun.objects.create(task="purge", succeeded_at=NOON, failed_at=NOON + timedelta(seconds=1))
    TaskRun.objects.create(task="seal_entries", failed_at=NOON)

    assert value("kibeezy_statement_age_seconds") == 25 * 3600
    assert value("kibeezy_statement_difference_kes") == -500
    assert value("kibeezy_ledger_faults") == 3
    succeeded = "kibeezy_task_succeeded_timestamp_seconds"
    assert value(succeeded, task="check_ledger") == NOON.timestamp()
    assert value(succeeded, task="seal_entries") is None
    assert value("kibeezy_task_failing", task="check_ledger") == 0
    assert value("kibeezy_task_failing", task="purge") == 1
    assert value("kibeezy_task_failing", task="seal_entries") == 1


def test_without_a_database_they_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise DatabaseError

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", fail)

        assert value("kibeezy_deposits_pending") is None
        assert value("kibeezy_id_numbers_shown_day") is None
    assert value("kibeezy_deposits_pending") == 0
    assert value("kibeezy_id_numbers_shown_day") == 0


class TestProcesses:
    def test_callbacks_are_counted_by_their_verdict(self) -> None:
        def count(verdict: str, has_token: str) -> float:
            counted: float = CALLBACKS.labels(verdict, has_token)._value.get()
            return counted

        before = count("applied", "True"), count("hint", "False")
        make_deposit()
        receive(failure_body(), token=None)
        receive(success_body())

        assert count("applied", "True") == before[0] + 1
        assert count("hint", "False") == before[1] + 1

    def test_a_request_that_breaks_has_no_answer(self) -> None:
        def count() -> float:
            samples = next(iter(DARAJA_REQUESTS.collect())).samples
            wanted = {"call": "query", "outcome": "no_answer"}
            return sum(
                sample.value
                for sample in samples
                if sample.name.endswith("_count") and sample.labels == wanted
            )

        before = count()
        with pytest.raises(TimeoutError), time_request("/mpesa/stkpushquery/v1/query"):
            raise TimeoutError
        assert count() == before + 1

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/oauth/v1/generate", "token"),
            ("/mpesa/stkpush/v1/processrequest", "push"),
            ("/mpesa/stkpushquery/v1/query", "query"),
            ("/pulltransactions/v1/query", "pull"),
            ("/mpesa/transactionstatus/v1/query", "transaction_status"),
            ("/mpesa/c2b/v2/registerurl", "register"),
            ("/mpesa/b2c/v1/paymentrequest", "other"),
        ],
    )
    def test_each_product_has_a_name(self, path: str, name: str) -> None:
        assert name_call(path) == name


class TestWatchers:
    """Rules and dashboard name metrics that exist: a misspelt one would alert on nothing."""

    def _names(self) -> set[str]:
        TaskRun.objects.create(task="check_ledger", succeeded_at=NOON, found=0)
        make_deposit(created_at=clock.now(), updated_at=clock.now())
        receive(success_body())
        self_made = {name for name, _ in scrape()}
        described = set()
        for collected in (DARAJA_REQUESTS, CALLBACKS, metrics.REQUESTS, metrics.DURATION):
            (family,) = collected.describe()
            kinds = {"counter": ("_total",), "histogram": ("_count", "_bucket", "_sum")}
            described |= {family.name + suffix for suffix in kinds[family.type]}
        # Only where a statement was imported, a worker has reported, or an operator acted.
        sometimes = {
            "kibeezy_statement_age_seconds", "kibeezy_statement_difference_kes",
            "worker_heartbeat_age_seconds", "kibeezy_operator_actions_day",
        }  # fmt: skip
        return self_made | described | sometimes | {"up", "ALERTS"}

    def _used(self, expression: str) -> set[str]:
        import re

        bare = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)|\[[^]]*\]', " ", expression)
        words = set(re.findall(r"[a-zA-Z_][a-zA-Z_0-9]*", bare))
        functions = {
            "sum", "rate", "increase", "time", "max", "and", "or", "unless", "histogram_quantile",
        }  # fmt: skip
        return words - functions

    def test_each_rule_names_metrics_that_exist_and_a_chapter_of_the_runbook(self) -> None:
        known = self._names()
        runbook = (ROOT / "docs/runbook.md").read_text()
        anchors = {
            "".join(
                sign for sign in line.lstrip("# ").lower() if sign.isalnum() or sign in " -_"
            ).replace(" ", "-")
            for line in runbook.splitlines()
            if line.startswith("## ")
        }
        rules = [
            rule
            for group in yaml.safe_load(_ALERTS.read_text())["groups"]
            for rule in group["rules"]
        ]
        for rule in rules:
            assert self._used(rule["expr"]) <= known, rule["alert"]
            page, _, anchor = rule["annotations"]["runbook"].partition("#")
            assert page == "docs/runbook.md"
            assert anchor in anchors, rule["alert"]
            assert rule["labels"]["severity"] in {"page", "ticket"}

    def test_each_picture_of_the_dashboard_names_metrics_that_exist(self) -> None:
        known = self._names()
        for panel in json.loads(_DASHBOARD.read_text())["panels"]:
            for target in panel["targets"]:
                assert self._used(target["expr"]) <= known, panel["title"]
