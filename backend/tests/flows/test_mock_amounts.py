"""Mock mode over HTTP: each magic amount of docs/api.md §6 ends as its table says."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from payments.models import Transaction
from payments.services import reconcile_due_deposits
from tests.flows.app import App
from wallet.models import JournalEntry

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]


@pytest.mark.parametrize("amount", [1, 500, 1000, 1033, 150_000])
def test_any_other_amount_is_paid_at_once(amount: int) -> None:
    app = App()

    response = app.deposit(amount)

    status = app.status(response.json()["transaction_id"])
    assert response.status_code == 200
    assert (status["status"], status["result_code"]) == ("COMPLETED", "0")
    assert app.balance == f"{amount}.00"


@pytest.mark.parametrize(
    ("amount", "result_code", "words"),
    [
        (1032, "1032", "cancelled"),
        (1037, "1037", "could not reach your phone"),
        (2001, "2001", "PIN was wrong"),
        (1111, "1", "balance is not enough"),
        (1019, "1019", "expired"),
        (1025, "1025", "could not be sent"),
        (9999, "9999", "Something went wrong at M-PESA"),
        (8006, "8006", "PIN is locked"),
    ],
)
def test_a_magic_amount_fails_as_its_row_says(amount: int, result_code: str, words: str) -> None:
    app = App()

    response = app.deposit(amount)

    status = app.status(response.json()["transaction_id"])
    assert response.status_code == 200
    assert (status["status"], status["result_code"]) == ("FAILED", result_code)
    assert words in status["customer_message"]
    assert app.balance == "0.00"
    assert not JournalEntry.objects.exists()


def test_1001_is_refused_as_subscriber_busy() -> None:
    app = App()

    response = app.deposit(1001)

    status = app.status(response.json()["transaction_id"])
    assert (response.status_code, response.json()["code"]) == (409, "subscriber_busy")
    assert (status["status"], status["result_code"]) == ("FAILED", "1001")
    assert 0 < status["retry_after"] <= 60


def test_4999_never_answers_and_stays_pending() -> None:
    app = App()

    response = app.deposit(4999)
    Transaction.objects.update(next_query_at=Transaction.objects.get().created_at)
    reconcile_due_deposits(now=Transaction.objects.get().created_at)

    status = app.status(response.json()["transaction_id"])
    assert response.status_code == 200
    assert (status["status"], status["result_code"]) == ("PENDING", None)
    assert status["next_poll_after"] is not None
    assert app.balance == "0.00"


def test_one_customer_may_try_all_amounts_of_the_mock(settings: Any) -> None:
    settings.STK_PUSH_RATE_USER = settings.STK_PUSH_RATE_PHONE = "1000/m"
    app = App()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        busy = [app.deposit(amount) for amount in (1032, 1037, 2001, 1001)][-1]
        held = app.deposit(1111)

        told = app.status(busy.json()["transaction_id"])["retry_after"]
        assert (held.status_code, held.json()["code"]) == (429, "rate_limited")
        assert held.json()["retry_after"] == told == int(held.headers["Retry-After"]) == 60

        clock.shift(timedelta(seconds=60))
        rest = [app.deposit(amount) for amount in (1111, 1019, 1025, 9999, 8006, 500, 500)]

    assert [answer.status_code for answer in rest] == [200] * 7
    assert app.balance == "1000.00"


_CURL = """
import django, json
django.setup()
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
response = Client(enforce_csrf_checks=True).post(
    "/api/payments/stk-push/", '{"amount": 500}', content_type="application/json",
    headers={"X-User-Phone-Number": "254712345678"})
print(response.status_code, json.dumps(response.json()))
"""


def test_the_seeds_curl_line_works_in_development_and_only_there(
    django_db_blocker: pytest.FixtureRequest,
) -> None:
    from django.db import connection

    app = App()
    address = _address_of(connection.settings_dict)

    in_development = _run_curl(address, DEBUG="True", MPESA_DEBUG="True")
    with_the_mock_alone = _run_curl(address, DEBUG="False", MPESA_DEBUG="True")

    assert in_development.startswith('200 {"message": "STK Push initiated successfully"')
    assert with_the_mock_alone.startswith("401 ")
    assert app.balance == "500.00"


def _address_of(database: dict[str, object]) -> str:
    host, name = database["HOST"], database["NAME"]
    user, port = database["USER"] or "postgres", database["PORT"]
    if str(host).startswith("/"):
        return f"postgresql://{user}@/{name}?host={host}" + (f"&port={port}" if port else "")
    password = database["PASSWORD"]
    return f"postgresql://{user}{f':{password}' if password else ''}@{host}:{port or 5432}/{name}"


def _run_curl(address: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", _CURL],
        cwd=Path(__file__).resolve().parents[2],
        env={
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": address,
            # pragma: allowlist nextline secret
            "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
            "MPESA_ALLOW_MOCK": "True",
            "SECURE_SSL_REDIRECT": "False",
            "ALLOWED_HOSTS": "testserver",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
