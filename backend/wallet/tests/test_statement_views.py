"""The statement over HTTP, against what the ledger says."""

import csv
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common.turns import Turns
from users.models import User
from wallet import selectors, statement, statement_views
from wallet.models import LedgerAccount
from wallet.tests import ledger
from wallet.tests.booking import make_user, open_wallet, run

pytestmark = pytest.mark.django_db

CSV = "/api/wallet/statement.csv"
PDF = "/api/wallet/statement.pdf"
MONTH = "from=2026-11-01&to=2026-11-30"
# The first moment of 20 November in Nairobi.
MIDNIGHT = datetime(2026, 11, 19, 21, tzinfo=UTC)


def get(user: User | None, path: str, **headers: Any) -> Any:
    """Ask as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client.get(path, headers=headers)


def rows(user: User, query: str = MONTH) -> list[list[str]]:
    """Return the cells below the heads."""
    response = get(user, f"{CSV}?{query}")
    assert response.status_code == 200
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))[1:]


def pay(account: LedgerAccount, amount: Any, at: datetime) -> None:
    """Move money from M-Pesa into an account at a time of one's choice."""
    with db_transaction.atomic():
        ledger.post(
            key=f"deposit:{at.timestamp()}:{account.pk}",
            debit=ledger.get_clearing_account("174379"),
            credit=account,
            amount=Decimal(amount),
            description="M-Pesa deposit",
            now=at,
        )


def owner(account: LedgerAccount) -> User:
    """Return whose wallet it is."""
    assert account.user is not None
    return account.user


@pytest.fixture
def account() -> LedgerAccount:
    """Store 100, 20 and 3 shillings round the midnights of 20 November."""
    account = open_wallet()
    just_before = timedelta(microseconds=1)
    pay(account, 100, MIDNIGHT - just_before)
    pay(account, 20, MIDNIGHT)
    pay(account, 3, MIDNIGHT + timedelta(days=1))
    return account


class TestFigures:
    def test_days_are_nairobi_s_and_both_ends_belong_to_them(self, account: LedgerAccount) -> None:
        found = rows(owner(account), "from=2026-11-20&to=2026-11-20")

        assert [row[-1] for row in found] == ["100.00", "120.00", "120.00"]
        assert found[1][:2] == ["2026-11-20", "00:00:00"]
        assert found[2][4:6] == ["20.00", "0.00"]

    def test_the_closing_balance_is_the_ledger_s(self, account: LedgerAccount) -> None:
        entry = account.postings.order_by("id")[0].entry
        ledger.reverse(entry, description="Taken back", now=MIDNIGHT + timedelta(days=2))

        found = rows(owner(account))

        assert found[-1][-1] == f"{selectors.get_balance(owner(account).pk):.2f}" == "23.00"
        assert Decimal(found[-1][-1]) == selectors.get_derived_balance(account)
        assert found[-1][4:6] == ["123.00", "100.00"]

    def test_spans_that_follow_each_other_join(self, account: LedgerAccount) -> None:
        first = rows(owner(account), "from=2026-11-01&to=2026-11-19")
        second = rows(owner(account), "from=2026-11-20&to=2026-11-30")

        assert first[-1][-1] == second[0][-1] == "100.00"
        assert len(first) + len(second) == 3 + 4

    def test_a_span_without_movements_closes_as_it_opens(self, account: LedgerAccount) -> None:
        assert [row[-1] for row in rows(owner(account), "from=2026-12-01&to=2026-12-31")] == [
            "123.00", "123.00",
        ]  # fmt: skip
        assert [row[-1] for row in rows(make_user("254110000001"))] == ["0.00", "0.00"]

    def test_lines_and_opening_balance_come_from_one_snapshot(self, account: LedgerAccount) -> None:
        user = owner(account)

        with CaptureQueriesContext(connection) as asked:
            rows(user)

        # Besides, the account's id, which never changes.
        assert ["wallet_posting" in query["sql"] for query in asked] == [False, True]


class TestFile:
    @pytest.mark.parametrize(
        ("path", "content_type", "begins"),
        [
            (CSV, "text/csv; charset=utf-8; header=present", b"\xef\xbb\xbfDate"),
            (PDF, "application/pdf", b"%PDF-"),
        ],
    )
    def test_the_statement_comes_as_a_file_that_is_not_cached(
        self, account: LedgerAccount, path: str, content_type: str, begins: bytes
    ) -> None:
        response = get(owner(account), f"{path}?{MONTH}", Accept="text/csv, application/pdf")

        assert response.status_code == 200
        assert response["Content-Type"] == content_type
        assert response["Cache-Control"] == "no-store"
        ending = path.rpartition(".")[2]
        assert response["Content-Disposition"] == (
            f'attachment; filename="kibeezy-statement-2026-11-01-to-2026-11-30-mock.{ending}"'
        )
        assert response.content.startswith(begins)

    def test_the_statement_is_in_the_language_asked_for(self, account: LedgerAccount) -> None:
        response = get(owner(account), f"{CSV}?{MONTH}", **{"Accept-Language": "sw"})

        assert "Salio la mwanzo (MAJARIBIO" in response.content.decode("utf-8-sig")

    def test_the_statement_masks_the_phone_number(self, account: LedgerAccount) -> None:
        response = get(owner(account), f"{CSV}?{MONTH}")

        assert owner(account).phone_number not in response.content.decode("utf-8-sig")

    def test_a_statement_has_no_other_customers_movements(self, account: LedgerAccount) -> None:
        assert len(rows(make_user("254110000001"))) == 2
        assert len(rows(owner(account))) == 5


class TestErrors:
    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("", "from"), ("to=2026-11-30", "from"), ("from=2026-11-30", "to"),
            ("from=2026-11-30&to=2026-11-29", "to"), ("from=2025-11-01&to=2026-11-02", "to"),
            ("from=now&to=2026-11-30", "from"), ("from=0001-01-01&to=0001-01-02", "from"),
            ("from=9999-12-31&to=9999-12-31", "to"), ("from=2026-11-01&to=\x00", "to"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("path", [CSV, PDF])
    def test_a_span_that_makes_no_sense(self, path: str, query: str, field: str) -> None:
        response = get(make_user(), f"{path}?{query}", Accept="text/csv")

        assert response.status_code == 400
        assert response["Content-Type"] == "application/json"
        assert response.json()["code"] == "validation_error"
        assert field in response.json()["fields"]

    def test_a_year_and_a_day_is_the_longest_span(self) -> None:
        assert len(rows(make_user(), "from=2025-11-01&to=2026-11-01")) == 2

    def test_too_many_days_are_refused_in_the_reader_s_language(self) -> None:
        path = f"{CSV}?from=2024-11-01&to=2026-11-01"

        response = get(make_user(), path, **{"Accept-Language": "sw"})

        assert response.json()["customer_message"] == "Chagua kipindi cha siku 366 au chini."

    def test_too_many_lines(self, account: LedgerAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(statement, "MAX_LINES", 2)
        monkeypatch.setattr(selectors, "MAX_LINES", 2)

        response = get(owner(account), f"{CSV}?{MONTH}")

        assert (response.status_code, response.json()["code"]) == (400, "statement_too_long")
        assert "shorter span" in response.json()["customer_message"]

    @pytest.mark.parametrize("path", [CSV, PDF])
    def test_a_statement_needs_a_sign_in(self, path: str) -> None:
        assert get(None, f"{path}?{MONTH}").status_code == 401

    def test_both_forms_are_counted_together(self, settings: Any) -> None:
        settings.STATEMENT_RATE_USER = "2/h"
        user = make_user()
        assert [get(user, f"{path}?{MONTH}").status_code for path in (CSV, PDF)] == [200, 200]

        response = get(user, f"{CSV}?{MONTH}")

        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert int(response["Retry-After"]) > 0
        assert get(make_user("254110000001"), f"{CSV}?{MONTH}").status_code == 200


def add_payments_of_others(number: int) -> None:
    """Store so many entries of another wallet that the planner knows whose lines are few."""
    pay(open_wallet("254110000002"), 100, MIDNIGHT)
    run("SET LOCAL session_replication_role = replica")
    run(
        "INSERT INTO wallet_journalentry (key, description, debit_account_id, credit_account_id,"
        " amount) SELECT key || '-' || n, '', debit_account_id, credit_account_id, amount"
        " FROM (SELECT * FROM wallet_journalentry ORDER BY id DESC LIMIT 1) AS newest,"
        " generate_series(1, %s) AS n",
        number,
    )
    run("SET LOCAL session_replication_role = origin")
    run("ANALYZE wallet_journalentry")


class TestTurns:
    """A process makes one at a time."""

    @pytest.fixture
    def turns(self, monkeypatch: pytest.MonkeyPatch) -> Turns:
        turns = Turns(at_once=1, waiting=0, busy=statement.StatementsBusy)
        monkeypatch.setattr(statement_views, "TURNS", turns)
        return turns

    @pytest.mark.parametrize("path", [CSV, PDF])
    def test_beyond_the_queues_length_a_statement_is_unavailable_for_a_moment(
        self, turns: Turns, path: str
    ) -> None:
        user = make_user()
        with turns.take():
            response = get(user, f"{path}?{MONTH}")

            assert (response.status_code, response.json()["code"]) == (503, "unavailable")
            assert int(response["Retry-After"]) > 0
        assert get(user, f"{path}?{MONTH}").status_code == 200

    def test_an_error_gives_the_turn_back(
        self, turns: Turns, account: LedgerAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(statement, "MAX_LINES", 0)
            patch.setattr(selectors, "MAX_LINES", 0)
            assert get(owner(account), f"{PDF}?{MONTH}").status_code == 400

        assert get(owner(account), f"{PDF}?{MONTH}").status_code == 200

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("kyc_status", User.KycStatus.values)
    def test_no_connection_is_held_while_a_statement_is_drawn(
        self, account: LedgerAccount, monkeypatch: pytest.MonkeyPatch, kyc_status: str
    ) -> None:
        User.objects.filter(pk=owner(account).pk).update(kyc_status=kyc_status)
        held: list[object] = []

        def draw(*_: object) -> bytes:
            held.append(connection.connection)
            return b""

        monkeypatch.setattr(statement_views, "render_pdf", draw)

        user = User.objects.get(pk=owner(account).pk)
        assert get(user, f"{PDF}?{MONTH}").status_code == 200
        assert held == [None]

    def test_statements_asked_for_at_once_are_made_one_after_the_other(self) -> None:
        turns = Turns(at_once=1, waiting=9, busy=statement.StatementsBusy)
        inside, most = 0, 0

        def make(_: int) -> None:
            nonlocal inside, most
            with turns.take():
                inside += 1
                most = max(most, inside)
                time.sleep(0.005)
                inside -= 1

        with ThreadPoolExecutor(10) as threads:
            list(threads.map(make, range(10)))

        assert most == 1


def test_a_statement_reads_only_the_wallets_own_lines(account: LedgerAccount) -> None:
    add_payments_of_others(3_000)
    user = owner(account)
    with CaptureQueriesContext(connection) as asked:
        rows(user)

    [statement_sql] = [query["sql"] for query in asked if "signed_amount" in query["sql"]]
    plan = "\n".join(line for (line,) in run("EXPLAIN " + statement_sql.replace("%", "%%")))

    assert "wallet_posting_debit" in plan
    assert "wallet_posting_credit" in plan
    assert "Seq Scan on wallet_journalentry" not in plan
