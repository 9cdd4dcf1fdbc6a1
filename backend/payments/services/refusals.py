"""What deposit_initiate (sql/functions/deposit.sql) refused, as the customer hears it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from common.errors import DomainError
from payments import errors, limit_errors
from users.errors import account_blocked


def refused_to_open(
    opened: dict[str, Any], *, amount: int, lowest_amount: int, now: datetime
) -> DomainError:
    """Return the refusal for an outcome other than `opened`; the database knows no further ones."""
    limit, wait_s = opened["limit_amount"], opened["retry_after_s"]
    refusals: dict[str, Callable[[], DomainError]] = {
        "claim_lost": lambda: errors.idempotency_in_progress(None, 1),
        "account_blocked": account_blocked,
        "kyc_required": errors.kyc_required,
        "self_excluded": lambda: limit_errors.self_excluded(_moment(now, wait_s), wait_s),
        "invalid_phone_number": errors.invalid_phone_number,
        "deposit_in_progress": lambda: errors.deposit_in_progress(opened["transaction_id"], wait_s),
        "invalid_amount": lambda: errors.invalid_amount(lowest_amount, limit),
        "daily_limit": lambda: limit_errors.limit_exceeded(limit, wait_s),
        "own_daily_limit": lambda: limit_errors.own_daily_limit_exceeded(limit, amount, wait_s),
        "own_weekly_limit": lambda: limit_errors.own_weekly_limit_exceeded(limit, amount, wait_s),
        "rate_limited": lambda: limit_errors.prompts_paused(_moment(now, wait_s), wait_s),
        "risk_denied": errors.risk_denied,
        "risk_review": errors.risk_review,
    }
    return refusals[opened["outcome"]]()


def _moment(now: datetime, wait_s: int) -> datetime:
    return now + timedelta(seconds=wait_s)
