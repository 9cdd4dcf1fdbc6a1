"""Settings of payments: limits, times, the gateway. Other modules read settings through this
one."""

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

#: How long an idempotency key is kept (docs/api.md §3).
KEY_LIFETIME = timedelta(hours=24)
#: After this long without an answer a deposit is escalated to operators (docs/api.md §2).
ESCALATE_AFTER = timedelta(hours=24)
#: The longest wait between two queries about one deposit (docs/api.md §2).
MAX_QUERY_WAIT = timedelta(minutes=15)
#: How often the worker looks for deposits that are due (operations.tasks).
SECONDS_BETWEEN_PASSES = 2
#: Seconds that a phone waits for its next prompt after the first, second, ... decline in a row
#: (cancelled, wrong PIN); after more declines, the last value (docs/decisions/0017). Two unanswered
#: prompts count as one decline. Counted in SQL, under the phone's lock (prompt_free_at in
#: sql/functions/allowance.sql), so that two parallel pushes cannot both find the phone free.
DECLINE_PAUSES_S = (0, 0, 60, 300, 900, 3600)
#: How long a decline is counted.
DECLINES_COUNT_FOR = timedelta(hours=24)
#: How many status queries a worker process sends in parallel.
QUERIES_IN_FLIGHT = 8

#: How long M-Pesa's reports are waited for after a customer says that they have paid; then an
#: operator looks. Pull reaches back 48 hours, and statements come daily (docs/api.md §3).
CLAIM_LASTS = timedelta(hours=72)
#: How many claims a customer may make in a day in Nairobi.
CLAIMS_PER_DAY = 5
#: A claim's receipt is asked about once reports had this long to come; then less and less often.
ASK_ABOUT_CLAIM_AFTER = timedelta(minutes=2)
#: The same for the receipt of an open case, and one that a statement or M-Pesa's list has and our
#: books lack. Callbacks, confirmations and the worker's status queries come first.
ASK_ABOUT_WAITING_AFTER = timedelta(minutes=10)
#: How long M-Pesa's clear answer about such a receipt holds: it may reverse a payment that nobody
#: decides about after 72 hours.
ANSWER_HOLDS_FOR = timedelta(days=3)
#: How often M-Pesa is asked about one receipt, unless an operator asks; within ANSWER_HOLDS_FOR for
#: the receipts of cases and of what our books lack.
MAX_ASKED_ABOUT_RECEIPT = 5
#: Receipts that M-Pesa is asked about again, because a payment may have been taken back unseen: as
#: old as this, and so many in an hour.
OLD_RECEIPT_FROM, OLD_RECEIPT_UNTIL = timedelta(days=3), timedelta(days=90)
OLD_RECEIPTS_PER_HOUR = 20
#: Receipts of older payments are not taken for ones of ours. An older one is for the support.
RECEIPT_MAX_AGE = timedelta(days=366)

_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class QueryPace:
    """The rate of status queries of all workers together: one per `interval_s`, `burst` at once."""

    interval_s: float
    burst: int


def parse_query_pace(rate: str) -> QueryPace:
    """Read a rate such as `30/m` as a leaky bucket that never lets more than 30 pass in a minute.

    The sandbox accepts a burst of three (docs/daraja.md §5). A higher rate needs a burst as large
    as the number of queries that fall due between two passes of the worker, or the rate could never
    be reached. The burst is subtracted from the steady flow, so that both together keep the rate.
    """
    count_text, period = rate.split("/")
    count = int(count_text)
    period_s = int(period[:-1] or 1) * _SECONDS_PER_UNIT[period[-1]]
    due_per_pass = math.ceil(SECONDS_BETWEEN_PASSES * count / period_s)
    burst = max(3 if count > 3 else 1, min(due_per_pass, count // 2))
    return QueryPace(interval_s=period_s / (count - burst if burst > 1 else count), burst=burst)


@dataclass(frozen=True, kw_only=True)
class DepositRules:
    """The rules for a new deposit. Amounts in whole KES; `basic`, `full`: limits of the tiers."""

    lowest_amount: int
    prompt_open: timedelta
    first_query_after: timedelta
    is_kyc_required: bool
    basic: TierLimits
    full: TierLimits
    #: `p_guard` of the SQL function `prompt_free_at`; None: the prompt guard is off.
    prompt_guard: dict[str, Any] | None
    callback_url: str
    gateway_timeout: timedelta

    def as_json(self) -> dict[str, Any]:
        """Return `p_rules` of the SQL function `deposit_initiate`; times in seconds."""
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
    """Return result codes and times for the SQL function `prompt_free_at`; None: the guard is
    off."""
    if not settings.RATELIMIT_ENABLE:
        return None
    return {
        "pauses_s": DECLINE_PAUSES_S,
        "counted_for_s": int(DECLINES_COUNT_FOR.total_seconds()),
        # A deposit is found by its creation, and may fail as late as ESCALATE_AFTER later: it is
        # counted for DECLINES_COUNT_FOR from then on.
        "look_back_s": int((DECLINES_COUNT_FOR + ESCALATE_AFTER).total_seconds()),
        "declined": result_codes.DECLINED,
        "unanswered": result_codes.UNANSWERED,
        "busy": result_codes.BUSY_PHONE,
        "busy_s": result_codes.describe_result(result_codes.SUBSCRIBER_BUSY).retry_after_s,
        "same_amount": [result_codes.SAME_AMOUNT],
        "same_amount_s": result_codes.describe_result(result_codes.SAME_AMOUNT).retry_after_s,
    }


def deposit_rules() -> DepositRules:
    """Return the deposit rules from the settings."""
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
    """Return the smallest and the largest deposit in KES: the customer's; for None, the full
    tier's."""
    tier = tier_in_force(user) if user else User.Tier.FULL
    return settings.DEPOSIT_MIN_AMOUNT, limits_of(tier).max_amount


def query_pace() -> QueryPace:
    """Return the pace of status queries in force."""
    return parse_query_pace(settings.DARAJA_QUERY_RATE)


def first_query_wait() -> timedelta:
    """Return the wait between push and first status query; each later wait is twice as long."""
    return timedelta(seconds=settings.RECONCILE_FIRST_SECONDS)


def callback_networks() -> list[IPv4Network | IPv6Network]:
    """Return the networks whose callbacks may move money; empty: any."""
    return settings.MPESA_CALLBACK_ALLOWED_IPS


def approval_limit() -> int:
    """Return up to how many KES one operator decides alone (docs/decisions/0053)."""
    return int(settings.OPERATOR_APPROVAL_ABOVE)


def takes_payments_by_hand() -> bool:
    """Return whether customers may also pay the paybill by hand."""
    return bool(settings.PAYBILL_ENABLED)


def pulls_payments() -> bool:
    """Return whether M-Pesa's own list of payments is asked for. The mock keeps none."""
    return bool(settings.PULL_ENABLED) and not settings.MPESA_DEBUG


def asks_about_transactions() -> bool:
    """Return whether M-Pesa may be asked what became of a receipt. The mock has no books."""
    return bool(settings.MPESA_INITIATOR_NAME) and not settings.MPESA_DEBUG


def own_short_codes() -> set[str]:
    """Return the numbers under which M-Pesa names this business: a till has two."""
    options = settings.PAYMENTS_GATEWAY["OPTIONS"]
    return {get_gateway().business_short_code, options.get("party_b", "")} - {""}


def batches_callbacks() -> bool:
    """Return whether callbacks that come at the same time are committed together."""
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
