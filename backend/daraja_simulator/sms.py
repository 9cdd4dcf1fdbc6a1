"""The texts that a customer reads: the prompt, and M-Pesa's SMS (docs/simulator.md)."""

from datetime import datetime

from .book import Payment, Payout, Reversal
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

_REJECTIONS = {
    "C2B00011": "Your number is not allowed to pay {name}.",
    "C2B00012": "You have entered a wrong account number for {name}.",
    "C2B00013": "You have entered an amount that {name} does not accept.",
    "C2B00014": "Your details do not match those at {name}.",
    "C2B00015": "You have entered a wrong business number.",
}


def prompt_text(prompt: Prompt) -> str:
    """Return the text of the prompt on the phone."""
    push = prompt.push
    return (
        f"Do you want to pay KES {push.amount:,} to {prompt.merchant_name} "
        f"Account no. {push.account_reference}? Enter M-PESA PIN"
    )


def receipt_message(
    payment: Payment, name: str, balance: int, left_today: int, language: str = "en"
) -> Message:
    """Return the SMS after a payment, in M-Pesa's wording of 2026: a full stop is missing in some
    places, and the tail is an advertisement that changes monthly.
    """
    write = _receipt_sw if language == "sw" else _receipt_en
    return Message(payment.paid_at, write(payment, name, balance, left_today))


def _receipt_en(payment: Payment, name: str, balance: int, left_today: int) -> str:
    verb = "paid to" if payment.is_till else "sent to"
    to = f"{name}." if payment.is_till else f"{name} for account {payment.account_reference}"
    gap = "." if payment.is_till else " "
    return (
        f"{payment.receipt} Confirmed. Ksh{payment.amount:,}.00 {verb} {to} on "
        f"{_when(payment.paid_at, 'at')}{gap}New M-PESA balance is Ksh{balance:,}.00. "
        f"Transaction cost, Ksh0.00.Amount you can transact within the day is {left_today:,}.00. "
        "Download My OneApp on https://saf.cx/app"
    )


def _receipt_sw(payment: Payment, name: str, balance: int, left_today: int) -> str:
    what = f"Ksh{payment.amount:,}.00"
    if payment.is_till:
        paid = f"Umelipa {what} kwa {name} {_when(payment.paid_at, '')}"
    else:
        account = f"kwa akaunti nambari {payment.account_reference}"
        paid = f"{what} imetumwa kwa {name} {account} tarehe {_when(payment.paid_at, 'saa')}"
    return (
        f"{payment.receipt} Imethibitishwa. {paid}. Baki yako ya M-PESA ni Ksh{balance:,}.00. "
        "Gharama ya kutuma ni Ksh0.00.Kiwango cha Pesa unachoweza kutuma kwa siku ni "
        f"{left_today:,}.00."
    )


def payout_message(payout: Payout, name: str, balance: int) -> Message:
    """Return the SMS of a customer whom a business paid."""
    hail = "Congratulations! " if payout.command_id == "PromotionPayment" else ""
    return Message(
        payout.paid_at,
        f"{hail}{payout.receipt} confirmed.You have received Ksh{payout.amount:,}.00 from "
        f"{name}. on {_when(payout.paid_at, 'at')}.New M-PESA balance is Ksh{balance:,}.00.",
    )


def reversal_message(reversal: Reversal, balance: int) -> Message:
    """Return the SMS of a customer whose payment came back."""
    return Message(
        reversal.reversed_at,
        f"{reversal.receipt}  confirmed. Reversal of transaction {reversal.original.receipt} has "
        f"been successfully reversed  on {_when(reversal.reversed_at, 'at')}  and "
        f"Ksh{reversal.original.amount:,}.00 is credited to your M-PESA account. "
        f"New M-PESA account balance is Ksh{balance:,}.00.",
    )


def rejected_message(code: str, name: str, moment: datetime) -> Message:
    """Return the SMS of a customer whose payment the business rejected in its validation."""
    reason = _REJECTIONS.get(code, "The transaction was declined by the receiver.")
    return Message(moment, f"Failed. {reason.format(name=name)}")


def _when(moment: datetime, word: str) -> str:
    local = moment.astimezone(EAT)
    hour, half = local.hour % 12 or 12, "AM" if local.hour < 12 else "PM"
    day = f"{local.day}/{local.month}/{local:%y}"
    return " ".join(part for part in (day, word, f"{hour}:{local:%M}", half) if part)


def failure_message(prompt: Prompt, moment: datetime) -> Message | None:
    """Return the SMS after a failure; None for failures about which M-Pesa sends none."""
    text = _FAILURES.get(prompt.result_code or "")
    if text is None:
        return None
    return Message(moment, text.format(amount=f"{prompt.push.amount:,}", name=prompt.merchant_name))
