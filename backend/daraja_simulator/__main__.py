"""The command line: serve (the default), send a sample, list the samples."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from aiohttp import web

from . import __version__, samples
from .config import PREFIX, add_setting_flags, settings_from
from .scenario import Scenario, apply_scenario, read_scenario
from .server import build_app
from .settings import Settings
from .state import SIMULATOR

DEFAULT_PORT = 8100
_SHUTDOWN_S = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = _parser()
    chosen = parser.parse_args(_with_command(sys.argv[1:] if arguments is None else arguments))
    try:
        return int(chosen.run(chosen))
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError) as wrong:
        print(f"daraja_simulator: {wrong}", file=sys.stderr)
        return 2


def _with_command(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `serve` in front, unless they begin with a command or `--help`."""
    if arguments and arguments[0] in ("serve", "send", "samples", "-h", "--help", "--version"):
        return list(arguments)
    return ["serve", *arguments]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daraja-simulator",
        description="Safaricom's Daraja on your own machine, with a virtual phone. No real money.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="run the simulator (the default)")
    serve.add_argument("--host", default=os.environ.get(f"{PREFIX}HOST", "127.0.0.1"))
    port = os.environ.get(f"{PREFIX}PORT", str(DEFAULT_PORT))
    serve.add_argument("--port", type=int, default=port)
    serve.add_argument("--scenario", type=Path, help="a scenario file to begin with")
    add_setting_flags(serve)
    serve.set_defaults(run=_serve)
    send = commands.add_parser("send", help="send a sample of the library to a URL")
    send.add_argument("sample", help="its name, such as callbacks/success")
    send.add_argument("--to", required=True, metavar="URL")
    send.set_defaults(run=lambda chosen: samples.send(chosen.sample, chosen.to))
    listing = commands.add_parser("samples", help="list the samples")
    listing.set_defaults(run=lambda _: samples.show_all())
    return parser


def _serve(chosen: argparse.Namespace) -> int:
    settings = settings_from(chosen)
    scenario = read_scenario(chosen.scenario) if chosen.scenario else None
    return asyncio.run(run(settings, chosen.host, chosen.port, scenario))


async def run(settings: Settings, host: str, port: int, scenario: Scenario | None = None) -> int:
    """Serve until SIGINT or SIGTERM and return 0; return 1 if the port is taken."""
    app = build_app(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        if scenario is not None:
            apply_scenario(app[SIMULATOR], scenario)
        await web.TCPSite(runner, host, port).start()
    except OSError as taken:
        print(
            f"daraja_simulator: cannot listen on {host}:{port}: {_reason(taken)}; "
            "choose another with --port",
            file=sys.stderr,
        )
        return 1
    else:
        _greet(settings, host, port)
        await _stop_signal()
        return 0
    finally:
        await runner.cleanup()


def _reason(error: OSError) -> str:
    """Return the operating system's short message: asyncio wraps it in a long sentence."""
    return os.strerror(error.errno).lower() if error.errno else str(error)


def _greet(settings: Settings, host: str, port: int) -> None:
    mode = "automatic" if settings.automatic else "waits for the virtual phone"
    print(f"Daraja simulator on http://{host}:{port}/ ({mode}; no real money)", flush=True)


async def _stop_signal() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # asyncio has no signal handlers on Windows; there Ctrl-C raises KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def run_command() -> NoReturn:
    """Run the command `daraja-simulator` and exit with its status."""
    sys.exit(main())


if __name__ == "__main__":
    run_command()
