"""Closing an account and erasing its customer: the wish, its answer, and what two operators do.

What goes and what stays is SQL (users/sql/functions/erasure.sql) and docs/retention.md. This module
knows no money: the SQL function looks at it, under the locks that pushes take.
"""

from datetime import datetime, timedelta

import pghistory
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction
from django.db.models import F

from common.admin import SHORTEST_REASON
from common.db import broken_constraint, call_function
from common.security_log import log_event
from users import proposals
from users.models import ErasureRequest, Proposal, User
from users.services import confirm_password

#: How soon a customer gets an answer (docs/retention.md: sources name 7 and 14 days).
ANSWER_WITHIN = timedelta(days=7)
_ONE_OPEN = "users_erasurerequest_one_open"
#: pghistory tells the database its context with every statement that does not begin with SELECT.
ERASE = """
WITH done AS (SELECT * FROM customer_erase(%(user)s, %(proposal)s, %(now)s)) SELECT * FROM done
"""
#: What prevents an erasure, by the SQL function's words.
WORDS = {
    "operator": "The account is an operator's: what operators decided names them.",
    "switched_off": "The account is switched off: find out why first.",
    "break": "A pause or exclusion is running: a new account would get round it.",
    "balance": "There is money in the wallet.",
    "debt": "There is a debt: a payment was spent before M-Pesa took it back.",
    "pending": "A deposit is PENDING: its money may still come.",
    "requested": "A deposit is being requested, or was less than 24 hours ago and had no answer.",
    "case": "A suspense case is open.",
    "claim": "A claim to have paid is open.",
    "proposal": "A proposal about the customer is open.",
    "phone_change": "A change of the phone number waits for a decision.",
    "submission": "An identity submission waits for a decision.",
}


class Hindered(Exception):
    """Something prevents the erasure; `hindrances` are keys of WORDS."""

    def __init__(self, hindrances: list[str]) -> None:
        super().__init__(" ".join(WORDS.get(word, word) for word in hindrances))
        self.hindrances = hindrances


class RequestEnded(Exception):
    """The request was answered or withdrawn already."""


def find_hindrances(user: User, *, now: datetime) -> list[str]:
    """Return the keys of WORDS of all that prevents erasing the customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT erasure_hindrances(%s, %s)", [user.pk, now])
        return [word for (word,) in cursor.fetchall()]


def find_latest_request(user: User) -> ErasureRequest | None:
    """Return the customer's newest wish to be erased, or None."""
    return ErasureRequest.objects.filter(user=user).first()


def ask(user: User, *, password: str, now: datetime) -> ErasureRequest:
    """Store the customer's wish, or return the one that is open; nothing changes yet.

    Raises:
        ValidationError: the password is wrong.
    """
    confirm_password(user, password, field="current_password")
    try:
        with db_transaction.atomic():
            return ErasureRequest.objects.create(user=user, asked_at=now)
    except IntegrityError as error:
        if broken_constraint(error) != _ONE_OPEN:
            raise
    return ErasureRequest.objects.get(user=user, status=ErasureRequest.Status.OPEN)


def withdraw(user: User, *, now: datetime) -> None:
    """Take the wish back, and with it what was proposed because of it; harmless without one.

    A proposal about a customer who no longer wants it would else be carried out later.
    """
    proposed = Proposal.objects.filter(
        kind=Proposal.Kind.ERASE_CUSTOMER, subject_id=user.pk, status=Proposal.Status.OPEN
    )
    with db_transaction.atomic():
        # The proposal first, as its approval locks it first.
        list(proposed.select_for_update(no_key=True))
        ended = ErasureRequest.objects.filter(user=user, status=ErasureRequest.Status.OPEN).update(
            status=ErasureRequest.Status.WITHDRAWN, ended_at=now
        )
        if ended:
            proposed.update(
                status=Proposal.Status.REJECTED,
                decided_by=F("proposed_by"),
                decided_at=now,
                decision_reason="the customer withdrew the wish",
            )


def decline(request_id: int, *, operator: User, answer: str, now: datetime) -> None:
    """Answer a wish with what prevents it; the customer reads it.

    Raises:
        RequestEnded, proposals.SameOperator, proposals.ReasonMissing: as they say.
    """
    if len(answer.strip()) < SHORTEST_REASON:
        raise proposals.ReasonMissing
    with db_transaction.atomic():
        request = ErasureRequest.objects.select_for_update().get(pk=request_id)
        if request.status != ErasureRequest.Status.OPEN:
            raise RequestEnded
        if request.user_id == operator.pk:
            raise proposals.SameOperator
        request.status, request.answer = ErasureRequest.Status.DECLINED, answer.strip()[:255]
        request.declined_by, request.ended_at = operator, now
        request.save(update_fields=["status", "answer", "declined_by", "ended_at"])


def propose(*, user: User, operator: User, reason: str, now: datetime) -> Proposal:
    """Propose to erase a customer; another operator approves it.

    Raises:
        Hindered: something prevents it now; it is looked at again at the approval.
        proposals.SameOperator, proposals.AlreadyProposed, proposals.ReasonMissing: as they say.
    """
    if user.pk == operator.pk:
        raise proposals.SameOperator
    if len(reason.strip()) < SHORTEST_REASON:
        raise proposals.ReasonMissing
    found = find_hindrances(user, now=now)
    if found:
        raise Hindered(found)
    return proposals.propose(
        kind=Proposal.Kind.ERASE_CUSTOMER,
        subject_id=user.pk,
        detail=f"user {user.pk}",
        operator=operator,
        reason=reason,
        now=now,
    )


def carry_out(user_id: int, *, proposal: Proposal | None, now: datetime) -> bool:
    """Erase the customer in the caller's transaction; False where it was done before.

    Raises:
        Hindered: something prevents it, and nothing has changed.
    """
    done = call_function(
        ERASE,
        {"user": user_id, "proposal": proposal and proposal.pk, "now": now},
    )
    if done["outcome"] == "hindered":
        raise Hindered(done["hindrances"])
    return bool(done["outcome"] == "erased")


def erase_by_command(user: User, *, reason: str, now: datetime) -> bool:
    """Erase a customer on the server, without a second operator; False where it was done before.

    Raises:
        Hindered: something prevents it, and nothing has changed.
    """
    with db_transaction.atomic(), pghistory.context(command="erase_customer", reason=reason):
        is_new = carry_out(user.pk, proposal=None, now=now)
    # After the commit: a line of what was rolled back would be untrue.
    log_event("customer_erased", user=user.pk, reason=reason)
    return is_new
