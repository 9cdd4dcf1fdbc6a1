"""Customers, their prompts, threads that start together, and the books held side by side."""

import itertools
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.models import Case, F, Sum, When

from payments import audit as deposits_audit
from payments import conf, services
from payments.models import Transaction
from payments.services import CallbackOutcome
from tests.races.gateway import SlowGateway
from users.models import User
from wallet import audit as wallet_audit
from wallet.models import LedgerAccount, Posting

#: Long past, so that every deposit is due, and none is escalated.
NOON = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)
_receipts = itertools.count(1)


@dataclass(frozen=True)
class Prompt:
    """One accepted push."""

    transaction_id: int
    checkout_request_id: str
    token: str
    amount: int


def gateway() -> SlowGateway:
    """Return the gateway of this test."""
    return cast("SlowGateway", conf.get_gateway())


def make_customer() -> User:
    """Store a verified customer with a number of her own."""
    return User.objects.create(
        phone_number=f"2547{next(_numbers):08d}", kyc_status=User.KycStatus.VERIFIED
    )


def make_receipt() -> str:
    """Return a receipt number that was never used."""
    return f"TES{next(_receipts):07d}"


def open_prompt(user: User, amount: int, *, now: datetime = NOON) -> Prompt:
    """Start a deposit that M-Pesa accepts."""
    outcome = services.initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)
    token = gateway().token
    return Prompt(outcome.transaction_id, str(outcome.checkout_request_id), token, amount)


def open_prompts(user: User, amounts: list[int]) -> list[Prompt]:
    """Start deposits one after the other, each when the prompt before it has run out."""
    wait = conf.deposit_rules().prompt_open
    return [open_prompt(user, amount, now=NOON + n * wait) for n, amount in enumerate(amounts)]


def success_body(prompt: Prompt, receipt: str, amount: int | None = None) -> bytes:
    """Write M-Pesa's report of a payment."""
    items = [
        {"Name": "Amount", "Value": float(prompt.amount if amount is None else amount)},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
    ]
    return _body(prompt, 0, {"CallbackMetadata": {"Item": items}})


def failure_body(prompt: Prompt, result_code: int = 1032) -> bytes:
    """Write M-Pesa's report of a prompt that was not paid."""
    return _body(prompt, result_code, {})


def _body(prompt: Prompt, result_code: int, more: dict[str, Any]) -> bytes:
    callback = {"CheckoutRequestID": prompt.checkout_request_id, "ResultCode": result_code, **more}
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def send(prompt: Prompt, body: bytes) -> CallbackOutcome:
    """Let a callback arrive at the prompt's own address."""
    return services.record_callback(
        token=prompt.token,
        body=body,
        headers={},
        source_address=None,
        now=NOON + timedelta(seconds=5),
    )


def run_together(actions: Sequence[Callable[[], object]]) -> list[Any]:
    """Run each in a thread with a connection of its own, all from one moment on.

    What an action returned, or the exception it raised, stands in its place.
    """
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=30)
            return action()
        except Exception as error:  # noqa: BLE001  # the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def wallet_of(user: User) -> Decimal:
    """Return the kept balance."""
    kept = LedgerAccount.objects.filter(user=user).values_list("balance", flat=True).first()
    return Decimal(0) if kept is None else Decimal(kept)


def suspense_total() -> Decimal:
    """Return what lies in suspense, by the postings."""
    return _ledger_sum(code="suspense")


def _ledger_sum(**account: Any) -> Decimal:
    signed = Case(When(side=Posting.Side.CREDIT, then=F("amount")), default=-F("amount"))
    found = Posting.objects.filter(**{f"account__{k}": v for k, v in account.items()})
    return found.aggregate(total=Sum(signed))["total"] or Decimal(0)


def assert_books_agree(*, in_suspense: int = 0, wallets: dict[User, int]) -> None:
    """Hold wallets, ledger and expectation side by side, and every row of the audit."""
    for user, expected in wallets.items():
        assert wallet_of(user) == _ledger_sum(user=user) == expected
    assert suspense_total() == in_suspense
    assert -_ledger_sum(kind="clearing") == sum(wallets.values()) + in_suspense
    assert list(wallet_audit.find_problems()) == []
    assert list(deposits_audit.find_problems()) == []


def status_of(prompt: Prompt) -> str:
    """Return the deposit's status."""
    return Transaction.objects.get(pk=prompt.transaction_id).status


def kill_own_connection() -> None:
    """Let the server end the connection that this thread holds, without this thread noticing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone() or (None,)
    parameters = connection.get_connection_params()
    plain = {name: parameters[name] for name in ("dbname", "user", "host") if name in parameters}
    port, password = parameters.get("port"), parameters.get("password")
    with psycopg.connect(**plain, port=port, password=password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
