"""Runs the services of the compose file without an engine, with their very commands."""

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from cryptography.fernet import Fernet

from tests.deployment.project import (
    BACKEND,
    Dockerfile,
    blocks,
    compose_environment,
    read_dotenv,
    services,
)

#: A bound, not a wait: a machine that does much else besides takes its time to start a server.
START_S = 60
#: How a process ends that was told to stop: normally, by the signal, or saying that it was that.
_STOPPED = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
_SERVICES = services()


def production_dotenv(folder: Path) -> dict[str, str]:
    """Return the `.env` of docs/production.md, with its placeholders filled in."""
    (text,) = [
        block for block in blocks("docs/production.md", "ini") if "MPESA_ENVIRONMENT" in block
    ]
    filled = text.replace("<50 or more random characters>", secrets.token_urlsafe(50))
    filled = filled.replace("<a key of its own>", Fernet.generate_key().decode())
    return read_dotenv(re.sub(r"<[^>]+>", "filled0in", filled), folder)


@contextlib.contextmanager
def empty_database(address: str, name: str) -> Iterator[str]:
    """Make a database of the containers' own beside another, for as long as the block runs."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            for role in roles_of(name):
                connection.execute(f'DROP ROLE IF EXISTS "{role}"')


def roles_of(database: str) -> tuple[str, str]:
    """Return the roles of a test's database: a server has one set of roles for all of them."""
    return f"{database}_app", f"{database}_read"


def as_role(address: str, role: str, password: str) -> str:
    """Return a database's address with another role in it."""
    parts = urlsplit(address)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{where}"))


class Containers:
    """Runs the commands of services as their containers would."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._database_url = database_url
        self._dotenv = production_dotenv(folder)

    def environment(self, service: str) -> dict[str, str]:
        """Return the container's environment, on this machine's database and a free port."""
        metrics = self._folder / "metrics"
        metrics.mkdir(exist_ok=True)
        found = compose_environment(service, self._dotenv)
        here = {
            "DATABASE_URL": self.database_url(service),
            "PORT": str(self.port),
            "CACHE_URL": "",
            "WEB_CONCURRENCY": "2",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        if "PROMETHEUS_MULTIPROC_DIR" in found:
            here["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        return {**found, **here}

    def database_url(self, service: str) -> str:
        """Return the database's address: as its owner for `migrate`, else as the application."""
        if service == "migrate":
            return self._database_url
        role, _ = roles_of(urlsplit(self._database_url).path.strip("/"))
        password = self._dotenv["DATABASE_APPLICATION_PASSWORD"]
        return as_role(self._database_url, role, password)

    def command(self, service: str) -> list[str]:
        """Return what the container runs, with this database's own roles."""
        built_from = _SERVICES[service]["build"]
        command: list[str] = _SERVICES[service].get("command") or json.loads(
            Dockerfile(built_from).last("CMD")
        )
        if service == "migrate":
            application, reader = roles_of(urlsplit(self._database_url).path.strip("/"))
            named = f"{command[-1]} --application {application} --reader {reader}"
            return [*command[:-1], named]
        return command

    def call(self, service: str, command: list[str]) -> dict[str, Any]:
        """Return how a process of the service is started: what `subprocess` is told."""
        return {"args": command, "cwd": BACKEND, "env": self.environment(service)}

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Tell a process to stop, as an engine does."""
        process.send_signal(signal.SIGTERM)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process, whatever it is doing."""
        process.kill()
        process.wait()

    def run(self, service: str, command: list[str] | None = None) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            **self.call(service, command or self.command(service)),
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    @contextlib.contextmanager
    def started(self, service: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command until the block ends, and expect it to stop when it is told to."""
        process = subprocess.Popen(**self.call(service, self.command(service)))
        try:
            yield process
            self.stop(process)
            assert process.wait(timeout=START_S) in _STOPPED
        finally:
            self.kill(process)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer, once anybody answers at all; follow no redirect."""
    deadline = time.monotonic() + START_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError:
            assert time.monotonic() < deadline, "nothing answers"
            time.sleep(0.1)
        finally:
            connection.close()


def jobs_deferred(database_url: str) -> bool:
    """Say whether a worker has seen what is to be done regularly."""
    with psycopg.connect(database_url) as connection:
        row: Any = connection.execute(
            "SELECT count(*) FROM procrastinate_periodic_defers"
        ).fetchone()
        return bool(row[0])
