"""The functions of payments/sql/functions/claim.sql."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from payments.models import Claim, PaybillPayment, SuspenseCase, Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    make_customer,
    make_deposit,
    money,
)
from risk import services as risk
from tests.sql.calling import after, approve, query, resolve, row_of, settle, success
from tests.sql.test_paybill import NUMBER as OWN_NUMBER
from tests.sql.test_paybill import OTHER_NUMBER, give_number, tell
from users.models import User

pytestmark = pytest.mark.django_db

CODE, OTHER_CODE = "UKL51ZDR4F", "UKL5IZDR4F"
DAY_S = 86_400
RULES = {
    "per_day": 5,
    "day_began_at": "2026-11-20T00:00:00+03:00",
    "day_ends_at": "2026-11-21T00:00:00+03:00",
    "lasts_s": 3 * DAY_S,
    "is_kyc_required": True,
}
LATER = after(10)


def make(
    user: User, *readings: str, now: datetime = NOON, hints: Any = None, **rules: Any
) -> dict[str, Any]:
    """Make a claim of CODE, or of other receipts."""
    return row_of(
        "SELECT * FROM claim_make(%(user_id)s, %(readings)s, %(hints)s::jsonb, %(rules)s::jsonb,"
        " %(now)s)",
        user_id=user.pk,
        readings=list(readings or (CODE,)),
        hints=json.dumps(hints or {}),
        rules=json.dumps({**RULES, **rules}),
        now=now,
    )


def outcome(user: User, *readings: str, **more: Any) -> tuple[str, int | None]:
    made = make(user, *readings, **more)
    return made["outcome"], made["transaction_id"]


def look(
    claim: Claim, now: datetime = LATER, *, kyc: bool = True, may_escalate: bool = True
) -> str:
    """Look at a claim and read it again."""
    looked = row_of(
        "SELECT * FROM claim_look(%(id)s, %(kyc)s, %(may_escalate)s, %(now)s)",
        id=claim.pk,
        kyc=kyc,
        may_escalate=may_escalate,
        now=now,
    )
    claim.refresh_from_db()
    return str(looked["outcome"])


def claim_of(user: User) -> Claim:
    return Claim.objects.get(user=user)


def hash_of(phone: str) -> str:
    return hashlib.sha256(phone.encode()).hexdigest()


@pytest.fixture
def other(db: None) -> User:
    return make_customer(OTHER_PHONE)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("254799999999", "a-good-password")


class TestClaimMake:
    def test_an_unknown_receipt_is_looked_for(self, customer: User) -> None:
        hints = {"amount": "70.00", "paid_at": "2026-11-20T08:00:00Z"}

        assert outcome(customer, CODE, OTHER_CODE, hints=hints) == ("checking", None)

        claim = claim_of(customer)
        assert (claim.receipt, claim.readings) == (CODE, [CODE, OTHER_CODE])
        assert (claim.amount, claim.paid_at) == (70, datetime(2026, 11, 20, 8, tzinfo=UTC))
        assert (claim.status, claim.created_at) == ("OPEN", NOON)
        assert (claim.ends_at, claim.next_look_at) == (after(3 * DAY_S), after(4))
        assert (claim.case_id, claim.escalated_at, claim.ended_at) == (None, None, None)
        assert money(customer) == (0, 0)

    def test_a_receipt_of_ones_own_deposit_is_credited_already(self, deposit: Transaction) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE))

        assert outcome(deposit.user) == ("already_credited", deposit.pk)

        claim = claim_of(deposit.user)
        assert (claim.status, claim.transaction_id, claim.ended_at) == (
            "CREDITED",
            deposit.pk,
            NOON,
        )
        assert claim.next_look_at is None
        assert money(deposit.user) == (500, 0)

    def test_any_reading_may_be_ones_own(self, deposit: Transaction, other: User) -> None:
        settle(deposit, success(mpesa_receipt_number=OTHER_CODE))
        settle(
            make_deposit(other, checkout_request_id="ws_CO_2", token="2"),
            success(checkout_request_id="ws_CO_2", mpesa_receipt_number=CODE),
        )

        assert outcome(deposit.user, CODE, OTHER_CODE) == ("already_credited", deposit.pk)

    def test_a_receipt_of_another_customer_reads_as_an_unknown_one(
        self, deposit: Transaction, other: User
    ) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE))

        known, unknown = make(other), make(other, OTHER_CODE)

        assert known == unknown
        about_known, about_unknown = map(dict, Claim.objects.order_by("id").values())
        differing = {name for name in about_known if about_known[name] != about_unknown[name]}
        assert differing == {"id", "receipt", "readings"}
        assert (money(deposit.user)[0], money(other)[0]) == (500, 0)

    def test_the_same_receipt_is_claimed_once_at_a_time(self, customer: User, other: User) -> None:
        make(customer)

        assert outcome(customer, CODE, OTHER_CODE) == ("claim_in_progress", None)
        assert outcome(other) == ("checking", None)
        assert Claim.objects.count() == 2

    def test_a_claim_that_has_ended_is_in_nobodys_way(self, deposit: Transaction) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE))
        make(deposit.user)

        assert outcome(deposit.user) == ("already_credited", deposit.pk)

    def test_a_day_has_so_many_claims(self, customer: User, other: User) -> None:
        codes = [f"UKL51ZDR4{sign}" for sign in "ABCDEF"]
        for code in codes[:5]:
            make(customer, code)

        made = make(customer, codes[5])

        assert (made["outcome"], made["retry_after_s"]) == ("too_many", 12 * 3600)
        assert outcome(other, codes[5])[0] == "checking"
        assert outcome(customer, codes[5], per_day=None)[0] == "checking"

    def test_a_claim_in_progress_is_named_before_the_days_end(self, customer: User) -> None:
        make(customer)

        assert outcome(customer, per_day=1)[0] == "claim_in_progress"

    def test_claims_of_the_day_before_do_not_count(self, customer: User) -> None:
        make(customer, now=NOON - timedelta(days=1))

        assert outcome(customer, OTHER_CODE, per_day=1)[0] == "checking"

    @pytest.mark.parametrize("key", RULES)
    def test_a_forgotten_rule_makes_no_claim(self, customer: User, key: str) -> None:
        rules = json.dumps({name: value for name, value in RULES.items() if name != key})

        with pytest.raises(DatabaseError, match="a key of p_rules is missing"):
            row_of(
                "SELECT * FROM claim_make(%(user_id)s, ARRAY['UKL51ZDR4F'], '{}', %(rules)s::jsonb,"
                " %(now)s)",
                user_id=customer.pk,
                rules=rules,
                now=NOON,
            )


class TestClaimFindPayment:
    """A payment that waits in suspense, since what was typed names no customer for certain."""

    @pytest.mark.parametrize(
        "typed",
        [
            "0712345678 wallet",
            "tel 254712345678",
            "acc. 712345678",
            "O7I2345678",
            f"ACC {OWN_NUMBER}",
            OWN_NUMBER.replace("0", "O"),
        ],
    )
    def test_what_was_typed_is_the_customers_but_for_slips(
        self, customer: User, typed: str
    ) -> None:
        give_number(customer)
        tell(receipt=CODE, account_number=typed)
        assert money(customer) == (0, 500)

        said, transaction_id = outcome(customer)

        made = Transaction.objects.get()
        assert (said, transaction_id) == ("credited", made.pk)
        assert (made.status, made.mpesa_receipt_number, made.user) == ("COMPLETED", CODE, customer)
        assert money(customer) == (500, 0)
        case, claim = SuspenseCase.objects.get(), claim_of(customer)
        assert (case.status, case.released_by, case.resolved_by) == ("RESOLVED", "claim", None)
        assert (claim.status, claim.case, claim.transaction) == ("CREDITED", case, made)

    def test_a_typed_phone_number_is_its_customers(self, customer: User, other: User) -> None:
        tell(
            receipt=CODE, account_number="0712345678", phone=PHONE, payer_hash=hash_of(OTHER_PHONE)
        )

        assert outcome(other) == ("checking", None)
        assert outcome(customer)[0] == "credited"
        assert (money(customer), money(other)[0]) == ((500, 0), 0)

    def test_the_payers_own_number_decides_where_the_text_says_nothing(
        self, customer: User
    ) -> None:
        tell(receipt=CODE, account_number="wallet", payer_hash=hash_of(PHONE).upper())

        assert outcome(customer)[0] == "credited"
        assert money(customer) == (500, 0)

    @pytest.mark.parametrize(
        "typed", ["", "wallet", "07123456789", "0712345679", "5720000008", "572000000", "1", "57"]
    )
    def test_nothing_that_is_only_like_theirs_is_theirs(self, customer: User, typed: str) -> None:
        give_number(customer)
        tell(receipt=CODE, account_number=typed)

        assert outcome(customer) == ("checking", None)

        claim, payment = claim_of(customer), PaybillPayment.objects.get()
        assert money(customer) == (0, 500)
        assert (claim.case, payment.proposed_user) == (SuspenseCase.objects.get(), customer)

    def test_a_customer_without_an_account_number_matches_no_empty_text(
        self, customer: User
    ) -> None:
        tell(receipt=CODE, account_number="")

        assert outcome(customer)[0] == "checking"

    def test_the_first_who_claims_stays_proposed(self, customer: User, other: User) -> None:
        tell(receipt=CODE)

        make(customer)
        make(other)

        assert PaybillPayment.objects.get().proposed_user == customer
        assert (
            list(Claim.objects.values_list("case_id", flat=True))
            == [SuspenseCase.objects.get().pk] * 2
        )

    def test_a_proposal_by_a_claim_is_no_proof(self, customer: User) -> None:
        tell(receipt=CODE)
        make(customer)

        assert look(claim_of(customer)) == "checking"
        assert money(customer) == (0, 500)

    @pytest.mark.parametrize("state", ["prompted", "failed", "credited by a query"])
    def test_a_payer_with_a_prompt_of_the_same_amount_may_have_paid_that(
        self, deposit: Transaction, state: str
    ) -> None:
        user = deposit.user
        if state == "failed":
            settle(deposit, success(result_code="1037", mpesa_receipt_number=None, amount=None))
        if state == "credited by a query":
            query(deposit)
        tell(receipt=CODE, payer_hash=hash_of(PHONE))
        before = money(user)

        assert outcome(user) == ("checking", None)
        assert money(user) == before

    def test_a_prompt_of_another_amount_or_with_its_receipt_is_not_that_payment(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, success(mpesa_receipt_number=OTHER_CODE))
        make_deposit(deposit.user, amount=70, checkout_request_id="ws_CO_2", token="2")
        tell(receipt=CODE, payer_hash=hash_of(PHONE))

        assert outcome(deposit.user)[0] == "credited"
        assert money(deposit.user) == (1000, 0)

    @pytest.mark.parametrize(
        "fields", [{"is_active": False}, {"kyc_status": "PENDING"}, {"is_staff": True},
                   {"is_superuser": True}]
    )  # fmt: skip
    def test_who_may_get_no_payment_gets_none(self, customer: User, fields: dict[str, Any]) -> None:
        tell(receipt=CODE, account_number="0712345678", phone=PHONE)
        User.objects.filter(pk=customer.pk).update(**fields)

        assert outcome(customer) == ("checking", None)
        assert money(customer) == (0, 500)

    def test_without_kyc_an_unverified_customer_gets_it(self, customer: User) -> None:
        tell(receipt=CODE, account_number="0712345678", phone=PHONE)
        User.objects.filter(pk=customer.pk).update(kyc_status="PENDING")

        assert outcome(customer, is_kyc_required=False)[0] == "credited"

    def test_a_customer_in_a_pause_gets_it_after_the_pause(self, customer: User) -> None:
        give_number(customer)
        risk.pause(user=customer, days=1, now=NOON)
        tell(receipt=CODE, account_number=OWN_NUMBER, number=OWN_NUMBER)
        make(customer)
        assert money(customer) == (0, 500)

        assert look(claim_of(customer), after(25 * 3600)) == "credited"
        assert money(customer) == (500, 0)

    def test_another_customer_whose_pause_is_over_gets_it_not(
        self, customer: User, other: User
    ) -> None:
        give_number(customer)
        User.objects.filter(pk=customer.pk).update(is_active=False)
        tell(receipt=CODE, number=OWN_NUMBER, payer_hash=hash_of(OTHER_PHONE))

        assert outcome(other) == ("checking", None)

    def test_an_amount_with_cents_is_for_an_operator(self, customer: User) -> None:
        give_number(customer)
        tell(receipt=CODE, account_number=OWN_NUMBER, number=OWN_NUMBER, amount="500.50")

        assert outcome(customer) == ("checking", None)
        assert claim_of(customer).case == SuspenseCase.objects.get()

    def test_the_account_number_of_another_customer_credits_that_one(
        self, customer: User, other: User
    ) -> None:
        give_number(other, OTHER_NUMBER)
        tell(receipt=CODE, number=OTHER_NUMBER, payer_hash=hash_of(PHONE))

        assert outcome(customer) == ("checking", None)
        assert outcome(other)[0] == "already_credited"


class TestClaimLook:
    def test_a_payment_that_comes_later_ends_the_claim(self, customer: User) -> None:
        give_number(customer)
        make(customer)
        tell(receipt=CODE, number=OWN_NUMBER)

        claim = claim_of(customer)
        assert look(claim) == "credited"
        assert (claim.status, claim.transaction, claim.ended_at) == (
            "CREDITED",
            Transaction.objects.get(),
            LATER,
        )

    def test_a_receipt_that_is_filled_in_later_ends_the_claim(self, deposit: Transaction) -> None:
        query(deposit)
        assert outcome(deposit.user) == ("checking", None)

        settle(deposit, success(mpesa_receipt_number=CODE))

        assert look(claim_of(deposit.user)) == "credited"
        assert money(deposit.user) == (500, 0)

    def test_an_operators_decision_for_the_customer_ends_the_claim(
        self, customer: User, operator: User
    ) -> None:
        tell(receipt=CODE)
        make(customer)
        case = SuspenseCase.objects.get()
        approve(case, customer, operator)
        assert resolve(case.pk, customer, operator)["outcome"] == "resolved"

        claim = claim_of(customer)
        assert look(claim) == "credited"
        assert (claim.case, claim.transaction) == (case, Transaction.objects.get())

    def test_an_operators_decision_of_an_odd_amount_names_no_deposit(
        self, customer: User, operator: User
    ) -> None:
        give_number(customer)
        tell(receipt=CODE, number=OWN_NUMBER, amount="500.50")
        make(customer)
        case = SuspenseCase.objects.get()
        approve(case, customer, operator)
        resolve(case.pk, customer, operator)

        claim = claim_of(customer)
        assert look(claim) == "credited"
        assert (claim.case, claim.transaction) == (case, None)

    def test_a_decision_for_somebody_else_leaves_it_to_operators(
        self, customer: User, other: User, operator: User
    ) -> None:
        tell(receipt=CODE)
        make(customer)
        case = SuspenseCase.objects.get()
        approve(case, other, operator)
        resolve(case.pk, other, operator)

        claim = claim_of(customer)
        assert look(claim) == "checking"
        assert (claim.status, claim.escalated_at, claim.case) == ("OPEN", LATER, case)
        assert (money(customer)[0], money(other)) == (0, (500, 0))

    def test_a_receipt_of_another_customer_is_handed_to_operators(
        self, deposit: Transaction, other: User
    ) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE))
        make(other)

        claim = claim_of(other)
        assert look(claim) == "checking"
        assert (claim.escalated_at, claim.status, claim.case) == (LATER, "OPEN", None)

    def test_ones_own_payment_in_suspense_is_handed_to_operators_with_its_case(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE, amount="300"))
        assert outcome(deposit.user) == ("checking", None)

        claim = claim_of(deposit.user)
        look(claim)
        assert (claim.case, claim.escalated_at) == (SuspenseCase.objects.get(), LATER)

    def test_an_unknown_receipt_is_handed_to_operators_at_the_end(self, customer: User) -> None:
        make(customer)
        claim = claim_of(customer)

        look(claim, after(3 * DAY_S - 1))
        assert claim.escalated_at is None
        look(claim, after(3 * DAY_S))
        assert (claim.status, claim.escalated_at) == ("OPEN", after(3 * DAY_S))
        look(claim, after(4 * DAY_S))
        assert claim.escalated_at == after(3 * DAY_S)

    def test_an_escalated_claim_is_still_credited(self, customer: User) -> None:
        give_number(customer)
        make(customer)
        claim = claim_of(customer)
        look(claim, after(3 * DAY_S))
        tell(receipt=CODE, number=OWN_NUMBER)

        assert look(claim, after(4 * DAY_S)) == "credited"

    @pytest.mark.parametrize(
        ("age_s", "wait_s"), [(0, 4), (80, 4), (1000, 50), (18_000, 900), (200_000, 900)]
    )
    def test_looks_become_rarer(self, customer: User, age_s: int, wait_s: int) -> None:
        make(customer)
        claim = claim_of(customer)

        look(claim, after(age_s))

        assert claim.next_look_at == after(age_s + wait_s)

    def test_a_clock_that_is_behind_ends_no_claim_before_it_began(
        self, deposit: Transaction
    ) -> None:
        make(deposit.user)
        settle(deposit, success(mpesa_receipt_number=CODE))

        claim = claim_of(deposit.user)
        look(claim, after(-60))
        assert claim.ended_at == NOON

    def test_a_claim_that_has_ended_is_left_alone(self, deposit: Transaction) -> None:
        settle(deposit, success(mpesa_receipt_number=CODE))
        make(deposit.user)
        before = Claim.objects.values().get()

        assert look(claim_of(deposit.user)) == "ended"
        assert Claim.objects.values().get() == before

    def test_an_unknown_claim_has_ended(self) -> None:
        looked = row_of("SELECT * FROM claim_look(0, true, true, %(now)s)", now=NOON)

        assert looked == {"outcome": "ended", "transaction_id": None, "is_new": False}
