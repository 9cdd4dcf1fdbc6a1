"""Starting a deposit: the row is committed, then M-Pesa is called, then the answer is stored."""

import json
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from common.db import call_function, release_connection
from payments import conf, errors, limit_errors
from payments.errors import DepositError
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PaymentGateway,
    PushRequest,
)
from payments.services import idempotency, push_answers
from payments.services.callbacks import hash_token
from payments.services.idempotency import Claim, StoredAnswer
from payments.services.push_answers import InitiatedDeposit, PushOutcome
from payments.services.risk_inputs import assess_deposit
from risk.assessment import Assessment
from risk.sightings import NOWHERE, RequestSource
from users.models import User

logger = logging.getLogger(__name__)

# No 0/O, 1/I/L: a customer may read it out to support.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # pragma: allowlist secret


def initiate_deposit(
    *,
    user: User,
    amount: int,
    idempotency_key: str | None,
    now: datetime,
    source: RequestSource = NOWHERE,
) -> PushOutcome:
    """Prompt the user's own phone for `amount` whole KES, once per idempotency key.

    The prompt is never sent twice by itself: whatever is unclear stays PENDING and is asked about.
    `origin` is where the request came from, for the fraud rules.

    Raises:
        DepositRefused: refused before M-Pesa was called; nothing was sent and nothing is stored
            under the key. A refusal by M-Pesa itself comes back as `PushOutcome.refusal`.
    """
    claim = None
    if idempotency_key is not None:
        claimed = idempotency.claim_key(
            user_id=user.pk, key=idempotency_key, body={"amount": amount}, now=now
        )
        if isinstance(claimed, StoredAnswer):
            return push_answers.replay(claimed)
        claim = claimed
    try:
        gateway = conf.get_gateway()
        assessment = assess_deposit(user=user, amount=amount, source=source, now=now)
        deposit = _insert_pending(
            user=user,
            amount=amount,
            assessment=assessment,
            claim=claim,
            business_short_code=gateway.business_short_code,
            now=now,
        )
    except Exception:
        # Nothing was sent, so the same key may start anew.
        idempotency.release_key(claim)
        raise
    return _push(gateway, deposit, claim)


_INITIATE = """
SELECT * FROM deposit_initiate(%(user_id)s, %(amount)s, %(push)s::jsonb, %(rules)s::jsonb,
    %(idempotency_id)s, %(claim)s, %(decision)s::jsonb, %(now)s)
"""


def _insert_pending(
    *,
    user: User,
    amount: int,
    assessment: Assessment,
    claim: Claim | None,
    business_short_code: str,
    now: datetime,
) -> InitiatedDeposit:
    """Commit the PENDING row, or refuse: every rule that holds for this customer, phone and amount.

    The rules are read and the row is written in one round trip, under one set of locks; what the
    fraud rules said is stored with it.
    """
    rules = conf.deposit_rules()
    token = secrets.token_urlsafe(32)
    reference = "KP" + "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(10))
    push = {
        "account_reference": reference,
        "business_short_code": business_short_code,
        "callback_token_hash": hash_token(token),
    }
    created = call_function(
        _INITIATE,
        {
            "user_id": user.pk,
            "amount": amount,
            "push": json.dumps(push),
            "rules": json.dumps(rules.as_json()),
            "idempotency_id": claim.idempotency_id if claim else None,
            "claim": claim.claim if claim else None,
            "decision": json.dumps(assessment.as_json()),
            "now": now,
        },
    )
    if created["outcome"] != "opened":
        raise _refuse(created, amount=amount, lowest_amount=rules.lowest_amount, now=now)
    request = PushRequest(
        phone_number=created["phone_number"],
        amount=amount,
        account_reference=reference,
        transaction_desc="Deposit",
        callback_url=f"{rules.callback_url}{token}/",
    )
    return InitiatedDeposit(created["transaction_id"], request, token)


def _refuse(
    created: dict[str, Any], *, amount: int, lowest_amount: int, now: datetime
) -> DepositError:
    """Return what the customer hears of an outcome of deposit_initiate other than `opened`.

    The database knows no further ones.
    """
    limit, wait_s = created["limit_amount"], created["retry_after_s"]
    by_outcome: dict[str, Callable[[], DepositError]] = {
        "claim_lost": lambda: errors.IdempotencyInProgress(None, 1),
        "account_blocked": errors.DepositorBlocked,
        "kyc_required": errors.KycRequired,
        "self_excluded": lambda: limit_errors.SelfExcluded(_moment(now, wait_s), wait_s),
        "invalid_phone_number": errors.InvalidPhoneNumber,
        "deposit_in_progress": lambda: errors.DepositInProgress(created["transaction_id"], wait_s),
        "invalid_amount": lambda: errors.InvalidAmount(lowest_amount, limit),
        "daily_limit": lambda: limit_errors.LimitExceeded(limit, wait_s),
        "own_daily_limit": lambda: limit_errors.OwnDailyLimitExceeded(limit, amount, wait_s),
        "own_weekly_limit": lambda: limit_errors.OwnWeeklyLimitExceeded(limit, amount, wait_s),
        "rate_limited": lambda: limit_errors.PromptsPaused(_moment(now, wait_s), wait_s),
        "risk_denied": errors.RiskDenied,
        "risk_review": errors.RiskReview,
    }
    return by_outcome[created["outcome"]]()


def _moment(now: datetime, wait_s: int) -> datetime:
    return now + timedelta(seconds=wait_s)


def _push(gateway: PaymentGateway, deposit: InitiatedDeposit, claim: Claim | None) -> PushOutcome:
    """Call M-Pesa with no transaction open and no connection held, and store what it said."""
    release_connection()
    try:
        accepted = gateway.push(deposit.request)
    except GatewayRejected as rejected:
        return push_answers.store_rejection(
            deposit, claim, errors.rejected_by_gateway(rejected, deposit.transaction_id), rejected
        )
    except GatewayUnreachable as unreachable:
        unavailable = errors.MpesaUnavailable(deposit.transaction_id, unreachable.retry_after_s)
        return push_answers.store_rejection(deposit, claim, unavailable, None)
    except OutcomeUnknown as unknown:
        logger.warning(
            "push of deposit %s: outcome unknown: %s", deposit.transaction_id, unknown.detail
        )
        return push_answers.store_unknown(deposit, claim)
    except Exception:
        # Whatever broke, broke after the row was stored: perhaps the prompt is on the phone.
        logger.exception("push of deposit %s broke: outcome unknown", deposit.transaction_id)
        return push_answers.store_unknown(deposit, claim)
    return push_answers.store_acceptance(deposit, claim, accepted)
