"""Amounts as the console writes them."""

from decimal import Decimal

from django import template

from operations.console import amounts

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
def of_length(share: float, whole: int) -> str:
    """Return a share (0 to 1) of a length, with a decimal point, as attributes of SVG want it."""
    return f"{share * whole:.1f}"
