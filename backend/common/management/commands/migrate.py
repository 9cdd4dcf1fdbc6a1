"""`manage.py migrate`: Django's own, then the SQL functions of this code.

Migrations hold tables, constraints and guards as they were at each release. Functions are installed
by content, so that a database migrated last year has the functions of today.
"""

import sys
import time
from typing import Any

from django.core.management import CommandError
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from common import clock, sql_functions

#: Migrations that release 0.1.0 replaced: only a database made before it has any of them.
_BEFORE_RELEASES = {
    ("wallet", "0002_guards"),
    ("payments", "0002_guards"),
    ("payments", "0011_strangers_callbacks_are_cut"),
}
_TOO_OLD = (
    "This database was made before release 0.1.0 and cannot be upgraded: remove it (the embedded"
    " one is the folder backend/.data/postgres) and run `make migrate` again."
)
_LEFT_TO_THE_NEWER = (
    "SQL functions are left alone: a newer release than this code has installed its own."
)
_HOW_TO_CHANGE = 'Nothing was changed. CONTRIBUTING.md, "An SQL function", says how one is changed.'
#: A migration that waits for a lock makes everybody else wait behind it. So it stops waiting soon,
#: and tries again a little later.
_LOCK_TIMEOUT, _STATEMENT_TIMEOUT = "5s", "10min"
_NO_TIMEOUTS = "RESET lock_timeout; RESET statement_timeout"
_TRIES, _PAUSE_S = 6, 2.0
_LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    """Migrate, then install the functions that changed."""

    help = "Updates the database's tables, guards and SQL functions."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--without-functions",
            action="store_true",
            help="Leave the SQL functions as they are.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate_patiently(*args, **options)
        if options["check_unapplied"]:
            self._stop_if_functions_differ()
        is_look = options["plan"] or options["check_unapplied"] or options["prune"]
        if not is_look and not options["without_functions"]:
            self._install_functions(options["verbosity"])

    def _stop_if_functions_differ(self) -> None:
        """End with status 1, as Django's own --check does for a migration that is missing."""
        for found in sql_functions.find_differences(sql_functions.list_files()):
            self.stdout.write(f"{found.file} {found.says}")
            sys.exit(1)

    def _migrate_patiently(self, *args: Any, **options: Any) -> None:
        """Run Django's command, again while a lock is not to be had: it goes on where it was."""
        for tries_left in reversed(range(_TRIES)):
            try:
                _run_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
                _run_sql(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'")
                _refuse_too_old()
                if not _is_plan_atomic():
                    _run_sql(_NO_TIMEOUTS)
                super().handle(*args, **options)
            except OperationalError as error:
                is_lock = getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE
                if not is_lock or not tries_left:
                    raise
                self._say(options["verbosity"], "A table was in use; trying again ...")
                time.sleep(_PAUSE_S)
            else:
                return
            finally:
                if connection.is_usable():
                    _run_sql(_NO_TIMEOUTS)

    def _install_functions(self, verbosity: int) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            # A function of today may need a table that is not there yet.
            self._say(verbosity, "SQL functions are left alone: migrations are missing.")
            return
        if sql_functions.is_newer_database():
            self._say(verbosity, _LEFT_TO_THE_NEWER)
            return
        try:
            installed = sql_functions.install(now=clock.now())
        except sql_functions.FileRefused as refused:
            says = f"{refused}\n{_HOW_TO_CHANGE}"
            raise CommandError(says) from refused
        for name in installed:
            self._say(verbosity, f"  Installed {name}")
        if not installed:
            self._say(verbosity, "  No SQL functions to install.")

    def _say(self, verbosity: int, text: str) -> None:
        if verbosity >= 1:
            self.stdout.write(text)


def _refuse_too_old() -> None:
    """Stop before anything is changed.

    Raises:
        CommandError: the database is older than the first release.
    """
    recorder = MigrationRecorder(connection)
    if recorder.has_table() and _BEFORE_RELEASES & set(recorder.applied_migrations()):
        raise CommandError(_TOO_OLD)


def _is_plan_atomic() -> bool:
    """Say whether time-outs are safe: an index that is built CONCURRENTLY waits for all others.

    Cut short, it would leave an invalid index, at which the next try stops.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return all(migration.atomic for migration, _ in plan)


def _run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
