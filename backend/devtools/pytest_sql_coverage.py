"""Pytest plugin: saves the SQL profiler's counts of each worker before its database is dropped."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devtools import sql_coverage


@pytest.fixture(scope="session", autouse=True)
def _sql_coverage(django_db_setup: None) -> Iterator[None]:
    """Save the counts over a new connection, since Django's pool is closed by then."""
    yield
    # Imported here, since Django's settings and apps are not loaded when plugins are imported.
    from django.db import connection

    from common.sql_functions import list_files

    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host") if name in parameters}
    with psycopg.connect(**wanted) as own, own.cursor() as cursor:
        sources = {file.name: file.text for file in list_files()}
        sql_coverage.record(cursor, sources, Path(os.environ[sql_coverage.FOLDER]))
