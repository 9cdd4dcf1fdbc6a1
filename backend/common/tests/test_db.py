"""Helpers for raw SQL: rows are deleted in batches."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.db import delete_in_batches

pytestmark = pytest.mark.django_db


def test_rows_are_deleted_in_batches() -> None:
    Group.objects.bulk_create(Group(name=f"old {number}") for number in range(5))
    Group.objects.create(name="new")

    with CaptureQueriesContext(connection) as asked:
        deleted = delete_in_batches(Group.objects.filter(name__startswith="old"), size=2)

    batches = [query for query in asked if query["sql"].startswith('DELETE FROM "auth_group" ')]
    assert (deleted, len(batches)) == (5, 3)
    assert Group.objects.get().name == "new"
