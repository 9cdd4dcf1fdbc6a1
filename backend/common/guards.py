"""Guards: triggers that reject bad changes, declared on the model, installed by its migrations.

django-pgtrigger writes the migrations. Its own triggers read a session setting that switches them
off (`pgtrigger.ignore`), so anyone who can run SQL could disable a guard, and every call pays for
the reading. Ours have no such switch. The condition is in the trigger's WHEN: a valid row costs one
comparison and calls no function. The search path is fixed: otherwise a temporary table of the same
name could replace the real one inside the function.
"""

from typing import Any

import pgtrigger
from django.db import models
from pgtrigger import compiler


class GuardSql(compiler.UpsertTriggerSql):
    """The SQL of one guard. Released migrations render this template, so it must not change."""

    def get_template(self) -> str:
        """Return pgtrigger's template without its off switch; for a change add a subclass."""
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
    """Mixin for a pgtrigger class: its trigger cannot be switched off by a session setting."""

    def compile(self, model: models.Model) -> compiler.Trigger:
        """Render the trigger for migrations."""
        compiled = super().compile(model)  # type: ignore[misc]
        arguments = dict(compiled.sql.kwargs)
        arguments.pop("ignore_func_name", None)
        return compiler.Trigger(name=compiled.name, sql=GuardSql(**arguments))


class Guard(WithoutSwitch, pgtrigger.Trigger):
    """A trigger with its own PL/pgSQL: `func` is the body between BEGIN and END."""

    def render_condition(self, model: models.Model) -> str:
        """Return the WHEN clause with its whole condition in parentheses.

        pgtrigger adds none when the condition begins with a parenthesis, even if that one closes
        before the condition's end.
        """
        rendered = super().render_condition(model)
        return rendered and f"WHEN ({rendered.removeprefix('WHEN ')})"


class Refuse(Guard):
    """A guard that rejects rows that meet `condition` (without one, all) before they are written.

    `message` is a format of PL/pgSQL: `values`, SQL expressions over OLD and NEW, fill its `%`.
    `errcode` is the SQLSTATE's name; Django raises IntegrityError for both names used here.
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
    """Return a guard against UPDATE and DELETE, for tables that only grow."""
    return Refuse(
        name=name,
        operation=pgtrigger.Update | pgtrigger.Delete,
        message="% is append-only: % refused",
        values=("TG_TABLE_NAME", "TG_OP"),
    )


def no_truncate(name: str = "no_truncate") -> Refuse:
    """Return a guard against TRUNCATE, which runs no row triggers and would empty the table."""
    return Refuse(
        name=name,
        level=pgtrigger.Statement,
        operation=pgtrigger.Truncate,
        message="% is append-only: % refused",
        values=("TG_TABLE_NAME", "TG_OP"),
    )


def changed(*columns: str) -> str:
    """Return the SQL condition that an UPDATE changes one of the columns, to or from NULL too."""
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    return f"(({new}) IS DISTINCT FROM ({old}))"
