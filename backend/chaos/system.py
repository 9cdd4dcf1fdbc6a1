"""The system under test, started for this run: database, simulator, API processes, workers."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from chaos.plan import Plan
from chaos.postgres import PrivatePostgres
from chaos.programs import Program
from chaos.simulator import Simulator
from config import env
from devtools.stack import BACKEND_DIRECTORY

#: How long an API process waits for M-Pesa's answer to a push. chaos/run.py uses it as well, to
#: decide whether an act of sabotage can explain a lost payment.
GATEWAY_TIMEOUT_S = 3
PROMPT_OPEN_S = 5
SHORTCODE = "174379"
_PORTS = range(18000, 19000)
_START_S = 90
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
# Safaricom's public test passkey.
_PASSKEY = (
    "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"  # pragma: allowlist secret
)


def find_free_ports(count: int) -> list[int]:
    """Return `count` free ports of 127.0.0.1.

    The search starts at a port that depends on the process id, so that runs at the same time
    seldom look at the same ports.
    """
    start = os.getpid() * 13 % len(_PORTS)
    found = []
    for port in (*_PORTS[start:], *_PORTS[:start]):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports between 18000 and 18999")


class Database(Protocol):
    """The database of a run. `url` reaches it for commands, and stays the same."""

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class System:
    """All programs of the run. Leaving its context ends every one, also after an error.

    `ports` are those of the simulator and of each API process, in this order; None: free ones.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        database: Database | None = None,
        ports: Sequence[int] | None = None,
    ) -> None:
        self.plan = plan
        self.folder = folder
        simulator_port, *self.ports = ports or find_free_ports(1 + plan.api_processes)
        self.simulator_url = f"http://127.0.0.1:{simulator_port}"
        self.api_urls = [f"http://127.0.0.1:{port}" for port in self.ports]
        #: Where the customers send their requests.
        self.customer_urls = self.api_urls
        self.database = database or PrivatePostgres(folder)
        self._paybill_secret = secrets.token_urlsafe(40)
        #: Of commands; API processes and workers have `_services` on top.
        self.environment = self._environment()
        self._simulator_program = self._build_simulator(simulator_port)
        self.simulator = Simulator(self.simulator_url)
        self.apis = [self._build_api(nth) for nth in range(plan.api_processes)]
        self.workers = [self._build_worker(nth) for nth in range(plan.workers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.simulator.close()
        for program in [*self.apis, *self.workers, self._simulator_program]:
            program.kill()
        self.database.stop()

    def start(self) -> None:
        """Start all programs, wait until each answers, then switch the simulator's faults on.

        Raises:
            TimeoutError: a program does not start.
            RuntimeError: the migrations failed.
        """
        self._simulator_program.start()
        self.database.start()
        self.migrate()
        for program in [*self.apis, *self.workers]:
            program.start()
        self.wait_until_ready()
        if self.plan.by_hand:
            # One API process gets the reports of all payments by hand: M-Pesa keeps one validation
            # and one confirmation address for a short code.
            paybill = f"{self.api_urls[0]}/api/payments/paybill/{self._paybill_secret}"
            self.simulator.register(SHORTCODE, f"{paybill}/validation/", f"{paybill}/confirmation/")
        self.simulator.switch_faults_on(self.plan.seed)

    def migrate(self) -> None:
        """Make the tables.

        Raises:
            RuntimeError: the migrations failed.
        """
        self.manage("migrate", "--verbosity", "0")

    def wait_until_ready(self) -> None:
        """Wait until every program answers; start again those that have ended.

        Raises:
            TimeoutError: a program does not answer in time.
        """
        deadline = time.monotonic() + _START_S
        waiting = [self._simulator_program, *self.apis, *self.workers]
        while waiting:
            waiting = [program for program in waiting if not program.is_ready]
            if time.monotonic() > deadline:
                names = ", ".join(program.name for program in waiting)
                message = f"does not answer: {names}; the words of each are in {self.folder}"
                raise TimeoutError(message)
            self.revive()
            time.sleep(0.2)

    def revive(self) -> None:
        """Start again each API process and worker that ended unexpectedly."""
        for program in [*self.apis, *self.workers]:
            program.revive()

    def set_clocks_right(self) -> None:
        """Stop every process whose clock is shifted, and start it with the right clock."""
        for program in [*self.apis, *self.workers]:
            if program.clock_shift_s:
                program.stop()
                program.start()

    def manage(self, *arguments: str, **settings: str) -> str:
        """Run one management command and return what it prints.

        Raises:
            RuntimeError: the command failed; the message is its output.
        """
        return self.python("manage.py", *arguments, **settings)

    def python(self, *arguments: str, **settings: str) -> str:
        """Run Python with the environment of the run's processes and return what it prints.

        `settings` are further variables of the environment, for this command only.

        Raises:
            RuntimeError: Python failed; the message is its output.
        """
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=BACKEND_DIRECTORY,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{done.stdout}{done.stderr}".strip())
        return done.stdout

    def _build_simulator(self, port: int) -> Program:
        flags = {
            "port": port, "delay-ms": 60, "prompt-seconds": 4, "balance": 10_000_000,
            "token-seconds": 40, "pending-shape": "both", "callback-timeout-seconds": 4,
            "callback-attempts": 3, "callback-retry-seconds": 1, "validation-seconds": 2,
            "seed": self.plan.seed,
        }  # fmt: skip
        command = [sys.executable, "-m", "daraja_simulator", "--automatic"]
        for name, value in flags.items():
            command += [f"--{name}", str(value)]
        log = self.folder / "simulator.log"
        ready_url = f"{self.simulator_url}/healthz"
        return Program("simulator", command, self.environment, log, ready_url=ready_url)

    def _build_api(self, nth: int) -> Program:
        # M-Pesa sends the callbacks about one process's pushes to the next process. If the first
        # is killed before it stored M-Pesa's answer, the second still finds the deposit by the
        # callback token.
        neighbour = self.api_urls[(nth + 1) % len(self.api_urls)]
        environment = {
            **self.environment,
            **self._services(),
            "PORT": str(self.ports[nth]),
            "MPESA_CALLBACK_URL": f"{neighbour}/api/payments/callback/",
        }
        return Program(
            f"api {nth}",
            [sys.executable, "-m", "config.server"],
            environment,
            self.folder / f"api-{nth}.log",
            ready_url=f"{self.api_urls[nth]}/healthz",
        )

    def _build_worker(self, nth: int) -> Program:
        command = [sys.executable, "-m", "config.worker"]
        environment = {**self.environment, **self._services()}
        return Program(f"worker {nth}", command, environment, self.folder / f"worker-{nth}.log")

    def _services(self) -> dict[str, str]:
        """Return settings of API processes and workers that commands do not have."""
        return {}

    def _environment(self) -> dict[str, str]:
        """Return the environment of every process.

        It takes from the shell only the variables in `_KEPT`, and blanks each one that `.env`
        sets, so that a developer's settings do not change the run.
        """
        blank = {}
        with suppress(OSError):
            text = (env.REPOSITORY_DIR / ".env").read_text()
            blank = dict.fromkeys(re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=", text), "")
        return {
            **blank,
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "PYTHONUNBUFFERED": "1",
            "DEBUG": "False",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SECURE_SSL_REDIRECT": "False",
            "DATABASE_URL": self.database.url,
            "WEB_THREADS": "32",
            "DB_POOL_SIZE": "8",
            "RATELIMIT_ENABLE": "False",
            "DEPOSIT_DAILY_LIMIT": "1000000000",
            "PROMPT_OPEN_SECONDS": str(PROMPT_OPEN_S),
            "RECONCILE_FIRST_SECONDS": "1",
            "DARAJA_QUERY_RATE": "6000/m",
            "MPESA_DEBUG": "False",
            "MPESA_ENVIRONMENT": "sandbox",
            "MPESA_BASE_URL": self.simulator_url,
            "MPESA_CONSUMER_KEY": "chaos",
            "MPESA_CONSUMER_SECRET": "chaos",  # pragma: allowlist secret
            "MPESA_SHORTCODE": SHORTCODE,
            "MPESA_PASSKEY": _PASSKEY,
            "MPESA_TIMEOUT_SECONDS": str(GATEWAY_TIMEOUT_S),
            "MPESA_CALLBACK_URL": f"{self.api_urls[0]}/api/payments/callback/",
            "PAYBILL_ENABLED": str(self.plan.by_hand > 0),
            "PAYBILL_URL_SECRET": self._paybill_secret,
        }
