"""Runs pgbench on our SQL function and on the minimal one: how fast PostgreSQL alone settles."""

import os
import re
import resource
import shutil
import subprocess
from dataclasses import dataclass

from bench.fixtures import Numbers
from bench.load import requests
from bench.processes import cpu_seconds
from bench.system import YARDSTICK_DATABASE, System

#: The names, newest first, of the SQL function that stores and settles one callback. All take the
#: same parameters; releases differ in the name.
RECEIVE_FUNCTIONS = ("callback_record", "callback_receive")
#: The function that does the same for many callbacks at once. Its parameters are arrays: hashes of
#: tokens, addresses, headers, bodies, results, times.
BATCH_FUNCTION = "callbacks_record"
BATCH = 20
_CHECKOUT_DIGITS = len(requests.checkout_request_id(0)) - len("ws_CO_B")
_TOKEN_DIGITS = len(requests.callback_token(0)) - len("bench-")
_CHECKOUT = f"'ws_CO_B' || lpad((:n)::text, {_CHECKOUT_DIGITS}, '0')"
_RECEIPT = "'B' || lpad((:n)::text, 11, '0')"
_HASH = (
    f"encode(sha256(convert_to('bench-' || lpad((:n)::text, {_TOKEN_DIGITS}, '0'), 'UTF8')), 'hex')"
)
_ADDRESS, _BODY = "'127.0.0.1'::inet", "convert_to(repeat('x', 500), 'UTF8')"
_HEADERS = """'{"user-agent": "bench", "content-type": "application/json"}'::jsonb"""
_RESULT = f"""jsonb_build_object(
    'checkout_request_id', {_CHECKOUT}, 'merchant_request_id', '29115-34620561-1',
    'result_code', '0', 'result_desc', 'The service request is processed successfully.',
    'is_final', true, 'is_certain', true, 'amount', '{requests.AMOUNT_KES}',
    'mpesa_receipt_number', {_RECEIPT})"""
# Each client counts through its own share of the numbers, so that each call settles another
# deposit.
_COUNT = "\\set n :next + :client_id * :share\n\\set next :next + {step}\n"
_OURS = f"""{_COUNT.format(step=1)}SELECT * FROM RECEIVE_FUNCTION(
    {_HASH}, {_ADDRESS}, {_HEADERS}, {_BODY}, {_RESULT}, true, now());
"""
_EACH = ", ".join(
    f"array_agg({item.replace(':n', 'item.n')} ORDER BY item.n)"
    for item in (_HASH, _ADDRESS, _HEADERS, _BODY, _RESULT, "now()")
)
_MANY = f"""{_COUNT.format(step=BATCH)}SELECT count(*) FROM (
    SELECT {_EACH} FROM generate_series((:n)::bigint, (:n)::bigint + {BATCH - 1}) AS item(n)
) AS batch(a, b, c, d, e, f), {BATCH_FUNCTION}(a, b, c, d, e, f);
"""
_MINIMAL = (
    f"{_COUNT.format(step=1)}SELECT settle_fn({_CHECKOUT}, {requests.AMOUNT_KES}, {_RECEIPT});\n"
)


@dataclass(frozen=True)
class Pace:
    """Callbacks a second, and the CPU of PostgreSQL and pgbench for one callback, in ms."""

    rate: float
    cpu_ms: float


class Pgbench:
    """Runs pgbench scripts; each uses up the numbers of the deposits that it settles."""

    def __init__(self, system: System) -> None:
        self._system = system
        own = system.database.binaries / "pgbench"
        found = own if own.exists() else shutil.which("pgbench")
        if found is None:
            raise FileNotFoundError("pgbench is neither beside PostgreSQL nor on the PATH")
        self._path = str(found)

    def ours(self, numbers: Numbers, *, clients: int, calls: int, is_prepared: bool) -> Pace:
        """Settle by our function, as a prepared statement or unprepared as Django sends it."""
        found = self._functions()
        name = next(name for name in RECEIVE_FUNCTIONS if name in found)
        script = _OURS.replace("RECEIVE_FUNCTION", name)
        return self._run("postgres", script, numbers, clients, calls, is_prepared)

    def batches(self, numbers: Numbers, *, clients: int, calls: int) -> Pace | None:
        """Settle `calls` batches of 20 by the batch function, prepared; None if it is missing."""
        if BATCH_FUNCTION not in self._functions():
            return None
        return self._run("postgres", _MANY, numbers, clients, calls, True, per_call=BATCH)

    def minimal(self, numbers: Numbers, *, clients: int, calls: int) -> Pace:
        """Settle by the minimal function, as a prepared statement."""
        return self._run(YARDSTICK_DATABASE, _MINIMAL, numbers, clients, calls, True)

    def _run(
        self, database: str, script: str, numbers: Numbers, clients: int, calls: int,
        is_prepared: bool, per_call: int = 1,
    ) -> Pace:  # fmt: skip
        path = self._system.folder / "pgbench.sql"
        path.write_text(script)
        first = numbers.take(clients * calls * per_call)
        command = [
            self._path, "--no-vacuum", f"--client={clients}", "--jobs=1",
            f"--protocol={'prepared' if is_prepared else 'simple'}", f"--transactions={calls}",
            f"--define=next={first}", f"--define=share={calls * per_call}", f"--file={path}",
            self._system.url(database),
        ]  # fmt: skip
        before = self._cpu()
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=600,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip
        used = self._cpu() - before
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode != 0 or found is None:
            message = f"pgbench failed: {done.stderr.strip()[-2000:]}"
            raise RuntimeError(message)
        return Pace(float(found[1]) * per_call, used * 1000 / (clients * calls * per_call))

    def _functions(self) -> set[str]:
        names = [*RECEIVE_FUNCTIONS, BATCH_FUNCTION]
        with self._system.connect() as connection:
            found = connection.execute(
                "SELECT proname FROM pg_proc WHERE proname = ANY(%s)", [names]
            )
            return {str(name) for (name,) in found}

    def _cpu(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = children.ru_utime + children.ru_stime
        return own + cpu_seconds(self._system.pid("postgres"))
