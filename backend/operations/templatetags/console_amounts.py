"""Amounts as the console writes them."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def kes(amount: Decimal) -> str:
    """Return an amount in KES with grouped thousands and cents, and a true minus: 1,234.50."""
    return f"{amount:,.2f}".replace("-", "\u2212")


@register.filter
def of_length(share: float, whole: int) -> str:
    """Return a share (0 to 1) of a length, with a decimal point, as attributes of SVG want it."""
    return f"{share * whole:.1f}"
