"""Errors for a deposit that is too large or too soon, or that the customer's own limits forbid."""

from datetime import datetime, timedelta

from common.days import NAIROBI
from common.errors import Money
from common.messages import Message
from payments.errors import DepositError

_PAST_OWN_DAILY = Message(
    en="This would pass the daily limit of {limit:,} KES that you have set for yourself."
    " Nothing was charged.",
    sw="Hii itapita kikomo cha siku cha KES {limit:,} ulichojiwekea. Hujatozwa.",
)
_PAST_OWN_WEEKLY = Message(
    en="This would pass the weekly limit of {limit:,} KES that you have set for yourself."
    " Nothing was charged.",
    sw="Hii itapita kikomo cha wiki cha KES {limit:,} ulichojiwekea. Hujatozwa.",
)
# The amount alone is above the cap, so no later day or week will allow it.
_ABOVE_OWN_DAILY = Message(
    en="This amount alone is above the daily limit of {limit:,} KES"
    " that you have set for yourself. Nothing was charged.",
    sw="Kiasi hiki pekee kinazidi kikomo cha siku cha KES {limit:,} ulichojiwekea. Hujatozwa.",
)
_ABOVE_OWN_WEEKLY = Message(
    en="This amount alone is above the weekly limit of {limit:,} KES"
    " that you have set for yourself. Nothing was charged.",
    sw="Kiasi hiki pekee kinazidi kikomo cha wiki cha KES {limit:,} ulichojiwekea. Hujatozwa.",
)


class LimitExceeded(DepositError):
    """The day's deposits would pass the tier's daily limit."""

    code = "limit_exceeded"
    error = "Daily limit exceeded"
    customer_message = Message(
        en="This would pass your daily deposit limit of {limit:,} KES. Nothing was charged.",
        sw="Hii itapita kikomo chako cha siku cha KES {limit:,}. Hujatozwa.",
    )

    def __init__(self, limit: int, retry_after_s: int) -> None:
        self.customer_message = self.customer_message.filled(limit=limit)
        super().__init__(retry_after_s=retry_after_s)


class OwnDailyLimitExceeded(LimitExceeded):
    """The day's deposits would pass the customer's own daily cap."""

    error = "Own daily limit exceeded"

    def __init__(self, limit: int, amount: int, retry_after_s: int) -> None:
        self.customer_message = _ABOVE_OWN_DAILY if amount > limit else _PAST_OWN_DAILY
        super().__init__(limit, retry_after_s)


class OwnWeeklyLimitExceeded(LimitExceeded):
    """The week's deposits would pass the customer's own weekly cap."""

    error = "Own weekly limit exceeded"

    def __init__(self, limit: int, amount: int, retry_after_s: int) -> None:
        self.customer_message = _ABOVE_OWN_WEEKLY if amount > limit else _PAST_OWN_WEEKLY
        super().__init__(limit, retry_after_s)


class SelfExcluded(DepositError):
    """The customer has a cool-off or a self-exclusion in force."""

    code = "self_excluded"
    error = "Self-excluded"
    customer_message = Message(
        en="You asked us to stop deposits until {until:%d/%m/%Y %H:%M}. Nothing was charged.",
        sw="Ulituomba tusimamishe kuweka pesa hadi {until:%d/%m/%Y %H:%M}. Hujatozwa.",
    )

    def __init__(self, until: datetime, retry_after_s: int) -> None:
        self.customer_message = self.customer_message.filled(until=_full_minute(until))
        super().__init__(retry_after_s=retry_after_s)


class TooManyPushes(DepositError):
    """The customer, the phone or the network address has requested pushes above its rate.

    Raised before the idempotency key is read, so it says nothing about an earlier request with the
    same key.
    """

    code = "rate_limited"
    error = "Too many requests"
    customer_message = Message(
        en="Too many attempts. Nothing was charged for this one."
        " Please wait a moment and try again.",
        sw="Majaribio ni mengi mno. Hujatozwa kwa jaribio hili."
        " Tafadhali subiri kidogo kisha ujaribu tena.",
    )

    def __init__(self, retry_after_s: int, *, money: Money = Money.NOT_MOVED) -> None:
        self.money = money
        super().__init__(retry_after_s=retry_after_s)


class PromptsPaused(DepositError):
    """The prompt guard makes this phone wait: prompts were declined, or M-Pesa asks for it."""

    code = "rate_limited"
    error = "Prompts to this phone are paused"
    customer_message = Message(
        en="M-PESA requests on your phone were cancelled, refused or too close together."
        " You can try again at {until:%H:%M}. Nothing was charged.",
        sw="Maombi ya M-PESA kwenye simu yako yalighairiwa, yalikataliwa au yalifuatana mno."
        " Unaweza kujaribu tena saa {until:%H:%M}. Hujatozwa.",
    )

    def __init__(self, until: datetime, retry_after_s: int) -> None:
        self.customer_message = self.customer_message.filled(until=_full_minute(until))
        super().__init__(retry_after_s=retry_after_s)


def _full_minute(moment: datetime) -> datetime:
    """Return the time in Nairobi, rounded up to a minute, so that trying again then works."""
    local = moment.astimezone(NAIROBI)
    floor = local.replace(second=0, microsecond=0)
    return floor if floor == local else floor + timedelta(minutes=1)
