"""How a deposit is refused because it would be too much, too soon, or against the own wish."""

from datetime import datetime, timedelta

from common.days import NAIROBI
from common.errors import DomainError
from common.messages import Message

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
# The amount alone is too much: no day and no week will be long enough for it.
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


def limit_exceeded(limit: int, retry_after_s: int) -> DomainError:
    """The day's deposits would pass the limit."""
    return DomainError(
        "limit_exceeded",
        "Daily limit exceeded",
        Message(
            en="This would pass your daily deposit limit of {limit:,} KES. Nothing was charged.",
            sw="Hii itapita kikomo chako cha siku cha KES {limit:,}. Hujatozwa.",
        ).filled(limit=limit),
        retry_after_s=retry_after_s,
    )


def own_daily_limit_exceeded(limit: int, amount: int, retry_after_s: int) -> DomainError:
    """The day's deposits would pass the customer's own cap."""
    return DomainError(
        "limit_exceeded",
        "Own daily limit exceeded",
        (_ABOVE_OWN_DAILY if amount > limit else _PAST_OWN_DAILY).filled(limit=limit),
        retry_after_s=retry_after_s,
    )


def own_weekly_limit_exceeded(limit: int, amount: int, retry_after_s: int) -> DomainError:
    """The week's deposits would pass the customer's own cap."""
    return DomainError(
        "limit_exceeded",
        "Own weekly limit exceeded",
        (_ABOVE_OWN_WEEKLY if amount > limit else _PAST_OWN_WEEKLY).filled(limit=limit),
        retry_after_s=retry_after_s,
    )


def self_excluded(until: datetime, retry_after_s: int) -> DomainError:
    """The customer has paused or excluded themselves."""
    return DomainError(
        "self_excluded",
        "Self-excluded",
        Message(
            en="You asked us to stop deposits until {until:%d/%m/%Y %H:%M}. Nothing was charged.",
            sw="Ulituomba tusimamishe kuweka pesa hadi {until:%d/%m/%Y %H:%M}. Hujatozwa.",
        ).filled(until=_full_minute(until)),
        retry_after_s=retry_after_s,
    )


def too_many_pushes(retry_after_s: int) -> DomainError:
    """More pushes than one person, one phone or one address may ask for.

    Told before the key is looked at: of an earlier try with the same key it says nothing.
    """
    return DomainError(
        "rate_limited",
        "Too many requests",
        Message(
            en="Too many attempts. Nothing was charged for this one."
            " Please wait a moment and try again.",
            sw="Majaribio ni mengi mno. Hujatozwa kwa jaribio hili."
            " Tafadhali subiri kidogo kisha ujaribu tena.",
        ),
        retry_after_s=retry_after_s,
    )


def prompts_paused(until: datetime, retry_after_s: int) -> DomainError:
    """Prompts on this phone were turned down several times, or M-Pesa asks for a wait."""
    return DomainError(
        "rate_limited",
        "Prompts to this phone are paused",
        Message(
            en="M-Pesa requests on your phone were cancelled, refused or too close together."
            " You can try again at {until:%H:%M}. Nothing was charged.",
            sw="Maombi ya M-Pesa kwenye simu yako yalighairiwa, yalikataliwa au yalifuatana mno."
            " Unaweza kujaribu tena saa {until:%H:%M}. Hujatozwa.",
        ).filled(until=_full_minute(until)),
        retry_after_s=retry_after_s,
    )


def _full_minute(moment: datetime) -> datetime:
    """Return the clock in Nairobi, rounded up: at the minute named, trying again works."""
    local = moment.astimezone(NAIROBI)
    floor = local.replace(second=0, microsecond=0)
    return floor if floor == local else floor + timedelta(minutes=1)
