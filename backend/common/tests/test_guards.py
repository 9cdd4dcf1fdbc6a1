"""Guards as they are rendered: no switch, and the condition as it was written."""

from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from common.guards import GuardSql, Refuse, append_only, changed, no_truncate
from common.models import SqlFunction


def compile_(guard: Refuse) -> str:
    return str(guard.compile(SqlFunction).sql)  # type: ignore[arg-type]  # the stubs want a row


def refuse(**options: Any) -> Refuse:
    return Refuse(name="x", operation=pgtrigger.Update, message="row % isn't for you", **options)


class TestRendering:
    def test_no_guard_asks_a_setting_whether_to_stay_quiet(self) -> None:
        for guard in (append_only(), no_truncate(), refuse(values=("OLD.file",))):
            assert "ignore" not in compile_(guard)

    def test_every_guard_and_history_trigger_of_ours_is_without_the_switch(self) -> None:
        compiled = [trigger.compile(model).sql for model, trigger in pgtrigger.registered()]

        assert len(compiled) > 50
        assert {type(sql) for sql in compiled} == {GuardSql}

    def test_a_condition_of_several_parentheses_is_rendered_in_one_pair(self) -> None:
        guard = refuse(
            values=("OLD.file",), condition=pgtrigger.Condition("(OLD.a = 1) OR (NEW.b = 2)")
        )

        assert "WHEN ((OLD.a = 1) OR (NEW.b = 2))" in compile_(guard)

    def test_a_change_to_or_from_null_is_a_change(self) -> None:
        assert changed("a", "b") == "((NEW.a, NEW.b) IS DISTINCT FROM (OLD.a, OLD.b))"


@pytest.mark.django_db
def test_the_message_of_a_guard_names_the_row_and_is_an_integrity_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute(compile_(refuse(values=("OLD.file",), errcode="check_violation")))

        with (
            pytest.raises(IntegrityError, match=r"row .*sql isn't for you"),
            db_transaction.atomic(),
        ):
            cursor.execute("UPDATE common_sqlfunction SET file = 'x'")
