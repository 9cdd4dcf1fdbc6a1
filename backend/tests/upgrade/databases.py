"""Databases of their own on the tests' server, and manage.py as a deployment runs it."""

import gzip
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

BACKEND = Path(__file__).resolve().parent.parent.parent
RELEASES = sorted((Path(__file__).parent / "releases").glob("*.sql.gz"))
_MAX_S = 120


@dataclass(frozen=True)
class Database:
    """A database by its address."""

    url: str

    @property
    def name(self) -> str:
        """Its name on the server."""
        return urlsplit(self.url).path.strip("/")

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Return a connection that commits each statement."""
        return psycopg.connect(self.url, autocommit=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement that answers rows."""
        with self.connect() as connection:
            return connection.execute(sql.encode()).fetchall()

    def run(self, text: str) -> None:
        """Run statements."""
        with self.connect() as connection:
            connection.execute(text.encode())

    def python(self, *arguments: str, tree: Path = BACKEND) -> "subprocess.CompletedProcess[str]":
        """Run Python in a tree of the code, on this database."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tree,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=_MAX_S,
        )

    def environment(self, **extra: str) -> dict[str, str]:
        """Return a process's environment: that of the tests, with the mock gateway."""
        return {**os.environ, "DATABASE_URL": self.url, "PYTHONUNBUFFERED": "1", **extra}

    def migrate(self, tree: Path = BACKEND) -> str:
        """Run `manage.py migrate` of a tree, and return what it says."""
        done = self.python("manage.py", "migrate", "--no-color", tree=tree)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask_doctor(self, tree: Path = BACKEND) -> dict[str, tuple[str, list[str]]]:
        """Return what `manage.py doctor` finds of the functions: by check, its level and words."""
        done = self.python("manage.py", "doctor", "--json", tree=tree)
        found: dict[str, tuple[str, list[str]]] = {}
        for finding in json.loads(done.stdout)["findings"]:
            if finding["check"].startswith("functions"):
                _, words = found.setdefault(finding["check"], (finding["level"], []))
                words.append(finding["says"])
        return found

    def ask_readyz(self, tree: Path = BACKEND) -> "Readiness":
        """Return what /readyz of a tree answers, and what its doctor says of the functions."""
        done = self.python("-m", "tests.upgrade.ready", tree=tree)
        assert done.returncode == 0, done.stdout + done.stderr
        return Readiness(*json.loads(done.stdout))


@dataclass(frozen=True)
class Readiness:
    """An answer of /readyz, and the doctor's words beside it."""

    status: int
    body: dict[str, Any]
    says: list[str]


@contextmanager
def new_database(template: Database | None = None) -> Iterator[Database]:
    """Make an empty database, or a copy of one, and drop it afterwards."""
    parts = urlsplit(settings.DATABASE_URL)
    name = f"upgrade_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        copied = f' TEMPLATE "{template.name}"' if template else ""
        server.execute(f'CREATE DATABASE "{name}"{copied}'.encode())
        try:
            yield Database(urlunsplit(parts._replace(path=f"/{name}")))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def read_dump(file: Path) -> tuple[str, dict[str, str]]:
    """Return a dump's SQL, and the callback tokens of its PENDING deposits by reference."""
    text = gzip.decompress(file.read_bytes()).decode()
    first_line = text.partition("\n")[0].removeprefix("-- ")
    tokens: dict[str, str] = json.loads(first_line)["callback_tokens"]
    return text, tokens
