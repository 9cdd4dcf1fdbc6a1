"""Changes to own limits that the database refuses even when plain SQL bypasses our code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from risk.tests.wishes import exclude, make_customer, pause, set_caps
from users.models import User

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run SQL as an operator with a console would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def refused(text: str) -> Iterator[None]:
    """Expect the database to refuse what is inside."""
    with pytest.raises(DatabaseError, match=text), db_transaction.atomic():
        yield


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


class TestRows:
    @pytest.mark.parametrize(
        ("columns", "values", "constraint"),
        [
            ("daily_cap", "0", "risk_own_caps"),
            ("daily_cap", "-5", "risk_own_caps"),
            ("weekly_cap", "0", "risk_own_caps"),
            ("weekly_cap", "1000000001", "risk_own_caps"),
            ("daily_cap, weekly_cap", "500, 499", "risk_own_caps"),
            ("pending_daily_cap, effective_at", "0, now()", "risk_own_pending_caps"),
            (
                "pending_daily_cap, pending_weekly_cap, effective_at",
                "500, 499, now()",
                "risk_own_pending_caps",
            ),
            ("pending_daily_cap", "5", "risk_own_pending"),
            ("paused_until", "now()", "risk_own_blocked"),
            ("excluded_until", "now()", "risk_own_blocked"),
            ("lifted_at", "now()", "risk_own_lifted"),
            ("lift_reason", "'because'", "risk_own_lifted"),
        ],
    )
    def test_a_senseless_row_is_refused(
        self, customer: User, columns: str, values: str, constraint: str
    ) -> None:
        with refused(constraint):
            run(
                f"INSERT INTO risk_ownlimits (user_id, {columns}) VALUES (%s, {values})",
                customer.pk,
            )

    def test_there_is_one_row_per_customer(self, customer: User) -> None:
        set_caps(customer, 100)

        with refused("risk_ownlimits_pkey"):
            run("INSERT INTO risk_ownlimits (user_id) VALUES (%s)", customer.pk)


class TestCaps:
    @pytest.mark.parametrize(
        "change",
        [
            "daily_cap = 101",
            "daily_cap = NULL",
            "weekly_cap = 1001",
            "weekly_cap = NULL",
            "daily_cap = 50, weekly_cap = NULL",
            "daily_cap = 101, updated_at = updated_at + interval '2 days'",
        ],
    )
    def test_no_cap_is_raised_at_once(self, customer: User, change: str) -> None:
        set_caps(customer, 100, 1000)

        with refused("raised by waiting only"):
            run(f"UPDATE risk_ownlimits SET {change}")

    @pytest.mark.parametrize(
        "change",
        [
            # Before its time; higher than what is pending.
            "daily_cap = 200, updated_at = effective_at - interval '1 second'",
            "daily_cap = 201, updated_at = effective_at",
            "daily_cap = NULL, updated_at = effective_at",
        ],
    )
    def test_waiting_raises_no_more_than_was_asked_for(self, customer: User, change: str) -> None:
        set_caps(customer, 100)
        set_caps(customer, 200)

        with refused("raised by waiting only"):
            run(f"UPDATE risk_ownlimits SET {change}")

    @pytest.mark.parametrize(
        "change",
        [
            "pending_daily_cap = 500",
            "pending_daily_cap = NULL",
            "effective_at = effective_at - interval '1 second'",
            "effective_at = updated_at + interval '23 hours'",
        ],
    )
    def test_a_pending_change_is_neither_hastened_nor_enlarged(
        self, customer: User, change: str
    ) -> None:
        set_caps(customer, 100)
        set_caps(customer, 200)
        hastened = f"{change}, updated_at = updated_at + interval '1 second'"

        with refused("raising takes a day"):
            run(f"UPDATE risk_ownlimits SET {hastened}")

    def test_lowering_is_free(self, customer: User) -> None:
        set_caps(customer, 100, 1000)

        run("UPDATE risk_ownlimits SET daily_cap = 50, weekly_cap = 60")


class TestCoolOff:
    @pytest.mark.parametrize(
        "change",
        [
            "paused_until = paused_until - interval '1 second'",
            "paused_until = NULL",
            "excluded_until = excluded_until - interval '1 second'",
            "excluded_until = NULL",
            "blocked_at = blocked_at - interval '1 day'",
            "blocked_at = NULL, paused_until = NULL, excluded_until = NULL",
        ],
    )
    def test_no_pause_or_exclusion_is_shortened(self, customer: User, change: str) -> None:
        pause(customer)
        exclude(customer)

        with refused("never shortened"):
            run(f"UPDATE risk_ownlimits SET {change}")

    def test_an_operator_cannot_lift_within_a_day(self, customer: User) -> None:
        pause(customer)

        with refused("never shortened"):
            run(
                "UPDATE risk_ownlimits SET paused_until = blocked_at, lifted_by_id = %s,"
                " lift_reason = 'asked', lifted_at = blocked_at + interval '23 hours 59 minutes'",
                make_customer().pk,
            )

    def test_operators_do_not_lift_their_own_pause(self, customer: User) -> None:
        pause(customer)

        with refused("risk_own_lifted"):
            run(
                "UPDATE risk_ownlimits SET paused_until = blocked_at, lifted_by_id = user_id,"
                " lift_reason = 'asked', lifted_at = blocked_at + interval '25 hours'"
            )

    def test_an_old_lift_ends_no_later_pause(self, customer: User) -> None:
        pause(customer, 30)
        run(
            "UPDATE risk_ownlimits SET lifted_by_id = %s, lift_reason = 'asked',"
            " lifted_at = blocked_at + interval '25 hours'",
            make_customer().pk,
        )

        with refused("never shortened"):
            run("UPDATE risk_ownlimits SET paused_until = blocked_at")

    def test_lengthening_is_free(self, customer: User) -> None:
        pause(customer)

        run("UPDATE risk_ownlimits SET paused_until = paused_until + interval '1 day'")


class TestTheTable:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM risk_ownlimits",
            "TRUNCATE risk_ownlimits CASCADE",
            "UPDATE risk_ownlimits SET user_id = user_id + 1",
        ],
    )
    def test_rows_stay(self, customer: User, statement: str) -> None:
        set_caps(customer, 100)
        run("SET CONSTRAINTS ALL IMMEDIATE")

        with refused("own limits of user|append-only"):
            run(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM risk_ownlimitshistory",
            "UPDATE risk_ownlimitshistory SET daily_cap = NULL",
        ],
    )
    def test_their_history_is_append_only(self, customer: User, statement: str) -> None:
        set_caps(customer, 100)

        with refused("append-only"):
            run(statement)

    def test_every_change_is_kept(self, customer: User) -> None:
        set_caps(customer, 100)
        set_caps(customer, 50)
        pause(customer)

        kept = run("SELECT daily_cap, paused_until IS NULL FROM risk_ownlimitshistory ORDER BY 1")

        assert sorted(kept) == [(50, False), (50, True), (100, True)]
