"""`make run` and `make sandbox`: the product on one laptop with demo accounts, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import env
from devtools import environment, frontend, stack
from devtools.stack import BACKEND_DIRECTORY, Service

_SIMULATOR_PORT = 8100
#: The paybill of the simulator.
_SHORT_CODE = "174379"


def main() -> None:
    """Build the page, prepare the database, start all programs, print their addresses, and wait."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sandbox", action="store_true", help="against the Daraja simulator")
    arguments.add_argument("--keepers", type=Path, metavar="FOLDER", help="devtools.keeper's")
    given = arguments.parse_args()
    is_sandbox = given.sandbox
    try:
        environment.fill_in()
        if is_sandbox:
            _use_simulator()
        ports = _ports(is_sandbox=is_sandbox)
    except ImproperlyConfigured as error:
        sys.exit(f"Nothing was started: {error}")
    stack.refuse_taken_ports(ports)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    stack.stop_when_output_closes()
    with frontend.building(environment.child_environment()):
        children = _prepare_database()
    services = [*_services(ports, given.keepers), *([_simulator()] if is_sandbox else [])]
    banner = _banner(ports, is_sandbox=is_sandbox)
    sys.exit(
        stack.run(
            services,
            children,
            banner,
            once_ready=lambda: register_addresses(children) if is_sandbox else None,
        )
    )


def register_addresses(children: dict[str, str]) -> None:
    """Register the addresses for payments by hand at the simulator, which begins with none.

    Says so where it fails; everything else works without.
    """
    if not env.boolean("PAYBILL_ENABLED", default=False):
        return
    done = subprocess.run(
        [sys.executable, "manage.py", "paybill", "register", "--confirm", _SHORT_CODE],
        cwd=BACKEND_DIRECTORY,
        env=children,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(f"{done.stdout}Payments by hand will not be reported.", flush=True)


def _prepare_database() -> dict[str, str]:
    """Migrate and create the demo accounts; return the environment for the programs."""
    print("Preparing the database ...", flush=True)
    started = time.monotonic()
    environment.use_database()
    children = environment.child_environment()
    stack.manage(children, "seed_demo", "--migrate")
    print(f"The database is ready ({time.monotonic() - started:.0f} s).", flush=True)
    return children


def _ports(*, is_sandbox: bool) -> dict[str, int]:
    ports = {
        "PORT": env.whole_number("PORT", 8000, lowest=1, highest=65535),
        "WEB_PORT": env.whole_number("WEB_PORT", 3000, lowest=1, highest=65535),
    }
    if is_sandbox:
        ports["SIMULATOR_PORT"] = env.whole_number(
            "SIMULATOR_PORT", _SIMULATOR_PORT, lowest=1, highest=65535
        )
    if env.find_text("API_ORIGIN") is None:
        os.environ["API_ORIGIN"] = f"http://127.0.0.1:{ports['PORT']}"
    os.environ["PORT"], os.environ["WEB_PORT"] = str(ports["PORT"]), str(ports["WEB_PORT"])
    return ports


def _use_simulator() -> None:
    """Set the variables that point the real gateway at the simulator.

    The passkey is Safaricom's public test passkey. Payments by hand are on unless they are
    switched off.
    """
    port = env.text("SIMULATOR_PORT", str(_SIMULATOR_PORT))
    api_port = env.text("PORT", "8000")
    web_port = env.text("WEB_PORT", "3000")
    if env.find_text("PAYBILL_ENABLED") is None:
        os.environ["PAYBILL_ENABLED"] = "True"
    os.environ.update(
        {
            "MPESA_DEBUG": "False",
            "MPESA_ENVIRONMENT": "sandbox",
            "MPESA_BASE_URL": f"http://127.0.0.1:{port}",
            "MPESA_CONSUMER_KEY": "simulator",
            "MPESA_CONSUMER_SECRET": "simulator",  # pragma: allowlist secret
            "MPESA_SHORTCODE": _SHORT_CODE,
            # pragma: allowlist nextline secret
            "MPESA_PASSKEY": "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
            "MPESA_CALLBACK_URL": f"http://127.0.0.1:{api_port}/api/payments/callback/",
            "PAYBILL_URL_SECRET": environment.paybill_secret(),
            # The simulator takes any credential of this form; a real one must not reach it.
            "MPESA_INITIATOR_NAME": "simulator",
            "MPESA_SECURITY_CREDENTIAL": "A" * 342 + "==",
            # Codes are read on the virtual phone.
            "SMS_BACKEND": "simulator",
            "SIMULATOR_PORT": port,
            "SIMULATOR_APP_URL": f"http://127.0.0.1:{web_port}/",
            "FRAME_ANCESTORS": f"http://127.0.0.1:{port} http://localhost:{port}",
        }
    )


def _services(ports: dict[str, int], keepers: Path | None) -> list[Service]:
    return [
        Service(
            name="api",
            command=_kept("api", "config.server", keepers),
            directory=BACKEND_DIRECTORY,
            ready_url=f"http://127.0.0.1:{ports['PORT']}/readyz",
        ),
        Service(
            name="worker",
            command=_kept("worker", "config.worker", keepers),
            directory=BACKEND_DIRECTORY,
        ),
        Service(
            name="web",
            command=["npm", "start", "--silent"],
            directory=frontend.WEB_DIRECTORY,
            ready_url=f"http://127.0.0.1:{ports['WEB_PORT']}/",
        ),
    ]


def _kept(name: str, module: str, keepers: Path | None) -> list[str]:
    """Return a program's command, under devtools.keeper where browser scenarios may kill it."""
    command = [sys.executable, "-m", module]
    if keepers is None:
        return command
    return [sys.executable, "-m", "devtools.keeper", str(keepers / f"{name}.pid"), *command]


def _simulator() -> Service:
    port = os.environ["SIMULATOR_PORT"]
    return Service(
        name="daraja",
        command=[
            sys.executable,
            "-m",
            "daraja_simulator",
            "--port",
            port,
            "--merchant-name",
            "KIBEEZY",
        ],
        directory=BACKEND_DIRECTORY,
        ready_url=f"http://127.0.0.1:{port}/healthz",
    )


def _banner(ports: dict[str, int], *, is_sandbox: bool) -> str:
    web, api = f"http://localhost:{ports['WEB_PORT']}", f"http://localhost:{ports['PORT']}"
    password = env.text("DEMO_PASSWORD", "kibeezy-demo")
    operator = env.text("OPERATOR_PASSWORD", "kibeezy-operator")
    lines = [
        "",
        f"  Kibeezy Poly is running.     Open  {web}/",
        f"  Demo customer                phone 0712345678   password {password}",
        f"  Demo operator                phone 0700000001   password {operator}",
        f"  Admin                        {api}/admin/   its code: make admin-code",
        f"  API docs                     {api}/api/docs/",
    ]
    if is_sandbox:
        # App and phone have the same host, since a browser sends no session cookie from a frame
        # of another site.
        simulator = f"http://127.0.0.1:{os.environ['SIMULATOR_PORT']}"
        page = f"http://127.0.0.1:{ports['WEB_PORT']}/"
        lines.append(f"  Virtual phone                {simulator}/")
        lines.append(f"  App and phone side by side   {simulator}/desk?app={page}")
    return "\n".join([*lines, "  Ctrl-C stops everything.", ""])


if __name__ == "__main__":
    main()
