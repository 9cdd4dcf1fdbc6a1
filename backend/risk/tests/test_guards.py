"""Changes to decisions and sightings that the database refuses, even in plain SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from risk.assessment import Mode, Policy
from risk.models import Decision
from risk.tests.building import HASTY, NOON, make_customer, make_decision, make_sighting
from users.models import User

pytestmark = pytest.mark.django_db
ENFORCE = Policy(mode=Mode.ENFORCE)


@contextmanager
def refused(text: str) -> Iterator[None]:
    """Expect the database to refuse what is inside."""
    with pytest.raises(DatabaseError, match=text), db_transaction.atomic():
        yield


def run(sql: str) -> None:
    """Run SQL as an operator with a console would."""
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


class TestDecisions:
    @pytest.fixture
    def decision(self, customer: User) -> Decision:
        """Store a denied request."""
        return make_decision(customer, HASTY, ENFORCE)

    @pytest.mark.parametrize(
        "change",
        ["verdict = 'allow', findings = '[]'", "facts = '{}'", "amount = 1", "applied = 'deny'"],
    )
    def test_decisions_never_change(self, decision: Decision, change: str) -> None:
        with refused("append-only: UPDATE refused"):
            run(f"UPDATE risk_decision SET {change}")

    def test_decisions_are_not_deleted(self, decision: Decision) -> None:
        with refused("append-only: DELETE refused"):
            decision.delete()
        run("SET CONSTRAINTS ALL IMMEDIATE")
        with refused("append-only: TRUNCATE refused"):
            run("TRUNCATE risk_decision")

    @pytest.mark.parametrize(
        ("constraint", "fields"),
        [
            ("risk_decision_applied", {"verdict": "maybe"}),
            ("risk_decision_applied", {"applied": "deny"}),
            ("risk_decision_applied", {"mode": "shadow"}),
            ("risk_decision_applied", {"applied": "never"}),
            ("risk_decision_deposit", {"applied": "allow"}),
            ("risk_decision_verdict", {"findings": []}),
            ("risk_decision_amount", {"amount": 0}),
        ],
    )
    def test_inconsistent_rows_are_refused(
        self, customer: User, constraint: str, fields: dict[str, Any]
    ) -> None:
        with refused(constraint):
            make_decision(customer, HASTY, ENFORCE, **fields)


class TestSightings:
    @pytest.mark.parametrize(
        ("constraint", "fields"),
        [
            ("risk_sighting_kind", {"kind": "phone"}),
            ("risk_sighting_hash", {"value_hash": "41.90.1.2"}),
            ("risk_sighting_hash", {"value_hash": "A" * 64}),
            ("risk_sighting_times", {"last_seen_at": NOON - timedelta(seconds=1)}),
        ],
    )
    def test_inconsistent_rows_are_refused(
        self, customer: User, constraint: str, fields: dict[str, Any]
    ) -> None:
        with refused(constraint):
            make_sighting(customer, **fields)

    def test_one_place_is_one_row(self, customer: User) -> None:
        make_sighting(customer)

        with refused("risk_sighting_once"):
            make_sighting(customer)
