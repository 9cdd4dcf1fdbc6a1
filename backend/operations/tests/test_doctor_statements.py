"""The doctor on time limits and indexes."""

from types import SimpleNamespace

import pytest
from django.db import connection

from operations.doctor import statements

pytestmark = pytest.mark.django_db


def _limits(lock_ms: int = 5000, statement_ms: int = 30000) -> SimpleNamespace:
    return SimpleNamespace(DB_LOCK_TIMEOUT_MS=lock_ms, DB_STATEMENT_TIMEOUT_MS=statement_ms)


class TestTimeLimits:
    """Against a real PgBouncer: tests/pooler."""

    @pytest.mark.parametrize(("lock_ms", "statement_ms"), [(0, 30000), (5000, 0)])
    def test_a_time_limit_that_is_switched_off_is_a_warning(
        self, lock_ms: int, statement_ms: int
    ) -> None:
        found = statements.check_time_limits(_limits(lock_ms, statement_ms), is_lent_out=False)

        assert found.level.value == "warning"

    @pytest.mark.parametrize(("is_lent_out", "level"), [(False, "ok"), (True, "warning")])
    def test_behind_a_pooler_the_time_limits_must_be_set_for_the_role(
        self, is_lent_out: bool, level: str
    ) -> None:
        found = statements.check_time_limits(_limits(), is_lent_out=is_lent_out)

        assert found.level.value == level


class TestIndexes:
    def test_without_invalid_indexes_there_is_no_problem(self) -> None:
        assert statements.check_indexes().level.value == "ok"

    def test_an_index_left_by_a_broken_off_build_is_a_problem(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_index SET indisvalid = false"
                " WHERE indexrelid = 'payments_open_prompts'::regclass"
            )

        found = statements.check_indexes()

        assert (found.level.value, found.says) == (
            "problem",
            "1 invalid, first payments_open_prompts",
        )
