"""Errors of a customer's own caps, and of lifting a pause or exclusion."""

from datetime import datetime

from common.messages import Message

#: The message shown beside a form field, by the code of the field error.
FIELD_MESSAGES = {
    "below_daily_cap": Message(
        en="The week's limit must be at least the day's.",
        sw="Kikomo cha wiki lazima kiwe angalau sawa na cha siku.",
    ),
}


class OwnCoolOff(Exception):
    """The operator is the customer: a self-chosen block must hold in a moment of weakness too."""


class NothingToLift(Exception):
    """The customer has neither a pause nor an exclusion in force."""


class TooEarlyToLift(Exception):
    """The customer asked for the pause or exclusion less than 24 hours ago."""

    def __init__(self, liftable_at: datetime) -> None:
        super().__init__(f"not before {liftable_at}")
        self.liftable_at = liftable_at
