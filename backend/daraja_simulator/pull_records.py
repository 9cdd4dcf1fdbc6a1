"""Writes one payment as Pull Transactions does, in all forms seen in the field."""

from collections.abc import Callable
from typing import Any

from .book import Payment
from .callbacks import masked
from .clock import EAT

Record = dict[str, Any]


def record(payment: Payment, organisation: str, quirks: list[str]) -> Record:
    """Return the payment as a record of Pull, changed by these quirks.

    The time is Nairobi time in spite of its Z, as in the official sample; whether the Z is ever
    true is not known. The phone is a number in full.
    """
    made: Record = {
        "transactionId": payment.receipt,
        "trxDate": payment.paid_at.astimezone(EAT).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "msisdn": int(payment.phone) if payment.phone else "",
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": payment.account_reference,
        "amount": f"{payment.amount}.00",
        "organizationname": organisation,
    }
    for quirk in quirks:
        if quirk in QUIRKS:
            QUIRKS[quirk](made, payment)
    return made


def _plain_date(made: Record, payment: Payment) -> None:
    made["trxDate"] = payment.paid_at.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")


def _number_amount(made: Record, payment: Payment) -> None:
    made["amount"] = float(payment.amount)


def _text_phone(made: Record, payment: Payment) -> None:
    made["msisdn"] = payment.phone


def _masked_phone(made: Record, payment: Payment) -> None:
    made["msisdn"] = masked(payment.phone)


def _short_phone(made: Record, payment: Payment) -> None:
    # The official sample's phone is cut off: 72200000.
    made["msisdn"] = int(payment.phone[3:11] or 0)


def _named_sender(made: Record, payment: Payment) -> None:
    made["sender"] = payment.payer_name.upper()


QUIRKS: dict[str, Callable[[Record, Payment], None]] = {
    "plain_date": _plain_date,
    "number_amount": _number_amount,
    "text_phone": _text_phone,
    "masked_phone": _masked_phone,
    "short_phone": _short_phone,
    "named_sender": _named_sender,
}
# Quirks of the whole answer.
ANSWER_QUIRKS = frozenset({"spaced_keys", "flat", "empty_list"})
