"""Converts customers, prompts and payments to plain values for the control API's JSON."""

from typing import Any

from .book import Book, Payment
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
        "faults": list(prompt.faults) if prompt else [],
        "answer_lost": prompt.answer_lost if prompt else False,
        "callbacks_delivered": prompt.callbacks_delivered if prompt else 0,
    }


def customer_book(phone: str, book: Book, prompts: dict[str, Prompt]) -> dict[str, Any]:
    """Return one customer's payments and their sum."""
    payments = book.of(phone)
    return {
        "total": book.total(phone),
        "payments": [payment_view(p, prompts.get(p.checkout_request_id or "")) for p in payments],
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
