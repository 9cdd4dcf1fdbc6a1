"""Reads the fraud rules' policy and the SIM-swap provider from the settings."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from risk.assessment import Mode, Policy
from risk.sim_swap import SimSwapProvider
from risk.thresholds import parse_thresholds


def policy() -> Policy:
    """Return the mode, the shadow rules and the thresholds from the settings."""
    return Policy(
        mode=Mode(settings.RISK_MODE),
        shadow_rules=frozenset(settings.RISK_SHADOW_RULES),
        thresholds=parse_thresholds(settings.RISK_THRESHOLDS),
    )


def find_sim_swap_provider() -> SimSwapProvider | None:
    """Return this process's SIM-swap provider, or None if none is configured."""
    path = settings.SIM_SWAP_PROVIDER
    return _build(path) if path else None


@cache
def _build(path: str) -> SimSwapProvider:
    return cast("SimSwapProvider", import_string(path)())
