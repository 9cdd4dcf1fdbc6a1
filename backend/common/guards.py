"""Triggers that refuse: declared beside the model they guard, installed by its migrations.

django-pgtrigger writes the migrations. Its own triggers ask a session setting whether to stay
quiet (`pgtrigger.ignore`), so anyone who can run SQL could switch a guard off, and every call
pays for the question. These have no such switch. The condition stands in the trigger's WHEN: a row
that passes costs one comparison and calls no function. Their search path is fixed: a temporary
table of the same name would otherwise stand in for the real one.
"""

from typing import Any

import pgtrigger
from django.db import models
from pgtrigger import compiler


class GuardSql(compiler.UpsertTriggerSql):
    """The SQL of one guard as migrations keep it; released migrations render this template."""

    def get_template(self) -> str:
        """Return pgtrigger's template without its switch. Never edit it: add a subclass."""
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql SET search_path = public, pg_temp;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class WithoutSwitch:
    """Mixed into a pgtrigger class: the same trigger, which no session setting turns off."""

    def compile(self, model: models.Model) -> compiler.Trigger:
        """Render the trigger for migrations."""
        compiled = super().compile(model)  # type: ignore[misc]
        arguments = dict(compiled.sql.kwargs)
        arguments.pop("ignore_func_name", None)
        return compiler.Trigger(name=compiled.name, sql=GuardSql(**arguments))


class Guard(WithoutSwitch, pgtrigger.Trigger):
    """A trigger written out in full: `func` is the body between BEGIN and END."""

    def render_condition(self, model: models.Model) -> str:
        """Return the WHEN clause in parentheses of its own.

        pgtrigger leaves them out where the condition begins with one, wherever that one closes.
        """
        rendered = super().render_condition(model)
        return rendered and f"WHEN ({rendered.removeprefix('WHEN ')})"


class Refuse(Guard):
    """Refuse the rows that meet `condition` (all, without one) before they are written.

    `message` is PL/pgSQL's format: its `%` are filled by `values`, SQL expressions over OLD and
    NEW. `errcode` is the SQLSTATE's name; Django raises IntegrityError for both kinds used here.
    """

    level = pgtrigger.Row
    when = pgtrigger.Before

    def __init__(
        self,
        *,
        message: str,
        values: tuple[str, ...] = (),
        errcode: str = "restrict_violation",
        **options: Any,
    ) -> None:
        text = message.replace("'", "''")
        filled = "".join(f", {value}" for value in values)
        super().__init__(
            func=f"RAISE EXCEPTION '{text}'{filled} USING ERRCODE = '{errcode}';", **options
        )


def append_only(name: str = "append_only") -> Refuse:
    """Refuse UPDATE and DELETE: the table is history."""
    return Refuse(
        name=name,
        operation=pgtrigger.Update | pgtrigger.Delete,
        message="% is append-only: % refused",
        values=("TG_TABLE_NAME", "TG_OP"),
    )


def no_truncate(name: str = "no_truncate") -> Refuse:
    """Refuse TRUNCATE, which passes no row trigger: one word would empty the table."""
    return Refuse(
        name=name,
        level=pgtrigger.Statement,
        operation=pgtrigger.Truncate,
        message="% is append-only: % refused",
        values=("TG_TABLE_NAME", "TG_OP"),
    )


def changed(*columns: str) -> str:
    """Return the SQL that says whether an UPDATE changes any of the columns, NULL included."""
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    return f"(({new}) IS DISTINCT FROM ({old}))"
