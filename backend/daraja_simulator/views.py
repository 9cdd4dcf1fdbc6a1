"""Converts customers, prompts and payments to plain values for the control API's JSON."""

from typing import Any

from .accounts import Accounts
from .book import Book, Confirmations, Payment, Payout, Reversal
from .customers import Customer
from .outcomes import result_text
from .prompts import Prompt
from .sms import prompt_text


def payment_view(payment: Payment, prompt: Prompt | None) -> dict[str, Any]:
    """Return a payment of the book, with the faults and callbacks of its prompt."""
    return {
        "receipt": payment.receipt,
        "amount": payment.amount,
        "checkout_request_id": payment.checkout_request_id,
        "account_reference": payment.account_reference,
        "paid_at": payment.paid_at.isoformat(),
        "shortcode": payment.shortcode,
        "way": payment.way.value,
        "payer_name": payment.payer_name,
        "faults": list(prompt.faults) if prompt else [],
        "answer_lost": prompt.answer_lost if prompt else False,
        "callbacks_delivered": prompt.callbacks_delivered if prompt else 0,
    }


def confirmations_view(told: Confirmations) -> dict[str, Any]:
    """Return how the business was told of a payment by C2B confirmations."""
    return {
        "confirmations_delivered": told.delivered,
        "confirmations_failed": told.failed,
        "confirmation_faults": list(told.faults),
    }


def reversal_view(reversal: Reversal) -> dict[str, Any]:
    """Return a reversal of the book."""
    return {
        "receipt": reversal.receipt,
        "original_receipt": reversal.original.receipt,
        "amount": reversal.original.amount,
        "phone": reversal.original.phone,
        "shortcode": reversal.original.shortcode,
        "reversed_at": reversal.reversed_at.isoformat(),
        "by": reversal.by,
    }


def payout_view(payout: Payout) -> dict[str, Any]:
    """Return a payout of the book."""
    return {
        "receipt": payout.receipt,
        "phone": payout.phone,
        "amount": payout.amount,
        "charge": payout.charge,
        "shortcode": payout.shortcode,
        "paid_at": payout.paid_at.isoformat(),
        "command_id": payout.command_id,
        "originator_conversation_id": payout.originator_conversation_id,
        "conversation_id": payout.conversation_id,
    }


def accounts_view(accounts: Accounts) -> dict[str, Any]:
    """Return the balances of a business, in whole KES."""
    return {
        "utility": accounts.utility,
        "working": accounts.working,
        "charges_paid": accounts.charges_paid,
        "settlement": accounts.settlement,
    }


def customer_book(phone: str, book: Book, prompts: dict[str, Prompt]) -> dict[str, Any]:
    """Return one customer's payments and their sum."""
    payments = book.of(phone)
    return {
        "total": book.total(phone),
        "payments": [
            payment_view(p, prompts.get(p.checkout_request_id or ""))
            | confirmations_view(book.confirmations.get(p.receipt, Confirmations()))
            for p in payments
        ],
    }


def customer_view(customer: Customer) -> dict[str, Any]:
    """Return a customer, with SMS, newest first."""
    return {
        "phone": customer.phone,
        "name": customer.name,
        "pin": customer.pin,
        "balance": customer.balance,
        "locked": customer.locked,
        "phone_on": customer.phone_on,
        "language": customer.language,
        "messages": [{"at": m.at.isoformat(), "text": m.text} for m in customer.messages],
    }


def prompt_view(prompt: Prompt) -> dict[str, Any]:
    """Return a prompt with its push, outcome, faults and callbacks."""
    return {
        "checkout_request_id": prompt.checkout_request_id,
        "merchant_request_id": prompt.merchant_request_id,
        "phone": prompt.phone,
        "payer": prompt.push.payer,
        "amount": prompt.push.amount,
        "merchant_name": prompt.merchant_name,
        "shortcode": prompt.push.shortcode,
        "account_reference": prompt.push.account_reference,
        "text": prompt_text(prompt),
        "callback_url": prompt.push.callback_url,
        "created_at": prompt.created_at.isoformat(),
        "expires_at": prompt.expires_at.isoformat(),
        "state": prompt.state.value,
        "shown": prompt.shown,
        "silent": prompt.silent,
        "dismissed": prompt.dismissed,
        "result_code": prompt.result_code,
        "result_desc": result_text(prompt.result_code) if prompt.result_code else None,
        "receipt": prompt.receipt,
        "finished_at": prompt.finished_at.isoformat() if prompt.finished_at else None,
        "answer_lost": prompt.answer_lost,
        "faults": list(prompt.faults),
        "callbacks_delivered": prompt.callbacks_delivered,
        "callbacks_failed": prompt.callbacks_failed,
    }
