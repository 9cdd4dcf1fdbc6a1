"""What prevents erasing a customer: each hindrance alone, and none."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from kyc.models import KycSubmission
from operations.erasure import find_hindrances
from payments.models import IdempotencyKey, Transaction
from payments.services import make_claim
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from risk.models import OwnLimits
from tests.sql.calling import reverse_owing, spend
from tests.sql.test_paybill import give_number, tell
from users.erasure import WORDS
from users.models import PhoneChange, Proposal, User

pytestmark = pytest.mark.django_db


def _money(user: User) -> None:
    make_deposit(user)
    receive(success_body())


def _pending(user: User) -> None:
    make_deposit(user)


def _requested(user: User) -> None:
    IdempotencyKey.objects.create(
        user=user, key="k", fingerprint="f", claim=uuid4(), claimed_at=NOON, created_at=NOON
    )


def _case(user: User) -> None:
    make_deposit(user)
    receive(success_body(amount=400))


def _held(user: User) -> None:
    tell(phone=user.phone_number)


def _claimed(user: User) -> None:
    make_claim(user=user, text="UKK51ZDR4F", now=NOON)


def _owing(user: User) -> None:
    deposit = make_deposit(user)
    receive(success_body())
    deposit.refresh_from_db()
    spend(user, 200)
    assert reverse_owing(deposit.credit_entry_id, make_customer(OTHER_PHONE), 200)["debt_id"]


def _paused(user: User) -> None:
    until = NOON + timedelta(seconds=1)
    OwnLimits.objects.create(user=user, paused_until=until, blocked_at=NOON)


def _excluded(user: User) -> None:
    until = NOON + timedelta(days=180)
    OwnLimits.objects.create(user=user, excluded_until=until, blocked_at=NOON)


def _operator(user: User) -> None:
    user.is_staff = True
    user.save()


def _switched_off(user: User) -> None:
    user.is_active = False
    user.save()


def _proposed(user: User) -> None:
    Proposal.objects.create(
        kind="resolve_case", subject_id=1, customer=user, proposed_by=make_customer(OTHER_PHONE),
        proposed_at=NOON, reason="seen in the statement",
    )  # fmt: skip


def _changing(user: User) -> None:
    PhoneChange.objects.create(
        user=user, old_phone_number=user.phone_number, new_phone_number="254722000111",
        requested_at=NOON,
    )  # fmt: skip


def _identified(user: User) -> None:
    User.objects.filter(pk=user.pk).update(kyc_status=User.KycStatus.PENDING)
    KycSubmission.objects.create(
        user=user, full_name="Wanjiku Kamau", id_number_encrypted="x" * 40,
        id_number_fingerprint="a" * 64, id_number_last_four="5678", provider="manual",
        date_of_birth=date(1990, 1, 1), submitted_at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("meet", "words"),
    [
        (_money, "money in the wallet"), (_pending, "PENDING"), (_requested, "being requested"),
        (_paused, "pause or exclusion"), (_excluded, "pause or exclusion"),
        (_operator, "an operator's"), (_switched_off, "switched off"), (_proposed, "proposal"),
        (_changing, "phone number"), (_identified, "identity submission"),
        (_held, "suspense case"), (_claimed, "A claim to have paid is open"),
        (_owing, "There is a debt"),
    ],
)  # fmt: skip
def test_each_hindrance_is_named_alone(meet: Callable[[User], None], words: str) -> None:
    user = make_customer()
    assert find_hindrances(user, now=NOON) == []

    meet(user)

    (hindrance,) = find_hindrances(user, now=NOON)
    assert words in hindrance
    assert find_hindrances(make_customer("254733000111"), now=NOON) == []


def test_an_open_case_stands_beside_its_deposit() -> None:
    user = make_customer()
    _case(user)

    assert "A suspense case is open." in find_hindrances(user, now=NOON)


def test_what_is_over_hinders_nothing() -> None:
    user = make_customer()
    OwnLimits.objects.create(user=user, paused_until=NOON, blocked_at=NOON)
    make_deposit(user, status=Transaction.Status.FAILED)
    IdempotencyKey.objects.create(
        user=user, key="k", fingerprint="f", claim=uuid4(), claimed_at=NOON, created_at=NOON,
        answer={"status": 200},
    )  # fmt: skip

    assert find_hindrances(user, now=NOON) == []


def test_an_account_number_at_the_paybill_hinders_nothing() -> None:
    """A payment to a closed account's number is held in suspense (paybill_is_allowed)."""
    user = make_customer()
    give_number(user)

    assert find_hindrances(user, now=NOON) == []


def test_every_word_of_the_database_has_a_sentence() -> None:
    file = Path(__file__).parents[2] / "users/sql/functions/erasure.sql"
    body = file.read_text().split("$$")[1]

    assert set(re.findall(r"SELECT '(\w+)'", body)) == set(WORDS)
