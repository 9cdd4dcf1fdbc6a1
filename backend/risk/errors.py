"""Why an operator may not lift a customer's break."""

from datetime import datetime


class OwnBreak(Exception):
    """Nobody lifts their own: it protects from a moment of weakness."""


class NothingToLift(Exception):
    """Neither a pause nor an exclusion is in force."""


class TooEarlyToLift(Exception):
    """The customer's wish is not a day old."""

    def __init__(self, liftable_at: datetime) -> None:
        super().__init__(f"not before {liftable_at}")
        self.liftable_at = liftable_at
