"""Asks M-Pesa what became of a receipt, by Transaction Status, and takes its answers.

The one who asks is the initiator, whom M-Pesa locks after a few wrong credentials. So one question
is under way at a time, for all processes, and the first answer that rejects the initiator stops all
of them until an operator resumes (transaction_status.sql). No answer is never taken for a no.
"""

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common.db import (
    call_function,
    discard_stale_connection,
    is_worth_repeating,
    release_connection,
)
from common.unavailable import RETRY_AFTER_S
from payments import conf, errors
from payments.daraja import transaction_status
from payments.daraja.confirmations import hash_number
from payments.gateway import (
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    InitiatorRejected,
    PaymentGateway,
    RejectionReason,
    TransactionResult,
)
from payments.models import (
    CaseShare,
    Claim,
    InitiatorState,
    Reversal,
    SuspenseCase,
    TransactionQuery,
)
from payments.paybill_addresses import build_addresses
from payments.services import origins
from payments.services.callbacks import hash_callback_token, is_trusted_source
from users.models import User

logger = logging.getLogger(__name__)

Why = TransactionQuery.Why
_PATH = "/api/payments/transaction-status/{token}/{name}/"
#: Words of TransactionStatus that are final (docs/daraja.md §16). Any other one is not clear.
_COMPLETED = "Completed"
_UNDONE = frozenset({"Cancelled", "Declined", "Expired", "Failed", "Reversed"})
#: How long the answer to a question is waited for (transaction_query_ask).
ANSWERED_WITHIN = timedelta(minutes=5)
#: The result code of a time-out, at either address. It says nothing about the initiator.
_TIMED_OUT = "1"
#: Verdicts after which the claims of the receipt may be decided.
_MAY_END_CLAIMS = {"applied", "filled", "held", "confirmed"}


class NotAsked(Exception):
    """Nothing was asked; `reason`: off (no initiator is configured), stopped (M-Pesa rejected the
    initiator), paused (M-Pesa is overloaded or silent), busy (another question is under way).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ResultOutcome:
    """What an answer did; `verdict` as TransactionQuery.Verdict, or duplicate."""

    query_id: int
    verdict: str
    transaction_id: int | None


_ASK = """
SELECT * FROM transaction_query_ask(%(receipt)s, %(why)s, %(asked_by_id)s, %(token_hash)s,
    %(short_code)s, %(now)s)
"""
_SENT = """
SELECT transaction_query_sent(%(query_id)s, %(is_refused)s, %(conversation_id)s,
    %(originator_id)s, %(effect)s, %(code)s, %(note)s, %(now)s)
"""


def ask_about_receipt(
    *,
    receipt: str,
    why: str,
    now: datetime,
    operator: User | None = None,
    gateway: PaymentGateway | None = None,
) -> TransactionQuery:
    """Ask M-Pesa what became of a receipt; the answer comes later, to an address of its own.

    The question is committed before it is sent. Where the process dies in between, it is lost after
    five minutes, and the receipt is asked about again. `gateway`: by default the one configured.

    Raises:
        NotAsked: nothing was stored or sent.
        TransactionIsOpen: the caller's transaction would last as long as the request.
    """
    if not conf.asks_about_transactions():
        raise NotAsked("off")
    gateway = gateway or conf.get_gateway()
    token = secrets.token_hex(32)
    release_connection()
    asked = call_function(
        _ASK,
        {
            "receipt": receipt,
            "why": why,
            "asked_by_id": operator and operator.pk,
            "token_hash": hash_callback_token(token),
            "short_code": gateway.business_short_code,
            "now": now,
        },
    )
    if asked["outcome"] != "asked":
        raise NotAsked(asked["outcome"])
    release_connection()
    sent = _send(gateway, receipt, token)
    # Where this fails, the question is lost later. Its answer is taken all the same.
    call_function(_SENT, {"query_id": asked["query_id"], "now": now, **sent})
    logger.log(
        logging.WARNING if sent["note"] else logging.INFO,
        "asked M-Pesa about receipt %s (%s): %s",
        receipt,
        why,
        sent["note"] or "the answer will come",
    )
    return TransactionQuery.objects.get(pk=asked["query_id"])


def _send(gateway: PaymentGateway, receipt: str, token: str) -> dict[str, Any]:
    """Send the question; return the parameters of transaction_query_sent."""
    origin = build_addresses(settings).origin
    result_url, timeout_url = (
        origin + _PATH.format(token=token, name=name) for name in ("result", "timeout")
    )
    sent: dict[str, Any] = {
        "is_refused": False,
        "conversation_id": "",
        "originator_id": "",
        "effect": "",
        "code": "",
        "note": "",
    }
    try:
        accepted = gateway.query_transaction(receipt, result_url, timeout_url)
    except GatewayRejected as error:
        is_stopped = isinstance(error, InitiatorRejected)
        is_busy = error.reason is RejectionReason.BUSY
        effect = "stop" if is_stopped else "busy" if is_busy else ""
        code = error.result_code or error.reason
        return {**sent, "is_refused": True, "effect": effect, "code": code, "note": error.detail}
    except GatewayUnreachable as error:
        note = f"not sent: {error.detail}"
        return {**sent, "is_refused": True, "effect": "busy", "note": note}
    except GatewayError as error:
        return {**sent, "note": f"perhaps sent: {error.detail}"}
    return {
        **sent,
        "conversation_id": accepted.conversation_id,
        "originator_id": accepted.originator_conversation_id,
    }


_NEXT_CLAIM = "SELECT transaction_query_next_claim(%(after)s, %(most)s, %(now)s) AS receipt"
_WAITING = "(%(short_code)s, %(holds_for)s, %(after)s, %(most)s, %(now)s) AS receipt"
_NEXT_UNBOOKED = f"SELECT transaction_query_next_unbooked{_WAITING}"
_NEXT_CASE = f"SELECT transaction_query_next_case{_WAITING}"
_NEXT_OLD = """
SELECT transaction_query_next_old(%(short_code)s, %(from)s, %(until)s, %(per_hour)s, %(now)s)
    AS receipt
"""


def ask_next(*, now: datetime, gateway: PaymentGateway | None = None) -> TransactionQuery | None:
    """Ask about one receipt, if any is due: of a claim first, since its customer waits; then one
    that our books lack; of an open case; and else the oldest unchecked one.

    Any number of workers may call it at once: one question is under way for all of them. Returns
    the question; None where none is due, or nothing may be asked now.
    """
    if not conf.asks_about_transactions():
        return None
    if not _may_be_asked(now):
        return None
    gateway = gateway or conf.get_gateway()
    found = _find_next(gateway, now)
    if found is None:
        return None
    why, receipt = found
    try:
        return ask_about_receipt(receipt=receipt, why=why, now=now, gateway=gateway)
    except NotAsked as refused:
        logger.debug("receipt %s waits: %s", receipt, refused.reason)
        return None


def _may_be_asked(now: datetime) -> bool:
    """Return whether a question could be sent now; what is due is looked for only then.

    A glance without a lock: transaction_query_ask looks again, under the initiator's.
    """
    state = InitiatorState.objects.first()
    is_held = state is not None and (
        state.stopped_at is not None or (state.paused_until or now) > now
    )
    return (
        not is_held
        and not TransactionQuery.objects.filter(
            state=TransactionQuery.State.ASKED, asked_at__gt=now - ANSWERED_WITHIN
        ).exists()
    )


def _find_next(gateway: PaymentGateway, now: datetime) -> tuple[str, str] | None:
    asked = {
        "short_code": gateway.business_short_code,
        "most": conf.MAX_ASKED_ABOUT_RECEIPT,
        "now": now,
    }
    waiting = {
        **asked,
        "holds_for": conf.ANSWER_HOLDS_FOR,
        "after": conf.ASK_ABOUT_WAITING_AFTER,
    }
    looks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (Why.CLAIM, _NEXT_CLAIM, {**asked, "after": conf.ASK_ABOUT_CLAIM_AFTER}),
        (Why.UNBOOKED, _NEXT_UNBOOKED, waiting),
        (Why.CASE, _NEXT_CASE, waiting),
        (
            Why.OLD_RECEIPT,
            _NEXT_OLD,
            {
                **asked,
                "from": conf.OLD_RECEIPT_FROM,
                "until": conf.OLD_RECEIPT_UNTIL,
                "per_hour": conf.OLD_RECEIPTS_PER_HOUR,
            },
        ),
    )
    for why, sql, parameters in looks:
        receipt = call_function(sql, parameters)["receipt"]
        if receipt is not None:
            return why, receipt
    return None


_RECORD = """
SELECT * FROM transaction_query_record(%(token_hash)s, %(is_trusted)s, %(source_address)s,
    %(result)s::jsonb, %(raw)s::jsonb, %(now)s)
"""


def record_result(
    *, token: str, body: bytes, source_address: str | None, now: datetime
) -> ResultOutcome | None:
    """Settle M-Pesa's answer and store it; return once both are committed.

    None where no question has this token: nothing is stored. It may come twice, beside any other
    report of the same payment, before the acknowledgement, or after a time-out.

    Raises:
        CallbackMalformed: the body is no result. That is stored.
        CallbackNotStored: the database could not store it; the receipt is asked about again.
    """
    result = _parse(body)
    recorded = _call_once_more(
        _RECORD,
        {
            "token_hash": hash_callback_token(token),
            "is_trusted": is_trusted_source(source_address),
            "source_address": source_address,
            "result": result and json.dumps(_describe(result)),
            "raw": json.dumps(result.raw if result else transaction_status.parse_timeout(body)),
            "now": now,
        },
    )
    if recorded["query_id"] is None:
        return None
    _log(recorded)
    if recorded["verdict"] in _MAY_END_CLAIMS:
        # The worker looks at these claims within seconds, after the answer is committed.
        Claim.objects.filter(
            status=Claim.Status.OPEN, readings__contains=[recorded["receipt"]]
        ).update(next_look_at=now)
    if result is None:
        raise errors.CallbackMalformed
    return ResultOutcome(recorded["query_id"], recorded["verdict"], recorded["transaction_id"])


def _log(recorded: Mapping[str, Any]) -> None:
    is_for_operators = recorded["verdict"] in {"reversed", "differs", "foreign", "received"}
    deposit = recorded["transaction_id"]
    with origins.about(deposit, origins.find(deposit)):
        logger.log(
            logging.ERROR if is_for_operators else logging.INFO,
            "M-Pesa's answer about receipt %s: %s%s",
            recorded["receipt"],
            recorded["verdict"],
            f" ({recorded['note']})" if recorded["note"] else "",
        )


def _parse(body: bytes) -> TransactionResult | None:
    try:
        return transaction_status.parse_result(body)
    except transaction_status.MalformedResult as malformed:
        logger.warning("malformed transaction result: %s", malformed)
        return None


def _describe(result: TransactionResult) -> dict[str, Any]:
    """Return `p_result` of transaction_query_record."""
    own_short_code = conf.get_gateway().business_short_code
    is_own = result.credit_party in conf.own_short_codes()
    credit_party = own_short_code if is_own else result.credit_party
    # As text: a JSON number may be read as a float, which is not exact.
    amount = None if result.amount is None else str(result.amount)
    return {
        "result_code": result.result_code,
        "receipt": result.receipt,
        "transaction_status": result.transaction_status,
        "amount": amount,
        "credit_party": credit_party,
        "own_short_code": own_short_code,
        "is_completed": result.transaction_status == _COMPLETED,
        "is_undone": result.transaction_status in _UNDONE,
        "effect": _effect(result.result_code),
        "payer": result.payer_msisdn or None,
        "payment": {
            "receipt": result.receipt,
            "amount": amount,
            "business_short_code": credit_party,
            "account_number": "",
            "transaction_type": result.reason_type,
            "paid_at": result.paid_at and result.paid_at.isoformat(),
            "payer_name": result.payer_name,
            "payer_number": result.payer_number,
            "payer_hash": hash_number(result.payer_msisdn) if result.payer_msisdn else "",
        },
    }


def _effect(result_code: str) -> str:
    """Return what a result code says of the initiator (SQL function initiator_report)."""
    if result_code in transaction_status.INITIATOR_CODES:
        return "stop"
    if transaction_status.is_busy(result_code):
        return "busy"
    return "" if result_code == _TIMED_OUT else "proven"


_TIME_OUT = """
SELECT transaction_query_time_out(%(token_hash)s, %(is_trusted)s, %(source_address)s,
    %(raw)s::jsonb, %(now)s) AS query_id
"""


def record_timeout(*, token: str, body: bytes, source_address: str | None, now: datetime) -> bool:
    """Record that M-Pesa did not get to a question in time; any body says the same.

    Returns False where no question has this token: nothing is stored.

    Raises:
        CallbackNotStored: the database could not store it; the question is lost in minutes anyway.
    """
    recorded = _call_once_more(
        _TIME_OUT,
        {
            "token_hash": hash_callback_token(token),
            "is_trusted": is_trusted_source(source_address),
            "source_address": source_address,
            "raw": json.dumps(transaction_status.parse_timeout(body)),
            "now": now,
        },
    )
    return recorded["query_id"] is not None


def _call_once_more(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call a function that is harmless to repeat; once more where the connection was lost.

    Raises:
        CallbackNotStored: it failed.
    """
    try:
        try:
            return call_function(sql, parameters)
        except DatabaseError as error:
            if not is_worth_repeating(error):
                raise
            discard_stale_connection()
            return call_function(sql, parameters)
    except DatabaseError as error:
        logger.exception("an answer of Transaction Status could not be stored")
        raise errors.CallbackNotStored(retry_after_s=RETRY_AFTER_S) from error


def list_untold() -> QuerySet[TransactionQuery]:
    """Return the answers by which a payment in our books did not stay, or was of another amount.

    One leaves the list once its deposit is reversed here; of a payment that was shared out, each
    share; and one in suspense, once its case is closed as paid back, or has M-Pesa's amount.
    """
    of_share = CaseShare.objects.filter(entry=OuterRef("entry"))
    reversals = Reversal.objects.filter(transaction=OuterRef("transaction")).exclude(
        # What a case had given, before the deposit was credited with the payment after all.
        Q(transaction__mpesa_receipt_number=OuterRef("receipt"))
        & ~Q(transaction__credit_entry=F("entry"))
    )
    shares = CaseShare.objects.filter(case__mpesa_receipt_number=OuterRef("receipt"))
    # Only of a case that held the money: another may be about a report that posted nothing.
    holding = SuspenseCase.objects.filter(
        mpesa_receipt_number=OuterRef("receipt"), entry__isnull=False
    )
    paid_back = holding.filter(decision=SuspenseCase.Decision.REFUNDED)
    corrected = holding.filter(corrected_amount=OuterRef("amount"))
    return TransactionQuery.objects.filter(
        ~Exists(paid_back),
        ~Exists(corrected) | ~Q(verdict=TransactionQuery.Verdict.DIFFERS),
        ~Exists(reversals.filter(~Exists(of_share))),
        ~Exists(shares) | Exists(shares.filter(entry__reversed_by__isnull=True)),
        verdict__in=[TransactionQuery.Verdict.REVERSED, TransactionQuery.Verdict.DIFFERS],
    )


_RESUME = "SELECT initiator_resume(%(by)s, %(now)s) AS resumed"


def resume_initiator(*, by: str, now: datetime) -> bool:
    """Let M-Pesa be asked again, after the credential was set right; False: it was not stopped."""
    resumed = bool(call_function(_RESUME, {"by": by, "now": now})["resumed"])
    if resumed:
        logger.warning("the initiator is used again, by %s", by)
    return resumed
