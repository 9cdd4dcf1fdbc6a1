"""Calls of SQL functions, and what M-Pesa reports, as the functions of settlement take it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.db import connection
from django.db import transaction as db_transaction

from common.db import call_function
from payments.models import SuspenseCase, Transaction
from payments.services.callbacks import hash_callback_token
from payments.tests.building import CHECKOUT, NOON, RECEIPT
from users import proposals
from users.models import Proposal, User
from wallet.tests import ledger

#: Placeholders of a stored deposit, and of what was reported, as the functions take both.
DEPOSIT = "(SELECT txn FROM payments_transaction AS txn WHERE txn.id = %(deposit_id)s)"
RESULT = "jsonb_populate_record(NULL::stk_result, %(result)s::jsonb)"


def row_of(sql: str, **parameters: Any) -> dict[str, Any]:
    """Run one call and return its row."""
    return call_function(sql, parameters)


def value_of(sql: str, **parameters: Any) -> Any:
    """Run one call and return its one value."""
    [value] = call_function(sql, parameters).values()
    return value


def after(seconds: float) -> datetime:
    """Return a moment after NOON."""
    return NOON + timedelta(seconds=seconds)


def success(**fields: Any) -> dict[str, Any]:
    """Return the report of a payment of KES 500 for the prompt CHECKOUT."""
    return {
        "checkout_request_id": CHECKOUT,
        "merchant_request_id": "29115-1",
        "result_code": "0",
        "result_desc": "As M-Pesa says",
        "is_final": True,
        "is_certain": True,
        "amount": "500",
        "mpesa_receipt_number": RECEIPT,
        **fields,
    }


def failure(**fields: Any) -> dict[str, Any]:
    """Return the report of a prompt that the customer cancelled."""
    nothing = {"result_code": "1032", "amount": None, "mpesa_receipt_number": None}
    return success(**{**nothing, **fields})


def settle(deposit: Transaction, result: dict[str, Any], now: datetime = NOON) -> str:
    """Settle a callback at the deposit's own address, and read the deposit again."""
    verdict = value_of(
        "SELECT deposit_settle_callback(%(deposit_id)s, true, true, %(result)s::jsonb, %(now)s)",
        deposit_id=deposit.pk,
        result=json.dumps(result),
        now=now,
    )
    deposit.refresh_from_db()
    return str(verdict)


def query(
    deposit: Transaction, *, is_paid: bool = True, now: datetime = NOON, **result: Any
) -> str:
    """Settle the answer of a status query, and read the deposit again."""
    verdict = value_of(
        "SELECT deposit_settle_query(%(deposit_id)s, %(is_paid)s, %(result)s::jsonb, %(now)s)",
        deposit_id=deposit.pk,
        is_paid=is_paid,
        result=json.dumps({"result_code": "0", "is_certain": True, **result}),
        now=now,
    )
    deposit.refresh_from_db()
    return str(verdict)


def record_many(
    callbacks: list[tuple[str, dict[str, Any]]], now: datetime = NOON
) -> dict[int, tuple[int, int]]:
    """Settle callbacks (token, result) together; return event and deposit by place, from 1 on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, event_id, transaction_id FROM callbacks_record(%(hashes)s::text[],"
            " array_fill('196.201.214.200'::inet, ARRAY[%(count)s]),"
            " array_fill('{}'::jsonb, ARRAY[%(count)s]), %(bodies)s::bytea[],"
            " %(results)s::jsonb[], array_fill(%(now)s::timestamptz, ARRAY[%(count)s]))",
            {
                "hashes": [hash_callback_token(token) for token, _ in callbacks],
                "bodies": [b"the body"] * len(callbacks),
                "results": [json.dumps(result) for _, result in callbacks],
                "count": len(callbacks),
                "now": now,
            },
        )
        return {place: (event, deposit) for place, event, deposit in cursor.fetchall()}


def resolve(
    case_id: int, user: User, operator: User, note: str = "SMS seen", now: datetime = NOON
) -> dict[str, Any]:
    """Decide a case by its SQL function."""
    return row_of(
        "SELECT * FROM suspense_resolve(%(case_id)s, %(user_id)s, %(operator_id)s, %(note)s,"
        " %(now)s)",
        case_id=case_id,
        user_id=user.pk,
        operator_id=operator.pk,
        note=note,
        now=now,
    )


def give(
    case: SuspenseCase,
    user: User,
    operator: User,
    *,
    limit: Any = 10_000,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Give a case's payment to a customer; one operator decides up to `limit`."""
    return row_of(
        "SELECT * FROM suspense_give(%(case_id)s, %(user_id)s, %(operator_id)s, 'SMS seen',"
        " %(limit)s, %(now)s)",
        case_id=case.pk, user_id=user.pk, operator_id=operator.pk, limit=limit,
        now=now or after(60),
    )  # fmt: skip


def dismiss(
    case: SuspenseCase,
    operator: User,
    decision: str | None = "not_in_books",
    deposit: Transaction | None = None,
    *,
    limit: int | None = 10_000,
) -> dict[str, Any]:
    """Decide that nobody gets a case's payment."""
    return row_of(
        "SELECT * FROM suspense_dismiss(%(case_id)s, %(decision)s, %(deposit_id)s,"
        " %(operator_id)s, 'seen in the portal', %(limit)s, %(now)s)",
        case_id=case.pk, decision=decision, deposit_id=deposit and deposit.pk,
        operator_id=operator.pk, limit=limit, now=after(60),
    )  # fmt: skip


def correct(
    case: SuspenseCase,
    amount: Any,
    operator: User,
    *,
    limit: Any = 10_000,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Correct a case's amount."""
    return row_of(
        "SELECT * FROM suspense_correct(%(case_id)s, %(amount)s::numeric, %(operator_id)s,"
        " 'portal', 'another amount there', %(limit)s, %(now)s)",
        case_id=case.pk, amount=amount, operator_id=operator.pk, limit=limit,
        now=now or after(60),
    )  # fmt: skip


def reverse_owing(
    entry_id: int | None,
    operator: User,
    most_owed: Any = 0,
    *,
    limit: int | None = 10_000,
    now: datetime = NOON,
) -> dict[str, Any]:
    """Reverse an entry; what the wallet lacks, up to `most_owed`, becomes a debt."""
    return row_of(
        "SELECT * FROM payment_reverse_owing(%(entry_id)s, %(operator_id)s, 'Taken back',"
        " %(most_owed)s::numeric, %(limit)s, %(now)s)",
        entry_id=entry_id, operator_id=operator.pk, most_owed=most_owed, limit=limit, now=now,
    )  # fmt: skip


def spend(user: User, amount: int) -> None:
    """Take money out of a wallet, as a withdrawal would."""
    ledger.post(
        key="spent",
        debit=ledger.get_customer_account(user.pk),
        credit=ledger.get_clearing_account("174379"),
        amount=Decimal(amount),
        description="",
        now=NOON,
    )


def pay_by_hand(amount: str = "500.00", **fields: Any) -> SuspenseCase:
    """Let M-Pesa report a payment with an account number that nobody has, and return its case."""
    payment = {
        "receipt": RECEIPT, "amount": amount, "business_short_code": "174379",
        "account_number": "as typed", "transaction_type": "Pay Bill",
        "paid_at": "2026-11-20T12:00:00+03:00", "payer_name": "JOHN",
        "payer_number": "2547****126", "payer_hash": "", **fields,
    }  # fmt: skip
    row_of(
        "SELECT * FROM paybill_settle(%(payment)s::jsonb, 'confirmation', true, %(now)s)",
        payment=json.dumps(payment), now=NOON,
    )  # fmt: skip
    return SuspenseCase.objects.get(transaction=None, mpesa_receipt_number=payment["receipt"])


def approve_decision(
    kind: Proposal.Kind,
    subject_id: int,
    operator: User,
    *,
    detail: str = "",
    customer: User | None = None,
) -> None:
    """Let another operator propose, and this one approve, a decision."""
    proposer, _ = User.objects.get_or_create(phone_number="254799999998")
    proposal = proposals.propose(
        kind=kind, subject_id=subject_id, customer=customer, detail=detail,
        operator=proposer, reason="SMS seen", now=NOON,
    )  # fmt: skip
    with db_transaction.atomic():
        proposals.approve(proposal.pk, operator=operator, reason="called", now=NOON)


def approve(case: SuspenseCase, customer: User, operator: User) -> None:
    """Let another operator propose, and this one approve, a case for a customer."""
    proposer = User.objects.create_superuser("254799999998", "a-good-password")
    proposal = proposals.propose(
        kind=Proposal.Kind.RESOLVE_CASE, subject_id=case.pk, customer=customer,
        operator=proposer, reason="SMS seen", now=NOON,
    )  # fmt: skip
    with db_transaction.atomic():
        proposals.approve(proposal.pk, operator=operator, reason="called", now=NOON)


@contextmanager
def other_session() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Open a second session, which sees what is committed and waits for our locks."""
    parameters = connection.get_connection_params()
    wanted = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if parameters.get(name)
    }
    with psycopg.connect(**wanted) as other:
        yield other
        other.rollback()


def forget_statistics() -> None:
    """Let the planner take each table for one of ten pages until the transaction ends.

    Of a table that was vacuumed while it was empty it knows that nothing is in it, and then any
    index will do. Autovacuum comes by when it likes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1, relpages = 0"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )


def split(case: SuspenseCase, shares: list[tuple[User, Any]], operator: User) -> dict[str, Any]:
    """Share a case's payment out among customers."""
    return row_of(
        "SELECT * FROM suspense_split(%(case_id)s, %(user_ids)s::bigint[],"
        " %(amounts)s::numeric[], %(operator_id)s, 'a brother paid for both', %(now)s)",
        case_id=case.pk, user_ids=[user.pk for user, _ in shares],
        amounts=[amount for _, amount in shares], operator_id=operator.pk, now=after(60),
    )  # fmt: skip


def agree_on_split(case: SuspenseCase, shares: list[tuple[User, Any]], operator: User) -> None:
    """Let another operator propose shares, and this one approve them."""
    detail = ",".join(f"{user.pk}:{Decimal(amount):.2f}" for user, amount in shares)
    approve_decision(Proposal.Kind.SPLIT_CASE, case.pk, operator, detail=detail)
