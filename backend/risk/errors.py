"""Why caps are refused, and why an operator may not lift a customer's break."""

from datetime import datetime

from common.messages import Message

#: What stands beside a field, by its error's code.
FIELD_MESSAGES = {
    "below_daily_cap": Message(
        en="The week's limit must be at least the day's.",
        sw="Kikomo cha wiki lazima kiwe angalau sawa na cha siku.",
    ),
}


class OwnCoolOff(Exception):
    """Nobody lifts their own: it protects from a moment of weakness."""


class NothingToLift(Exception):
    """Neither a pause nor an exclusion is in force."""


class TooEarlyToLift(Exception):
    """The customer's wish is not a day old."""

    def __init__(self, liftable_at: datetime) -> None:
        super().__init__(f"not before {liftable_at}")
        self.liftable_at = liftable_at
