"""What the fraud rules go by, and what they say, before the transaction that opens a deposit.

It lies here and not in risk, because it reads deposits. The numbers come from one query without
locks, the SIM swap from a provider, and only where a rule asks for it.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from common.db import call_function, release_connection
from payments import conf
from payments.daraja.result_codes import PAYERS_DOING
from payments.gateway import RejectionReason
from payments.provider_status import PUSH_TROUBLE
from risk import conf as risk_conf
from risk.assessment import Assessment, assess
from risk.inputs import RuleInputs, SimSwap
from risk.rules import needs_sim_swap
from risk.sightings import RequestSource
from risk.sim_swap import SimSwapUnavailable
from users.models import User
from users.phone import is_msisdn
from users.tiers import tier_in_force

logger = logging.getLogger(__name__)

#: The customer waits meanwhile, so an answer that is not here by then counts as none.
SIM_SWAP_PATIENCE_S = 2.0
# A provider that is slow fills these, not the API's own threads; all of them full means no signal.
_askers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sim-swap")
#: Counting stops here: no threshold is near, and a busy address has many accounts.
_MOST_ACCOUNTS = 1000
#: Deposits that M-Pesa never took: its outage makes nobody hasty who tries again.
_NEVER_SENT = (*PUSH_TROUBLE, RejectionReason.REJECTED.value)

# The history holds how a person began and what was new at each change: VERIFIED counts from the
# first row that says so after the last one that said otherwise, or from the account's own age.
_FACTS = """
SELECT recent.*, ever.*, address.*, device.*,
    extract(epoch FROM %(now)s - customer.created_at) AS account_age_s,
    extract(epoch FROM %(now)s - coalesce(verified.since, customer.created_at)) AS kyc_age_s,
    extract(epoch FROM %(now)s - phone.changed_at) AS phone_change_age_s
  FROM users_user AS customer
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE is_last_hour) AS deposits_1h,
           count(*) AS deposits_24h,
           count(*) FILTER (WHERE is_last_hour AND is_failure) AS failures_1h,
           count(*) FILTER (WHERE is_failure) AS failures_24h
      FROM (
        SELECT txn.created_at > %(now)s - interval '1 hour' AS is_last_hour,
               txn.status = 'FAILED' AND txn.result_code = ANY(%(failures)s) AS is_failure
          FROM payments_transaction AS txn
         WHERE txn.user_id = customer.id AND txn.created_at > %(now)s - interval '24 hours'
           AND coalesce(txn.result_code, '') <> ALL(%(never_sent)s)
      ) AS last_day
 ) AS recent
 CROSS JOIN LATERAL (
    SELECT count(*) AS completed_ever, coalesce(max(txn.amount), 0) AS largest_completed
      FROM payments_transaction AS txn
     WHERE txn.user_id = customer.id AND txn.status = 'COMPLETED'
 ) AS ever
 CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT bool_or(history.pgh_label = 'insert')
                THEN min(history.pgh_created_at) END AS since
      FROM users_userhistory AS history
     WHERE history.pgh_obj_id = customer.id AND history.pgh_id > (
        SELECT coalesce(max(before.pgh_id), 0) FROM users_userhistory AS before
         WHERE before.pgh_obj_id = customer.id AND before.kyc_status <> 'VERIFIED')
 ) AS verified
 CROSS JOIN LATERAL (
    SELECT max(change.decided_at) AS changed_at FROM users_phonechange AS change
     WHERE change.user_id = customer.id AND change.status = 'APPROVED'
 ) AS phone
 CROSS JOIN LATERAL (
    SELECT 1 + count(*) AS accounts_from_address_24h FROM (
        SELECT 1 FROM risk_sighting AS seen
         WHERE seen.kind = 'address' AND seen.value_hash = %(address)s
           AND seen.last_seen_at > %(now)s - interval '24 hours' AND seen.user_id <> customer.id
         LIMIT %(most)s) AS others
 ) AS address
 CROSS JOIN LATERAL (
    SELECT 1 + count(*) AS accounts_from_device_24h FROM (
        SELECT 1 FROM risk_sighting AS seen
         WHERE seen.kind = 'device' AND seen.value_hash = %(device)s
           AND seen.last_seen_at > %(now)s - interval '24 hours' AND seen.user_id <> customer.id
         LIMIT %(most)s) AS others
 ) AS device
 WHERE customer.id = %(user_id)s
"""


def assess_deposit(*, user: User, amount: int, source: RequestSource, now: datetime) -> Assessment:
    """Gather the facts and judge them. Whatever cannot be learnt speaks against nobody.

    May wait for a provider, so no transaction may be open.
    """
    policy = risk_conf.policy()
    inputs = gather_inputs(user=user, amount=amount, source=source, now=now)
    if _may_be_prompted(user) and needs_sim_swap(inputs, policy.thresholds):
        inputs = _with_sim_swap(inputs, user.phone_number, now)
    return assess(inputs, policy)


def _may_be_prompted(user: User) -> bool:
    """Say whether a question is worth it: `deposit_initiate` will refuse everybody else."""
    is_verified = user.kyc_status == User.KycStatus.VERIFIED
    is_known = is_verified or not conf.deposit_rules().is_kyc_required
    return user.is_active and is_known and is_msisdn(user.phone_number)


def _with_sim_swap(inputs: RuleInputs, phone_number: str, now: datetime) -> RuleInputs:
    provider = risk_conf.find_sim_swap_provider()
    if provider is None:
        return replace(inputs, sim_swap=SimSwap.UNKNOWN)
    release_connection()
    asked = _askers.submit(provider.find_last_swap, phone_number, now=now)
    try:
        swapped_at = asked.result(timeout=SIM_SWAP_PATIENCE_S)
        # Here too: what is no moment, or one without a time zone, breaks now.
        age_s = None if swapped_at is None else max(int((now - swapped_at).total_seconds()), 0)
    except (SimSwapUnavailable, TimeoutError) as error:
        # One that still waits for its turn would ask about a customer who is gone.
        asked.cancel()
        logger.warning("no SIM-swap signal: %s", type(error).__name__)
        return replace(inputs, sim_swap=SimSwap.UNKNOWN)
    except Exception:
        # A provider that breaks must not stop deposits.
        logger.exception("the SIM-swap provider broke")
        return replace(inputs, sim_swap=SimSwap.UNKNOWN)
    if age_s is None:
        return replace(inputs, sim_swap=SimSwap.NONE)
    return replace(inputs, sim_swap=SimSwap.SWAPPED, sim_swap_age_s=age_s)


def gather_inputs(*, user: User, amount: int, source: RequestSource, now: datetime) -> RuleInputs:
    """Return what is known about a deposit before it exists; it counts in none of the numbers."""
    found = call_function(
        _FACTS,
        {
            "user_id": user.pk,
            "address": source.address_hash,
            "device": source.device_hash,
            "failures": list(PAYERS_DOING),
            "never_sent": list(_NEVER_SENT),
            "most": _MOST_ACCOUNTS,
            "now": now,
        },
    )
    numbers: dict[str, Any] = {name: _whole(value) for name, value in found.items()}
    return RuleInputs(amount=amount, tier=tier_in_force(user).value, **numbers)


def _whole(number: Any) -> int | None:
    """Return a whole number; an age that another clock makes negative is none at all."""
    return None if number is None else max(int(number), 0)
