"""Reads a customer's claims, and chooses the sentence that they read about each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from common.messages import Message
from payments.models import Claim
from users.models import User


class ClaimState(StrEnum):
    """How a claim stands, as its customer sees it."""

    CHECKING = "checking"
    WITH_TEAM = "with_team"
    CREDITED = "credited"
    CLOSED = "closed"


_CHECKING = Message(
    en="We are looking for payment {receipt} with M-PESA. Do not pay again: once M-PESA reports it,"
    " it is added automatically.",
    sw="Tunatafuta malipo {receipt} kwa M-PESA. Usilipe tena: M-PESA ikituarifu, pesa itaongezwa"
    " yenyewe.",
)
_SENTENCES = {
    ClaimState.CHECKING: _CHECKING,
    ClaimState.WITH_TEAM: Message(
        en="M-PESA has not reported payment {receipt} to us. Our team looks into it. Do not pay"
        " again.",
        sw="M-PESA haijatuarifu kuhusu malipo {receipt}. Timu yetu inayachunguza. Usilipe tena.",
    ),
    ClaimState.CREDITED: Message(
        en="Payment {receipt} is in your wallet.",
        sw="Malipo {receipt} yako kwenye pochi yako.",
    ),
    ClaimState.CLOSED: Message(
        en="Our team found nothing to add for code {receipt}. Please contact support if you"
        " disagree.",
        sw="Timu yetu haikupata cha kuongeza kwa nambari {receipt}. Tafadhali wasiliana na huduma"
        " kwa wateja kama hukubali.",
    ),
}


@dataclass(frozen=True)
class ClaimView:
    """What the customer sees of a claim."""

    state: ClaimState
    message: Message


def list_claims(user: User) -> "QuerySet[Claim]":
    """Return the customer's own claims."""
    return Claim.objects.filter(user=user)


def describe_claim(claim: Claim, now: datetime) -> ClaimView:
    """Return how a claim stands.

    By the clock, and not by when it was escalated: a receipt of another customer is escalated
    earlier than an unknown one, and nothing may tell the two apart.
    """
    state = {
        Claim.Status.CREDITED.value: ClaimState.CREDITED,
        Claim.Status.CLOSED.value: ClaimState.CLOSED,
    }.get(claim.status, ClaimState.CHECKING if now < claim.ends_at else ClaimState.WITH_TEAM)
    return ClaimView(state, _SENTENCES[state].filled(receipt=claim.receipt))


def describe_checking(receipt: str) -> Message:
    """Return the sentence of a claim that was just made, and found nothing yet."""
    return _CHECKING.filled(receipt=receipt)
