"""How many connections a process opens: all of its pool where it serves, one elsewhere."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from knox.models import AuthToken

from config.wsgi import application

_BACKEND = Path(__file__).resolve().parents[2]
_SHOW = (
    "import json; from django.conf import settings as s; d = s.DATABASES['default'];"
    " print(json.dumps([d['OPTIONS']['pool'], d['CONN_HEALTH_CHECKS'], d['ENGINE']]))"
)


def _settings(**environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _SHOW],
        cwd=_BACKEND,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(("filled", "expected"), [("True", 5), ("", 1)])
def test_a_server_opens_all_connections_and_a_command_one(filled: str, expected: int) -> None:
    pool, pings, engine = _settings(DB_POOL_SIZE="5", DB_POOL_FILLED=filled)

    assert (pool["min_size"], pool["max_size"]) == (expected, 5)
    assert not pings
    assert engine == "common.postgresql"


@pytest.mark.django_db(transaction=True)
def test_after_its_answer_a_request_holds_no_connection(django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("254712345678", "a-fine-long-passphrase")
    _, token = AuthToken.objects.create(user)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/payments/transactions/1/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Token {token}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }

    statuses: list[str] = []

    def start(status: str, *_: Any) -> Any:
        statuses.append(status)

    application(environ, start).close()

    assert statuses == ["404 Not Found"]

    assert connection.connection is None
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    assert stats["pool_available"] == stats["pool_size"]
