"""Changes to accounts and rights that the database refuses, or records, even for plain SQL."""

from typing import Any

import pghistory
import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from users.models import PhoneChange, RightsHistory, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_operator() -> User:
    """Store another operator."""
    return User.objects.create_superuser("254700000098", "a-good-password")


def run(operator: User, sql: str, *parameters: Any) -> None:
    """Run a statement as an operator."""
    with (
        db_transaction.atomic(),
        pghistory.context(operator=operator.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)


def set_password(customer: User, operator: User) -> None:
    """Set a password without our code."""
    run(operator, "UPDATE users_user SET password = '!new' WHERE id = %s", customer.pk)


def approve(change: PhoneChange, operator: User) -> None:
    """Approve a change of number without our code."""
    run(
        operator,
        "UPDATE users_phonechange SET status = 'APPROVED', decided_at = now(), decided_by_id = %s,"
        " reason = 'SIM and ID seen' WHERE id = %s",
        operator.pk,
        change.pk,
    )


class TestOperatorsApart:
    """One operator does not set the password of an account and approve its number."""

    def test_who_set_the_password_approves_no_number(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        set_password(asha, operator)

        with pytest.raises(DatabaseError, match="who set the password approves no number"):
            approve(change, operator)

    def test_who_approved_the_number_sets_no_password(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        approve(change, operator)

        with pytest.raises(DatabaseError, match="the approver of its number sets no password"):
            set_password(asha, operator)

    def test_two_operators_do_both(
        self, asha: User, change: PhoneChange, operator: User, other_operator: User
    ) -> None:
        set_password(asha, operator)
        approve(change, other_operator)
        set_password(asha, operator)

        change.refresh_from_db()
        assert (change.status, change.decided_by) == ("APPROVED", other_operator)


def test_every_grant_and_loss_of_a_right_leaves_a_row(operator: User) -> None:
    run(operator, "INSERT INTO auth_group (name) VALUES ('Support')")
    run(operator, "UPDATE auth_group SET name = 'Help'")
    run(operator, "DELETE FROM auth_group")

    assert not Group.objects.exists()
    rows = RightsHistory.objects.order_by("id")
    assert [(row.table_name, row.operation) for row in rows] == [
        ("auth_group", "INSERT"),
        ("auth_group", "UPDATE"),
        ("auth_group", "DELETE"),
    ]
