"""Claims: the worker's looks, and an operator's end of one."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from payments.models import Claim, SuspenseCase, Transaction
from payments.services import close_claim, look_at_open_claims, make_claim
from payments.services.claims import ClaimEnded, OwnClaim, ReasonMissing
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from tests.sql.calling import agree_on_split, give, split
from users.models import User

pytestmark = pytest.mark.django_db

CODE, OTHER_CODE = "UKK51ZDR4F", "UKK61ZDR4F"
LATER = NOON + timedelta(minutes=1)


def history() -> list[dict[str, Any]]:
    rows = apps.get_model("payments", "ClaimHistory")._default_manager.order_by("pgh_id")
    return list(rows.values("status", "escalated_at", "closed_by", "pgh_context__metadata"))


@pytest.fixture
def claim(customer: User) -> Claim:
    """Make a claim of CODE."""
    make_claim(user=customer, text=CODE, now=NOON)
    return Claim.objects.get()


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("254799999999", "a-good-password")


class TestLookAtOpenClaims:
    def test_a_payment_that_was_reported_ends_its_claim(self, claim: Claim) -> None:
        make_deposit(claim.user)
        receive(success_body(receipt=CODE))

        assert look_at_open_claims(now=LATER) == 1

        claim.refresh_from_db()
        assert (claim.status, claim.transaction) == ("CREDITED", Transaction.objects.get())
        assert look_at_open_claims(now=LATER) == 0

    def test_a_claim_is_not_looked_at_before_its_time(self, claim: Claim) -> None:
        look_at_open_claims(now=LATER)
        claim.refresh_from_db()
        next_look = claim.next_look_at
        assert next_look is not None

        look_at_open_claims(now=next_look - timedelta(seconds=1))

        claim.refresh_from_db()
        assert claim.next_look_at == next_look

    def test_once_its_customer_has_the_money_it_waits_no_longer(self, claim: Claim) -> None:
        long_after = claim.ends_at + timedelta(days=3)
        look_at_open_claims(now=long_after)
        claim.refresh_from_db()
        assert claim.next_look_at == long_after + timedelta(minutes=15)
        make_deposit(claim.user)
        receive(success_body(receipt=CODE))

        assert look_at_open_claims(now=long_after) == 1

        claim.refresh_from_db()
        assert (claim.status, claim.transaction) == ("CREDITED", Transaction.objects.get())

    def test_nor_once_an_operator_gave_them_the_payment_of_its_case(
        self, claim: Claim, operator: User
    ) -> None:
        make_deposit(claim.user)
        receive(success_body(amount=300, receipt=CODE))
        look_at_open_claims(now=claim.ends_at)
        claim.refresh_from_db()
        assert (claim.status, claim.escalated_at) == ("OPEN", claim.ends_at)
        case = SuspenseCase.objects.get()
        assert give(case, claim.user, operator)["outcome"] == "resolved"

        assert look_at_open_claims(now=claim.ends_at) == 1

        claim.refresh_from_db()
        assert (claim.status, claim.case, claim.transaction) == ("CREDITED", case, case.deposit)

    def test_nor_once_it_has_a_share_of_it(self, claim: Claim, operator: User) -> None:
        make_deposit(make_customer(OTHER_PHONE))
        receive(success_body(amount=300, receipt=CODE))
        look_at_open_claims(now=claim.ends_at)
        case = SuspenseCase.objects.get()
        shares = sorted([(case.deposit.user, 100), (claim.user, 200)], key=lambda each: each[0].pk)
        agree_on_split(case, shares, operator)
        assert split(case, shares, operator)["outcome"] == "split"

        assert look_at_open_claims(now=claim.ends_at) == 1

        claim.refresh_from_db()
        assert (claim.status, claim.case) == ("CREDITED", case)

    def test_another_customers_credit_hurries_nothing(self, claim: Claim) -> None:
        make_deposit(make_customer(OTHER_PHONE))
        receive(success_body(receipt=CODE))
        look_at_open_claims(now=claim.ends_at)
        claim.refresh_from_db()
        next_look = claim.next_look_at

        assert look_at_open_claims(now=claim.ends_at) == 0

        claim.refresh_from_db()
        assert (claim.status, claim.next_look_at) == ("OPEN", next_look)

    def test_the_time_passes_into_the_hands_of_operators(self, claim: Claim) -> None:
        look_at_open_claims(now=claim.ends_at)

        claim.refresh_from_db()
        assert (claim.status, claim.escalated_at) == ("OPEN", claim.ends_at)
        assert [row["escalated_at"] for row in history()] == [None, claim.ends_at]

    def test_looks_that_find_nothing_leave_no_history(self, claim: Claim) -> None:
        look_at_open_claims(now=LATER)

        assert len(history()) == 1

    @pytest.mark.django_db(transaction=True)
    def test_one_that_breaks_stops_no_other(self, claim: Claim) -> None:
        other = make_customer(OTHER_PHONE)
        make_claim(user=other, text=OTHER_CODE, now=NOON)
        make_deposit(claim.user)
        make_deposit(other, checkout_request_id="ws_CO_2", token="2")
        receive(success_body(receipt=CODE))
        receive(success_body("ws_CO_2", receipt=OTHER_CODE), token="2")

        with broken_table(
            "payments_claim", when=f"NEW.receipt = '{CODE}' AND NEW.status <> 'OPEN'"
        ):
            assert look_at_open_claims(now=LATER) == 1

        claim.refresh_from_db()
        assert (claim.status, claim.next_look_at) == ("OPEN", LATER + timedelta(minutes=20))
        # Not at each pass, although its customer has the money.
        assert look_at_open_claims(now=LATER + timedelta(minutes=4)) == 0
        assert look_at_open_claims(now=LATER + timedelta(minutes=5)) == 1
        assert money(claim.user) == (500, 0)

    def test_so_many_are_looked_at_in_a_pass(self, claim: Claim) -> None:
        make_claim(user=claim.user, text=OTHER_CODE, now=NOON)

        look_at_open_claims(now=LATER, limit=1)

        assert Claim.objects.filter(next_look_at__lte=LATER).count() == 1


class TestCloseClaim:
    def test_it_ends_with_its_reason_and_its_operator(self, claim: Claim, operator: User) -> None:
        close_claim(claim=claim, operator=operator, reason=" paid to a shop ", now=LATER)

        claim.refresh_from_db()
        assert (claim.status, claim.note, claim.closed_by) == ("CLOSED", "paid to a shop", operator)
        assert (claim.ended_at, claim.next_look_at) == (LATER, None)
        context = history()[-1]["pgh_context__metadata"]
        assert context == {"operator": operator.pk, "reason": "paid to a shop"}

    def test_it_needs_a_reason(self, claim: Claim, operator: User) -> None:
        with pytest.raises(ReasonMissing):
            close_claim(claim=claim, operator=operator, reason=" ", now=LATER)

    def test_nobody_closes_a_claim_of_their_own(self, claim: Claim) -> None:
        with pytest.raises(OwnClaim):
            close_claim(claim=claim, operator=claim.user, reason="mine", now=LATER)

    def test_one_that_has_ended_stays_as_it_is(self, claim: Claim, operator: User) -> None:
        make_deposit(claim.user)
        receive(success_body(receipt=CODE))
        look_at_open_claims(now=LATER)

        with pytest.raises(ClaimEnded):
            close_claim(claim=claim, operator=operator, reason="nothing there", now=LATER)

        claim.refresh_from_db()
        assert claim.status == "CREDITED"

    def test_a_closed_claim_is_looked_at_no_more(self, claim: Claim, operator: User) -> None:
        close_claim(claim=claim, operator=operator, reason="nothing there", now=LATER)
        make_deposit(claim.user)
        receive(success_body(receipt=CODE))

        assert look_at_open_claims(now=LATER + timedelta(days=9)) == 0

    def test_the_same_receipt_may_be_claimed_again(self, claim: Claim, operator: User) -> None:
        close_claim(claim=claim, operator=operator, reason="nothing there", now=LATER)

        assert make_claim(user=claim.user, text=CODE, now=LATER).outcome == "checking"

    def test_a_clock_that_is_behind_ends_nothing_before_it_began(
        self, claim: Claim, operator: User
    ) -> None:
        close_claim(claim=claim, operator=operator, reason="no", now=NOON - timedelta(hours=1))

        claim.refresh_from_db()
        assert claim.ended_at == NOON
