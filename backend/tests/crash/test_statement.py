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
