"""Asking M-Pesa about every deposit without an end, within one rate for all workers together."""

import json
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from common import clock
from common.db import call_function, release_connection
from payments import conf
from payments.daraja.result_codes import UNCERTAIN_FAILURES
from payments.gateway import (
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    PaymentGateway,
    QueryAnswer,
    QueryOutcome,
    RejectionReason,
)
from payments.provider_status import LONGEST_PAUSE

logger = logging.getLogger(__name__)

#: The limit in deposit_escalate, and how often one pass calls it at most.
_ESCALATED_AT_ONCE = 500
_ESCALATIONS_PER_PASS = 40


@dataclass(frozen=True)
class ReconcileReport:
    """What one pass did: `escalated` went to operators; `outcomes` counts the answers by kind.

    Kinds: credited, failed, pending, unchanged, unknown, unreachable.
    """

    escalated: int
    outcomes: dict[int, str] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """Return how many deposits had each outcome."""
        return Counter(self.outcomes.values())


_CLAIM = "SELECT * FROM deposit_claim_due(%(limit)s, %(pace)s::jsonb, %(now)s)"


def reconcile_due_deposits(*, now: datetime, limit: int = 100) -> ReconcileReport:
    """Claim what is due, ask M-Pesa about each in parallel, and settle the answers.

    Claiming moves the next query on, so that a process killed here has lost one wait. No
    transaction is open and no connection is held while M-Pesa is asked.
    """
    # Claimed first: what is due at the end of its time is asked about once more.
    claimed = _claim_due(now, limit)
    escalated = _escalate(now)
    if not claimed:
        return ReconcileReport(escalated)
    release_connection()
    gateway = conf.get_gateway()
    with ThreadPoolExecutor(conf.QUERIES_IN_FLIGHT, thread_name_prefix="query") as pool:
        outcomes = pool.map(lambda due: _reconcile_in_thread(gateway, *due), claimed)
        return ReconcileReport(
            escalated, dict(zip([txn_id for txn_id, _ in claimed], outcomes, strict=True))
        )


def _escalate(now: datetime) -> int:
    """Hand deposits that stayed without an answer to operators, and return how many.

    In short transactions, so that callbacks get in between, and not without end: after an outage of
    days M-Pesa is to be asked, too.
    """
    escalated = 0
    for _ in range(_ESCALATIONS_PER_PASS):
        count = call_function(
            "SELECT deposit_escalate(%(escalate_after_s)s, %(now)s) AS count",
            {"escalate_after_s": conf.ESCALATE_AFTER.total_seconds(), "now": now},
        )["count"]
        escalated += count
        if count < _ESCALATED_AT_ONCE:
            break
    if escalated:
        logger.error("%s deposits without an answer now wait for an operator", escalated)
    return escalated


def describe_pace() -> dict[str, float]:
    """Return what `deposit_claim_due` keeps to, in seconds, by the names it reads."""
    pace = conf.query_pace()
    return {
        "first_s": conf.first_query_wait().total_seconds(),
        "longest_s": conf.LONGEST_QUERY_WAIT.total_seconds(),
        "interval_s": pace.interval_s,
        "burst": pace.burst,
        "longest_rest_s": LONGEST_PAUSE.total_seconds(),
    }


def _claim_due(now: datetime, limit: int) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        pace = json.dumps(describe_pace())
        cursor.execute(_CLAIM, {"limit": limit, "pace": pace, "now": now})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _reconcile_in_thread(
    gateway: PaymentGateway, transaction_id: int, checkout_request_id: str
) -> str:
    try:
        return reconcile_deposit(
            gateway, transaction_id=transaction_id, checkout_request_id=checkout_request_id
        )
    except Exception:
        # Its next query is set already: nothing is lost but this wait, and the others go on.
        logger.exception("deposit %s: asking or settling broke", transaction_id)
        return "unknown"
    finally:
        connection.close()


def reconcile_deposit(
    gateway: PaymentGateway, *, transaction_id: int, checkout_request_id: str
) -> str:
    """Ask about one deposit and settle a clear answer; anything else changes nothing."""
    release_connection()
    try:
        answer = gateway.query(checkout_request_id)
    except GatewayError as error:
        logger.info("query of deposit %s: no clear answer: %s", transaction_id, error.detail)
        is_outage = _is_outage(error)
        _report_pace(is_answer=not is_outage)
        return "unreachable" if is_outage else "unknown"
    _report_pace(is_answer=True)
    if answer.outcome is QueryOutcome.PENDING:
        return "pending"
    return _settle(transaction_id, answer)


def _is_outage(error: GatewayError) -> bool:
    """Say whether M-Pesa is down or throttles us, as against an answer we cannot use."""
    is_throttled = isinstance(error, GatewayRejected) and error.reason is RejectionReason.BUSY
    return is_throttled or isinstance(error, GatewayUnreachable)


def _report_pace(*, is_answer: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query_pace_report(%s, %s::int, %s)",
            [is_answer, int(LONGEST_PAUSE.total_seconds()), clock.now()],
        )


_SETTLE = """
SELECT deposit_settle_query(%(id)s, %(is_paid)s, %(result)s::jsonb, %(now)s) AS verdict
"""


def _settle(transaction_id: int, answer: QueryAnswer) -> str:
    is_paid = answer.outcome is QueryOutcome.PAID
    settled = call_function(
        _SETTLE,
        {
            "id": transaction_id,
            "is_paid": is_paid,
            "result": json.dumps(
                {
                    "result_code": answer.result_code,
                    "result_desc": answer.result_desc,
                    "is_certain": answer.result_code not in UNCERTAIN_FAILURES,
                }
            ),
            "now": clock.now(),
        },
    )
    logger.info(
        "query of deposit %s: %s, result %s",
        transaction_id,
        settled["verdict"],
        answer.result_code,
    )
    if settled["verdict"] != "applied":
        return "unchanged"
    return "credited" if is_paid else "failed"
