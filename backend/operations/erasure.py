"""What stands against erasing a customer: money, work of operators, and what protects customers.

This release erases nobody (docs/decisions/0045); operators read these words in the export.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.db.models import Q

from kyc.models import KycSubmission
from payments.models import Claim, IdempotencyKey, PaybillAccount, SuspenseCase, Transaction
from payments.selectors import any_debt_left
from risk.models import OwnLimits
from users.models import PhoneChange, Proposal, User
from wallet.models import LedgerAccount


def find_hindrances(user: User, *, now: datetime) -> list[str]:
    """Return a sentence for each hindrance; none: nothing stands against it."""
    return list(chain(_of_account(user, now), _of_money(user), _of_open_work(user, now)))


def _of_account(user: User, now: datetime) -> Iterator[str]:
    if user.is_staff or user.is_superuser:
        yield "The account is an operator's: what operators decided names them."
    if not user.is_active:
        yield "The account is switched off: find out why first."
    breaks = Q(paused_until__gt=now) | Q(excluded_until__gt=now)
    if OwnLimits.objects.filter(breaks, user=user).exists():
        yield "A pause or exclusion is running: a new account would get round it."


def _of_money(user: User) -> Iterator[str]:
    if LedgerAccount.objects.filter(user=user, balance__gt=0).exists():
        yield "There is money in the wallet."
    if any_debt_left(user):
        yield "There is a debt: a payment was spent before M-Pesa took it back."
    deposits = Transaction.objects.filter(user=user)
    if deposits.filter(status=Transaction.Status.PENDING).exists():
        yield "A deposit is PENDING: its money may still come."
    if IdempotencyKey.objects.filter(user=user, answer__isnull=True).exists():
        yield "A deposit is being requested, or was less than 24 hours ago and had no answer."
    cases = SuspenseCase.objects.filter(status="OPEN")
    if cases.filter(Q(transaction__user=user) | Q(payment__proposed_user=user)).exists():
        yield "A suspense case is open."
    if Claim.objects.filter(user=user, status=Claim.Status.OPEN).exists():
        yield "A claim to have paid is open."
    if PaybillAccount.objects.filter(user=user).exists():
        yield "There is an account number at the paybill: somebody may still pay to it."


def _of_open_work(user: User, now: datetime) -> Iterator[str]:
    # A proposal to share a payment out names its customers by id (Proposal.Kind.SPLIT_CASE).
    about = Q(customer=user) | Q(kind="split_case", detail__regex=rf"(^|,){user.pk}:")
    if Proposal.objects.filter(about).waiting(now).exists():
        yield "A proposal about the customer is open."
    if PhoneChange.objects.filter(user=user, status=PhoneChange.Status.PENDING).exists():
        yield "A change of the phone number waits for a decision."
    if KycSubmission.objects.filter(user=user, status=KycSubmission.Status.PENDING).exists():
        yield "An identity submission waits for a decision."
