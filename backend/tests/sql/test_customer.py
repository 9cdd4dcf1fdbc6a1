"""The function of users/sql/functions/customer.sql."""

import pytest
from django.db import transaction as db_transaction

from payments.tests.building import OTHER_PHONE, make_customer
from tests.sql.calling import other_session, value_of
from users.models import User

pytestmark = pytest.mark.django_db

_TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended('deposit:user:' || %s, 0))"


def lock(user: User) -> None:
    """Take the lock of a customer."""
    value_of("SELECT customer_lock(%(user_id)s)", user_id=user.pk)


def is_free(user: User) -> bool:
    """Say whether another session could take a customer's lock now."""
    with other_session() as other:
        row = other.execute(_TRY, [user.pk]).fetchone()
    return row == (True,)


class TestCustomerLock:
    def test_the_lock_keeps_every_other_session_out(self, customer: User) -> None:
        lock(customer)

        assert not is_free(customer)

    def test_the_lock_is_one_customers_only(self, customer: User) -> None:
        lock(customer)

        assert is_free(make_customer(OTHER_PHONE))

    def test_the_same_session_may_take_it_twice(self, customer: User) -> None:
        lock(customer)
        lock(customer)

        assert not is_free(customer)

    @pytest.mark.django_db(transaction=True)
    def test_the_lock_ends_with_the_transaction(self, customer: User) -> None:
        with db_transaction.atomic():
            lock(customer)
            assert not is_free(customer)

        assert is_free(customer)
