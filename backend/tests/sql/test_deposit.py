"""The function of payments/sql/functions/deposit.sql."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.db import transaction as db_transaction

from payments import conf
from payments.models import IdempotencyKey, Transaction
from payments.services.callbacks import hash_callback_token
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    broken_table,
    make_customer,
    make_deposit,
)
from risk.assessment import Mode, Policy, assess
from risk.inputs import RuleInputs
from risk.models import Decision, OwnLimits
from risk.tests.building import HASTY
from tests.sql.calling import after, row_of
from users.models import User

pytestmark = pytest.mark.django_db

MINE, SOMEBODYS = UUID(int=1), UUID(int=2)
MIDNIGHT = datetime.fromisoformat("2026-11-20T21:00:00Z")
#: A whole answer, before what differs.
REFUSED = {"transaction_id": None, "phone_number": PHONE, "retry_after_s": None}
PUSH = {
    "account_reference": "KP23456789AB",
    "business_short_code": "174379",
    "callback_token_hash": hash_callback_token("a token"),
}
DENIED = {
    **assess(HASTY, Policy(mode=Mode.ENFORCE)).as_json(),
    "verdict": "deny",
    "applied": "deny",
}


def initiate(
    user: User,
    amount: int = 500,
    *,
    key: IdempotencyKey | None = None,
    inputs: RuleInputs | None = None,
    decision: dict[str, Any] | None = None,
    **rules: Any,
) -> dict[str, Any]:
    """Initiate a deposit at NOON; `rules` replace those in force."""
    judged = assess(inputs or RuleInputs(amount=amount), Policy(mode=Mode.ENFORCE)).as_json()
    return row_of(
        "SELECT * FROM deposit_initiate(%(user_id)s, %(amount)s, %(push)s::jsonb, %(rules)s::jsonb,"
        " %(key_id)s::bigint, %(claim)s, %(decision)s::jsonb, %(now)s)",
        user_id=user.pk,
        amount=amount,
        push=json.dumps(PUSH),
        rules=json.dumps({**conf.deposit_rules().as_json(), **rules}),
        key_id=key and key.pk,
        claim=MINE,
        decision=json.dumps(decision or judged),
        now=NOON,
    )


def row(outcome: str, **said: Any) -> dict[str, Any]:
    """Return a whole answer."""
    return {**REFUSED, "outcome": outcome, "limit_amount": None, **said}


def claim_key(user: User, claim: UUID = MINE) -> IdempotencyKey:
    """Store a key that is claimed."""
    return IdempotencyKey.objects.create(
        user=user, key="key", fingerprint="500", claim=claim, claimed_at=NOON, created_at=NOON
    )


class TestDepositInitiate:
    def test_a_deposit_is_opened(self, customer: User) -> None:
        initiated = initiate(customer, prompt_open_s=120, first_query_s=45)

        stored = Transaction.objects.get()
        assert initiated == row("opened", transaction_id=stored.pk)
        assert (stored.user, stored.amount, stored.phone_number) == (customer, 500, PHONE)
        assert (stored.type, stored.status) == ("DEPOSIT", "PENDING")
        assert stored.description == "M-Pesa deposit of KSH 500"
        assert {name: getattr(stored, name) for name in PUSH} == PUSH
        assert (stored.created_at, stored.updated_at) == (NOON, NOON)
        assert (stored.prompt_expires_at, stored.next_query_at) == (after(120), after(45))

    def test_the_decision_is_stored_beside_the_deposit(self, customer: User) -> None:
        initiated = initiate(customer)

        stored = Decision.objects.get()
        assert (stored.transaction_id, stored.applied) == (initiated["transaction_id"], "allow")

    def test_the_key_is_given_its_deposit(self, customer: User) -> None:
        key = claim_key(customer)

        initiated = initiate(customer, key=key)

        key.refresh_from_db()
        assert key.transaction_id == initiated["transaction_id"]

    def test_a_key_that_was_claimed_again_opens_nothing(self, customer: User) -> None:
        lost = initiate(customer, key=claim_key(customer, SOMEBODYS))

        assert lost == row("claim_lost")
        assert not Transaction.objects.exists()

    def test_an_account_that_was_switched_off_opens_nothing(self, customer: User) -> None:
        User.objects.update(is_active=False)

        assert initiate(customer) == row("account_blocked")
        assert not Transaction.objects.exists()

    def test_an_unverified_customer_is_refused_where_verification_is_required(
        self, customer: User
    ) -> None:
        User.objects.update(kyc_status="PENDING")

        assert initiate(customer, is_kyc_required=True) == row("kyc_required")
        assert initiate(customer, is_kyc_required=False)["outcome"] == "opened"

    def test_a_paused_customer_gets_the_seconds_to_wait(self, customer: User) -> None:
        OwnLimits.objects.create(user=customer, paused_until=after(90), blocked_at=NOON)

        assert initiate(customer) == row("self_excluded", retry_after_s=90)

    def test_a_number_that_cannot_be_prompted_is_refused(self) -> None:
        user = make_customer("0800")

        assert initiate(user) == row("invalid_phone_number", phone_number="0800")

    def test_the_reasons_that_hold_longest_answer_first(self) -> None:
        user = make_customer("0800", is_active=False, kyc_status="PENDING")
        OwnLimits.objects.create(user=user, paused_until=after(90), blocked_at=NOON)

        found = []
        for change in ({"is_active": True}, {"kyc_status": "VERIFIED"}):
            found.append(initiate(user)["outcome"])
            User.objects.update(**change)
        found.append(initiate(user)["outcome"])

        assert found == ["account_blocked", "kyc_required", "self_excluded"]

    def test_an_open_prompt_is_reported_with_its_deposit(self, deposit: Transaction) -> None:
        found = initiate(deposit.user)

        assert found == row("deposit_in_progress", transaction_id=deposit.pk, retry_after_s=180)
        assert Transaction.objects.count() == 1

    def test_another_customers_prompt_on_the_same_number_is_reported_without_its_deposit(
        self, deposit: Transaction
    ) -> None:
        User.objects.update(phone_number=OTHER_PHONE)
        heir = make_customer(PHONE)

        assert initiate(heir) == row("deposit_in_progress", retry_after_s=180)

    def test_of_several_open_prompts_the_last_one_counts(self, deposit: Transaction) -> None:
        last = make_deposit(
            deposit.user, checkout_request_id="ws_2", token="2", prompt_expires_at=after(200)
        )

        found = initiate(deposit.user)

        assert (found["transaction_id"], found["retry_after_s"]) == (last.pk, 200)

    @pytest.mark.parametrize("change", [{"prompt_expires_at": NOON}, {"status": "FAILED"}])
    def test_a_prompt_that_has_ended_blocks_no_deposit(
        self, deposit: Transaction, change: dict[str, Any]
    ) -> None:
        Transaction.objects.update(**change)

        assert initiate(deposit.user)["outcome"] == "opened"

    def test_more_than_the_tier_allows_at_once_is_an_invalid_amount(self, customer: User) -> None:
        most = conf.deposit_rules().full.max_amount

        found = initiate(customer, most + 1)

        assert found == row("invalid_amount", limit_amount=most)

    def test_the_basic_tier_has_limits_of_its_own(self, customer: User) -> None:
        User.objects.update(tier="basic")
        limits = {"max_amount": 700, "daily_limit": 900}

        found = initiate(customer, 701, basic_tier=limits, is_kyc_required=True)

        assert found == row("invalid_amount", limit_amount=700)

    def test_without_verification_every_customer_has_the_full_tier(self, customer: User) -> None:
        User.objects.update(tier="basic")
        limits = {"max_amount": 700, "daily_limit": 900}

        found = initiate(customer, 701, basic_tier=limits, is_kyc_required=False)

        assert found["outcome"] == "opened"

    def test_a_used_up_day_has_a_wait_until_midnight(self, deposit: Transaction) -> None:
        Transaction.objects.update(prompt_expires_at=NOON)
        limits = {"max_amount": 700, "daily_limit": 900}

        found = initiate(deposit.user, full_tier=limits)

        wait_s = int((MIDNIGHT - NOON).total_seconds())
        assert found == row("daily_limit", limit_amount=900, retry_after_s=wait_s)

    @pytest.mark.parametrize(
        ("caps", "outcome"),
        [({"daily_cap": 499}, "own_daily_limit"), ({"weekly_cap": 499}, "own_weekly_limit")],
    )
    def test_the_customers_own_limits_refuse(
        self, customer: User, caps: dict[str, int], outcome: str
    ) -> None:
        OwnLimits.objects.create(user=customer, **caps)

        found = initiate(customer)

        assert (found["outcome"], found["limit_amount"]) == (outcome, 499)

    def test_a_phone_that_has_to_wait_is_rate_limited(self, customer: User) -> None:
        make_deposit(customer, status="FAILED", result_code="1001", next_query_at=None)

        assert initiate(customer) == row("rate_limited", retry_after_s=60)

    def test_without_a_prompt_guard_no_phone_has_to_wait(self, customer: User) -> None:
        make_deposit(customer, status="FAILED", result_code="1001", next_query_at=None)

        assert initiate(customer, prompt_guard=None)["outcome"] == "opened"

    def test_a_review_refuses_and_stores_the_decision(self, customer: User) -> None:
        assert initiate(customer, inputs=HASTY) == row("risk_review")

        stored = Decision.objects.get()
        assert (stored.user, stored.amount, stored.transaction) == (customer, 500, None)
        assert not Transaction.objects.exists()

    def test_a_denial_refuses_and_stores_the_decision(self, customer: User) -> None:
        assert initiate(customer, decision=DENIED) == row("risk_denied")

        assert Decision.objects.get().applied == "deny"
        assert not Transaction.objects.exists()

    def test_an_error_of_another_rule_stores_no_decision(self, customer: User) -> None:
        User.objects.update(is_active=False)

        initiate(customer, inputs=HASTY)

        assert not Decision.objects.exists()

    def test_without_its_decision_no_deposit_is_opened(self, customer: User) -> None:
        with (
            broken_table("risk_decision", event="INSERT"),
            pytest.raises(DatabaseError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            initiate(customer)

        assert not Transaction.objects.exists()

    def test_a_customer_who_does_not_exist_is_an_error(self) -> None:
        with pytest.raises(DatabaseError, match="query returned no rows"):
            initiate(User(pk=999_999))
