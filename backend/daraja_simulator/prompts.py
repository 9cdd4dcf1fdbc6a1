"""One STK prompt on one phone, from the push to its end."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .wire import Push


class PromptState(StrEnum):
    """The status of a prompt."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"


@dataclass
class Prompt:
    """What was asked of whom, how it ended, and which of our messages about it got through."""

    push: Push
    merchant_name: str
    merchant_request_id: str
    checkout_request_id: str
    created_at: datetime
    expires_at: datetime
    # The how-manieth push of this phone: with the phone it is the key of all drawn decisions.
    number: int
    state: PromptState = PromptState.WAITING
    # Magic amount 4999: never ends, for every caller.
    silent: bool = False
    # Whether the handset shows it; not if the phone is off or M-Pesa could not send it.
    shown: bool = True
    # The customer looked away: nothing is shown any more, M-Pesa still waits.
    dismissed: bool = False
    result_code: str | None = None
    receipt: str | None = None
    finished_at: datetime | None = None
    answer_lost: bool = False
    faults: list[str] = field(default_factory=list)
    callbacks_delivered: int = 0
    callbacks_failed: int = 0
    queries: int = 0

    @property
    def phone(self) -> str:
        """The phone that shows the prompt."""
        return self.push.phone

    @property
    def is_waiting(self) -> bool:
        """Whether the customer may still answer."""
        return self.state is PromptState.WAITING

    @property
    def is_open(self) -> bool:
        """Whether something is still pending."""
        return self.is_waiting and not self.silent

    def locks(self, moment: datetime) -> bool:
        """Whether it keeps other prompts off the phone."""
        return self.is_waiting and moment < self.expires_at
