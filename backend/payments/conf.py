"""The only payments module that reads settings: limits, times, and which gateway."""

import math
import threading
from dataclasses import asdict, dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.daraja import result_codes
from payments.gateway import PaymentGateway
from users.models import User
from users.phone import MSISDN_PATTERN
from users.tiers import TierLimits, limits_of, tier_in_force

#: An Idempotency-Key is kept for a day (docs/api.md §3).
KEY_LIFETIME = timedelta(hours=24)
#: After this long without an answer a deposit is escalated to operators (docs/api.md §2).
ESCALATE_AFTER = timedelta(hours=24)
#: The longest wait between two queries about one deposit (docs/api.md §2).
LONGEST_QUERY_WAIT = timedelta(minutes=15)
#: How often the worker looks for deposits that are due (operations.tasks).
SECONDS_BETWEEN_PASSES = 2
#: What the n-th decline in a row (cancelled, wrong PIN) costs a phone before its next prompt, in
#: seconds; later ones cost as much as the last one listed (docs/decisions/0017). Two prompts that
#: nobody answered count as one decline. The count itself is SQL (prompt_free_at in
#: sql/functions/allowance.sql): two pushes at once must not both find the phone free.
DECLINE_PAUSES_S = (0, 0, 60, 300, 900, 3600)
#: For how long a decline counts.
DECLINES_COUNT_FOR = timedelta(hours=24)
#: Queries in flight at once per worker process.
QUERIES_IN_FLIGHT = 8

_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class QueryPace:
    """How all workers together may ask: one query per `interval_s`, `burst` at once."""

    interval_s: float
    burst: int


def parse_query_pace(rate: str) -> QueryPace:
    """Read a rate such as `30/m` as a leaky bucket that never lets more than 30 pass in a minute.

    A burst of three is what the sandbox bears (docs/daraja.md §5); a higher rate needs what falls
    due between two passes of the worker at once, or it could never be reached. The burst is taken
    off the steady flow.
    """
    count_text, period = rate.split("/")
    count = int(count_text)
    period_s = int(period[:-1] or 1) * _SECONDS_PER_UNIT[period[-1]]
    due_per_pass = math.ceil(SECONDS_BETWEEN_PASSES * count / period_s)
    burst = max(3 if count > 3 else 1, min(due_per_pass, count // 2))
    return QueryPace(interval_s=period_s / (count - burst if burst > 1 else count), burst=burst)


@dataclass(frozen=True, kw_only=True)
class DepositRules:
    """What a new deposit keeps to. Amounts in whole KES; the tiers' own are in users.tiers."""

    lowest_amount: int
    prompt_open: timedelta
    first_query_after: timedelta
    is_kyc_required: bool
    basic: TierLimits
    full: TierLimits
    #: The codes and times that `prompt_free_at` goes by; None: nothing is counted.
    prompt_guard: dict[str, Any] | None
    callback_url: str
    gateway_timeout: timedelta

    def as_json(self) -> dict[str, Any]:
        """Return what `deposit_initiate` reads of the rules."""
        return {
            "phone_number_pattern": MSISDN_PATTERN,
            "prompt_open_s": self.prompt_open.total_seconds(),
            "first_query_s": self.first_query_after.total_seconds(),
            "is_kyc_required": self.is_kyc_required,
            "basic_tier": asdict(self.basic),
            "full_tier": asdict(self.full),
            "prompt_guard": self.prompt_guard,
        }


def prompt_guard() -> dict[str, Any] | None:
    """Return the codes and times that `prompt_free_at` goes by; None: nothing is counted."""
    if not settings.RATELIMIT_ENABLE:
        return None
    return {
        "pauses_s": DECLINE_PAUSES_S,
        "counted_for_s": int(DECLINES_COUNT_FOR.total_seconds()),
        # A deposit may end as late as ESCALATE_AFTER, and count from then on.
        "look_back_s": int((DECLINES_COUNT_FOR + ESCALATE_AFTER).total_seconds()),
        "declined": result_codes.DECLINED,
        "unanswered": result_codes.UNANSWERED,
        "busy": result_codes.BUSY_PHONE,
        "busy_s": result_codes.describe_result(result_codes.SUBSCRIBER_BUSY).retry_after_s,
        "same_amount": [result_codes.SAME_AMOUNT],
        "same_amount_s": result_codes.describe_result(result_codes.SAME_AMOUNT).retry_after_s,
    }


def deposit_rules() -> DepositRules:
    """Return the rules in force."""
    return DepositRules(
        lowest_amount=settings.DEPOSIT_MIN_AMOUNT,
        prompt_open=timedelta(seconds=settings.PROMPT_OPEN_SECONDS),
        first_query_after=timedelta(seconds=settings.RECONCILE_FIRST_SECONDS),
        is_kyc_required=settings.KYC_REQUIRED,
        basic=limits_of(User.Tier.BASIC),
        full=limits_of(User.Tier.FULL),
        prompt_guard=prompt_guard(),
        callback_url=settings.MPESA_CALLBACK_URL,
        gateway_timeout=timedelta(seconds=settings.MPESA_TIMEOUT_SECONDS),
    )


def amounts_of(user: User | None) -> tuple[int, int]:
    """Return the smallest and the largest deposit of a customer; without one, of the full tier."""
    tier = tier_in_force(user) if user else User.Tier.FULL
    return settings.DEPOSIT_MIN_AMOUNT, limits_of(tier).max_amount


def query_pace() -> QueryPace:
    """Return the pace of status queries in force."""
    return parse_query_pace(settings.DARAJA_QUERY_RATE)


def first_query_wait() -> timedelta:
    """Return how long after the push the first query comes; later waits are its doubles."""
    return timedelta(seconds=settings.RECONCILE_FIRST_SECONDS)


def callback_networks() -> list[IPv4Network | IPv6Network]:
    """Return the addresses that callbacks are believed from; empty: any."""
    return settings.MPESA_CALLBACK_ALLOWED_IPS


def batches_callbacks() -> bool:
    """Say whether callbacks that come at the same time are committed together."""
    return bool(settings.CALLBACK_BATCHES)


_lock = threading.Lock()
_gateways: dict[str, PaymentGateway] = {}


def get_gateway() -> PaymentGateway:
    """Return this process's gateway, built once per configuration.

    `PAYMENTS_GATEWAY["CLASS"]` names its class by dotted path, as Django does for caches.
    """
    config = settings.PAYMENTS_GATEWAY
    key = repr(sorted(config["OPTIONS"].items())) + config["CLASS"]
    with _lock:
        if key not in _gateways:
            _gateways[key] = _build(config["CLASS"], config["OPTIONS"])
        return _gateways[key]


def _build(dotted_path: str, options: dict[str, Any]) -> PaymentGateway:
    gateway_class = import_string(dotted_path)
    build = getattr(gateway_class, "from_settings", gateway_class)
    return cast("PaymentGateway", build(**options))
