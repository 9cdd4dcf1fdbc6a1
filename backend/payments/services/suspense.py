"""Resolving a suspense case: an operator's decision about a payment held in suspense."""

from datetime import datetime

import pghistory

from common.db import call_function
from payments.models import SuspenseCase
from users.models import User


class CaseAlreadyResolved(Exception):
    """The case was decided before."""


class OwnMoney(Exception):
    """The customer is the operator: operators decide nothing about their own money."""


class ReasonMissing(ValueError):
    """The operator gave no reason; a decision about money needs one in writing."""


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_RESOLVE = """
WITH decided AS (
    SELECT * FROM suspense_resolve(%(case_id)s, %(user_id)s, %(operator_id)s, %(note)s, %(now)s)
) SELECT * FROM decided
"""


def resolve_suspense_case(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> None:
    """Give a payment held in suspense to a customer by new postings, once.

    The deposit becomes COMPLETED only if the amount is the requested one and `user` is the
    deposit's own. A case without an amount (its receipt was registered before) is closed without
    postings.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the customer is the operator.
        CaseAlreadyResolved: the case was decided before.
    """
    if not reason.strip():
        raise ReasonMissing
    decision = {
        "case_id": case.pk,
        "user_id": user.pk,
        "operator_id": operator.pk,
        "note": reason.strip(),
        "now": now,
    }
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        resolved = call_function(_RESOLVE, decision)
    if resolved["outcome"] == "own_money":
        raise OwnMoney
    if resolved["outcome"] != "resolved":
        raise CaseAlreadyResolved
