"""A freshly migrated database, and each release's database as today's code leaves it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.upgrade.databases import RELEASES, Database, new_database, read_dump
from tests.upgrade.schema import retell
from tests.upgrade.sums import Sums, read_sums


@pytest.fixture(scope="package")
def fresh() -> Iterator[Database]:
    """Return an empty database of today's code; no test writes to it."""
    with new_database() as database:
        database.migrate()
        yield database


@dataclass(frozen=True)
class Upgraded:
    """A release's database after today's `migrate`, with what was seen before it."""

    database: Database
    tokens: dict[str, str] = field(repr=False)
    sums_before: Sums


@pytest.fixture(scope="package", params=RELEASES, ids=lambda file: Path(file).name)
def upgraded(request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    """Restore a release's dump and migrate it; no test writes to it afterwards."""
    text, tokens = read_dump(request.param)
    with new_database() as database:
        database.run(text)
        sums = read_sums(database)
        database.migrate()
        yield Upgraded(database, tokens, sums)


@pytest.fixture(scope="package")
def schemas(fresh: Database, upgraded: Upgraded) -> Iterator[tuple[Database, Database]]:
    """Return copies of the upgraded and of the fresh database, to be compared (schema.retell)."""
    with new_database(upgraded.database) as found, new_database(fresh) as expected:
        retell(found)
        retell(expected)
        yield found, expected


@pytest.fixture
def living(upgraded: Upgraded) -> Iterator[Database]:
    """Return a copy of the upgraded database that may be written to."""
    with new_database(upgraded.database) as database:
        yield database
