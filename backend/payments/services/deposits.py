"""Starting a deposit: the row is committed, then M-Pesa is called, then the answer is stored."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as db_transaction

from common import clock
from common.db import call_function, release_connection
from common.errors import DomainError
from payments import conf, errors
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PaymentGateway,
    PushAccepted,
    PushRequest,
    Refusal,
)
from payments.services import idempotency
from payments.services.callbacks import hash_token, record_callback
from payments.services.idempotency import Claim, StoredAnswer
from users.models import User
from users.phone import is_msisdn

logger = logging.getLogger(__name__)

_NAIROBI = ZoneInfo("Africa/Nairobi")
# No 0/O, 1/I/L: a customer may read it out to support.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True)
class PushOutcome:
    """What came of a request to deposit.

    `checkout_request_id` None without a refusal: sent, outcome unknown, followed up by itself.
    """

    transaction_id: int
    checkout_request_id: str | None = None
    refusal: DomainError | None = None
    is_replay: bool = False


@dataclass(frozen=True)
class _OpenedDeposit:
    transaction_id: int
    request: PushRequest
    token: str


def initiate_deposit(
    *, user: User, amount: int, idempotency_key: str | None, now: datetime
) -> PushOutcome:
    """Prompt the user's own phone for `amount` whole KES, once per idempotency key.

    The prompt is never sent twice by itself: whatever is unclear stays PENDING and is asked about.

    Raises:
        DomainError: refused before M-Pesa was called; nothing was sent and nothing is stored
            under the key. A refusal by M-Pesa itself comes back as `PushOutcome.refusal`.
    """
    claim = None
    if idempotency_key is not None:
        claimed = idempotency.claim_key(
            user_id=user.pk, key=idempotency_key, body={"amount": amount}, now=now
        )
        if isinstance(claimed, StoredAnswer):
            return _replay(claimed)
        claim = claimed
    gateway = conf.get_gateway()
    try:
        _refuse_unfit(user)
        deposit = _open_deposit(user, amount, claim, gateway.business_short_code, now)
    except Exception:
        # Nothing was sent, so the same key may start anew.
        idempotency.release_key(claim)
        raise
    return _push(gateway, deposit, claim)


def _refuse_unfit(user: User) -> None:
    """Refuse whoever may not deposit, in the contract's order."""
    if not user.is_active:
        raise errors.account_blocked()
    is_verified = user.kyc_status == User.KycStatus.VERIFIED
    if conf.deposit_rules().is_kyc_required and not is_verified:
        raise errors.kyc_required()
    if not is_msisdn(user.phone_number):
        raise errors.invalid_phone_number()


_OPEN = """
SELECT * FROM deposit_open(%(user_id)s, %(amount)s, %(phone_number)s, %(account_reference)s,
    %(business_short_code)s, %(token_hash)s, %(prompt_open_s)s, %(first_query_s)s,
    %(daily_limit)s, %(day_start)s, %(day_end)s, %(idempotency_id)s, %(claim)s, %(now)s)
"""


def _open_deposit(
    user: User, amount: int, claim: Claim | None, business_short_code: str, now: datetime
) -> _OpenedDeposit:
    """Commit the PENDING row, or refuse: an open prompt, a limit, a claim that was lost."""
    rules = conf.deposit_rules()
    token = secrets.token_urlsafe(32)
    reference = "KP" + "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(10))
    day_start = now.astimezone(_NAIROBI).replace(hour=0, minute=0, second=0, microsecond=0)
    opened = call_function(
        _OPEN,
        {
            "user_id": user.pk,
            "amount": amount,
            "phone_number": user.phone_number,
            "account_reference": reference,
            "business_short_code": business_short_code,
            "token_hash": hash_token(token),
            "prompt_open_s": int(rules.prompt_open.total_seconds()),
            "first_query_s": rules.first_query_after.total_seconds(),
            "daily_limit": rules.daily_limit,
            "day_start": day_start,
            "day_end": day_start + timedelta(days=1),
            "idempotency_id": claim.idempotency_id if claim else None,
            "claim": claim.claim if claim else None,
            "now": now,
        },
    )
    _refuse_unopened(opened, rules.daily_limit)
    request = PushRequest(
        phone_number=user.phone_number,
        amount=amount,
        account_reference=reference,
        transaction_desc="Deposit",
        callback_url=f"{rules.callback_url}{token}/",
    )
    return _OpenedDeposit(opened["transaction_id"], request, token)


def _refuse_unopened(opened: dict[str, Any], daily_limit: int) -> None:
    match opened["outcome"]:
        case "deposit_in_progress":
            raise errors.deposit_in_progress(opened["transaction_id"], opened["retry_after_s"])
        case "limit_exceeded":
            raise errors.limit_exceeded(daily_limit, opened["retry_after_s"])
        case "claim_lost":
            raise errors.idempotency_in_progress(None, 1)


def _push(gateway: PaymentGateway, deposit: _OpenedDeposit, claim: Claim | None) -> PushOutcome:
    """Call M-Pesa with no transaction open and no connection held, and store what it said."""
    release_connection()
    try:
        accepted = gateway.push(deposit.request)
    except GatewayRejected as rejected:
        return _store_refusal(
            deposit, claim, errors.refused_by_gateway(rejected, deposit.transaction_id), rejected
        )
    except GatewayUnreachable as unreachable:
        return _store_refusal(
            deposit, claim, errors.gateway_unavailable(unreachable, deposit.transaction_id), None
        )
    except OutcomeUnknown as unknown:
        logger.warning(
            "push of deposit %s: outcome unknown: %s", deposit.transaction_id, unknown.detail
        )
        return _store_unknown(deposit, claim)
    except Exception:
        # Whatever broke, broke after the row was stored: perhaps the prompt is on the phone.
        logger.exception("push of deposit %s broke: outcome unknown", deposit.transaction_id)
        return _store_unknown(deposit, claim)
    return _store_acceptance(deposit, claim, accepted)


def _store_acceptance(
    deposit: _OpenedDeposit, claim: Claim | None, accepted: PushAccepted
) -> PushOutcome:
    """Store M-Pesa's ids; an early callback may have stored the same ones already."""
    answer = {"outcome": "accepted", "checkout_request_id": accepted.checkout_request_id}
    try:
        with db_transaction.atomic():
            _store_ids(deposit.transaction_id, accepted)
            idempotency.store_answer(claim, answer)
    except IntegrityError:
        # The id belongs to another deposit: this answer cannot be ours, so we know nothing.
        logger.exception("deposit %s: checkout_request_id seen before", deposit.transaction_id)
        return _store_unknown(deposit, claim)
    except DatabaseError:
        # The prompt is out and its row is there: the callback will find it by its token.
        logger.exception("deposit %s: the answer could not be stored", deposit.transaction_id)
        return PushOutcome(transaction_id=deposit.transaction_id)
    if accepted.callback_body is not None:
        record_callback(
            token=deposit.token,
            body=accepted.callback_body,
            headers={},
            source_address=None,
            now=clock.now(),
        )
    return PushOutcome(
        transaction_id=deposit.transaction_id, checkout_request_id=accepted.checkout_request_id
    )


_STORE_IDS = """
UPDATE payments_transaction SET
    checkout_request_id = %(checkout_request_id)s,
    merchant_request_id = coalesce(merchant_request_id, %(merchant_request_id)s),
    updated_at = %(now)s
WHERE id = %(id)s AND (checkout_request_id IS NULL OR checkout_request_id = %(checkout_request_id)s)
"""


def _store_ids(transaction_id: int, accepted: PushAccepted) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE_IDS,
            {
                "id": transaction_id,
                "checkout_request_id": accepted.checkout_request_id,
                "merchant_request_id": accepted.merchant_request_id,
                "now": clock.now(),
            },
        )
        if cursor.rowcount == 0:
            logger.error("deposit %s: callback and push name different ids", transaction_id)


def _store_unknown(deposit: _OpenedDeposit, claim: Claim | None) -> PushOutcome:
    try:
        idempotency.store_answer(claim, {"outcome": "unknown"})
    except DatabaseError:
        # The key then counts as its process died: 409 for a while, and 202 after that.
        logger.exception("deposit %s: the answer could not be stored", deposit.transaction_id)
    return PushOutcome(transaction_id=deposit.transaction_id)


_FAIL = """
UPDATE payments_transaction SET status = 'FAILED', result_code = %(result_code)s,
    result_desc = left(%(result_desc)s, 255), next_query_at = NULL, updated_at = %(now)s
WHERE id = %(id)s AND status = 'PENDING' AND review_reason IS NULL
"""
#: Answers of contract.md §3 that are not stored: the same key then starts anew.
_NOT_STORED = {Refusal.BUSY.value, "mpesa_unavailable"}


def _store_refusal(
    deposit: _OpenedDeposit,
    claim: Claim | None,
    refusal: DomainError,
    rejected: GatewayRejected | None,
) -> PushOutcome:
    """Fail the deposit: M-Pesa said no, or never heard of it."""
    detail = rejected.detail if rejected else refusal.error
    logger.warning("push of deposit %s refused: %s", deposit.transaction_id, detail)
    with db_transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _FAIL,
                {
                    "id": deposit.transaction_id,
                    "result_code": (rejected.result_code if rejected else "") or refusal.code,
                    "result_desc": detail,
                    "now": clock.now(),
                },
            )
        if refusal.code in _NOT_STORED:
            idempotency.release_key(claim)
        else:
            idempotency.store_answer(claim, _describe_refusal(refusal))
    return PushOutcome(transaction_id=deposit.transaction_id, refusal=refusal)


def _describe_refusal(refusal: DomainError) -> dict[str, Any]:
    return {
        "outcome": "refused",
        "code": refusal.code,
        "error": refusal.error,
        "customer_message": refusal.customer_message._asdict(),
        "retry_after_s": refusal.retry_after_s,
    }


def _replay(stored: StoredAnswer) -> PushOutcome:
    """Give the first answer again. A process that died left none: then the outcome is unknown."""
    answer = stored.answer or {"outcome": "unknown"}
    refusal = None
    if answer["outcome"] == "refused":
        refusal = errors.stored_refusal(answer, stored.transaction_id)
    return PushOutcome(
        transaction_id=stored.transaction_id,
        checkout_request_id=answer.get("checkout_request_id"),
        refusal=refusal,
        is_replay=True,
    )
