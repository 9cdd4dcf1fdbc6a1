"""What the fraud rules say about a deposit, before the transaction that opens it."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from common.db import release_connection
from payments import conf
from payments.services.facts import gather_facts
from risk import conf as risk_conf
from risk.assessment import Assessment, assess
from risk.facts import Facts, SimSwap
from risk.rules import needs_sim_swap
from risk.sightings import Origin
from risk.sim_swap import SimSwapUnavailable
from users.models import User
from users.phone import is_msisdn

logger = logging.getLogger(__name__)

#: The customer waits meanwhile, so an answer that is not here by then counts as none.
SIM_SWAP_PATIENCE_S = 2.0
# A provider that is slow fills these, not the API's own threads; all of them full means no signal.
_askers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sim-swap")


def assess_deposit(*, user: User, amount: int, origin: Origin, now: datetime) -> Assessment:
    """Gather the facts and judge them. Whatever cannot be learnt speaks against nobody.

    May wait for a provider, so no transaction may be open.
    """
    policy = risk_conf.policy()
    facts = gather_facts(user=user, amount=amount, origin=origin, now=now)
    if _may_be_prompted(user) and needs_sim_swap(facts, policy.thresholds):
        facts = _with_sim_swap(facts, user.phone_number, now)
    return assess(facts, policy)


def _may_be_prompted(user: User) -> bool:
    """Say whether a question is worth it: `deposit_initiate` will refuse everybody else."""
    is_verified = user.kyc_status == User.KycStatus.VERIFIED
    is_known = is_verified or not conf.deposit_rules().is_kyc_required
    return user.is_active and is_known and is_msisdn(user.phone_number)


def _with_sim_swap(facts: Facts, phone_number: str, now: datetime) -> Facts:
    provider = risk_conf.find_sim_swap_provider()
    if provider is None:
        return replace(facts, sim_swap=SimSwap.UNKNOWN)
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
        return replace(facts, sim_swap=SimSwap.UNKNOWN)
    except Exception:
        # A provider that breaks must not stop deposits.
        logger.exception("the SIM-swap provider broke")
        return replace(facts, sim_swap=SimSwap.UNKNOWN)
    if age_s is None:
        return replace(facts, sim_swap=SimSwap.NONE)
    return replace(facts, sim_swap=SimSwap.SWAPPED, sim_swap_age_s=age_s)
