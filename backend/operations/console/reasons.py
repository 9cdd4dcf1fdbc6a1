"""Why a payment is held in suspense, in the words of the home's queue."""

from operations.needs import KINDS
from payments.models import SuspenseCase

_WORDS = next(kind.details for kind in KINDS if kind.name == "suspense")


def say_why_held(case: SuspenseCase) -> str:
    """Return the reason of a case; one that a newer release wrote is named as it is stored."""
    return _WORDS.get(case.reason, case.reason)
