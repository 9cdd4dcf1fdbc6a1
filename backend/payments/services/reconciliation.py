"""Status queries about every deposit without an outcome, in one rate for all workers together."""

import json
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from common import clock, traces
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
from payments.models import Transaction
from payments.provider_status import MAX_PAUSE
from payments.services import origins
from payments.services.origins import ORIGIN, Origin

logger = logging.getLogger(__name__)

#: How many deposits deposit_escalate takes at once, and how often one pass calls it at most.
_ESCALATED_AT_ONCE = 500
_ESCALATIONS_PER_PASS = 40


@dataclass(frozen=True)
class ReconcileReport:
    """What one pass did: how many deposits were escalated, and the outcome of each status query.

    `outcomes` maps a deposit's id to credited, failed, pending, unchanged, unknown or unreachable.
    """

    escalated: int
    outcomes: dict[int, str] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """Return how many deposits had each outcome."""
        return Counter(self.outcomes.values())


@dataclass(frozen=True)
class _Due:
    """A deposit whose status query is due, and the request that asked for it."""

    transaction_id: int
    checkout_request_id: str
    origin: Origin


_CLAIM = f"""
SELECT due.transaction_id, due.checkout_request_id, {ORIGIN.format("due.transaction_id")}
  FROM deposit_claim_due(%(limit)s, %(pace)s::jsonb, %(now)s) AS due
"""  # noqa: S608  # our own constants


def reconcile_due_deposits(*, now: datetime, limit: int = 100) -> ReconcileReport:
    """Claim the deposits whose query is due, query M-Pesa in parallel, and settle the answers.

    Claiming moves each deposit's next query into the future, so that a process killed here only
    delays the query by one wait. During a query no transaction is open and no connection is held.
    """
    # Claimed before escalating: a deposit that is due when it turns 24 hours old gets a last query.
    claimed = _claim_due(now, limit)
    escalated = _escalate(now)
    if not claimed:
        return ReconcileReport(escalated)
    release_connection()
    gateway = conf.get_gateway()
    with ThreadPoolExecutor(conf.QUERIES_IN_FLIGHT, thread_name_prefix="query") as pool:
        outcomes = pool.map(lambda due: _reconcile_in_thread(gateway, due), claimed)
        return ReconcileReport(
            escalated, dict(zip([due.transaction_id for due in claimed], outcomes, strict=True))
        )


def _escalate(now: datetime) -> int:
    """Escalate deposits without an answer to operators, and return how many.

    In short transactions, so that callbacks are not blocked, and a limited number of them: after an
    outage of days this must not keep the pass from sending its status queries.
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
        logger.error(
            "%s deposits without an answer now wait for an operator: admin, Deposits to look for",
            escalated,
        )
    return escalated


def describe_pace() -> dict[str, float]:
    """Return `p_pace` of `deposit_claim_due`: times in seconds, `burst` as a count."""
    pace = conf.query_pace()
    return {
        "first_s": conf.first_query_wait().total_seconds(),
        "longest_s": conf.MAX_QUERY_WAIT.total_seconds(),
        "interval_s": pace.interval_s,
        "burst": pace.burst,
        "longest_rest_s": MAX_PAUSE.total_seconds(),
    }


def _claim_due(now: datetime, limit: int) -> list[_Due]:
    with connection.cursor() as cursor:
        pace = json.dumps(describe_pace())
        cursor.execute(_CLAIM, {"limit": limit, "pace": pace, "now": now})
        return [
            _Due(transaction_id, checkout_request_id, origins.read(origin))
            for transaction_id, checkout_request_id, origin in cursor.fetchall()
        ]


def query_soon(*, transaction_id: int, now: datetime, may_restart: bool = False) -> bool:
    """Make a deposit's next status query due now; return whether that was not the case already.

    At most once per polling interval, and within the rate of all workers. It never changes anything
    else. For a deposit that no query is planned for it plans one only with `may_restart`.
    """
    became_due: bool = call_function(
        "SELECT deposit_query_soon(%(id)s, %(may_restart)s, %(now)s) AS became_due",
        {"id": transaction_id, "may_restart": may_restart, "now": now},
    )["became_due"]
    return became_due


#: Earlier than the first regular query, but late enough for a customer to have given the PIN.
_HURRIED_AFTER = timedelta(seconds=15)
_HURRIED_UNTIL = timedelta(minutes=15)


def hurry_queries(*, now: datetime, limit: int = 50) -> int:
    """Make the next status query of recent deposits due now, and return of how many.

    For a time in which M-Pesa reports nothing (operations.needs, no_callbacks): without it the
    customers' money would wait for the regular queries. The rate of all workers holds as ever.
    """
    waiting = Transaction.objects.filter(
        next_query_at__gt=now,
        regular_query_at__isnull=True,
        created_at__range=(now - _HURRIED_UNTIL, now - _HURRIED_AFTER),
    ).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    return sum(query_soon(transaction_id=number, now=now) for number in ids)


def _reconcile_in_thread(gateway: PaymentGateway, due: _Due) -> str:
    with (
        origins.about(due.transaction_id, due.origin),
        traces.span(
            "query",
            traceparent=due.origin.traceparent,
            deposit=due.transaction_id,
            tap=due.origin.request_id,
        ) as live,
    ):
        try:
            outcome = reconcile_deposit(
                gateway,
                transaction_id=due.transaction_id,
                checkout_request_id=due.checkout_request_id,
            )
        except Exception:
            # The deposit's next query is set already, so the error costs one wait. The others go
            # on.
            logger.exception("query: asking or settling broke")
            outcome = "unknown"
        finally:
            connection.close()
        live.note(outcome=outcome, posted=outcome == "credited")
        return outcome


def reconcile_deposit(
    gateway: PaymentGateway, *, transaction_id: int, checkout_request_id: str
) -> str:
    """Query M-Pesa about one deposit and settle a clear answer; without one, change nothing."""
    release_connection()
    try:
        answer = gateway.query(checkout_request_id)
    except GatewayError as error:
        logger.info("query: no clear answer: %s", error.detail)
        is_outage = _is_outage(error)
        _report_pace(is_answer=not is_outage)
        return "unreachable" if is_outage else "unknown"
    _report_pace(is_answer=True)
    if answer.outcome is QueryOutcome.PENDING:
        return "pending"
    return _settle(transaction_id, answer)


def _is_outage(error: GatewayError) -> bool:
    """Return whether M-Pesa is down or throttles us; False for an answer that we cannot use."""
    is_throttled = isinstance(error, GatewayRejected) and error.reason is RejectionReason.BUSY
    return is_throttled or isinstance(error, GatewayUnreachable)


def _report_pace(*, is_answer: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query_pace_report(%s, %s::int, %s)",
            [is_answer, int(MAX_PAUSE.total_seconds()), clock.now()],
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
    logger.info("query: %s, result %s", settled["verdict"], answer.result_code)
    if settled["verdict"] != "applied":
        return "unchanged"
    return "credited" if is_paid else "failed"
