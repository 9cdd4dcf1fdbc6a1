"""A customer of M-Pesa: a phone, a PIN and money."""

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
    """Who holds the phone, and the state of phone and account."""

    phone: str
    name: str
    pin: str
    balance: int
    # All the money ever put in: balance and payments always add up to it.
    money_in: int
    locked: bool = False
    phone_on: bool = True
    wrong_pins: int = 0
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MESSAGES_KEPT))

    def set_balance(self, balance: int) -> None:
        """Top up or take away cash, so that the balance is this."""
        self.money_in += balance - self.balance
        self.balance = balance

    def enter_pin(self, pin: str) -> str | None:
        """None if the PIN is right, else the result code; three wrong ones lock the account."""
        if self.locked:
            return "8006"
        if pin == self.pin:
            self.wrong_pins = 0
            return None
        self.wrong_pins += 1
        self.locked = self.wrong_pins >= PIN_ATTEMPTS
        return "2001"

    def unlock(self) -> None:
        """What Safaricom does when the customer calls 100."""
        self.locked, self.wrong_pins = False, 0

    def receive(self, message: Message) -> None:
        """Newest first, the oldest drop off."""
        self.messages.appendleft(message)
