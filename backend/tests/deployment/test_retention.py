"""docs/retention.md against the code: every table is in it, with a number that the code holds."""

import re

from django.apps import apps
from django.conf import settings
from django.db import models

from common.retention import LEAST_YEARS
from operations import tasks
from operations.needs import TASKS_DUE
from tests.deployment.project import ROOT
from users.models import User

_TEXT = (ROOT / "docs/retention.md").read_text()
_NAME = re.compile(r"`([a-z]+_[a-z_]+)`")
_PERSONAL = re.compile(
    r"phone|full_name|payer|raw|date_of_birth|id_number|ip_address|source_address|metadata|username"
)
#: Views of other tables.
_VIEWS = {"pghistory_events", "pghistory_middlewareevents"}


def _part(heading: str) -> str:
    return _TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]


def _lines() -> dict[str, list[str]]:
    """Return the cells of each table's line, by the table's name."""
    found = {}
    for line in _part("Tables with personal data").splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found.update(dict.fromkeys(_NAME.findall(cells[0]), cells))
    return found


def _without() -> set[str]:
    return set(_NAME.findall(_part("Tables without personal data")))


def _models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.db_table not in _VIEWS
    ]


def test_every_table_is_in_one_of_the_two_lists() -> None:
    tables = {model._meta.db_table for model in _models()}
    listed, without = set(_lines()), _without()

    assert tables - listed - without == set()
    assert (listed | without) - tables == set()
    assert listed & without == set()


def test_no_table_that_names_users_or_payers_is_listed_as_without() -> None:
    for model in _models():
        fields = model._meta.concrete_fields
        is_personal = any(
            field.related_model is User or _PERSONAL.search(field.name) for field in fields
        )
        assert not (is_personal and model._meta.db_table in _without()), model


def test_every_line_says_how_long_why_what_then_and_by_what() -> None:
    for table, cells in _lines().items():
        assert len(cells) == 6, table
        assert all(cells), table


def test_the_jobs_that_it_names_exist_and_are_watched() -> None:
    named = {
        job
        for cells in _lines().values()
        for job in re.findall(r"`(purge|cut_[a-z_]+)`", cells[-1])
    }

    assert named == {"purge", "cut_old_records"}
    for job in named:
        assert hasattr(tasks, job)
        assert job in TASKS_DUE


def test_its_numbers_are_the_codes() -> None:
    assert settings.RETENTION_YEARS == LEAST_YEARS == 7
    assert f"`RETENTION_YEARS` is {LEAST_YEARS}" in _TEXT
    assert f"`STATEMENT_KEEP_DAYS` ({settings.STATEMENT_KEEP_DAYS})" in _TEXT


def kept_by_law() -> set[str]:
    """Return the tables in which an erased customer's name or number may be."""
    return {table for table, cells in _lines().items() if "kept by law" in cells[1]}
