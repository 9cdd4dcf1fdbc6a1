"""What a deposit's rows mean: where the money is, in one true sentence, and what to say.

The customer's sentences are the customer's own (payments.selectors.describe), except that nobody is
told of a failure while M-PESA's word about it is still to come.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from common.errors import Money
from common.masking import mask_text
from common.messages import Message
from operations.console.deposit.facts import Facts, Row
from operations.console.reasons import say_why_held
from operations.templatetags.console_amounts import kes
from payments import errors, selectors, states
from payments.daraja.result_codes import describe_result
from payments.models import NO_ANSWER, StatementRow, Transaction
from payments.selectors import STILL_CONFIRMING, UNDER_REVIEW

Action = StatementRow.Action
#: What a row of a statement may still do to the deposit that it names.
CREDITS = (Action.CREDIT, Action.CORRECT)


@dataclass(frozen=True)
class State:
    """Where the money is: `name` picks glyph and colour, `label` says it."""

    name: str
    label: str


WALLET = State("wallet", "In the wallet")
TRANSIT = State("transit", "In transit")
HELD = State("held", "Held in suspense")
NONE = State("none", "No money moved")
BACK = State("back", "Taken back")
WRONG = State("wrong", "Failed here, paid at M-PESA")
WAITS = State("wrong", "No clear answer")
CLOSED = State("none", "Closed by a decision")


@dataclass(frozen=True)
class Answer:
    """The answer to "where is the money of this deposit?"."""

    state: State
    heading: str
    detail: str = ""


def state_of(txn: Transaction) -> State:
    """Return where the money is by the deposit's row alone, as lists show it."""
    if txn.status == states.COMPLETED:
        return BACK if selectors.is_reversed(txn) else WALLET
    if txn.review_reason == "suspense":
        return HELD
    if txn.status == states.FAILED:
        if selectors.is_refunded(txn):
            return BACK
        return NONE if selectors.find_money(txn) is Money.NOT_MOVED else TRANSIT
    if txn.review_reason is None:
        return TRANSIT
    return WAITS if txn.review_reason == NO_ANSWER else CLOSED


def find_proof(facts: Facts) -> Row | None:
    """Return the row of a statement that says M-PESA has the money, and that we have not booked."""
    return next((row for row in facts.rows if row.action in CREDITS), None)


def answer(facts: Facts) -> Answer:
    """Return the answer."""
    txn = facts.txn
    if txn.status == states.COMPLETED:
        return _completed(facts)
    proof = find_proof(facts)
    if proof is not None:
        return _paid_there(facts, proof)
    if facts.open_cases or txn.review_reason == "suspense":
        return _held(facts)
    return _failed(facts) if txn.status == states.FAILED else _pending(facts)


def _completed(facts: Facts) -> Answer:
    txn = facts.txn
    # Not by the review reason alone: with a further case open it says that one.
    if selectors.is_reversed(txn) or any(
        reversal.entry_id == txn.credit_entry_id for reversal in facts.reversals
    ):
        return Answer(BACK, "M-PESA took the payment back, and it left the wallet.", _owed(facts))
    if facts.open_cases:
        case = facts.open_cases[0]
        return Answer(
            WALLET,
            f"In the wallet; and another report about it waits in case {case.pk}.",
            f"{case.mpesa_receipt_number}: {say_why_held(case)}.",
        )
    if txn.mpesa_receipt_number is None:
        return Answer(
            WALLET,
            "M-PESA says paid, and the money is in the wallet.",
            "By a status query, which names no code; the code is filled in when it is reported.",
        )
    took = (txn.completed_at or facts.now) - txn.created_at
    seconds = max(int(took.total_seconds()), 0)
    return Answer(
        WALLET,
        f"M-PESA says paid, and the money is in the wallet: {txn.mpesa_receipt_number}.",
        f"It was added {seconds} s after it was asked for." if seconds < 3600 else "",
    )


def _owed(facts: Facts) -> str:
    debts = [each.debt.amount for each in facts.reversals if hasattr(each, "debt")]
    return f"KSh {kes(sum(debts, Decimal(0)))} of it was spent, and is a debt." if debts else ""


def _paid_there(facts: Facts, proof: Row) -> Answer:
    line = proof.line
    ours = "We say failed" if facts.txn.status == states.FAILED else "We have no answer"
    amount = "paid" if line.amount_in is None else f"paid, {kes(line.amount_in)}"
    state = WRONG if facts.txn.status == states.FAILED else State("wrong", "Paid at M-PESA")
    return Answer(
        state,
        f"{ours}. M-PESA's own statement says {amount}, at {clock_time(line.completed_at)}.",
        f"Row {line.line} of statement {line.file_id}, {line.receipt}. Nothing is in the wallet"
        " yet.",
    )


def _held(facts: Facts) -> Answer:
    case = facts.open_cases[0] if facts.open_cases else None
    if case is None:
        return Answer(HELD, "M-PESA reported a payment that does not agree with this deposit.")
    amount = "" if case.true_amount is None else f" KSh {kes(case.true_amount)} is held."
    return Answer(
        HELD,
        f"M-PESA reported a payment that does not agree with this deposit.{amount}",
        f"Case {case.pk}, {case.mpesa_receipt_number}: {say_why_held(case)}. An operator decides.",
    )


def _failed(facts: Facts) -> Answer:
    txn = facts.txn
    code = txn.result_code or ""
    if selectors.is_refunded(txn):
        return Answer(BACK, "M-PESA paid the money back to the customer.", "Nothing was added.")
    if code == states.NOT_IN_STATEMENT:
        return Answer(
            NONE,
            "Not paid: a whole statement of M-PESA's does not have it.",
            "A payment that is reported later is credited all the same.",
        )
    if errors.find_error(code) is not None:
        return Answer(
            NONE, f"No prompt was sent, so nobody could pay: {code}.", mask_text(txn.result_desc)
        )
    said = f"{code}, “{describe_result(code).title}”"
    if txn.next_query_at is not None:
        return Answer(
            TRANSIT,
            f"M-PESA said {said}; that is not certain, and we ask once more.",
            f"The next question is due at {clock_time(txn.next_query_at)}.",
        )
    if selectors.find_money(txn) is Money.NOT_MOVED:
        return Answer(NONE, f"No money moved: M-PESA says {said}.")
    return Answer(
        TRANSIT,
        f"M-PESA said {said}, which is no proof that nothing was paid.",
        "M-PESA's statement decides.",
    )


def _pending(facts: Facts) -> Answer:
    txn = facts.txn
    if txn.review_reason == NO_ANSWER:
        why = (
            "The prompt was sent and never answered, so nobody can ask about it"
            if txn.checkout_request_id is None
            else "M-PESA gave no clear answer for a day"
        )
        return Answer(WAITS, f"{why}.", f"Its statement decides: look for {txn.account_reference}.")
    if txn.review_reason is not None:
        return Answer(
            CLOSED, "An operator decided about its payment; the deposit itself was not credited."
        )
    if txn.prompt_expires_at is not None and txn.prompt_expires_at > facts.now:
        return Answer(
            TRANSIT,
            "The prompt may be open on the phone; M-PESA has not said how it ended.",
            f"It ends at {clock_time(txn.prompt_expires_at)}.",
        )
    if txn.next_query_at is None:
        return Answer(TRANSIT, "M-PESA has not said how it ended.")
    return Answer(
        TRANSIT,
        "M-PESA has not said how it ended, and is asked again.",
        f"The next question is due at {clock_time(txn.next_query_at)}.",
    )


def say(facts: Facts) -> Message:
    """Return what to tell the customer: what they read themselves, or that it is looked at.

    A failure is told only where nothing of M-PESA's is still to come that could undo it.
    """
    txn = facts.txn
    told = selectors.describe(txn, facts.now).message
    if txn.status != states.FAILED or selectors.is_refunded(txn):
        return told
    if find_proof(facts) is not None or facts.open_cases:
        return UNDER_REVIEW
    if txn.next_query_at is not None:
        return STILL_CONFIRMING
    # Of what a statement lacks the customer is told no failure either, but to look for the code.
    is_denied = txn.result_code == states.NOT_IN_STATEMENT
    is_in_doubt = selectors.find_money(txn) is Money.UNKNOWN and not is_denied
    return UNDER_REVIEW if is_in_doubt else told


def clock_time(moment: datetime) -> str:
    """Return a moment in Nairobi, with seconds and day: 15:41:38 on 29 Nov."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M:%S} on {local.day} {local:%b}"
