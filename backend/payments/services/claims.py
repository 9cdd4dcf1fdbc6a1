"""Claims: a customer says that they have paid, and names M-Pesa's receipt.

A claim moves no money. M-Pesa's own reports of the receipt do, and the SQL functions of claim.sql
look for them: once when the claim is made, then by the worker until it ends.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import pghistory
from django.conf import settings
from django.db import DatabaseError, connection

from common import logs
from common.days import NAIROBI, start_of_day
from common.db import call_function
from payments import conf, errors
from payments.daraja import receipts
from payments.models import Claim, Transaction
from payments.services.reconciliation import query_soon
from users.models import User

logger = logging.getLogger(__name__)

#: The longest wait between two looks at a claim (claim_look).
_LONGEST_WAIT = timedelta(minutes=15)
#: A claim whose look broke is looked at again after this long, so that it does not stop the others.
#: Longer than the longest wait: it is not hurried while it is that far off.
_AFTER_AN_ERROR = timedelta(minutes=20)
#: How many of a customer's deposits without an outcome are asked about because of a claim.
_MAX_ASKED_ABOUT = 5


class ClaimEnded(Exception):
    """The claim has ended already."""


class OwnClaim(Exception):
    """The claim is the operator's own: operators decide nothing about themselves."""


class ReasonMissing(ValueError):
    """The operator gave no reason, and the customer reads it."""


@dataclass(frozen=True)
class ClaimOutcome:
    """What a claim found: `outcome` is credited, already_credited or checking.

    `receipt` is the one that the text was read as. `transaction_id` is the customer's own deposit;
    None while nothing is found.
    """

    receipt: str
    outcome: str
    transaction_id: int | None


_MAKE = """
SELECT * FROM claim_make(%(user_id)s, %(readings)s, %(hints)s::jsonb, %(rules)s::jsonb, %(now)s)
"""


def make_claim(*, user: User, text: str, now: datetime) -> ClaimOutcome:
    """Look for the payment that the text names, and go on looking where it is not here yet.

    The text is a receipt number or a whole SMS. It proves nothing and is not stored; the receipt
    is, with the amount and time that the text says. Where nothing is found, the customer's deposits
    without an outcome are asked about now.

    Raises:
        InvalidCode: the text names no receipt of the last year.
        ClaimInProgress: the customer's own claim of this receipt is open.
        TooManyClaims: it would be one more than CLAIMS_PER_DAY.
    """
    pasted = receipts.read_text(text, now=now, max_age=conf.RECEIPT_MAX_AGE)
    if not pasted.receipts:
        raise errors.InvalidCode
    made = call_function(
        _MAKE,
        {
            "user_id": user.pk,
            "readings": list(pasted.receipts),
            "hints": json.dumps(
                {
                    "amount": None if pasted.amount is None else str(pasted.amount),
                    "paid_at": pasted.paid_at and pasted.paid_at.isoformat(),
                }
            ),
            "rules": json.dumps(_describe_rules(now)),
            "now": now,
        },
    )
    if made["outcome"] == "claim_in_progress":
        raise errors.ClaimInProgress
    if made["outcome"] == "too_many":
        raise errors.TooManyClaims(conf.CLAIMS_PER_DAY, made["retry_after_s"])
    if made["outcome"] == "checking":
        # After the claim is committed: under its locks, deposits would be locked after cases.
        _ask_about_deposits(user, now)
    with logs.about(customer=user.pk, deposit=made["transaction_id"]):
        logger.info("claim: %s", made["outcome"])
    return ClaimOutcome(pasted.receipts[0], made["outcome"], made["transaction_id"])


def _describe_rules(now: datetime) -> dict[str, object]:
    """Return `p_rules` of the SQL function `claim_make`."""
    today = now.astimezone(NAIROBI).date()
    return {
        "per_day": conf.CLAIMS_PER_DAY if settings.RATELIMIT_ENABLE else None,
        "day_began_at": start_of_day(today).isoformat(),
        "day_ends_at": start_of_day(today + timedelta(days=1)).isoformat(),
        "lasts_s": conf.CLAIM_LASTS.total_seconds(),
        "is_kyc_required": conf.deposit_rules().is_kyc_required,
    }


def _ask_about_deposits(user: User, now: datetime) -> None:
    unclear = Transaction.objects.filter(
        user=user, status__in=["PENDING", "FAILED"], next_query_at__isnull=False
    )
    for pk in unclear.order_by("-created_at").values_list("pk", flat=True)[:_MAX_ASKED_ABOUT]:
        query_soon(transaction_id=pk, now=now)


_LOOK = """
SELECT outcome FROM claim_look(%(claim_id)s, %(is_kyc_required)s, true, %(now)s)
"""


# A claim waits up to 15 minutes for its next look. One whose customer has the money by now, however
# it was credited, is due at once, so that nobody looks for a payment that is there. Asked here and
# not told by what credits: a credit that waited for a claim's lock could meet a look that waits for
# the deposit's. Only what claim_look ends is hurried, or it would be due again and again.
_DUE = """
SELECT claim.id FROM payments_claim AS claim
 WHERE claim.next_look_at IS NOT NULL
   AND (claim.next_look_at <= %(now)s
    OR claim.next_look_at <= %(until)s AND (EXISTS (
        SELECT 1 FROM payments_receipt AS receipt
          JOIN payments_transaction AS txn ON txn.id = receipt.transaction_id
         WHERE receipt.number = ANY (claim.readings) AND txn.user_id = claim.user_id
           AND txn.status = 'COMPLETED' AND txn.mpesa_receipt_number = receipt.number)
     OR EXISTS (
        SELECT 1 FROM payments_suspensecase AS item
          LEFT JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
          LEFT JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
          LEFT JOIN payments_caseshare AS share
                 ON share.case_id = item.id AND share.customer_id = claim.user_id
         WHERE item.mpesa_receipt_number = ANY (claim.readings) AND item.status = 'RESOLVED'
           AND (wallet.user_id = claim.user_id OR share.id IS NOT NULL))))
 ORDER BY claim.next_look_at LIMIT %(limit)s
"""


def look_at_open_claims(*, now: datetime, limit: int = 200) -> int:
    """Look at the open claims whose time has come, or whose customers have their money by now; each
    in a transaction of its own.

    Returns how many customers have their money now. What a killed process leaves undone, the next
    pass does.
    """
    is_kyc_required = conf.deposit_rules().is_kyc_required
    credited = 0
    for claim_id in _list_due(now, limit):
        try:
            looked = call_function(
                _LOOK, {"claim_id": claim_id, "is_kyc_required": is_kyc_required, "now": now}
            )
            credited += looked["outcome"] == "credited"
        except DatabaseError:
            logger.exception("claim: looking broke", extra={"claim": claim_id})
            Claim.objects.filter(pk=claim_id, status=Claim.Status.OPEN).update(
                next_look_at=now + _AFTER_AN_ERROR
            )
    if credited:
        logger.info("%s claims ended with their customers credited", credited)
    return credited


def _list_due(now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "until": now + _LONGEST_WAIT, "limit": limit})
        return [claim_id for (claim_id,) in cursor.fetchall()]


def close_claim(*, claim: Claim, operator: User, reason: str, now: datetime) -> None:
    """End an open claim for which there is nothing to credit. The customer reads the reason.

    Raises:
        ReasonMissing: the reason is empty.
        OwnClaim: the claim is the operator's own.
        ClaimEnded: it has ended already; it may have been credited a moment ago.
    """
    if not reason.strip():
        raise ReasonMissing
    if claim.user_id == operator.pk:
        raise OwnClaim
    with pghistory.context(operator=operator.pk, reason=reason.strip()):
        # One statement: a look that credits the claim at the same time comes before or after it.
        closed = Claim.objects.filter(pk=claim.pk, status=Claim.Status.OPEN).update(
            status=Claim.Status.CLOSED,
            ended_at=max(now, claim.created_at),
            next_look_at=None,
            closed_by=operator,
            note=reason.strip(),
        )
    if not closed:
        raise ClaimEnded
