"""Real processes: an import that is killed leaves nothing, and a settling goes on where it was."""

import subprocess
import sys
from pathlib import Path

import psycopg

from payments.tests.statement_files import Moved, write_statement
from tests.crash.processes import BACKEND, Program
from tests.crash.test_pull import _balance, _count, _get, _problems, pull_world
from tests.crash.world import World

__all__ = ["pull_world"]

_PAYMENTS = 60


def _run(world: World, path: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "import_statement", str(path), *options],
        cwd=BACKEND, env=world.environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def _open_transactions(world: World) -> int:
    with psycopg.connect(world.postgres.url) as connected:
        row = connected.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY payments_statementrow%'"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def test_an_import_that_is_killed_leaves_nothing(pull_world: World, tmp_path: Path) -> None:
    world = pull_world
    path = write_statement(
        tmp_path, *(Moved(f"TES{n:07}", 10, account="rent") for n in range(30_000))
    )
    before = _count(world, "payments_statementimport")
    command = Program("import", ["manage.py", "import_statement", str(path)], world.environment)
    command.start()
    try:
        world.wait(lambda: _open_transactions(world) > 0, "it copies", within_s=60)
    finally:
        command.remove()

    world.wait(lambda: _open_transactions(world) == 0, "its connection has ended")
    assert _count(world, "payments_statementimport") == before
    assert _count(world, "payments_statementrow") == 0
    assert _run(world, path, "--dry-run")[0] == 0


def test_a_settling_that_is_killed_goes_on(pull_world: World, tmp_path: Path) -> None:
    world = pull_world
    (customer,) = world.sign_up(1)
    number = _get(world, customer, "/payments/paybill/")["account_number"]
    path = write_statement(
        tmp_path, *(Moved(f"TET{n:07}", 100, account=number) for n in range(_PAYMENTS))
    )
    command = Program("import", ["manage.py", "import_statement", str(path)], world.environment)
    command.start()
    try:
        world.wait(
            lambda: _balance(world, customer) != "0.00", "some rows are settled", within_s=60
        )
    finally:
        command.remove()
    at_its_death = float(_balance(world, customer))
    assert 0 < at_its_death <= 100 * _PAYMENTS

    assert _run(world, path)[0] == 1
    status, written = _run(world, path, "--continue")

    assert status == 0, written
    assert _balance(world, customer) == f"{100 * _PAYMENTS}.00"
    assert _problems(world)[0] == 0, _problems(world)[1]


_KEEP = """
import sys
from pathlib import Path
import django
django.setup()
from common import clock
from payments.services.statement_uploads import keep_upload
from users.models import User
operator = User.objects.create_superuser("254799999941", "a-good-password")
with Path(sys.argv[1]).open("rb") as file:
    keep_upload(file=file, name=Path(sys.argv[1]).name, uploaded_by=operator, now=clock.now())
"""
_IMPORT = """
import django
django.setup()
from common import clock
from payments.services.statement_uploads import import_next_upload
print(import_next_upload(now=clock.now()))
"""


def _upload(world: World) -> tuple[str, int, int]:
    """Return the newest upload's state and attempts, and how many parts wait."""
    with psycopg.connect(world.postgres.url) as connected:
        row = connected.execute(
            "SELECT state, attempts, (SELECT count(*) FROM payments_statementuploadpart)"
            "  FROM payments_statementupload ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def test_an_upload_whose_worker_is_killed_is_imported_once_by_the_next(
    pull_world: World, tmp_path: Path
) -> None:
    world = pull_world
    # The worker would take it first.
    world.worker.kill()
    path = write_statement(
        tmp_path, *(Moved(f"TEU{n:07}", 10, account="rent") for n in range(30_000))
    )
    environment = {**world.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    keep = [sys.executable, "-c", _KEEP, str(path)]
    subprocess.run(keep, cwd=BACKEND, env=environment, check=True)
    before = _count(world, "payments_statementimport")
    killed = Program("upload", ["-c", _IMPORT], environment)
    killed.start()
    try:
        world.wait(lambda: _open_transactions(world) > 0, "it copies", within_s=60)
    finally:
        killed.remove()
    world.wait(lambda: _open_transactions(world) == 0, "its connection has ended")
    assert _upload(world) == ("waiting", 1, 1 + path.stat().st_size // 1024**2)
    assert _count(world, "payments_statementimport") == before

    with psycopg.connect(world.postgres.url) as connected:
        # Two minutes of silence.
        connected.execute("UPDATE payments_statementupload SET beat_at = NULL")
    again = [sys.executable, "-c", _IMPORT]
    subprocess.run(again, cwd=BACKEND, env=environment, check=True)

    assert _upload(world) == ("done", 2, 0)
    assert _count(world, "payments_statementimport") == before + 1
