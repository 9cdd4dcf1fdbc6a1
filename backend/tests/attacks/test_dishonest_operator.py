"""One dishonest operator alone, with every right in the admin and the services at hand."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from payments import case_facts
from payments.models import SuspenseCase, Transaction
from payments.services import (
    approve_proposal,
    correct_suspense_case,
    dismiss_suspense_case,
    propose_correction,
    propose_dismissal,
    resolve_suspense_case,
    reverse_credit,
)
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    Dismissal,
    OwnMoney,
    UnfitCustomer,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from users import proposals
from users.models import Proposal, User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db

REFUNDED = Dismissal(SuspenseCase.Decision.REFUNDED)


@pytest.fixture
def operator() -> User:
    """Store an operator with every right."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def victim() -> User:
    """Store a customer."""
    return make_customer()


def said(operator: User) -> dict[str, Any]:
    """Return who decides, a reason and when."""
    return {"operator": operator, "reason": "trust me, it is so", "now": NOON}


def hold(user: User, paid: int, asked: int = 50_000) -> SuspenseCase:
    """Hold a payment in suspense that does not agree with its deposit."""
    make_deposit(user, amount=Decimal(asked))
    receive(success_body(amount=paid))
    return SuspenseCase.objects.get()


def test_no_decision_above_the_limit_is_one_operators(victim: User, operator: User) -> None:
    case = hold(victim, 10_001)

    with pytest.raises(ApprovalMissing):
        resolve_suspense_case(case=case, user=victim, **said(operator))
    with pytest.raises(ApprovalMissing):
        dismiss_suspense_case(case=case, dismissal=REFUNDED, **said(operator))
    with pytest.raises(ApprovalMissing):
        correct_suspense_case(case=case, amount=Decimal(1), **said(operator))

    assert money(victim) == (0, 10_001)


def test_a_correction_does_not_bring_an_amount_past_the_limit(victim: User, operator: User) -> None:
    case = hold(victim, 1)
    with pytest.raises(ApprovalMissing):
        correct_suspense_case(case=case, amount=Decimal(50_000), **said(operator))
    correct_suspense_case(case=case, amount=Decimal(10_000), **said(operator))

    resolve_suspense_case(case=case, user=victim, **said(operator))

    assert money(victim) == (10_000, 0)


def test_many_corrections_of_one_day_are_one_sum(victim: User, operator: User) -> None:
    cases = []
    for n in range(3):
        make_deposit(victim, amount=Decimal(4000), token=f"t{n}", checkout_request_id=f"ws_{n}")
        receive(success_body(f"ws_{n}", amount=1, receipt=f"SMALL0000{n}"), token=f"t{n}")
        cases.append(SuspenseCase.objects.latest("id"))
    for case in cases[:2]:
        correct_suspense_case(case=case, amount=Decimal(4000), **said(operator))
        resolve_suspense_case(case=case, user=victim, **said(operator))

    with pytest.raises(ApprovalMissing):
        correct_suspense_case(case=cases[2], amount=Decimal(4000), **said(operator))

    assert money(victim) == (8000, 1)
    correct_suspense_case(case=cases[2], amount=Decimal(2000), **said(operator))
    resolve_suspense_case(case=cases[2], user=victim, **said(operator))
    assert money(victim) == (10_000, 0)


def test_nobody_approves_what_they_proposed_and_no_approval_is_used_for_more(
    victim: User, operator: User
) -> None:
    case, second = hold(victim, 10_001), make_customer("254733333333")
    own = propose_dismissal(case=case, dismissal=REFUNDED, **said(operator))
    with pytest.raises(proposals.SameOperator):
        approve_proposal(proposal=own, **said(operator))
    amount = propose_correction(case=case, amount=Decimal(20_000), **said(second))
    proposals.approve(amount.pk, **said(operator))

    with pytest.raises(ApprovalMissing):
        correct_suspense_case(case=case, amount=Decimal(200_000), **said(operator))
    with pytest.raises(ApprovalMissing):
        resolve_suspense_case(case=case, user=victim, **said(operator))

    assert money(victim) == (0, 10_001)


def test_an_approval_of_another_case_is_none(victim: User, operator: User) -> None:
    case, second = hold(victim, 10_001), make_customer("254733333333")
    proposal = proposals.propose(
        kind=Proposal.Kind.DISMISS_CASE, subject_id=case.pk + 1, detail="refunded", **said(second)
    )
    proposals.approve(proposal.pk, **said(operator))

    with pytest.raises(ApprovalMissing):
        dismiss_suspense_case(case=case, dismissal=REFUNDED, **said(operator))


def test_a_dismissed_payment_is_in_no_pocket(victim: User, operator: User) -> None:
    """Nobody can dismiss a payment and then give the same one to a friend."""
    case, friend = hold(victim, 300), make_customer(OTHER_PHONE)

    dismiss_suspense_case(case=case, dismissal=REFUNDED, **said(operator))

    for user in (victim, friend):
        with pytest.raises(CaseAlreadyResolved):
            resolve_suspense_case(case=case, user=user, **said(operator))
    assert (money(victim), money(friend)[0]) == ((0, 0), 0)
    entry = JournalEntry.objects.latest("id")
    assert entry.credit_account.code == "mpesa:174379"


def test_a_friend_and_the_operator_get_nothing_of_others(victim: User, operator: User) -> None:
    case, friend = hold(victim, 300), make_customer(OTHER_PHONE)
    unverified = make_customer("254733333333", kyc_status="PENDING")

    with pytest.raises(OwnMoney):
        resolve_suspense_case(case=case, user=operator, **said(operator))
    with pytest.raises(UnfitCustomer):
        resolve_suspense_case(case=case, user=unverified, **said(operator))
    with pytest.raises(ApprovalMissing):
        resolve_suspense_case(case=case, user=friend, **said(operator))


def test_operators_decide_nothing_about_their_own_payments(operator: User) -> None:
    case = hold(operator, 300)
    with pytest.raises(OwnMoney):
        dismiss_suspense_case(case=case, dismissal=REFUNDED, **said(operator))
    with pytest.raises(OwnMoney):
        correct_suspense_case(case=case, amount=Decimal(9_000), **said(operator))
    with pytest.raises(OwnMoney):
        resolve_suspense_case(case=case, user=operator, **said(operator))

    assert money(operator) == (0, 300)


def test_a_reversal_above_the_limit_takes_two(victim: User, operator: User) -> None:
    make_deposit(victim, amount=Decimal(10_001))
    receive(success_body(amount=10_001))
    entry = Transaction.objects.get().credit_entry
    assert entry is not None

    with pytest.raises(ApprovalMissing):
        reverse_credit(entry=entry, **said(operator))

    assert money(victim) == (10_001, 0)


def test_the_admin_alone_moves_no_more_than_the_limit(victim: User, operator: User) -> None:
    case = hold(victim, 10_001)
    client = Client()
    client.force_login(operator)
    form = {"_selected_action": str(case.pk), "reason": "trust me, it is so"}
    for action in ("resolve", "refunded", "correct"):
        sent = {**form, "action": action, "amount": "50000"}
        client.post("/admin/payments/suspensecase/", sent, follow=True)
    for proposal in Proposal.objects.all():
        sent = {**form, "amount": str(case_facts.amount_of(proposal)), "looked": "on"}
        path = f"/admin/users/proposal/{proposal.pk}/decide/approve/"
        client.post(path, sent, follow=True)

    assert Proposal.objects.filter(status="OPEN").count() == 3
    assert money(victim) == (0, 10_001)
