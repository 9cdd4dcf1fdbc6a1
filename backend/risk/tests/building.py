"""Builds customers, rule inputs and decisions for the tests of the fraud rules."""

from datetime import UTC, datetime
from typing import Any

from risk.assessment import Policy, assess
from risk.inputs import RuleInputs
from risk.models import Decision, Sighting
from users.models import User

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PHONE = "254712345678"
A_HASH = "a" * 64
#: Nine deposits an hour: velocity wants a review.
HASTY = RuleInputs(amount=500, completed_ever=12, deposits_1h=9)


def make_customer(phone_number: str = PHONE) -> User:
    """Store a customer."""
    return User.objects.create_user(phone_number, None, full_name="Wanjiku Kamau")


def make_decision(
    user: User, judged: RuleInputs, policy: Policy | None = None, **fields: Any
) -> Decision:
    """Store what the rules say about facts, as `deposit_initiate` does of a refused deposit."""
    found = assess(judged, policy or Policy()).as_json()
    made = {"user": user, "amount": judged.amount, "decided_at": NOON, **found, **fields}
    return Decision.objects.create(**made)


def make_sighting(user: User, **fields: Any) -> Sighting:
    """Store that a customer was seen at an address or device."""
    fields = {"kind": "address", "value_hash": A_HASH, **fields}
    fields = {"first_seen_at": NOON, "last_seen_at": NOON, **fields}
    return Sighting.objects.create(user=user, **fields)
