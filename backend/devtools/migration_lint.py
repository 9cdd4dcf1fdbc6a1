"""Checks every migration's SQL with squawk: would it lock a busy table, or break running old code?

The migrations of release 0.1.0 create the tables, so rules about large tables do not apply to them.
Later migrations must pass all of squawk's rules except those of taste.
"""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.core.management import call_command

from devtools.stack import BACKEND_DIRECTORY

#: Rules that are off, since Django chooses the column types. A varchar that becomes too short is
#: no risk: on PostgreSQL raising its length costs nothing.
_TASTE = ("prefer-text-field", "prefer-bigint-over-int", "prefer-bigint-over-smallint")
_EMPTY_TABLES = (
    "constraint-missing-not-valid",
    "adding-required-field",
    "adding-foreign-key-constraint",
)
_FIRST_RELEASE = {
    "common": ("0001_initial",),
    "users": ("0001_initial", "0002_history_context"),
    "wallet": ("0001_initial", "0002_posting_view"),
    "kyc": ("0001_initial", "0002_customer_agrees"),
    "payments": ("0001_initial", "0002_storage"),
    "risk": ("0001_initial",),
}
#: What later migrations may do all the same: processes of the release before them cannot meet it.
_MEANT = {
    # A receipt or case without a deposit appears only once PAYBILL_ENABLED is set, which 0.1.0 does
    # not have; the constraint that is dropped comes back, wider, in the same migration.
    ("payments", "0008_paybill"): ("ban-drop-not-null", "ban-drop-constraint"),
    # A reversal without a deposit is made by the new code only, and older code only lists it. A
    # column that is added without a default has no value to look for: its key scans nothing.
    ("payments", "0013_case_decisions"): ("ban-drop-not-null", "adding-foreign-key-constraint"),
    # The constraint that is dropped comes back, wider, in the same migration.
    ("payments", "0028_questions_of_cases"): ("ban-drop-constraint",),
    # Older code fails on a proposal without a customer, and then changes nothing, as it has to.
    ("users", "0005_proposals_of_decisions"): ("ban-drop-not-null",),
    # The payments that did not agree are some thousands of rows: the index takes milliseconds.
    ("payments", "0021_shares"): ("require-concurrent-index-creation",),
    # A varchar that only becomes longer is not rewritten, and the table holds a few proposals.
    ("users", "0009_longer_proposals"): ("changing-column-type",),
    # The constraint that is dropped comes back, wider, in the same migration.
    ("users", "0013_getting_in"): ("ban-drop-constraint",),
    ("wallet", "0003_debt_account"): ("ban-drop-constraint",),
}
#: The timeouts that `manage.py migrate` sets before it runs a migration.
_SET_BY_MIGRATE = "SET lock_timeout = '2s';\nSET statement_timeout = '10min';\n"
_SQUAWK = Path(sys.executable).parent / "squawk"


def lint(sql: str, *, is_first_release: bool = False, meant: tuple[str, ...] = ()) -> str:
    """Return squawk's complaints about a migration's SQL, without those rules that are `meant`."""
    excluded = (*_TASTE, *meant, *(_EMPTY_TABLES if is_first_release else ()))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "migration.sql"
        file.write_text(_SET_BY_MIGRATE + sql)
        done = subprocess.run(
            [str(_SQUAWK), "--pg-version=15", f"--exclude={','.join(excluded)}", str(file)],
            capture_output=True,
            text=True,
            check=False,
            env={"NO_COLOR": "1"},
        )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def list_migrations() -> list[tuple[str, str]]:
    """Return each of our migrations as (app, name)."""
    return [
        (path.parent.parent.name, path.stem)
        for path in sorted(BACKEND_DIRECTORY.glob("*/migrations/0*.py"))
    ]


def _write_sql(app: str, name: str) -> str:
    written = StringIO()
    call_command("sqlmigrate", app, name, stdout=written)
    return written.getvalue()


def _lint_migration(migration: tuple[str, str]) -> str:
    app, name = migration
    is_first = name in _FIRST_RELEASE.get(app, ())
    meant = _MEANT.get(migration, ())
    found = lint(_write_sql(app, name), is_first_release=is_first, meant=meant)
    return found and f"{app}.{name}:\n{found}"


def main() -> int:
    """Check all migrations in this process; return 1 if squawk complains about any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    found = list(filter(None, map(_lint_migration, list_migrations())))
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
