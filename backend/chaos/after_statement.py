"""What has to be true once M-Pesa's statement was imported and an operator decided its rows. Pure.

M-Pesa has told all it knows by then: each payment's receipt, amount and account number. An operator
decides only what it never tells: the owner of a payment whose payer typed no account number, and
what becomes of a second payment for one deposit.
"""

from collections.abc import Callable
from decimal import Decimal

from chaos.by_hand import plain
from chaos.differences import Comparison, Difference, Kind
from chaos.ledger import Case, Deposit, Ledger
from chaos.simulator import Book, Payment

#: What M-Pesa never tells, by the reason of the case that holds the payment. Whether it is true of
#: a payment by hand is judged in chaos/by_hand.py.
UNTOLD = {
    "phone_typed": "a phone number was typed: whose payment is it?",
    "unknown_account": "an account number was typed that nobody has: whose payment is it?",
    "second_payment": "a second payment for one deposit: for the wallet, or back?",
}
MAY_BE_PAID = "not paid under its reference, but a payment of its amount that nobody has may be its"


def judge(ledger: Ledger, book: Book, found: Comparison) -> None:
    """Check our books as they are after the import; count what needs an operator, by its reason."""
    payments = {payment.receipt: payment for payment in book.payments}
    for case in ledger.cases:
        _judge_case(case, payments.get(case.receipt), found)
    owned = _owners(ledger)
    ownerless = {Decimal(p.amount) for p in payments.values() if p.is_by_hand and not owned(p)}
    for deposit in ledger.deposits:
        _judge_deposit(deposit, ownerless, found)
    paid = sum((Decimal(payment.amount) for payment in book.payments), Decimal(0))
    if ledger.clearing != paid:
        text = f"clearing holds {ledger.clearing}, M-Pesa's book says {paid}"
        found.differences.append(Difference(Kind.WRONG_SUM, text))


def _judge_case(case: Case, payment: Payment | None, found: Comparison) -> None:
    # A callback may have told another amount before a second payment completed the deposit: the
    # case keeps that reason, and holds the true amount.
    reason = "second_payment" if case.is_second and case.amount is not None else case.reason
    # The statement names the deposit of every prompt.
    is_untold = reason == "second_payment" or (payment is not None and payment.is_by_hand)
    if case.amount is not None and reason in UNTOLD and is_untold:
        found.needs_operator[UNTOLD[reason]] += 1
    else:
        text = f"{case.receipt} needs an operator ({case.reason}, {case.amount}): M-Pesa tells all"
        found.differences.append(Difference(Kind.WRONG_STATUS, text, receipt=case.receipt))


def _judge_deposit(deposit: Deposit, ownerless: set[Decimal], found: Comparison) -> None:
    if deposit.status == "PENDING":
        if deposit.amount in ownerless:
            found.needs_operator[MAY_BE_PAID] += 1
        else:
            found.add(Kind.WRONG_STATUS, deposit, "is open, and the statement proves it unpaid")
    if deposit.status == "COMPLETED" and deposit.receipt is None:
        found.add(Kind.WRONG_STATUS, deposit, "has no receipt, and the statement tells it")
    if deposit.status != "COMPLETED" and deposit.cases:
        found.add(Kind.WRONG_STATUS, deposit, "is in suspense, and the statement tells its amount")


def _owners(ledger: Ledger) -> Callable[[Payment], bool]:
    """Return a function that says whether what a payer typed names a deposit or a customer."""
    known = {deposit.account_reference for deposit in ledger.deposits}
    known |= ledger.account_numbers.keys()
    return lambda payment: plain(payment.account_reference) in known
