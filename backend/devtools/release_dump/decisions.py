"""The decisions of operators and customers in the dump.

They call the services that the admin and the views call.
"""

from datetime import date, timedelta

import pghistory

from common import clock
from common.errors import DomainError
from devtools.release_dump.customers import PASSWORD
from kyc import services as kyc
from kyc.models import KycSubmission
from payments import services as payments
from payments.models import SuspenseCase
from risk import services as risk
from risk.caps import Caps
from users import phone_change
from users.models import User
from wallet.audit import seal_ledger
from wallet.models import JournalEntry

_OPERATOR = "254700000099"
_SUBMITTERS = ("kyc pending", "kyc verified", "kyc rejected", "kyc revoked")

Phones = dict[str, str]


def decide_about_customers(phones: Phones) -> None:
    """Four customers hand in a KYC submission: one stays pending, one is rejected, two are
    verified and one of these revoked. All other customers were verified elsewhere before.
    """
    operator = User.objects.create_superuser(_OPERATOR, PASSWORD, full_name="Operator")
    for nth, name in enumerate(_SUBMITTERS):
        details = kyc.IdentityDetails(
            full_name=name.title(), id_number=f"2000000{nth}", date_of_birth=date(1990, 1, 1)
        )
        kyc.submit(user=_user(phones, name), details=details, now=clock.now())
    _decide_submissions(operator, phones)
    # As an older system's customers are imported: verified there.
    User.objects.filter(phone_number__in=phones.values()).exclude(
        phone_number__in=[phones[name] for name in _SUBMITTERS]
    ).update(kyc_status=User.KycStatus.VERIFIED)


def decide_about_money(phones: Phones) -> None:
    """Resolve suspense cases, reverse a credit, set caps and pauses, change phone numbers, block a
    customer, seal the ledger.
    """
    operator = User.objects.get(phone_number=_OPERATOR)
    for case in SuspenseCase.objects.filter(transaction__user__full_name__endswith="Resolved"):
        payments.resolve_suspense_case(
            case=case,
            user=case.deposit.user,
            operator=operator,
            reason="statement seen",
            now=clock.now(),
        )
    payments.reverse_credit(
        entry=JournalEntry.objects.get(deposit__user=_user(phones, "taken back")),
        operator=operator,
        reason="M-Pesa took it back",
        now=clock.now(),
    )
    _limit_oneself(operator, phones)
    _change_numbers(operator, phones)
    blocked = _user(phones, "blocked")
    blocked.is_active = False
    with pghistory.context(operator=operator.pk, reason="asked by the police"):
        blocked.save(update_fields=["is_active"])
    seal_ledger(now=clock.now())


def request_suspicious_deposits(phones: Phones) -> None:
    """Request two deposits that the fraud rules refuse, one with verdict review, one with deny."""
    suspect = _user(phones, "suspect")
    for amount in (300, 500):
        try:
            payments.initiate_deposit(
                user=suspect, amount=amount, idempotency_key=None, now=clock.now()
            )
        except DomainError as error:
            print(error.code)


GROUPS = {
    "people": decide_about_customers,
    "money": decide_about_money,
    "suspicion": request_suspicious_deposits,
}


def _user(phones: Phones, name: str) -> User:
    return User.objects.get(phone_number=phones[name])


def _decide_submissions(operator: User, phones: Phones) -> None:
    def handed_in(name: str) -> KycSubmission:
        return KycSubmission.objects.get(user__phone_number=phones[name])

    now = clock.now()
    for name in ("kyc verified", "kyc revoked"):
        kyc.verify(
            submission=handed_in(name),
            operator=operator,
            tier=User.Tier.BASIC,
            reason="card seen",
            now=now,
        )
    kyc.reject(
        submission=handed_in("kyc rejected"),
        operator=operator,
        reason_code="id_not_found",
        reason="no such card",
        now=now,
    )
    revoked = _user(phones, "kyc revoked")
    kyc.decide_about_customer(
        user=revoked, operator=operator, tier=None, reason="card was lost", now=now
    )
    seen = handed_in("kyc verified")
    kyc.show_id_number(submission=seen, operator=operator, reason="asked by letter", now=now)


def _limit_oneself(operator: User, phones: Phones) -> None:
    now, long_ago = clock.now(), clock.now() - timedelta(days=2)
    careful = _user(phones, "careful")
    risk.set_caps(user=careful, wanted=Caps(1_000, 5_000), now=long_ago)
    risk.set_caps(user=careful, wanted=Caps(500, 2_000), now=now)
    risk.set_caps(user=careful, wanted=Caps(3_000, None), now=now)
    risk.pause(user=_user(phones, "paused"), days=30, now=now)
    lifted = _user(phones, "lifted")
    risk.pause(user=lifted, days=7, now=long_ago)
    risk.lift_cool_off(user=lifted, operator=operator, reason="asked in writing", now=now)
    risk.exclude(user=_user(phones, "excluded"), months=6, password=PASSWORD, now=now)


def _change_numbers(operator: User, phones: Phones) -> None:
    now = clock.now()
    changes = {
        name: phone_change.request_change(
            _user(phones, name), new_phone_number=f"25470000020{nth}", password=PASSWORD, now=now
        )
        for nth, name in enumerate(("moving", "moved", "not moved", "staying"))
    }
    phone_change.approve_change(changes["moved"].pk, operator=operator, reason="card seen", now=now)
    phone_change.reject_change(
        changes["not moved"].pk, operator=operator, reason="no card seen", now=now
    )
    phone_change.withdraw_change(changes["staying"].user, now=now)
