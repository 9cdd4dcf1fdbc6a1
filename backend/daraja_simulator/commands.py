"""A request of the asynchronous family: acknowledged at once, its result posted later."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Api(StrEnum):
    """The four APIs of the family that the simulator has; also the names of their fault groups."""

    B2C = "b2c"
    STATUS = "status"
    REVERSAL = "reversal"
    BALANCE = "balance"


@dataclass
class Result:
    """How a command ended. A code of "0" is success; values may be missing (None)."""

    code: str
    description: str
    transaction_id: str
    parameters: list[tuple[str, Any]] = field(default_factory=list)
    # Transaction Status answers with the id of the transaction asked about, not of the question.
    originator_conversation_id: str = ""


@dataclass
class Command:
    """One acknowledged request."""

    api: Api
    conversation_id: str
    originator_conversation_id: str
    body: dict[str, Any]
    shortcode: str
    accepted_at: datetime
    number: int
    phone: str = ""
    amount: int | None = None
    result: Result | None = None
    timed_out: bool = False
    is_done: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def result_url(self) -> str:
        """Where the result is posted."""
        return str(self.body["ResultURL"])

    @property
    def timeout_url(self) -> str:
        """Where it is posted that M-Pesa did not take the request in time."""
        return str(self.body["QueueTimeOutURL"])
