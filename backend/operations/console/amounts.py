"""Amounts as the console writes them. Pure."""

from decimal import Decimal

NOTHING = Decimal("0.00")


def kes(amount: Decimal) -> str:
    """Return an amount in KES with grouped thousands and cents, and a true minus: 1,234.50."""
    return f"{amount:,.2f}".replace("-", "\u2212")
