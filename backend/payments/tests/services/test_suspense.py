"""An operator decides about a payment held in suspense: once, with a reason, by new postings."""

import pytest
from django.apps import apps

from common.db import call_function
from payments.models import SuspenseCase, Transaction
from payments.services import resolve_suspense_case
from payments.services.suspense import CaseAlreadyResolved, OwnMoney, ReasonMissing
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from users.models import User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


def resolve(user: User, operator: User, reason: str = "Customer called, SMS seen") -> None:
    """Resolve the oldest case to a customer."""
    resolve_suspense_case(
        case=SuspenseCase.objects.earliest("id"),
        user=user,
        operator=operator,
        reason=reason,
        now=NOON,
    )


def test_another_amount_goes_to_the_customer_and_completes_nothing(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator)

    case = SuspenseCase.objects.get()
    deposit.refresh_from_db()
    assert (case.status, case.resolved_by, case.resolved_at) == ("RESOLVED", operator, NOON)
    assert case.resolution_note == "Customer called, SMS seen"
    assert case.resolution_entry is not None
    assert (deposit.status, deposit.mpesa_receipt_number) == ("PENDING", None)
    assert deposit.review_reason == "resolved"
    assert money(deposit.user) == (300, 0)


@pytest.mark.parametrize("is_failed", [True, False])
def test_the_requested_amount_completes_the_deposit(
    deposit: Transaction, operator: User, is_failed: bool
) -> None:
    receive(success_body("ws_CO_other"))
    if is_failed:
        Transaction.objects.update(status="FAILED")

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
    assert (deposit.review_reason, deposit.completed_at) == (None, NOON)
    assert deposit.credit_entry == SuspenseCase.objects.get().resolution_entry
    assert money(deposit.user) == (500, 0)


def test_another_customer_gets_the_money_and_the_deposit_stays_open(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body("ws_CO_other"))
    other = make_customer(OTHER_PHONE)

    resolve(other, operator)

    deposit.refresh_from_db()
    assert deposit.status == "PENDING"
    assert money(deposit.user) == (0, 0)
    assert money(other) == (500, 0)


def test_a_second_payment_is_given_without_touching_the_first(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
    assert money(deposit.user) == (1000, 0)


def test_nothing_is_decided_twice(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))
    resolve(deposit.user, operator)

    with pytest.raises(CaseAlreadyResolved):
        resolve(make_customer(OTHER_PHONE), operator)

    assert money(deposit.user) == (300, 0)


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_nothing_is_decided_without_a_reason(
    deposit: Transaction, operator: User, reason: str
) -> None:
    receive(success_body(amount=300))

    with pytest.raises(ReasonMissing):
        resolve(deposit.user, operator, reason)

    assert SuspenseCase.objects.get().status == "OPEN"


def test_a_case_without_money_is_closed_without_postings(
    deposit: Transaction, operator: User
) -> None:
    other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
    receive(success_body())
    receive(success_body("ws_2"), token="2")

    resolve(other.user, operator)

    assert SuspenseCase.objects.get().status == "RESOLVED"
    assert JournalEntry.objects.count() == 1
    assert money(other.user) == (0, 0)


def test_a_deposit_is_under_review_until_its_last_case_is_decided(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))
    receive(success_body(receipt="THIRD00001"))

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert deposit.review_reason == "suspense"


def test_a_long_reason_is_cut_not_refused(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator, "why " * 200)

    assert len(SuspenseCase.objects.get().resolution_note) <= 255


def test_a_callback_after_the_decision_is_too_late(deposit: Transaction, operator: User) -> None:
    receive(success_body("ws_CO_other"))
    resolve(deposit.user, operator)

    assert receive(success_body("ws_CO_other")).verdict == "duplicate"
    assert receive(failure_body()).verdict == "mismatched"
    assert money(deposit.user) == (500, 0)


def test_a_case_that_is_gone_cannot_be_resolved(deposit: Transaction, operator: User) -> None:
    gone = SuspenseCase(pk=999_999)

    with pytest.raises(CaseAlreadyResolved):
        resolve_suspense_case(
            case=gone, user=deposit.user, operator=operator, reason="why", now=NOON
        )


def test_a_query_credits_nothing_after_the_decision(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))
    resolve(deposit.user, operator)

    settled = call_function(
        "SELECT deposit_settle_query(%(id)s, true, '{}', %(now)s) AS verdict",
        {"id": deposit.pk, "now": NOON},
    )

    assert settled["verdict"] == "kept"
    assert money(deposit.user) == (300, 0)


def test_nobody_gives_a_payment_to_themselves(deposit: Transaction, operator: User) -> None:
    receive(success_body("ws_CO_other"))

    with pytest.raises(OwnMoney):
        resolve(operator, operator)

    assert SuspenseCase.objects.get().status == "OPEN"
    assert money(operator) == (0, 500)


def test_who_and_why_are_in_the_history(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator)

    for model in ("SuspenseCaseHistory", "TransactionHistory"):
        history = apps.get_model("payments", model)._default_manager
        context = history.latest("pgh_id").pgh_context
        assert context.metadata["operator"] == operator.pk
        assert context.metadata["reason"]
