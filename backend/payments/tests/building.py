"""Builds rows and callbacks for the tests of deposits."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from payments.models import Transaction
from payments.services import record_callback
from payments.services.callbacks import hash_callback_token
from payments.services.inbox import CallbackOutcome
from users.models import User
from wallet.models import LedgerAccount
from wallet.selectors import get_balance, get_derived_balance

PHONE = "254712345678"
OTHER_PHONE = "254110000001"
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CHECKOUT = "ws_CO_20112026120000000712345678"
RECEIPT = "NLJ7RT61SV"
TOKEN = "token-of-the-first-deposit"


def make_customer(phone_number: str = PHONE, **fields: Any) -> User:
    """Store a verified customer."""
    fields = {"kyc_status": User.KycStatus.VERIFIED, "full_name": "Wanjiku Kamau", **fields}
    return User.objects.create_user(phone_number, "a-good-password", **fields)


def make_deposit(user: User | None = None, **fields: Any) -> Transaction:
    """Store a PENDING deposit of KES 500 whose push was accepted at NOON."""
    fields = {
        "amount": Decimal(500),
        "checkout_request_id": CHECKOUT,
        "callback_token_hash": hash_callback_token(fields.pop("token", TOKEN)),
        "business_short_code": "174379",
        "description": "M-Pesa deposit of KSH 500",
        "prompt_expires_at": NOON + timedelta(seconds=180),
        "next_query_at": NOON + timedelta(seconds=30),
        "created_at": NOON,
        "updated_at": NOON,
        **fields,
    }
    user = user or make_customer()
    phone_number = fields.pop("phone_number", user.phone_number)
    return Transaction.objects.create(user=user, phone_number=phone_number, **fields)


def success_items(amount: Any = 500, receipt: Any = RECEIPT) -> dict[str, Any]:
    """Return the metadata of a success; None leaves an item out."""
    items = {"Amount": amount, "MpesaReceiptNumber": receipt, "PhoneNumber": 254708374149}
    return {name: value for name, value in items.items() if value is not None}


def callback_body(
    checkout_request_id: str = CHECKOUT,
    *,
    result_code: Any = 0,
    items: dict[str, Any] | None = None,
    result_desc: str = "As M-Pesa says",
) -> bytes:
    """Write a callback as Daraja does; with `items` for the metadata of a success."""
    callback: dict[str, Any] = {
        "MerchantRequestID": "29115-1",
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": result_code,
        "ResultDesc": result_desc,
    }
    if items is not None:
        listed = [{"Name": name, "Value": value} for name, value in items.items()]
        callback["CallbackMetadata"] = {"Item": [*listed, {"Name": "Balance"}]}
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def success_body(
    checkout_request_id: str = CHECKOUT, *, amount: Any = 500, receipt: Any = RECEIPT
) -> bytes:
    """Write the callback of a payment."""
    return callback_body(checkout_request_id, items=success_items(amount, receipt))


def failure_body(checkout_request_id: str = CHECKOUT, *, result_code: Any = 1032) -> bytes:
    """Write the callback of a prompt that was not paid."""
    return callback_body(checkout_request_id, result_code=result_code)


def receive(
    body: bytes,
    *,
    token: str | None = TOKEN,
    now: datetime = NOON,
    source: str | None = None,
    **more: Any,
) -> CallbackOutcome:
    """Hand a callback to the service."""
    return record_callback(
        token=token, body=body, headers={}, source_address=source, now=now, **more
    )


def house_balance(code: str) -> Decimal:
    """Return credits less debits of a house account; zero when it was never opened."""
    account = LedgerAccount.objects.filter(code=code).first()
    return get_derived_balance(account) if account else Decimal(0)


def money(user: User) -> tuple[Any, Any]:
    """Return what the customer has and what lies in suspense (decimals, compared with ints)."""
    return get_balance(user.pk), house_balance("suspense")


@contextmanager
def broken_table(
    table: str,
    *,
    event: str = "INSERT OR UPDATE",
    when: str = "true",
    sqlstate: str = "53100",
    times: int = 1_000_000,
) -> Iterator[None]:
    """Let the database refuse writes to a table, as a full disk (53100) would.

    `when` is a condition on the row; after `times` errors the table is sound again.
    """
    _run(
        "CREATE SEQUENCE tests_refusals",
        "CREATE FUNCTION tests_break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('tests_refusals') > {times} THEN RETURN NEW; END IF;"
        f" RAISE EXCEPTION 'broken by a test' USING ERRCODE = '{sqlstate}'; END $$",
        f"CREATE TRIGGER tests_break BEFORE {event} ON {table}"
        f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION tests_break()",
    )
    try:
        yield
    finally:
        _run(
            f"DROP TRIGGER tests_break ON {table}",
            "DROP FUNCTION tests_break()",
            "DROP SEQUENCE tests_refusals",
        )


def inbox_refuses_once() -> AbstractContextManager[None]:
    """Let `callback_record` fail as a whole, by its last statement; the callback is stored alone.

    By an error that is not worth a second try of the same call.
    """
    return broken_table("payments_callbackevent", event="INSERT", sqlstate="23514", times=1)


@contextmanager
def hidden_table(table: str) -> Iterator[None]:
    """Make a table unreadable, as when the database is away."""
    _run(f"ALTER TABLE {table} RENAME TO tests_hidden")
    try:
        yield
    finally:
        _run(f"ALTER TABLE tests_hidden RENAME TO {table}")


@contextmanager
def hidden_function(name: str) -> Iterator[None]:
    """Hide a function of the database, as where `migrate` was forgotten."""
    _run(f"ALTER FUNCTION {name} RENAME TO tests_hidden")
    try:
        yield
    finally:
        _run(f"ALTER FUNCTION tests_hidden RENAME TO {name}")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
