"""What the fraud rules go by, and what they say, before the transaction that opens a deposit.

It lies here and not in risk, because it reads deposits. The numbers come from one function without
locks (sql/functions/risk_inputs.sql), the SIM swap from a provider, and only where a rule asks for
it.
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
from risk.thresholds import Thresholds
from users.models import User
from users.phone import is_msisdn
from users.tiers import tier_in_force

logger = logging.getLogger(__name__)

#: The customer waits meanwhile, so an answer that is not here by then counts as none.
SIM_SWAP_PATIENCE_S = 2.0
# A provider that is slow fills these, not the API's own threads; all of them full means no signal.
_askers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sim-swap")
#: Counting stops here, or at the highest threshold of a count of accounts where that is higher.
_MOST_COUNTED = 100
#: Deposits that M-Pesa never took: its outage makes nobody hasty who tries again.
_NEVER_SENT = (*PUSH_TROUBLE, RejectionReason.REJECTED.value)


def _most_counted(thresholds: Thresholds) -> int:
    return max(
        _MOST_COUNTED,
        thresholds.address_review_accounts,
        thresholds.device_review_accounts,
        thresholds.device_deny_accounts,
    )


_NUMBERS = """
SELECT * FROM deposit_risk_inputs(
    %(user_id)s, %(address)s, %(device)s, %(failures)s, %(never_sent)s, %(most)s, %(now)s)
"""


def describe(source: RequestSource, now: datetime) -> dict[str, Any]:
    """Return what `deposit_risk_inputs` takes beside the customer, by name."""
    return {
        "address": source.address_hash,
        "device": source.device_hash,
        "failures": list(PAYERS_DOING),
        "never_sent": list(_NEVER_SENT),
        "most": _most_counted(risk_conf.policy().thresholds),
        "now": now,
    }


def find_numbers(*, user: User, source: RequestSource, now: datetime) -> dict[str, Any]:
    """Return what is known about a customer before a deposit exists; it counts in no number."""
    return call_function(_NUMBERS, {"user_id": user.pk, **describe(source, now)})


def build_inputs(*, user: User, amount: int, numbers: dict[str, Any]) -> RuleInputs:
    """Return the facts about a deposit of a customer with these numbers."""
    whole: dict[str, Any] = {name: _whole(value) for name, value in numbers.items()}
    return RuleInputs(amount=amount, tier=tier_in_force(user).value, **whole)


def _whole(number: Any) -> int | None:
    """Return a whole number; an age that another clock makes negative is none at all."""
    return None if number is None else max(int(number), 0)


def asks_somebody(user: User, inputs: RuleInputs) -> bool:
    """Say whether `assess_deposit` will wait for a provider."""
    return _is_sim_swap_needed(user, inputs) and risk_conf.find_sim_swap_provider() is not None


def assess_deposit(*, user: User, inputs: RuleInputs, now: datetime) -> Assessment:
    """Judge the inputs. Whatever cannot be learnt speaks against nobody.

    May wait for a provider, so no transaction may be open.
    """
    if _is_sim_swap_needed(user, inputs):
        inputs = _with_sim_swap(inputs, user.phone_number, now)
    return assess(inputs, risk_conf.policy())


def _is_sim_swap_needed(user: User, inputs: RuleInputs) -> bool:
    return _may_be_prompted(user) and needs_sim_swap(inputs, risk_conf.policy().thresholds)


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
