"""The texts that a customer reads: the prompt, and M-Pesa's SMS."""

from datetime import datetime

from .book import Payment
from .clock import EAT
from .customers import Message
from .prompts import Prompt

_FAILURES = {
    "1": "Failed. You do not have enough money in your M-PESA account to pay Ksh{amount}.00 to "
    "{name}.",
    "2001": "Failed. You have entered the wrong M-PESA PIN. Ksh{amount}.00 to {name} was not paid.",
    "8006": "Your M-PESA PIN is locked. Call Safaricom on 100 or 200 for help.",
    "17": "Failed. You paid the same amount to {name} less than 2 minutes ago.",
    "4": "Failed. You have reached your M-PESA limit for today.",
}


def prompt_text(prompt: Prompt) -> str:
    """Return the text of the prompt on the phone."""
    push = prompt.push
    return (
        f"Do you want to pay KES {push.amount:,} to {prompt.merchant_name} "
        f"Account no. {push.account_reference}? Enter M-PESA PIN"
    )


def receipt_message(payment: Payment, name: str, balance: int) -> Message:
    """Return the SMS after a payment, in M-Pesa's wording."""
    local = payment.paid_at.astimezone(EAT)
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"
    when = f"{local.day}/{local.month}/{local:%y} at {hour}:{local:%M} {half}"
    return Message(
        payment.paid_at,
        f"{payment.receipt} Confirmed. Ksh{payment.amount:,}.00 sent to {name} for account "
        f"{payment.account_reference} on {when}. New M-PESA balance is Ksh{balance:,}.00. "
        "Transaction cost, Ksh0.00.",
    )


def failure_message(prompt: Prompt, moment: datetime) -> Message | None:
    """Return the SMS after a failure; None for failures about which M-Pesa sends none."""
    text = _FAILURES.get(prompt.result_code or "")
    if text is None:
        return None
    return Message(moment, text.format(amount=f"{prompt.push.amount:,}", name=prompt.merchant_name))
