"""Compares our ledger with the simulator's book, by deposit and by customer. Pure.

The simulator's records are taken as true; our rows are checked against them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from chaos import after_statement, by_hand
from chaos.causes import Cause, OutageCheck, find_cause
from chaos.differences import Comparison, Difference, Kind
from chaos.ledger import Deposit, Ledger
from chaos.simulator import Book, Payment, Prompt

PAID = "paid"
NAMELESS_HELD = "in suspense only"
NAMELESS_TWICE = "in suspense, and credited by a query: booked twice"


def compare(
    ledger: Ledger,
    prompts: list[Prompt],
    book: Book,
    was_outage: OutageCheck,
    *,
    has_statement: bool = False,
) -> Comparison:
    """Return every difference between our ledger and the simulator's prompts and book.

    `was_outage` says whether an act of sabotage struck a push (see `OutageCheck`). `has_statement`:
    M-Pesa's statement was imported and an operator decided its rows, so nothing may be unknown.
    """
    found = Comparison(has_statement=has_statement)
    by_reference = _match(ledger, prompts, found)
    by_prompt = {p.checkout_request_id: p for p in book.payments if not p.is_by_hand}
    also_by_hand = by_hand.group_by_deposit(ledger, book.payments)
    for deposit in ledger.deposits:
        found.statuses[deposit.status] += 1
        prompt = by_reference.get(deposit.account_reference)
        payment = by_prompt.get(prompt.checkout_request_id) if prompt is not None else None
        _judge_credit(deposit, found)
        if payment is not None and _waits_nameless(payment, ledger):
            _judge_nameless(deposit, payment, found)
        elif deposit.account_reference in also_by_hand:
            payments = [*also_by_hand[deposit.account_reference], *([payment] if payment else [])]
            by_hand.judge_shared(deposit, prompt, payments, was_outage, found)
        else:
            _judge(deposit, prompt, payment, was_outage, found)
    by_hand.judge_alone(ledger, book.payments, found)
    _compare_payments(prompts, book, found)
    _compare_receipts(ledger, book, found)
    _compare_customers(ledger, book, found)
    _compare_house(ledger, found)
    if has_statement:
        after_statement.judge(ledger, book, found)
    return found


def _match(ledger: Ledger, prompts: list[Prompt], found: Comparison) -> dict[str, Prompt]:
    """Return the prompts by account reference.

    A second prompt with the same reference, or one without a deposit of ours, is a difference.
    """
    references = {deposit.account_reference for deposit in ledger.deposits}
    matched: dict[str, Prompt] = {}
    for prompt in prompts:
        if prompt.account_reference in matched:
            text = f"{prompt.account_reference} of {prompt.phone} was prompted twice"
            found.differences.append(Difference(Kind.DOUBLED, text))
        if prompt.account_reference not in references:
            text = f"prompt {prompt.account_reference} of {prompt.phone} has no row of ours"
            found.differences.append(Difference(Kind.LOST, text))
        matched[prompt.account_reference] = prompt
    return matched


def _judge(
    deposit: Deposit,
    prompt: Prompt | None,
    payment: Payment | None,
    was_outage: OutageCheck,
    found: Comparison,
) -> None:
    if prompt is None or prompt.state != PAID:
        _judge_unpaid(deposit, prompt, found)
    elif deposit.cases:
        _judge_held(deposit, prompt, found)
    elif deposit.status == "COMPLETED":
        _judge_completed(deposit, prompt, payment, found)
    else:
        _judge_uncredited(deposit, prompt, payment, was_outage, found)


def _judge_credit(deposit: Deposit, found: Comparison) -> None:
    """A COMPLETED deposit has exactly one credit of its amount; any other deposit has none."""
    wanted = (1, deposit.amount) if deposit.status == "COMPLETED" else (0, Decimal(0))
    if (deposit.credits, deposit.credited) != wanted:
        kind = Kind.DOUBLED if deposit.credited > wanted[1] else Kind.LOST
        found.add(kind, deposit, f"has {deposit.credits} credits of {deposit.credited} in all")


def _judge_unpaid(deposit: Deposit, prompt: Prompt | None, found: Comparison) -> None:
    if deposit.status == "COMPLETED" or deposit.held:
        found.add(Kind.DOUBLED, deposit, "was booked, and nobody paid it")
    elif deposit.status == "PENDING":
        if deposit.checkout_request_id is not None:
            found.add(Kind.WRONG_STATUS, deposit, "was not paid, and M-Pesa could be asked")
        elif prompt is not None and prompt.callbacks_delivered:
            found.add(Kind.WRONG_STATUS, deposit, "was not paid, and a callback said so")


def _judge_held(deposit: Deposit, prompt: Prompt, found: Comparison) -> None:
    """Check a deposit with a suspense case: its callback must have reported another amount.

    That amount is held in suspense, unless a query or a confirmation had already credited the
    deposit: then the case holds nothing.
    """
    found.held += 1
    told = by_hand.told_amount(prompt.amount)
    is_credited = deposit.status == "COMPLETED"
    if "callback.wrong_amount" not in prompt.faults:
        found.add(Kind.WRONG_STATUS, deposit, "lies in suspense without a reason")
    elif deposit.held_receipts != [prompt.receipt]:
        found.add(Kind.WRONG_STATUS, deposit, f"held in suspense {deposit.held_receipts}")
    elif deposit.held != (Decimal(0) if is_credited else told):
        found.add(Kind.WRONG_SUM, deposit, f"held in suspense {deposit.held}, was told {told}")
    if not is_credited:
        found.uncredited[deposit.phone] += prompt.amount


def _waits_nameless(payment: Payment, ledger: Ledger) -> bool:
    """Say whether the payment waits in suspense, for its confirmation did not name its deposit."""
    booking = ledger.bookings.get(payment.receipt)
    return payment.is_nameless and booking is not None and booking.reason == "unknown_account"


def _judge_nameless(deposit: Deposit, payment: Payment, found: Comparison) -> None:
    """Count a payment that waits in suspense without its deposit, which a query may have credited:
    the ledger then has it twice. The statement names the deposit.
    """
    is_credited = deposit.status == "COMPLETED"
    found.nameless[NAMELESS_TWICE if is_credited else NAMELESS_HELD] += 1
    if not is_credited:
        found.uncredited[payment.phone] += payment.amount
    if found.has_statement:
        problem = "waits in suspense, and the statement names its deposit"
        found.add(Kind.DOUBLED if is_credited else Kind.WRONG_STATUS, deposit, problem)


def _judge_completed(
    deposit: Deposit, prompt: Prompt, payment: Payment | None, found: Comparison
) -> None:
    if deposit.amount != prompt.amount:
        found.add(Kind.WRONG_SUM, deposit, f"{prompt.amount} was paid")
    is_by_callback = deposit.credited_by in {"callback", "replay"}
    if "callback.wrong_amount" in prompt.faults and is_by_callback:
        found.add(Kind.WRONG_STATUS, deposit, "was credited by a callback with another amount")
    if deposit.receipt not in (None, prompt.receipt):
        found.add(Kind.WRONG_STATUS, deposit, f"has receipt {deposit.receipt}")
    if deposit.receipt is None and payment is not None and by_hand.is_told(payment, prompt):
        found.add(Kind.WRONG_STATUS, deposit, "a report came, and its receipt is missing")


def _judge_uncredited(
    deposit: Deposit,
    prompt: Prompt,
    payment: Payment | None,
    was_outage: OutageCheck,
    found: Comparison,
) -> None:
    """Check a paid deposit without credit: right only if no report of the payment could reach us.

    It then has to be PENDING, or FAILED where M-Pesa denied the payment twice.
    """
    found.uncredited[deposit.phone] += prompt.amount
    cause = find_cause(deposit, prompt, payment, was_outage)
    if problem := found.explain_unbooked(cause):
        found.add(Kind.LOST, deposit, problem)
        return
    wanted = "FAILED" if cause is Cause.DENIED else "PENDING"
    if deposit.status != wanted:
        found.add(Kind.WRONG_STATUS, deposit, f"needs the statement ({cause})")


def _compare_payments(prompts: Iterable[Prompt], book: Book, found: Comparison) -> None:
    """Check the simulator's book: its sums agree, each of its payments belongs to a paid prompt or
    was made by hand, and no prompt charged a customer twice for one wish.
    """
    if not book.is_balanced:
        text = "the simulator's own book does not add up"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    prompted = {prompt.checkout_request_id for prompt in prompts if prompt.state == PAID}
    by_prompt = [payment for payment in book.payments if not payment.is_by_hand]
    paid = {payment.checkout_request_id for payment in by_prompt}
    for checkout_request_id in sorted(map(str, prompted ^ paid)):
        text = f"{checkout_request_id} is not both a paid prompt and a payment"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    # A customer's wishes all differ in amount (`draw_amounts`), so phone and amount name a wish.
    wishes = Counter((payment.phone, payment.amount) for payment in by_prompt)
    for (phone, amount), times in wishes.items():
        if times > 1:
            text = f"{phone} paid KES {amount} {times} times for one wish"
            found.differences.append(Difference(Kind.DOUBLED, text))


def _compare_receipts(ledger: Ledger, book: Book, found: Comparison) -> None:
    """Check that M-Pesa issued every receipt that we booked, and that each deposit without a prompt
    has one.
    """
    issued = {payment.receipt for payment in book.payments}
    for receipt in sorted(ledger.bookings.keys() - issued):
        text = f"receipt {receipt} is booked, and M-Pesa never issued it"
        found.differences.append(Difference(Kind.DOUBLED, text, receipt=receipt))
    for deposit_id in ledger.strays:
        text = f"deposit {deposit_id} has no prompt and no receipt"
        found.differences.append(Difference(Kind.WRONG_STATUS, text, deposit_id))


def _compare_customers(ledger: Ledger, book: Book, found: Comparison) -> None:
    """Check that each wallet holds what its customer paid, less `uncredited`: money in suspense,
    and payments that only M-Pesa's statement shows.
    """
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in book.payments:
        paid[payment.phone] += payment.amount
    for phone in sorted(paid.keys() | ledger.wallets.keys()):
        wallet = ledger.wallets.get(phone, Decimal(0))
        wanted = paid[phone] - found.uncredited[phone]
        if wallet != wanted:
            kind = Kind.DOUBLED if wallet > wanted else Kind.LOST
            text = f"wallet of {phone} holds {wallet}, should hold {wanted} of {paid[phone]} paid"
            found.differences.append(Difference(kind, text))


def _compare_house(ledger: Ledger, found: Comparison) -> None:
    held = sum((deposit.held for deposit in ledger.deposits), ledger.held_apart)
    if ledger.suspense != held:
        text = f"suspense holds {ledger.suspense}, its cases say {held}"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    booked = sum(ledger.wallets.values(), Decimal(0)) + ledger.suspense
    if ledger.clearing != booked:
        text = f"clearing holds {ledger.clearing}, wallets and suspense {booked}"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
