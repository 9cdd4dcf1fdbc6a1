"""Changes to claims that the database refuses even when plain SQL bypasses our code."""

from datetime import timedelta
from typing import Any

import pytest

from payments.models import Claim, Transaction
from payments.services import make_claim
from payments.tests.breaking import check_constraints, refused, run
from payments.tests.building import NOON, OTHER_PHONE, make_customer, receive, success_body
from users.models import User

pytestmark = pytest.mark.django_db

CODE = "UKK51ZDR4F"


@pytest.fixture
def claim(customer: User) -> Claim:
    """Make an open claim."""
    make_claim(user=customer, text=CODE, now=NOON)
    return Claim.objects.get()


@pytest.fixture
def credited(deposit: Transaction) -> Claim:
    """Make a claim of a deposit that is credited already."""
    receive(success_body(receipt=CODE))
    make_claim(user=deposit.user, text=CODE, now=NOON)
    return Claim.objects.get()


class TestFacts:
    @pytest.mark.parametrize(
        "change",
        [
            "id = id + 1",
            "user_id = user_id + 1",
            "receipt = 'UKK61ZDR4F'",
            "readings = '{UKK51ZDR4F,UKK61ZDR4F}'",
            "amount = 5",
            "paid_at = now()",
            "created_at = now()",
            "ends_at = ends_at + interval '1 day'",
        ],
    )
    def test_what_was_claimed_never_changes(self, claim: Claim, change: str) -> None:
        with refused("what was claimed never changes"):
            run(f"UPDATE payments_claim SET {change}")

    @pytest.mark.parametrize(
        "change", ["status = 'OPEN', ended_at = NULL", "case_id = NULL", "note = 'x'"]
    )
    def test_a_claim_ends_once(self, credited: Claim, change: str) -> None:
        with refused("it ends once"):
            run(f"UPDATE payments_claim SET {change}")

    @pytest.mark.parametrize("sql", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_a_claim_stays(self, claim: Claim, sql: str) -> None:
        check_constraints()
        with refused("stays|append-only"):
            run(sql.format("payments_claim"))

    @pytest.mark.parametrize(
        "sql", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET note = 'x'"]
    )
    def test_its_history_only_grows(self, claim: Claim, sql: str) -> None:
        with refused("append-only"):
            run(sql.format("payments_claimhistory"))


class TestShape:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"receipt": "KKK51ZDR4", "readings": ["KKK51ZDR4"]}, "payments_claim_receipt"),
            ({"receipt": "UMK51ZDR4F", "readings": ["UMK51ZDR4F"]}, "payments_claim_receipt"),
            ({"readings": ["UKK61ZDR4F"]}, "payments_claim_readings"),
            ({"readings": []}, "payments_claim_readings"),
            ({"readings": [CODE] * 33}, "payments_claim_readings"),
            ({"amount": 0}, "payments_claim_amount"),
            ({"ends_at": NOON}, "payments_claim_lasts"),
            ({"status": "LOST"}, "payments_claim_ended"),
            ({"next_look_at": None}, "payments_claim_ended"),
            ({"ended_at": NOON}, "payments_claim_ended"),
            ({"note": "x"}, "payments_claim_ended"),
        ],
    )
    def test_a_senseless_claim_is_refused(
        self, customer: User, fields: dict[str, Any], constraint: str
    ) -> None:
        sound = {
            "user": customer,
            "receipt": CODE,
            "readings": [CODE],
            "created_at": NOON,
            "ends_at": NOON + timedelta(days=3),
            "next_look_at": NOON,
        }
        with refused(constraint):
            Claim.objects.create(**{**sound, **fields})
        Claim.objects.create(**sound)

    def test_a_customer_has_one_open_claim_of_a_receipt(self, claim: Claim) -> None:
        with refused("payments_claim_once"):
            Claim.objects.create(
                user=claim.user,
                receipt=CODE,
                readings=[CODE],
                created_at=NOON,
                ends_at=NOON + timedelta(days=3),
                next_look_at=NOON,
            )

    @pytest.mark.parametrize(
        "change",
        [
            "closed_by_id = user_id, note = 'mine'",
            "closed_by_id = {operator}, note = ' '",
            "note = 'no operator'",
        ],
    )
    def test_an_operator_closes_it_with_a_reason_and_not_their_own(
        self, claim: Claim, change: str
    ) -> None:
        operator = User.objects.create_superuser("254799999999", "a-good-password")
        with refused("payments_claim_ended"):
            run(
                "UPDATE payments_claim SET status = 'CLOSED', ended_at = now(),"
                f" next_look_at = NULL, {change.format(operator=operator.pk)}"
            )


class TestProof:
    _CREDIT = (
        "UPDATE payments_claim SET status = 'CREDITED', ended_at = now(), next_look_at = NULL,"
        " transaction_id = %s"
    )

    def test_a_claim_without_a_payment_is_not_credited(self, claim: Claim) -> None:
        with refused("no payment of its receipt is credited to its customer"):
            run(self._CREDIT, None)

    def test_the_deposit_must_have_its_receipt(self, deposit: Transaction, claim: Claim) -> None:
        receive(success_body(receipt="UKK61ZDR4F"))

        with refused("no payment of its receipt is credited to its customer"):
            run(self._CREDIT, deposit.pk)

    def test_the_deposit_must_be_its_customers(self, deposit: Transaction) -> None:
        receive(success_body(receipt=CODE))
        make_claim(user=make_customer(OTHER_PHONE), text=CODE, now=NOON)

        with refused("no payment of its receipt is credited to its customer"):
            run(self._CREDIT, deposit.pk)
