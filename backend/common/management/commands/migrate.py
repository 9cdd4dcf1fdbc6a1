"""`manage.py migrate`: runs Django's migrate, then installs this code's SQL functions.

Migrations create tables, constraints and guards. SQL functions are in no migration: a file is
installed when its content differs from the installed one, so any database has this code's.
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

#: Migrations that release 0.1.0 removed: a database where one was applied is older than it.
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
#: While a migration waits for a table's lock, all later queries on the table queue behind it. So
#: it waits 5 seconds at most, and tries again a little later.
_LOCK_TIMEOUT, _STATEMENT_TIMEOUT = "5s", "10min"
_NO_TIMEOUTS = "RESET lock_timeout; RESET statement_timeout"
_TRIES, _PAUSE_S = 6, 2.0
_LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    """Migrate, then install the SQL functions whose files changed."""

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
        """Exit with status 1 if an SQL function differs, as --check does for missing migrations."""
        for found in sql_functions.find_differences(sql_functions.list_files()):
            self.stdout.write(f"{found.file} {found.says}")
            sys.exit(1)

    def _migrate_patiently(self, *args: Any, **options: Any) -> None:
        """Run Django's migrate; after a lock timeout repeat it: it continues where it stopped."""
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
            # A function may need a table that an unapplied migration creates.
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
    """Stop, before anything is changed, if the database is older than the first release.

    Raises:
        CommandError: it is.
    """
    recorder = MigrationRecorder(connection)
    if recorder.has_table() and _BEFORE_RELEASES & set(recorder.applied_migrations()):
        raise CommandError(_TOO_OLD)


def _is_plan_atomic() -> bool:
    """Return whether timeouts are safe: all unapplied migrations run in a transaction.

    CREATE INDEX CONCURRENTLY does not, and waits for all transactions. A timeout would leave an
    invalid index behind, at which the next try fails.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return all(migration.atomic for migration, _ in plan)


def _run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
