"""The addresses that a business registered for C2B, and for Pull."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Registration:
    """The C2B addresses of a shortcode."""

    shortcode: str
    version: str  # v1: phones arrive hashed; v2: masked
    response_type: str  # what happens when the validation cannot be reached in time
    confirmation_url: str
    validation_url: str
    registered_at: datetime

    @property
    def goes_on_without_validation(self) -> bool:
        """Whether a payment goes on when the validation does not answer in time."""
        return self.response_type == "Completed"


@dataclass(frozen=True)
class PullRegistration:
    """A shortcode that may ask for its payments with Pull."""

    shortcode: str
    nominated_number: str
    callback_url: str
