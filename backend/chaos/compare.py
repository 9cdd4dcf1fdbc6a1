"""Compares our ledger with the simulator's book, by deposit and by customer. Pure.

The simulator's records are taken as true; our rows are checked against them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from chaos.causes import Cause, OutageCheck, find_cause
from chaos.ledger import Deposit, Ledger
from chaos.simulator import Book, Prompt

PAID = "paid"


class Kind(StrEnum):
    """What is wrong in a difference."""

    LOST = "lost"  # paid, and neither credited nor held in suspense
    DOUBLED = "doubled"  # credited or charged more than once, or credited without a payment
    WRONG_STATUS = "wrong status"
    WRONG_SUM = "wrong sum"  # an amount or a total differs
    UNREST = "no rest"  # work was still under way at the time limit, or an answer was unexpected


@dataclass(frozen=True)
class Difference:
    """One place where our rows do not agree with the simulator's records."""

    kind: Kind
    text: str
    deposit_id: int | None = None


@dataclass
class Comparison:
    """The result of a comparison.

    `needs_statement` counts, by cause, the payments that only M-Pesa's statement can tell us of.
    `held` counts deposits with money in suspense; `uncredited` is what each phone paid without a
    credit to its wallet.
    """

    differences: list[Difference] = field(default_factory=list)
    needs_statement: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    held: int = 0
    uncredited: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, kind: Kind, deposit: Deposit, text: str) -> None:
        """Record a difference about one deposit."""
        about = f"deposit {deposit.id} of {deposit.phone}, KES {deposit.amount}, {deposit.status}"
        self.differences.append(Difference(kind, f"{about}: {text}", deposit.id))

    def count(self, kind: Kind) -> int:
        return sum(1 for difference in self.differences if difference.kind is kind)


def compare(
    ledger: Ledger, prompts: list[Prompt], book: Book, was_outage: OutageCheck
) -> Comparison:
    """Return every difference between our ledger and the simulator's prompts and book.

    `was_outage` says whether an act of sabotage struck a push (see `OutageCheck`).
    """
    found = Comparison()
    by_reference = _match(ledger, prompts, found)
    for deposit in ledger.deposits:
        found.statuses[deposit.status] += 1
        _judge(deposit, by_reference.get(deposit.account_reference), was_outage, found)
    _compare_payments(prompts, book, found)
    _compare_customers(ledger, book, found)
    _compare_house(ledger, found)
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
    deposit: Deposit, prompt: Prompt | None, was_outage: OutageCheck, found: Comparison
) -> None:
    _judge_credit(deposit, found)
    if prompt is None or prompt.state != PAID:
        _judge_unpaid(deposit, prompt, found)
    elif deposit.cases:
        _judge_held(deposit, prompt, found)
    elif deposit.status == "COMPLETED":
        _judge_completed(deposit, prompt, found)
    else:
        _judge_uncredited(deposit, prompt, was_outage, found)


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

    That amount is held in suspense, unless a status query had already credited the deposit: then
    the case holds nothing.
    """
    found.held += 1
    told = Decimal(1 if prompt.amount > 1 else 2)
    is_credited = deposit.status == "COMPLETED"
    if "callback.wrong_amount" not in prompt.faults:
        found.add(Kind.WRONG_STATUS, deposit, "lies in suspense without a reason")
    elif deposit.held_receipts != [prompt.receipt]:
        found.add(Kind.WRONG_STATUS, deposit, f"held in suspense {deposit.held_receipts}")
    elif deposit.held != (Decimal(0) if is_credited else told):
        found.add(Kind.WRONG_SUM, deposit, f"held in suspense {deposit.held}, was told {told}")
    if not is_credited:
        found.uncredited[deposit.phone] += prompt.amount


def _judge_completed(deposit: Deposit, prompt: Prompt, found: Comparison) -> None:
    if deposit.amount != prompt.amount:
        found.add(Kind.WRONG_SUM, deposit, f"{prompt.amount} was paid")
    if "callback.wrong_amount" in prompt.faults and deposit.credited_by != "worker query":
        found.add(Kind.WRONG_STATUS, deposit, "was credited by a callback with another amount")
    if deposit.receipt not in (None, prompt.receipt):
        found.add(Kind.WRONG_STATUS, deposit, f"has receipt {deposit.receipt}")
    # One of the delivered callbacks may be the false failure, which has no receipt.
    is_contradicted = any(name.startswith("callback.failure") for name in prompt.faults)
    if deposit.receipt is None and prompt.callbacks_delivered and not is_contradicted:
        found.add(Kind.WRONG_STATUS, deposit, "a callback came, and its receipt is missing")


def _judge_uncredited(
    deposit: Deposit, prompt: Prompt, was_outage: OutageCheck, found: Comparison
) -> None:
    """Check a paid deposit without credit: right only if no report of the payment could reach us.

    It then has to be PENDING, or FAILED where M-Pesa denied the payment twice.
    """
    found.uncredited[deposit.phone] += prompt.amount
    cause = find_cause(deposit, prompt, was_outage)
    if cause is None:
        found.add(Kind.LOST, deposit, "was paid, and is neither credited nor held in suspense")
        return
    found.needs_statement[cause.value] += 1
    wanted = "FAILED" if cause is Cause.DENIED else "PENDING"
    if deposit.status != wanted:
        found.add(Kind.WRONG_STATUS, deposit, f"needs the statement ({cause.value})")


def _compare_payments(prompts: Iterable[Prompt], book: Book, found: Comparison) -> None:
    """Check the simulator's book: its sums agree, each of its payments belongs to a paid prompt,
    and it charged no customer twice for one wish.
    """
    if not book.is_balanced:
        text = "the simulator's own book does not add up"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    prompted = {prompt.checkout_request_id for prompt in prompts if prompt.state == PAID}
    paid = {payment.checkout_request_id for payment in book.payments}
    for checkout_request_id in sorted(map(str, prompted ^ paid)):
        text = f"{checkout_request_id} is not both a paid prompt and a payment"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    # A customer's wishes all differ in amount (`draw_amounts`), so phone and amount name a wish.
    wishes = Counter((payment.phone, payment.amount) for payment in book.payments)
    for (phone, amount), times in wishes.items():
        if times > 1:
            text = f"{phone} paid KES {amount} {times} times for one wish"
            found.differences.append(Difference(Kind.DOUBLED, text))


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
    held = sum((deposit.held for deposit in ledger.deposits), Decimal(0))
    if ledger.suspense != held:
        text = f"suspense holds {ledger.suspense}, its cases say {held}"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
    booked = sum(ledger.wallets.values(), Decimal(0)) + ledger.suspense
    if ledger.clearing != booked:
        text = f"clearing holds {ledger.clearing}, wallets and suspense {booked}"
        found.differences.append(Difference(Kind.WRONG_SUM, text))
