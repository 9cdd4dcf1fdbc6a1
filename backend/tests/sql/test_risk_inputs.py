"""The function of payments/sql/functions/risk_inputs.sql. What each number counts is tested with
the service (payments/tests/services/test_risk_inputs.py); here, that no number costs more with a
longer history, and what completes a deposit."""

import json
from datetime import timedelta
from typing import Any

import pytest

from payments.tests.breaking import book, run
from payments.tests.building import NOON, OTHER_PHONE, make_customer, make_deposit
from risk.models import Sighting
from tests.sql.calling import approve, resolve, row_of, settle, success
from users.models import User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db

_CALL = (
    "SELECT * FROM deposit_risk_inputs(%(user_id)s, %(address)s, NULL, ARRAY['1032'],"
    " ARRAY['mpesa_busy'], %(most)s, %(now)s)"
)


def gather(user: User, most: int = 100, address: str | None = None) -> dict[str, Any]:
    """Gather the numbers a little after NOON."""
    now = NOON + timedelta(minutes=1)
    return row_of(_CALL, user_id=user.pk, address=address, most=most, now=now)


def completed(numbers: dict[str, Any]) -> tuple[int, int]:
    """Return how many deposits were completed, and the largest."""
    return numbers["completed_ever"], int(numbers["largest_completed"])


class TestDepositRiskInputs:
    def test_a_new_customer_has_nothing(self, customer: User) -> None:
        numbers = gather(customer)

        assert completed(numbers) == (0, 0)
        assert (numbers["deposits_1h"], numbers["accounts_from_address_24h"]) == (0, 1)
        assert numbers["phone_change_age_s"] is None

    def test_a_customer_who_does_not_exist_has_no_age(self) -> None:
        numbers = gather(User(pk=999_999))

        assert (numbers["account_age_s"], numbers["kyc_age_s"]) == (None, None)

    def test_counts_stop_at_what_is_asked_for(self, customer: User) -> None:
        for amount in (900, 300, 500):
            book(customer, amount, key=f"deposit:{amount}")
        for number in range(3):
            Sighting.objects.create(
                user=make_customer(f"25471234570{number}"), kind="address", value_hash="a" * 64,
                first_seen_at=NOON, last_seen_at=NOON,
            )  # fmt: skip

        numbers = gather(customer, most=2, address="a" * 64)

        # Of the newest two: 500 and 300.
        assert completed(numbers) == (2, 500)
        assert numbers["accounts_from_address_24h"] == 3

    def test_a_case_that_completed_its_own_deposit_counts(
        self, customer: User, operator: User
    ) -> None:
        deposit = make_deposit(customer)
        # The checkout id disagrees, and amount and customer are the deposit's own.
        settle(deposit, success(checkout_request_id="ws_another"))
        [case] = deposit.suspense_cases.all()
        resolve(case.pk, customer, operator)

        deposit.refresh_from_db()
        assert deposit.status == "COMPLETED"
        assert completed(gather(customer)) == (1, 500)

    def test_money_that_a_case_gave_to_another_customer_is_no_deposit_of_hers(
        self, customer: User, operator: User
    ) -> None:
        deposit = make_deposit(customer)
        settle(deposit, success(checkout_request_id="ws_another"))
        [case] = deposit.suspense_cases.all()
        heir = make_customer(OTHER_PHONE)
        approve(case, heir, operator)
        resolve(case.pk, heir, operator)

        assert JournalEntry.objects.filter(key=f"resolve:{case.pk}").exists()
        assert completed(gather(heir)) == completed(gather(customer)) == (0, 0)


def add_history(user: User, *, completed: int, failed: int) -> None:
    """Store deposits of a month ago, past the guards that each deposit of a customer passes."""
    book(user, 100, key=f"deposit:{user.pk}")
    run("SET LOCAL session_replication_role = replica")
    run(
        "INSERT INTO wallet_journalentry (key, description, debit_account_id, credit_account_id,"
        " amount) SELECT key || '-' || n, '', debit_account_id, credit_account_id, 100"
        " FROM wallet_journalentry, generate_series(2, %s) AS n WHERE key = %s",
        completed,
        f"deposit:{user.pk}",
    )
    run(
        "INSERT INTO payments_transaction (user_id, type, amount, phone_number, status,"
        " created_at, updated_at)"
        " SELECT %s, 'DEPOSIT', 100, %s, 'FAILED', t, t FROM ("
        "  SELECT %s - make_interval(days => 30, secs => n) AS t"
        "    FROM generate_series(1, %s) AS n) AS past",
        user.pk,
        user.phone_number,
        NOON,
        failed,
    )
    run("SET LOCAL session_replication_role = origin")


def pages_read(user: User) -> int:
    """Count the pages of tables and indexes that one call looks at, in the best of five.

    A call plans its statements again where a table was analyzed or vacuumed meanwhile, and then
    pages of the catalog are among the count.
    """
    return min(_pages_of_a_call(user) for _ in range(5))


def _pages_of_a_call(user: User) -> int:
    [[explained]] = run(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT * FROM deposit_risk_inputs(%s, NULL, NULL,"
        " ARRAY['1032'], ARRAY['mpesa_busy'], 100, %s)",
        user.pk,
        NOON,
    )
    plan = (json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_a_long_history_is_read_no_further_than_what_is_asked_for(customer: User) -> None:
    """Counted in pages, which a busy machine does not change."""
    veteran = make_customer(OTHER_PHONE)
    add_history(customer, completed=100, failed=100)
    add_history(veteran, completed=20_000, failed=20_000)
    for table in ("payments_transaction", "wallet_journalentry"):
        run(f"ANALYZE {table}")

    assert completed(gather(veteran)) == completed(gather(customer)) == (100, 100)
    # 20,000 entries lie on some 200 pages of each index; a higher index costs one page a look.
    assert pages_read(veteran) <= pages_read(customer) + 20
