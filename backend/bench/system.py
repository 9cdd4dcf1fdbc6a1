"""The programs of a run: PostgreSQL, Redis, a fake Daraja, the product and its yardsticks.

PostgreSQL runs durably, with fsync.
"""

import os
import re
import secrets
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from bench.cloning import Connection
from bench.plan import Plan
from chaos.postgres import PrivatePostgres
from chaos.programs import Program
from chaos.system import find_free_ports
from config import env

_START_S = 90
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_REDIS = ("redis-server", "valkey-server")
#: Rate limits so high that no load reaches them; the product still counts every request.
_HIGH_RATES = dict.fromkeys(
    ("STK_PUSH_RATE_USER", "STK_PUSH_RATE_PHONE", "STK_PUSH_RATE_IP"), "999999/s"
)
TWIN_DATABASE, YARDSTICK_DATABASE = "twin", "yardstick"
#: How many processes of the product run, as in `make serve` with CACHE_URL.
PROCESSES = 2


class System:
    """All programs of the run. Leaving its context ends every one, also after an error."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.ports = dict(
            zip(
                ("daraja", "redis", "product", "empty", "counted", "first", "textbook",
                 "postgres_proxy", "redis_proxy"),
                find_free_ports(9),
                strict=True,
            )
        )  # fmt: skip
        self.database = PrivatePostgres(
            folder,
            (
                "fsync=on", "synchronous_commit=on", f"shared_buffers={plan.shared_buffers}",
                "max_wal_size=8GB", "checkpoint_timeout=30min", "max_connections=200",
            ),
        )  # fmt: skip
        self.redis_path = next(filter(None, map(shutil.which, _REDIS)), None)
        self.programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for program in reversed(self.programs.values()):
            program.kill()
        self.database.stop()

    def start(self) -> None:
        """Start PostgreSQL, Redis and the fake Daraja, and migrate the databases."""
        self.database.start()
        if self.redis_path:
            options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
            redis = [self.redis_path, "--port", str(self.ports["redis"]), *options]
            self._run("redis", redis, {})
        port = self.ports["daraja"]
        url = f"http://127.0.0.1:{port}/bench/figures"
        self._run("daraja", [sys.executable, "-m", "bench.daraja", str(port)], {}, url=url)
        with self.database.connect() as connection:
            for name in (TWIN_DATABASE, YARDSTICK_DATABASE):
                connection.execute(f'CREATE DATABASE "{name}"')
        twin = ("-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
        # Both migrations run at the same time, since each keeps one core busy for seconds.
        migrating = self._begin(self._twin_environment("first"), *twin)
        self.python({}, "manage.py", "migrate", "--verbosity", "0")
        self._end(migrating)

    def start_product(self, name: str = "product", **environment: str) -> Program:
        """Start the product as `make serve` does, under this name and on the port of this name."""
        port = self.ports[name]
        own = {
            **environment,
            "PORT": str(port),
            # `watch_connections` counts the product's connections by this name.
            "PGAPPNAME": name,
            "MPESA_CALLBACK_URL": f"http://127.0.0.1:{port}/api/payments/callback/",
        }
        command = [sys.executable, "-m", "config.server"]
        return self._launch(name, command, own, url=f"http://127.0.0.1:{port}/healthz")

    def start_yardstick(self, name: str) -> None:
        """Start the yardstick `first` or `textbook` (bench/twin), or `empty` (bench/empty)."""
        if name == "empty":
            self.start_product(name, DJANGO_SETTINGS_MODULE="bench.empty.settings")
        else:
            self._start_twin(name)

    def _start_twin(self, variant: str) -> None:
        port = self.ports[variant]
        workers = {
            "first": ["--workers", "5", "--worker-class", "sync"],
            "textbook": ["--workers", "2", "--worker-class", "gthread", "--threads", "32"],
        }
        command = [
            sys.executable, "-m", "gunicorn", "bench.twin.wsgi", "--bind", f"127.0.0.1:{port}",
            "--backlog", "2048", "--timeout", "120", "--log-level", "warning", *workers[variant],
        ]  # fmt: skip
        url = f"http://127.0.0.1:{port}/transactions/"
        self._launch(variant, command, self._twin_environment(variant), url=url)

    def start_proxy(self, name: str, target: str) -> Program:
        """Start a proxy that counts round trips on the way to PostgreSQL or Redis."""
        port = str(self.ports[name])
        command = [sys.executable, "-m", "bench.proxy", port, target]
        return self._run(name, command, {})

    def stop(self, name: str) -> None:
        """Stop one program."""
        self.programs.pop(name).stop()

    def pid(self, name: str) -> int:
        """Return the id of a program's first process.

        Raises:
            RuntimeError: the program is not running.
        """
        program = self.database.program if name == "postgres" else self.programs[name]
        if program.pid is None or not program.is_running:
            message = f"{name} has ended; its words are in {program.log}"
            raise RuntimeError(message)
        return program.pid

    def connect(self, database: str = "postgres") -> Connection:
        """Open a connection to a database."""
        return psycopg.connect(self.url(database), autocommit=True)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return self.database.url.replace("/postgres?", f"/{database}?")

    def python(self, environment: dict[str, str], *arguments: str) -> str:
        """Run Python with the product's environment and return what it prints.

        Raises:
            RuntimeError: Python failed; the message is its output.
        """
        return self._end(self._begin(environment, *arguments))

    def _begin(self, environment: dict[str, str], *arguments: str) -> Program:
        name = f"python-{len(self.programs)}"
        program = Program(
            name,
            [sys.executable, *arguments],
            {**self.environment(), **environment},
            self.folder / f"{name}.log",
        )
        program.log.unlink(missing_ok=True)
        program.start()
        self.programs[name] = program
        return program

    def _end(self, program: Program) -> str:
        program.wait()
        del self.programs[program.name]
        text = program.log.read_text()
        if program.exit_status != 0:
            raise RuntimeError(text.strip())
        return text

    def environment(self) -> dict[str, str]:
        """Return the product's environment, without our variables from the shell and `.env`."""
        blank = {}
        with suppress(OSError):
            text = (env.REPOSITORY_DIR / ".env").read_text()
            blank = dict.fromkeys(re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=", text), "")
        cache = f"redis://127.0.0.1:{self.ports['redis']}/0" if self.redis_path else ""
        return {
            **blank,
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **_HIGH_RATES,
            "PYTHONUNBUFFERED": "1",
            "DEBUG": "False",
            "SECRET_KEY": self._key,
            "SECURE_SSL_REDIRECT": "False",
            "DATABASE_URL": self.database.url,
            "CACHE_URL": cache,
            "WEB_CONCURRENCY": str(PROCESSES),
            "DEPOSIT_DAILY_LIMIT": "1000000000",
            "MPESA_DEBUG": "False",
            "MPESA_ENVIRONMENT": "sandbox",
            "MPESA_BASE_URL": f"http://127.0.0.1:{self.ports['daraja']}",
            "MPESA_CONSUMER_KEY": "bench",
            "MPESA_CONSUMER_SECRET": "bench",  # pragma: allowlist secret
            "MPESA_SHORTCODE": "174379",
            "MPESA_PASSKEY": "0" * 64,
            "MPESA_CALLBACK_URL": "http://127.0.0.1/api/payments/callback/",
        }

    _key = secrets.token_urlsafe(50)

    def _twin_environment(self, variant: str) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "bench.twin.settings",
            "TWIN_VARIANT": variant,
            "DATABASE_URL": self.url(TWIN_DATABASE),
            "MPESA_CALLBACK_URL": f"http://127.0.0.1:{self.ports[variant]}/callback/",
        }

    def _run(
        self, name: str, command: list[str], environment: dict[str, str], *, url: str | None = None
    ) -> Program:
        program = self._launch(name, command, environment, url=url)
        self.wait_for(name)
        return program

    def _launch(
        self, name: str, command: list[str], environment: dict[str, str], *, url: str | None = None
    ) -> Program:
        log = self.folder / f"{name}.log"
        merged = {**self.environment(), **environment}
        self.programs[name] = Program(name, command, merged, log, ready_url=url)
        self.programs[name].start()
        return self.programs[name]

    def wait_for(self, name: str) -> None:
        """Wait until a program answers.

        Raises:
            TimeoutError: the program does not answer in time, or it has ended.
        """
        program = self.programs[name]
        deadline = time.monotonic() + _START_S
        while not program.is_ready:
            if time.monotonic() > deadline or not program.is_running:
                message = f"{name} does not start; its words are in {program.log}"
                raise TimeoutError(message)
            time.sleep(0.05)
