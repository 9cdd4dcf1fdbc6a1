"""An operator's decision about a payment that did not agree with its deposit."""

from datetime import datetime

import pghistory

from common.db import call_function
from payments.models import SuspenseCase
from users.models import User


class CaseAlreadyResolved(Exception):
    """Somebody has decided already."""


class OwnMoney(Exception):
    """Nobody gives a payment to themselves."""


class ReasonMissing(ValueError):
    """A decision about money needs its reason in writing."""


# WITH, not SELECT: pghistory names operator and reason to statements that may write, and takes a
# SELECT for a read.
_RESOLVE = """
WITH decided AS (
    SELECT * FROM suspense_resolve(%(case_id)s, %(user_id)s, %(operator_id)s, %(note)s, %(now)s)
) SELECT * FROM decided
"""


def resolve_suspense_case(
    *, case: SuspenseCase, user: User, operator: User, reason: str, now: datetime
) -> None:
    """Give a held payment to a customer by new postings, once.

    The deposit becomes COMPLETED only if the amount is the one it asked for and `user` is its own.
    A case without an amount (its receipt was booked before) is closed without postings.

    Raises:
        ReasonMissing: the reason is empty.
        OwnMoney: the customer is the operator.
        CaseAlreadyResolved: somebody has decided already.
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
