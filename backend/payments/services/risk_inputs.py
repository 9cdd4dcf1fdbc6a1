"""Collects the rule inputs and runs the fraud rules, before the transaction that opens a deposit.

In payments and not in risk, because it reads deposits. One SQL function reads the counts and ages
without locks (sql/functions/risk_inputs.sql); a provider is asked about a SIM swap only where a
rule needs it.
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

#: How long to wait for the SIM-swap provider, in seconds. The customer waits as long. A later
#: answer counts as none.
SIM_SWAP_PATIENCE_S = 2.0
# A slow provider fills these threads, not the API's own. While all are busy, a deposit is judged
# without a SIM-swap answer.
_askers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sim-swap")
#: Counts stop here, or at the highest threshold for accounts where that is higher.
_MAX_COUNTED = 100
#: Result codes of pushes that M-Pesa did not take. They are not counted: a customer who tries again
#: during an outage is not suspicious.
_NEVER_SENT = (*PUSH_TROUBLE, RejectionReason.REJECTED.value, RejectionReason.NUMBER.value)


def _most_counted(thresholds: Thresholds) -> int:
    return max(
        _MAX_COUNTED,
        thresholds.address_review_accounts,
        thresholds.device_review_accounts,
        thresholds.device_deny_accounts,
    )


_NUMBERS = """
SELECT * FROM deposit_risk_inputs(
    %(user_id)s, %(address)s, %(device)s, %(failures)s, %(never_sent)s, %(most)s, %(now)s)
"""


def describe(source: RequestSource, now: datetime) -> dict[str, Any]:
    """Return the parameters of `deposit_risk_inputs`, except the customer, by name."""
    return {
        "address": source.address_hash,
        "device": source.device_hash,
        "failures": list(PAYERS_DOING),
        "never_sent": list(_NEVER_SENT),
        "most": _most_counted(risk_conf.policy().thresholds),
        "now": now,
    }


def find_numbers(*, user: User, source: RequestSource, now: datetime) -> dict[str, Any]:
    """Return counts and ages of a customer. Read before the deposit exists, they do not include
    it."""
    return call_function(_NUMBERS, {"user_id": user.pk, **describe(source, now)})


def build_inputs(*, user: User, amount: int, numbers: dict[str, Any]) -> RuleInputs:
    """Return the rule inputs of a deposit, from what `find_numbers` returned."""
    whole: dict[str, Any] = {name: _whole(value) for name, value in numbers.items()}
    return RuleInputs(amount=amount, tier=tier_in_force(user).value, **whole)


def _whole(number: Any) -> int | None:
    """Return the number without decimals; an age below 0, from a clock that differs, as 0."""
    return None if number is None else max(int(number), 0)


def asks_provider(user: User, inputs: RuleInputs) -> bool:
    """Return whether `assess_deposit` will wait for the SIM-swap provider."""
    return _is_sim_swap_needed(user, inputs) and risk_conf.find_sim_swap_provider() is not None


def assess_deposit(*, user: User, inputs: RuleInputs, now: datetime) -> Assessment:
    """Run the fraud rules on the inputs. An unknown input never counts against the customer.

    May wait for the SIM-swap provider, so no transaction may be open.
    """
    if _is_sim_swap_needed(user, inputs):
        inputs = _with_sim_swap(inputs, user.phone_number, now)
    return assess(inputs, risk_conf.policy())


def _is_sim_swap_needed(user: User, inputs: RuleInputs) -> bool:
    return _may_be_prompted(user) and needs_sim_swap(inputs, risk_conf.policy().thresholds)


def _may_be_prompted(user: User) -> bool:
    """Return whether the customer may deposit at all; if not, `deposit_initiate` will refuse."""
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
        # Inside the `try`: a provider's answer that is no datetime, or a naive one, raises here.
        age_s = None if swapped_at is None else max(int((now - swapped_at).total_seconds()), 0)
    except (SimSwapUnavailable, TimeoutError) as error:
        # Without this, a call that still waits for a thread would ask after its push has gone on.
        asked.cancel()
        logger.warning("no SIM-swap signal: %s", type(error).__name__)
        return replace(inputs, sim_swap=SimSwap.UNKNOWN)
    except Exception:
        # An error of the provider must not stop deposits.
        logger.exception("the SIM-swap provider broke")
        return replace(inputs, sim_swap=SimSwap.UNKNOWN)
    if age_s is None:
        return replace(inputs, sim_swap=SimSwap.NONE)
    return replace(inputs, sim_swap=SimSwap.SWAPPED, sim_swap_age_s=age_s)
