"""A customer of M-Pesa: phone, PIN, balance and SMS."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

# After this many wrong PINs in a row M-Pesa locks the account (result 8006).
PIN_ATTEMPTS = 3
MESSAGES_KEPT = 50


@dataclass(frozen=True)
class Message:
    """An SMS."""

    at: datetime
    text: str


@dataclass
class Customer:
    """A customer, with the state of the phone and of the M-Pesa account."""

    phone: str
    name: str
    pin: str
    balance: int
    # All money put into the account; with what came back it equals balance plus payments.
    money_in: int
    locked: bool = False
    phone_on: bool = True
    # The language of the SMS: `en` or `sw`.
    language: str = "en"
    wrong_pins: int = 0
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MESSAGES_KEPT))

    def set_balance(self, balance: int) -> None:
        """Set the balance, as a deposit or withdrawal of cash would."""
        self.money_in += balance - self.balance
        self.balance = balance

    def enter_pin(self, pin: str) -> str | None:
        """Return None if the PIN is right, else the result code; the third wrong one locks."""
        if self.locked:
            return "8006"
        if pin == self.pin:
            self.wrong_pins = 0
            return None
        self.wrong_pins += 1
        self.locked = self.wrong_pins >= PIN_ATTEMPTS
        return "2001"

    def unlock(self) -> None:
        """Unlock the account, as Safaricom does when the customer calls 100."""
        self.locked, self.wrong_pins = False, 0

    def receive(self, message: Message) -> None:
        """Add an SMS in front, and drop the oldest beyond `MESSAGES_KEPT`."""
        self.messages.appendleft(message)
