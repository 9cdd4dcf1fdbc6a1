"""One STK prompt on one phone, from the push until it ends."""

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
    """A prompt with its push, its outcome, its faults, and counts of its callbacks and queries."""

    push: Push
    merchant_name: str
    merchant_request_id: str
    checkout_request_id: str
    created_at: datetime
    expires_at: datetime
    # The number of the push among those of this phone; phone and number decide all draws.
    number: int
    state: PromptState = PromptState.WAITING
    # Amount 4999 in automatic mode: the prompt never ends.
    silent: bool = False
    # Whether the phone shows the prompt: not if it is off or M-Pesa could not send the prompt.
    shown: bool = True
    # The customer ignored the prompt: the phone shows it no more, but M-Pesa still waits.
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
        """The phone number to which the prompt was sent."""
        return self.push.phone

    @property
    def is_waiting(self) -> bool:
        """Whether the customer may still answer."""
        return self.state is PromptState.WAITING

    @property
    def is_open(self) -> bool:
        """Whether the prompt waits and will still end."""
        return self.is_waiting and not self.silent

    def locks(self, moment: datetime) -> bool:
        """Whether this prompt prevents another prompt on the same phone at this time."""
        return self.is_waiting and moment < self.expires_at
