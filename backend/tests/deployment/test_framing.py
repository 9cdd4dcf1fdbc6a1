"""A body arrives whole whatever frames it, over real connections to the server we ship.

A callback whose body is not read would be kept with 0 bytes, and the payment it reports lost.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.deployment.project import BACKEND

_BODY = b'{"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_1", "ResultCode": 0}}}'
_CURL = shutil.which("curl")
_SERVE = """
from granian import Granian
from granian.constants import Interfaces
Granian("tests.deployment.echo:application", port={port}, interface=Interfaces.WSGI).serve()
"""


def _has_http2() -> bool:
    if _CURL is None:
        return False
    said = subprocess.run([_CURL, "--version"], capture_output=True, text=True, check=True).stdout
    return "HTTP2" in said


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start the server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "True",
        "MPESA_DEBUG": "True",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    command = [sys.executable, "-c", _SERVE.format(port=port)]
    with subprocess.Popen(command, cwd=BACKEND, env=environment) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/api/payments/callback/"
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not start")


@pytest.mark.skipif(not _has_http2(), reason="no curl with HTTP/2")
@pytest.mark.parametrize(
    "frames",
    [
        ["--http1.1"],
        ["--http1.1", "-H", "Transfer-Encoding: chunked"],
        ["--http2-prior-knowledge"],
        ["--http2-prior-knowledge", "-H", "Content-Length:"],
        ["--http2"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("body", [_BODY, b"", _BODY.ljust(64 * 1024)], ids=["one", "none", "most"])
def test_the_body_that_is_read_equals_the_body_that_was_sent(
    address: str, frames: list[str], body: bytes
) -> None:
    command = [
        str(_CURL), "--silent", "--max-time", "20", *frames, "--data-binary", "@-",
        "-H", "Content-Type: application/json", address,
    ]  # fmt: skip

    echoed = subprocess.run(command, input=body, capture_output=True, check=True)

    assert echoed.stdout == body


@pytest.mark.skipif(not _has_http2(), reason="no curl with HTTP/2")
@pytest.mark.parametrize("frames", ["--http1.1", "--http2-prior-knowledge"])
def test_a_body_above_the_limit_is_refused_however_it_is_framed(address: str, frames: str) -> None:
    command = [
        str(_CURL), "--silent", "--max-time", "20", frames, "-H", "Content-Length:",
        "-H", "Transfer-Encoding: chunked" if frames == "--http1.1" else "X-None: 1",
        "--data-binary", "@-", "--output", os.devnull, "--write-out", "%{http_code}", address,
    ]  # fmt: skip

    answered = subprocess.run(command, input=b" " * 65_537, capture_output=True, check=True)

    assert answered.stdout == b"413"
