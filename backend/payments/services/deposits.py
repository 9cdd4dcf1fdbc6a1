"""Initiating a deposit: commit the PENDING row, then call M-Pesa, then store its answer."""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from common import logs, traces
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
from payments.services import idempotency, origins, push_answers, risk_inputs
from payments.services.callbacks import hash_callback_token
from payments.services.idempotency import Claim, StoredAnswer
from payments.services.origins import Origin
from payments.services.push_answers import InitiatedDeposit, PushOutcome
from risk.assessment import Assessment
from risk.sightings import NOWHERE, RequestSource
from users.models import User

logger = logging.getLogger(__name__)

# Without 0, O, 1, I and L, which are easily confused when a customer reads a reference to support.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # pragma: allowlist secret


def initiate_deposit(
    *,
    user: User,
    amount: int,
    idempotency_key: str | None,
    now: datetime,
    source: RequestSource = NOWHERE,
    numbers: dict[str, Any] | None = None,
) -> PushOutcome:
    """Prompt the user's own phone for `amount` whole KES, once per idempotency key.

    A push without a clear answer is never sent again: its deposit stays PENDING, and status
    queries find the outcome. `source` is the request source, for the fraud rules; `numbers` is what
    `risk_inputs.find_numbers` returns, where the caller has read it already.

    Raises:
        DepositError: refused before M-Pesa was called; nothing was sent, and no answer is stored
            with the key. A rejection by M-Pesa itself is returned as `PushOutcome.error`.
    """
    gateway = conf.get_gateway()
    claim: Claim | StoredAnswer | None
    claim = idempotency.new_claim(idempotency_key, {"amount": amount})
    if numbers is None:
        numbers = risk_inputs.find_numbers(user=user, source=source, now=now)
    inputs = risk_inputs.build_inputs(user=user, amount=amount, numbers=numbers)
    if claim is not None and risk_inputs.asks_provider(user, inputs):
        # Claimed before the SIM-swap provider is asked: a repeated request then neither waits for
        # the provider nor runs the fraud rules again.
        claim = idempotency.claim_key(claim, user_id=user.pk, now=now)
        if isinstance(claim, StoredAnswer):
            return push_answers.replay(claim)
    try:
        assessment = risk_inputs.assess_deposit(user=user, inputs=inputs, now=now)
        asked = _DepositRequest(user, amount, claim, assessment, source, now)
        opened = _insert_pending(asked, gateway.business_short_code)
    except Exception:
        # Nothing was sent, so a request with the same key may start a deposit.
        idempotency.release_key(claim)
        raise
    if isinstance(opened, StoredAnswer):
        return push_answers.replay(opened)
    tap = opened.origin.request_id
    with (
        origins.about(opened.transaction_id, opened.origin),
        traces.span("push", deposit=opened.transaction_id, tap=tap),
    ):
        return _push(gateway, opened)


@dataclass(frozen=True)
class _DepositRequest:
    """A request to deposit, with the verdict of the fraud rules on it."""

    user: User
    amount: int
    claim: Claim | None
    assessment: Assessment
    source: RequestSource
    now: datetime


_START = """
SELECT * FROM push_start(%(user_id)s, %(amount)s, %(push)s::jsonb, %(rules)s::jsonb,
    %(claim)s::jsonb, %(decision)s::jsonb, %(now)s)
"""


def _insert_pending(
    asked: _DepositRequest, business_short_code: str
) -> InitiatedDeposit | StoredAnswer:
    """Commit the PENDING row and its key, or return the answer that is stored with the key.

    One round trip, under one set of locks, claims the key, checks the rules, and stores the row
    with the decision of the fraud rules.

    Raises:
        DepositError: a rule does not allow the deposit.
    """
    rules = conf.deposit_rules()
    token = secrets.token_urlsafe(32)
    origin = Origin(logs.find_or_make_id(), traces.current_traceparent())
    reference = "KP" + "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(10))
    push = {
        "account_reference": reference,
        "business_short_code": business_short_code,
        "callback_token_hash": hash_callback_token(token),
        **asdict(origin),
    }
    started = call_function(
        _START,
        {
            "user_id": asked.user.pk,
            "amount": asked.amount,
            "push": json.dumps(push),
            "rules": json.dumps(rules.as_json()),
            "claim": json.dumps(asked.claim.parameters()) if asked.claim else None,
            "decision": json.dumps(asked.assessment.as_json()),
            "now": asked.now,
        },
    )
    if started["outcome"] in idempotency.NOT_CLAIMED:
        return idempotency.find_answer(started)
    if started["outcome"] != "opened":
        raise _error_of(
            started, amount=asked.amount, lowest_amount=rules.lowest_amount, now=asked.now
        )
    return InitiatedDeposit(
        transaction_id=started["transaction_id"],
        request=PushRequest(
            phone_number=started["phone_number"],
            amount=asked.amount,
            account_reference=reference,
            transaction_desc="Deposit",
            callback_url=f"{rules.callback_url}{token}/",
        ),
        token=token,
        claim=asked.claim and replace(asked.claim, idempotency_id=started["idempotency_id"]),
        sighting={"user_id": asked.user.pk, **asdict(asked.source)},
        origin=origin,
    )


def _error_of(
    started: dict[str, Any], *, amount: int, lowest_amount: int, now: datetime
) -> DepositError:
    """Return the error for an outcome of push_start by which no deposit was opened.

    These are all such outcomes, except those of `idempotency.NOT_CLAIMED`.
    """
    limit, wait_s = started["limit_amount"], started["retry_after_s"]
    by_outcome: dict[str, Callable[[], DepositError]] = {
        "claim_lost": lambda: errors.IdempotencyInProgress(None, 1),
        "account_blocked": errors.DepositorBlocked,
        "kyc_required": errors.KycRequired,
        "self_excluded": lambda: limit_errors.SelfExcluded(_moment(now, wait_s), wait_s),
        "invalid_phone_number": errors.InvalidPhoneNumber,
        "deposit_in_progress": lambda: errors.DepositInProgress(started["transaction_id"], wait_s),
        "invalid_amount": lambda: errors.InvalidAmount(lowest_amount, limit),
        "daily_limit": lambda: limit_errors.LimitExceeded(limit, wait_s),
        "own_daily_limit": lambda: limit_errors.OwnDailyLimitExceeded(limit, amount, wait_s),
        "own_weekly_limit": lambda: limit_errors.OwnWeeklyLimitExceeded(limit, amount, wait_s),
        "rate_limited": lambda: limit_errors.PromptsPaused(_moment(now, wait_s), wait_s),
        "risk_denied": errors.RiskDenied,
        "risk_review": errors.RiskReview,
    }
    return by_outcome[started["outcome"]]()


def _moment(now: datetime, wait_s: int) -> datetime:
    return now + timedelta(seconds=wait_s)


def _push(gateway: PaymentGateway, deposit: InitiatedDeposit) -> PushOutcome:
    """Call M-Pesa with no transaction open and no connection held, then store its answer."""
    release_connection()
    try:
        accepted = gateway.push(deposit.request)
    except GatewayRejected as rejected:
        return push_answers.store_rejection(
            deposit, errors.rejected_by_gateway(rejected, deposit.transaction_id), rejected
        )
    except GatewayUnreachable as unreachable:
        unavailable = errors.MpesaUnavailable(deposit.transaction_id, unreachable.retry_after_s)
        return push_answers.store_rejection(deposit, unavailable, None)
    except OutcomeUnknown as unknown:
        logger.warning("push: outcome unknown: %s", unknown.detail)
        return push_answers.store_unknown(deposit)
    except Exception:
        # An unexpected error: the request may have left us, and the prompt may be on the phone.
        logger.exception("push broke: outcome unknown")
        return push_answers.store_unknown(deposit)
    return push_answers.store_acceptance(deposit, accepted)
