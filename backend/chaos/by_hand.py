"""Compares the payments by hand in the simulator's book with what we booked for each. Pure.

What a payment has to become follows from what its payer typed, read here without our own code:
the reference of a deposit (it pays that deposit, if no other payment did), a personal account
number (it is credited), a phone number (suspense, its customer proposed), anything else (suspense).
"""

import re
from collections import defaultdict
from decimal import Decimal

from chaos.causes import Cause, OutageCheck, find_cause, find_cause_by_hand
from chaos.differences import Comparison, Difference, Kind
from chaos.ledger import Booking, Deposit, Ledger
from chaos.simulator import Payment, Prompt

CREDITED, HELD = "credited", "in suspense"
PROMPT_HELD = "prompts in suspense, as their deposit was paid by hand"


def group_by_deposit(ledger: Ledger, payments: list[Payment]) -> dict[str, list[Payment]]:
    """Return the payments by hand that name a deposit, by its reference."""
    references = {deposit.account_reference for deposit in ledger.deposits}
    groups: defaultdict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        reference = plain(payment.account_reference)
        if payment.is_by_hand and reference in references:
            groups[reference].append(payment)
    return dict(groups)


def judge_alone(ledger: Ledger, payments: list[Payment], found: Comparison) -> None:
    """Check each payment by hand that names no deposit."""
    references = {deposit.account_reference for deposit in ledger.deposits}
    for payment in payments:
        typed = plain(payment.account_reference)
        if not payment.is_by_hand or typed in references:
            continue
        booking = ledger.bookings.get(payment.receipt)
        if booking is None:
            _judge_untold(payment, found)
        elif typed in ledger.account_numbers:
            _judge_credited(payment, booking, ledger.account_numbers[typed], found)
        else:
            phone = "254" + typed[-9:]
            _judge_held(payment, booking, phone if phone in ledger.phones else None, found)


def judge_shared(
    deposit: Deposit,
    prompt: Prompt | None,
    payments: list[Payment],
    was_outage: OutageCheck,
    found: Comparison,
) -> None:
    """Check a deposit that was paid by hand, and perhaps by its prompt too (also in `payments`).

    One of the payments completes the deposit, every other one waits in suspense.
    """
    completing = _completing_receipt(deposit, prompt)
    _judge_completing(deposit, prompt, payments, completing, found)
    allowed = {Decimal(0)}
    for payment in payments:
        if deposit.status == "COMPLETED" and payment.receipt == completing:
            if payment.is_by_hand:
                found.by_hand[CREDITED] += 1
            continue
        found.uncredited[payment.phone] += payment.amount
        if payment.receipt in deposit.held_receipts:
            amounts = _amounts_held(payment, prompt, is_corrected=found.has_statement)
            allowed = {total + amount for total in allowed for amount in amounts}
            found.by_hand[HELD if payment.is_by_hand else PROMPT_HELD] += 1
            continue
        cause = _find_cause(deposit, prompt, payment, was_outage)
        if problem := found.explain_unbooked(cause):
            found.add(Kind.LOST, deposit, f"{payment.receipt} {problem}")
    if deposit.held not in allowed:
        found.add(Kind.WRONG_SUM, deposit, f"{deposit.held} is in suspense, not {allowed}")


def _judge_completing(
    deposit: Deposit,
    prompt: Prompt | None,
    payments: list[Payment],
    completing: str | None,
    found: Comparison,
) -> None:
    """Check that a payment completed the deposit, and one by hand if M-Pesa told us of it; and that
    every receipt in suspense was paid.
    """
    paid = {payment.receipt for payment in payments}
    is_told_by_hand = any(p.is_by_hand and is_told(p, prompt) for p in payments)
    if deposit.status != "COMPLETED":
        if is_told_by_hand:
            found.add(Kind.LOST, deposit, "was paid by hand, and M-Pesa told us so")
    elif completing not in paid:
        found.add(Kind.DOUBLED, deposit, f"was completed by {completing}, which nobody paid")
    for receipt in sorted(set(deposit.held_receipts) - paid):
        found.add(Kind.DOUBLED, deposit, f"{receipt} is in suspense, and nobody paid it")


def is_told(payment: Payment, prompt: Prompt | None) -> bool:
    """Say whether M-Pesa surely told us of this payment: by a confirmation or its callback.

    One of the callbacks that we took may be a false failure, which names no receipt.
    """
    if payment.confirmations_delivered and not payment.is_nameless:
        return True
    if payment.is_by_hand or prompt is None:
        return False
    untrue = any(name.startswith("callback.failure") for name in prompt.faults)
    return prompt.callbacks_delivered > untrue


def _completing_receipt(deposit: Deposit, prompt: Prompt | None) -> str | None:
    """Return the receipt of the payment that completed the deposit.

    The answer to a status query names no receipt: then it was the prompt's payment.
    """
    if deposit.status != "COMPLETED":
        return None
    return deposit.receipt or (prompt.receipt if prompt is not None else None)


def _find_cause(
    deposit: Deposit, prompt: Prompt | None, payment: Payment, was_outage: OutageCheck
) -> Cause | None:
    if payment.is_by_hand or prompt is None:
        return find_cause_by_hand(payment)
    if deposit.status == "COMPLETED":
        return None if is_told(payment, prompt) else Cause.ANOTHER_PAID
    return find_cause(deposit, prompt, payment, was_outage)


def _amounts_held(payment: Payment, prompt: Prompt | None, *, is_corrected: bool) -> set[Decimal]:
    """Return what suspense may hold of this payment: where its callback told another amount than
    its confirmation, the amount that came first, until it `is_corrected` by the statement.
    """
    amounts = {Decimal(payment.amount)}
    if is_corrected or prompt is None or payment.is_by_hand:
        return amounts
    if "callback.wrong_amount" in prompt.faults:
        amounts.add(told_amount(payment.amount))
    return amounts


def told_amount(amount: int) -> Decimal:
    """Return the amount that the fault `callback.wrong_amount` tells instead of this one."""
    return Decimal(1 if amount > 1 else 2)


def _judge_untold(payment: Payment, found: Comparison) -> None:
    found.uncredited[payment.phone] += payment.amount
    if problem := found.explain_unbooked(find_cause_by_hand(payment)):
        _add(Kind.LOST, payment, problem, found)


def _judge_credited(payment: Payment, booking: Booking, owner: str, found: Comparison) -> None:
    """Check a payment to a personal account number: one credit, to the customer with that number,
    as a deposit of its own.
    """
    found.by_hand[CREDITED] += 1
    if booking.credits != 1 or booking.credited != payment.amount:
        kind = Kind.DOUBLED if booking.credited > payment.amount else Kind.LOST
        _add(kind, payment, f"has {booking.credits} credits of {booking.credited}", found)
    if booking.held or booking.cases:
        _add(Kind.DOUBLED, payment, f"is in suspense, too: {booking.held}", found)
    if booking.phone != owner or not booking.is_own_deposit:
        _add(Kind.WRONG_STATUS, payment, f"went to {booking.phone}, not to {owner}", found)


def _judge_held(
    payment: Payment, booking: Booking, proposed: str | None, found: Comparison
) -> None:
    """Check a payment whose payer typed no account number: one case, with its whole amount."""
    found.by_hand[HELD] += 1
    found.uncredited[payment.phone] += payment.amount
    if booking.credits:
        _add(Kind.DOUBLED, payment, f"was credited to {booking.phone} without a number", found)
    if booking.cases != 1 or booking.held != payment.amount:
        kind = Kind.LOST if booking.held < payment.amount else Kind.DOUBLED
        _add(kind, payment, f"has {booking.cases} cases with {booking.held} in suspense", found)
    reason = "phone_typed" if proposed else "unknown_account"
    if (booking.reason, booking.proposed) != (reason, proposed):
        said = f"{booking.reason}, proposed {booking.proposed}"
        _add(Kind.WRONG_STATUS, payment, f"is in suspense as {said}", found)


def plain(typed: str) -> str:
    """Return what was typed without spaces and dashes, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper())


def _add(kind: Kind, payment: Payment, text: str, found: Comparison) -> None:
    about = f"payment {payment.receipt} of {payment.phone}, KES {payment.amount}, by hand"
    about += f" to {payment.account_reference!r}"
    found.differences.append(Difference(kind, f"{about}: {text}", receipt=payment.receipt))
