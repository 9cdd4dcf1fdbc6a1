"""Starts the product's processes together and stops them together, for `make run`.

Each process has its own process group, so that no child process is left; when one ends, all end.
"""

import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Message, Printer

BACKEND_DIRECTORY = Path(__file__).resolve().parent.parent
_STDOUT = 1
_START_TIMEOUT_S = 90


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process: its command, where it runs, and an address that answers once it is up."""

    name: str
    command: list[str]
    directory: Path
    ready_url: str | None = None


def refuse_taken_ports(ports: dict[str, int]) -> None:
    """Exit with one line of explanation if a port is taken, or given to two services."""
    for name, port in ports.items():
        twice = [other for other in ports if other != name and ports[other] == port]
        if twice:
            sys.exit(f"{name} and {twice[0]} are both {port}: give them different ports")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                sys.exit(f"Port {port} is taken: stop what listens there, or set {name}=<other>")


def manage(environment: dict[str, str], *arguments: str) -> None:
    """Run one management command, and exit if it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BACKEND_DIRECTORY,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"manage.py {arguments[0]} failed")


class _StoppingPrinter(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints the services' output; ends the run when the reader of that output has gone."""

    def write(self, message: Message) -> None:
        try:
            super().write(message)
        except BrokenPipeError:
            _stop_silently()


def stop_when_output_closes() -> None:
    """End this process by SIGTERM once the reader of its output is gone (`make run | head`).

    Services may print nothing for long, so the pipe is watched: a failed write would come late.
    """
    threading.Thread(target=_wait_until_output_closes, daemon=True).start()


def _wait_until_output_closes() -> None:
    poll = select.poll()
    poll.register(_STDOUT, 0)
    for _, event in poll.poll():
        if event & (select.POLLERR | select.POLLHUP):
            _stop_silently()


def _stop_silently() -> None:
    # Further output while stopping would raise BrokenPipeError again, and leave services running.
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), _STDOUT)
    os.kill(os.getpid(), signal.SIGTERM)


def run(
    services: list[Service],
    environment: dict[str, str],
    banner: str,
    *,
    once_ready: Callable[[], None] = lambda: None,
) -> int:
    """Start the services, print the banner once all answer, and wait until they end.

    `once_ready` runs before the banner, in a thread of its own. Return the exit status.
    """
    manager = Manager(_StoppingPrinter(sys.stdout))
    for service in services:
        # `exec` replaces the shell by the service, so that signals reach the service.
        command = f"exec {shlex.join(service.command)}"
        manager.add_process(service.name, command, env=environment, cwd=str(service.directory))
    urls = [service.ready_url for service in services if service.ready_url]
    threading.Thread(target=_announce, args=(urls, banner, once_ready), daemon=True).start()
    # A closed terminal ends the run as Ctrl-C does.
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    # 130 and 143 mean SIGINT or SIGTERM: the run was stopped, which is its usual end.
    return 0 if manager.returncode in {130, 143} else int(manager.returncode or 0)


def _announce(urls: list[str], banner: str, once_ready: Callable[[], None]) -> None:
    if wait_until_ready(urls):
        once_ready()
        print(banner, flush=True)
    else:
        print("Not everything has started; the lines above say why.", flush=True)


def wait_until_ready(urls: list[str], timeout_s: float = _START_TIMEOUT_S) -> bool:
    """Wait until every URL answers with a status below 500; return False if the time runs out."""
    deadline = time.monotonic() + timeout_s
    waiting = list(urls)
    while waiting and time.monotonic() < deadline:
        waiting = [url for url in waiting if not _answers(url)]
        time.sleep(0.2)
    return not waiting


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # a loopback address
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
