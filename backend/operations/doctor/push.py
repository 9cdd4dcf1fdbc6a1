"""Sends one real push of the smallest amount, as for a customer, and follows it to its outcome."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from common import clock
from common.db import release_connection
from common.errors import DomainError
from operations.doctor.results import DoctorResult, ok, problem, warning
from payments import selectors, services, states
from payments.daraja.result_codes import PAYERS_DOING
from payments.models import Transaction
from users.models import User
from users.phone import mask_phone_number

_FOLLOWED_FOR = timedelta(minutes=3)
_LOOK_AGAIN_S = 2.0


def push_and_follow(
    user: User, amount: int, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[DoctorResult]:
    """Initiate a deposit and report each event of its timeline, for three minutes at most."""
    started_at = clock.now()
    try:
        outcome = services.initiate_deposit(
            user=user, amount=amount, idempotency_key=None, now=started_at
        )
    except DomainError as error:
        says = f"refused before M-Pesa was asked: {error.error} ({error.code})"
        yield problem("push", says, "README, chapter 8")
        return
    phone = mask_phone_number(user.phone_number)
    yield ok("push", f"deposit {outcome.transaction_id}: KES {amount} to {phone}")
    yield from _follow(user.pk, outcome.transaction_id, started_at, sleep)


def _follow(
    user_id: int, transaction_id: int, started_at: datetime, sleep: Callable[[float], None]
) -> Iterator[DoctorResult]:
    told = 0
    while True:
        txn = Transaction.objects.get(pk=transaction_id)
        events = selectors.find_timeline(user_id=user_id, transaction_id=transaction_id) or []
        for event in events[told:]:
            waited_s = max((event.at - started_at).total_seconds(), 0)
            yield ok("push", f"after {waited_s:.1f} s  {event.kind}: {event.message.en}")
        told = max(told, len(events))
        is_over = clock.now() - started_at >= _FOLLOWED_FOR
        if states.is_final(txn.status) or txn.review_reason is not None or is_over:
            yield judge_end(txn)
            return
        # Return the connection to the pool while sleeping.
        release_connection()
        sleep(_LOOK_AGAIN_S)


def judge_end(txn: Transaction) -> DoctorResult:
    """Return the result for the deposit's outcome."""
    if txn.status == states.COMPLETED:
        return ok("push", "paid and credited")
    if txn.review_reason is not None:
        says = f"an operator has to look: {txn.review_reason}"
        return problem("push", says, "open the case in the admin")
    if txn.status == states.PENDING:
        says = "no end within three minutes: neither callback nor query brought one"
        fix = "is a worker alive? does the callback URL answer from outside?"
        return problem("push", says, fix)
    if txn.result_code in PAYERS_DOING:
        says = f"the prompt arrived and was not paid (result {txn.result_code})"
        return warning("push", says, "the way works; pay it to see the credit, too")
    return problem("push", f"failed: {txn.result_code} {txn.result_desc}", "README, chapter 8")
