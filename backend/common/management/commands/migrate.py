"""`manage.py migrate`: runs Django's migrate, mends indexes, installs this code's SQL functions.

Migrations create tables, constraints and guards. SQL functions are in no migration: a file is
installed when its content differs from the installed one, so any database has this code's.
"""

import sys
import time
from typing import Any, cast

from django.core.management import CommandError
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from common import clock, guard_forms, indexes, migration_runs, sql_functions
from common.postgresql.base import DatabaseWrapper

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
#: it waits 2 seconds at most, less than they do (DB_LOCK_TIMEOUT_MS), and tries again a little
#: later, for about a minute.
_LOCK_TIMEOUT_MS, _STATEMENT_TIMEOUT_MS = 2_000, 600_000
_TRIES, _PAUSE_S = 15, 2.0
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
        try:
            self._handle(*args, **options)
        finally:
            if connection.is_usable():
                _backend().set_time_limits()

    def _handle(self, *args: Any, **options: Any) -> None:
        self._migrate_patiently(*args, **options)
        if options["check_unapplied"]:
            self._stop_if_functions_differ()
        if options["plan"] or options["check_unapplied"] or options["prune"]:
            return
        for name in indexes.rebuild_invalid():
            self._say(options["verbosity"], f"  Rebuilt {name}, which a broken-off build had left")
        if not options["without_functions"]:
            self._install_functions(options["verbosity"])

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        """Prepare each migration that begins: its time limits and its runs. Then print."""
        if action in {"apply_start", "unapply_start"} and migration is not None:
            _limit_time(is_atomic=migration.atomic)
        if action == "apply_start" and migration is not None:
            migration_runs.join(migration)
        super().migration_progress_callback(action, migration, fake)

    def _stop_if_functions_differ(self) -> None:
        """Exit with status 1 if an SQL function differs, as --check does for missing migrations."""
        for found in sql_functions.find_differences(sql_functions.list_files()):
            self.stdout.write(f"{found.file} {found.says}")
            sys.exit(1)

    def _migrate_patiently(self, *args: Any, **options: Any) -> None:
        """Run Django's migrate; after a lock timeout repeat it: it continues where it stopped."""
        for tries_left in reversed(range(_TRIES)):
            try:
                _limit_time(is_atomic=True)
                _refuse_too_old()
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
                    _limit_time(is_atomic=False)

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
            message = f"{refused}\n{_HOW_TO_CHANGE}"
            raise CommandError(message) from refused
        for name in installed:
            self._say(verbosity, f"  Installed {name}")
        guard_forms.record(now=clock.now())
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


def _limit_time(*, is_atomic: bool) -> None:
    """Limit the statements of a migration that runs in a transaction, and no others.

    CREATE INDEX CONCURRENTLY runs in none, waits for all transactions, and blocks no reading or
    writing meanwhile. A limit would only leave an invalid index behind.
    """
    lock_ms, statement_ms = (_LOCK_TIMEOUT_MS, _STATEMENT_TIMEOUT_MS) if is_atomic else (0, 0)
    _backend().set_time_limits(lock_ms=lock_ms, statement_ms=statement_ms)


def _backend() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)
