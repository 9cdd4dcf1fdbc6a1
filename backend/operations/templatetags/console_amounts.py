"""Amounts and times as the console writes them."""

from datetime import timedelta
from decimal import Decimal

from django import template

from operations.ages import say_age
from operations.console import amounts
from operations.console.reasons import say_why_held
from payments.models import SuspenseCase

register = template.Library()


@register.filter
def kes(amount: Decimal) -> str:
    """Return an amount in KES with grouped thousands and cents, and a true minus: 1,234.50."""
    return amounts.kes(amount)


@register.filter
def as_cell(value: str | int | Decimal) -> str:
    """Return a cell of a table: amounts with cents, numbers grouped, words as they are."""
    if isinstance(value, Decimal):
        return amounts.kes(value)
    return f"{value:,}" if isinstance(value, int) else value


@register.filter
def why_held(case: SuspenseCase) -> str:
    """Return why a payment is held in suspense, in the words of the home."""
    return say_why_held(case)


@register.filter
def of_length(share: float, whole: int) -> str:
    """Return a share (0 to 1) of a length, with a decimal point, as attributes of SVG want it."""
    return f"{share * whole:.1f}"


@register.filter
def age(span: timedelta) -> str:
    """Return a time span as a clerk says it: 0.7 s, 41 s, 52 min, 17 h 31, 3 d."""
    seconds = span.total_seconds()
    return f"{seconds:.1f} s" if 0 <= seconds < 10 else say_age(span)
