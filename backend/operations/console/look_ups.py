"""The search's look-ups: each is one statement over an index, and reads a few rows at most."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db import transaction as db_transaction
from django.db.models import Q, QuerySet

from operations.console.words import Meanings
from payments.models import Claim, PaybillPayment, SuspenseCase, Transaction
from users.models import User

#: The most rows of one kind; one more is read, to say that there are more.
MOST = 20
#: A payment is looked for by its amount and time of day on so many days, newest first.
DAYS = 90
#: Customers read the time off an SMS, or remember it.
_AROUND = timedelta(minutes=10)
_NAIROBI = ZoneInfo("Africa/Nairobi")
_MOST_MS = 2_000

# Words of a name by their beginnings. The expression is that of the index users_user_name_words.
_BY_NAME = """
SELECT id FROM users_user
 WHERE to_tsvector('simple', full_name) @@ to_tsquery('simple', %(query)s) LIMIT %(most)s
"""
# The deposit whose account reference stands beside a code in M-PESA's own records: of one that a
# status query credited, or that nobody credited yet, no report has told us the code.
_BY_RECORD = """
SELECT txn.id FROM payments_statementrow AS line
  JOIN payments_transaction AS txn ON txn.account_reference = line.reference
 WHERE line.receipt = %(receipt)s AND line.reference <> '' AND txn.account_reference <> ''
 UNION SELECT transaction_id FROM payments_pulledrow
        WHERE receipt = %(receipt)s AND transaction_id IS NOT NULL
 UNION SELECT transaction_id FROM payments_transactionquery
        WHERE receipt = %(receipt)s AND transaction_id IS NOT NULL
 UNION SELECT transaction_id FROM payments_confirmation
        WHERE receipt = %(receipt)s AND transaction_id IS NOT NULL
 LIMIT %(most)s
"""
# A look at each day's few minutes in the index payments_newest, from today backwards, until there
# are enough. Nairobi has no summer time, so each day is 24 hours.
_BY_AMOUNT_AND_TIME = """
SELECT found.id FROM generate_series(0, %(days)s - 1) AS day
 CROSS JOIN LATERAL (
    SELECT txn.id FROM payments_transaction AS txn
     WHERE txn.created_at >= %(begin)s - day * interval '24 hours'
       AND txn.created_at < %(end)s - day * interval '24 hours' AND txn.amount = %(amount)s
     ORDER BY txn.created_at DESC LIMIT %(most)s) AS found
 LIMIT %(most)s
"""


@dataclass(frozen=True)
class Found:
    """What was found, by kind; at most MOST + 1 of each. `denied` are kinds that the operator has
    no right to, by their plural names.
    """

    customers: list[User]
    deposits: list[Transaction]
    cases: list[SuspenseCase]
    claims: list[Claim]
    payments: list[PaybillPayment]
    denied: list[str]

    @property
    def total(self) -> int:
        """How many were found in all."""
        of_customers = len(self.customers) + len(self.deposits) + len(self.payments)
        return of_customers + len(self.cases) + len(self.claims)


def look_up(meant: Meanings, *, operator: User, now: datetime) -> Found:
    """Return what the operator may see of what the words can mean."""
    denied: list[str] = []

    def may(right: str, plural: str) -> bool:
        is_allowed = operator.has_perm(right)
        if not is_allowed:
            denied.append(plural)
        return is_allowed

    with _by_index():
        return Found(
            customers=_customers(meant) if may("users.view_user", "customers") else [],
            deposits=_deposits(meant, now) if may("payments.view_transaction", "deposits") else [],
            cases=_cases(meant, now) if may("payments.view_suspensecase", "suspense cases") else [],
            claims=_claims(meant) if may("payments.view_claim", "claims") else [],
            payments=_payments(meant)
            if may("payments.view_paybillpayment", "payments by hand")
            else [],
            denied=denied,
        )


@contextmanager
def _by_index() -> Iterator[None]:
    """Keep the planner from reading a table to its end: a guess of its own about a common name must
    not cost the seconds that a large table takes.
    """
    with db_transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"SET LOCAL statement_timeout = {_MOST_MS}")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = on")


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "most": MOST + 1})
        return [found for (found,) in cursor.fetchall()]


def _few(*queries: QuerySet[Any]) -> list[Any]:
    """Return the rows of all queries, each once, and of each query a few."""
    rows = {row.pk: row for query in queries for row in query[: MOST + 1]}
    return list(rows.values())[: MOST + 1]


def _customers(meant: Meanings) -> list[User]:
    users = User.objects.select_related("ledger_account")
    queries = []
    if meant.phone:
        queries.append(users.filter(phone_number=meant.phone))
    if meant.account:
        queries.append(users.filter(paybill_account__number=meant.account))
    if meant.name_parts:
        query = " & ".join(f"'{part}':*" for part in meant.name_parts)
        queries.append(users.filter(pk__in=_ids(_BY_NAME, {"query": query})).order_by("full_name"))
    return _few(*queries)


def _deposits(meant: Meanings, now: datetime) -> list[Transaction]:
    deposits = Transaction.objects.select_related("user")
    queries: list[QuerySet[Any]] = []
    if meant.deposit_id:
        queries.append(deposits.filter(pk=meant.deposit_id))
    if meant.receipt:
        queries.append(deposits.filter(receipts__number=meant.receipt))
        queries.append(deposits.filter(pk__in=_ids(_BY_RECORD, {"receipt": meant.receipt})))
    if meant.checkout_id:
        queries.append(deposits.filter(checkout_request_id=meant.checkout_id))
    if meant.reference:
        queries.append(deposits.filter(account_reference=meant.reference))
    if meant.phone:
        queries.append(deposits.filter(phone_number=meant.phone).order_by("-created_at"))
    if meant.amount and meant.at:
        values = {**_minutes(meant.at, now), "amount": meant.amount, "days": DAYS}
        found = deposits.filter(pk__in=_ids(_BY_AMOUNT_AND_TIME, values))
        queries.append(found.order_by("-created_at"))
    return _few(*queries)


def _minutes(at: time, now: datetime) -> dict[str, datetime]:
    """Return the newest minutes around a time of day that are not all ahead."""
    moment = datetime.combine(now.astimezone(_NAIROBI), at, _NAIROBI)
    if moment - _AROUND > now:
        moment -= timedelta(days=1)
    return {"begin": moment - _AROUND, "end": moment + _AROUND + timedelta(minutes=1)}


def _cases(meant: Meanings, now: datetime) -> list[SuspenseCase]:
    cases = SuspenseCase.objects.select_related("transaction", "payment").order_by("pk")
    queries: list[QuerySet[Any]] = []
    if meant.receipt:
        queries.append(cases.filter(mpesa_receipt_number=meant.receipt))
    if meant.deposit_id:
        queries.append(cases.filter(transaction_id=meant.deposit_id))
    if meant.phone:
        # Paid by hand with a number that seems to be this customer's, and held.
        queries.append(
            cases.filter(
                status=SuspenseCase.Status.OPEN, payment__proposed_user__phone_number=meant.phone
            )
        )
    if meant.amount and meant.at:
        # Open cases only: those are few, and one of them is what the customer misses.
        held = cases.filter(status=SuspenseCase.Status.OPEN, amount=meant.amount)
        near = [case.pk for case in held[:200] if _is_near(case.opened_at, meant.at, now)]
        queries.append(cases.filter(pk__in=near))
    return _few(*queries)


def _is_near(moment: datetime, at: time, now: datetime) -> bool:
    """Return whether a moment is within the minutes around a time of day."""
    around = _minutes(at, now)
    day = timedelta(days=1)
    return (moment - around["begin"]) % day < around["end"] - around["begin"]


def _claims(meant: Meanings) -> list[Claim]:
    if not meant.receipt:
        return []
    found = Claim.objects.filter(Q(readings__contains=[meant.receipt])).select_related("user")
    return _few(found.order_by("pk"))


def _payments(meant: Meanings) -> list[PaybillPayment]:
    if not meant.receipt:
        return []
    return _few(PaybillPayment.objects.filter(receipt=meant.receipt).order_by("receipt"))
