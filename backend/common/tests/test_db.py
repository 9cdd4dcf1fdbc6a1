"""Helpers for raw SQL: rows are deleted in batches."""

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from common.db import delete_in_batches, time_limit

pytestmark = pytest.mark.django_db


def test_rows_are_deleted_in_batches() -> None:
    Group.objects.bulk_create(Group(name=f"old {number}") for number in range(5))
    Group.objects.create(name="new")

    with CaptureQueriesContext(connection) as asked:
        deleted = delete_in_batches(Group.objects.filter(name__startswith="old"), size=2)

    batches = [query for query in asked if query["sql"].startswith('DELETE FROM "auth_group" ')]
    assert (deleted, len(batches)) == (5, 3)
    assert Group.objects.filter(name="new").exists()
    assert not Group.objects.filter(name__startswith="old").exists()


class TestTimeLimit:
    def limit(self) -> str:
        """Return the limit of statements in this transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    def test_what_follows_in_the_transaction_has_its_old_limit(self) -> None:
        before = self.limit()

        with time_limit(1_500):
            assert self.limit() == "1500ms"

        assert self.limit() == before

    def test_a_long_statement_is_ended_and_the_transaction_goes_on(self) -> None:
        before = self.limit()

        with pytest.raises(OperationalError), time_limit(20), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

        assert self.limit() == before
