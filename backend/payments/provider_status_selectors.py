"""Reads the provider status from the newest deposits and caches it. Reads no personal data."""

from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from common.db import call_function
from payments import provider_status
from payments.daraja.result_codes import PAYERS_DOING
from payments.provider_status import ProviderStatus, ProviderStatusInputs

_KEY = "payments:provider_status"
_KEPT_S = 15

# Ids grow with time, so the newest deposits are found by the primary key. An index on created_at
# would have to be written by every push.
_FACTS = """
WITH newest AS (
    SELECT created_at, completed_at, updated_at, status, result_code, checkout_request_id
      FROM payments_transaction ORDER BY id DESC LIMIT %(most_deposits)s
), recent AS (
    SELECT created_at,
        status = 'COMPLETED' OR (status = 'FAILED' AND result_code = ANY(%(customer)s))
            AS is_confirmed,
        extract(epoch FROM coalesce(completed_at, updated_at) - created_at) AS took_s,
        status <> 'PENDING' OR created_at <= %(overdue_before)s
            OR checkout_request_id IS NULL AND created_at <= %(unclear_before)s AS is_decided,
        status = 'PENDING' OR status = 'FAILED' AND result_code = ANY(%(trouble)s) AS is_troubled,
        status = 'FAILED' AND checkout_request_id IS NULL AND result_code = ANY(%(push_trouble)s)
            AS is_refused
      FROM newest WHERE created_at > %(since)s
), confirmed AS (
    SELECT took_s FROM recent WHERE is_confirmed ORDER BY created_at DESC LIMIT %(most)s
), spread AS (
    SELECT count(*) AS confirmations,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s) AS median_s,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) AS p95_s
      FROM confirmed
)
SELECT spread.confirmations, spread.median_s, spread.p95_s,
    (SELECT count(*) FROM recent WHERE is_decided) AS decided,
    (SELECT count(*) FROM recent WHERE is_decided AND is_troubled) AS troubled,
    (SELECT count(*) FROM recent WHERE created_at > %(outage_since)s) AS recent_pushes,
    (SELECT count(*) FROM recent WHERE created_at > %(outage_since)s AND is_refused)
        AS recent_rejections,
    (SELECT paused_until FROM payments_querypace WHERE id = 1) AS paused_until
  FROM spread
"""


def get_provider_status(now: datetime) -> ProviderStatus:
    """Return the provider status, at most 15 seconds old; without a cache, computed each time."""
    try:
        found: ProviderStatus | None = cache.get(_KEY)
        if found is None:
            found = _look(now)
            cache.set(_KEY, found, _KEPT_S)
    except (RedisError, OSError):
        return _look(now)
    return found


def _look(now: datetime) -> ProviderStatus:
    return provider_status.assess_provider_status(count_recent_deposits(now), now)


def count_recent_deposits(now: datetime) -> ProviderStatusInputs:
    """Count the outcomes of the newest deposits, in one statement."""
    trouble = [*provider_status.PROVIDER_TROUBLE, *provider_status.PUSH_TROUBLE]
    found = call_function(
        _FACTS,
        {
            "most_deposits": provider_status.MAX_DEPOSITS,
            "most": provider_status.MAX_CONFIRMATIONS,
            "customer": list(PAYERS_DOING),
            "trouble": trouble,
            "push_trouble": list(provider_status.PUSH_TROUBLE),
            "since": now - provider_status.WINDOW,
            "outage_since": now - provider_status.OUTAGE_WINDOW,
            "overdue_before": now - provider_status.OVERDUE_AFTER,
            "unclear_before": now - provider_status.UNCLEAR_AFTER,
        },
    )
    return ProviderStatusInputs(**found)
