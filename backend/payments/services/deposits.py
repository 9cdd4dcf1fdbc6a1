"""Starting a deposit: the row is committed, then M-Pesa is called, then the answer is stored."""

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.db import call_function, release_connection
from payments import conf, errors
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
from payments.services.push_answers import OpenedDeposit, PushOutcome
from users.errors import account_blocked
from users.models import User
from users.phone import is_msisdn

logger = logging.getLogger(__name__)

_NAIROBI = ZoneInfo("Africa/Nairobi")
# No 0/O, 1/I/L: a customer may read it out to support.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


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
            return push_answers.replay(claimed)
        claim = claimed
    try:
        gateway = conf.get_gateway()
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
        raise account_blocked()
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
) -> OpenedDeposit:
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
    return OpenedDeposit(opened["transaction_id"], request, token)


def _refuse_unopened(opened: dict[str, Any], daily_limit: int) -> None:
    match opened["outcome"]:
        case "deposit_in_progress":
            raise errors.deposit_in_progress(opened["transaction_id"], opened["retry_after_s"])
        case "limit_exceeded":
            raise errors.limit_exceeded(daily_limit, opened["retry_after_s"])
        case "claim_lost":
            raise errors.idempotency_in_progress(None, 1)


def _push(gateway: PaymentGateway, deposit: OpenedDeposit, claim: Claim | None) -> PushOutcome:
    """Call M-Pesa with no transaction open and no connection held, and store what it said."""
    release_connection()
    try:
        accepted = gateway.push(deposit.request)
    except GatewayRejected as rejected:
        return push_answers.store_refusal(
            deposit, claim, errors.refused_by_gateway(rejected, deposit.transaction_id), rejected
        )
    except GatewayUnreachable as unreachable:
        return push_answers.store_refusal(
            deposit, claim, errors.gateway_unavailable(unreachable, deposit.transaction_id), None
        )
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
