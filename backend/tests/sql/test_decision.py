"""The function of risk/sql/functions/decision.sql."""

import json
from typing import Any

import pytest
from django.db import IntegrityError

from payments.models import Transaction
from payments.tests.building import NOON, OTHER_PHONE, make_customer
from risk.assessment import Mode, Policy, assess
from risk.inputs import RuleInputs
from risk.models import Decision
from risk.tests.building import HASTY
from tests.sql.calling import value_of
from users.models import User

pytestmark = pytest.mark.django_db

QUIET = RuleInputs(amount=500)


def store(user: User, inputs: RuleInputs, mode: Mode = Mode.ENFORCE, **parameters: Any) -> None:
    """Store what the rules say about facts."""
    decision = assess(inputs, Policy(mode=mode)).as_json()
    value_of(
        "SELECT risk_decision_store(%(decision)s::jsonb, %(user_id)s, %(amount)s,"
        " %(transaction_id)s, %(now)s)",
        **{
            "decision": json.dumps(decision),
            "user_id": user.pk,
            "amount": inputs.amount,
            "transaction_id": None,
            "now": NOON,
            **parameters,
        },
    )


class TestRiskDecisionStore:
    def test_a_decision_is_stored_with_every_field_and_its_deposit(
        self, deposit: Transaction
    ) -> None:
        store(deposit.user, QUIET, transaction_id=deposit.pk)

        stored = Decision.objects.get()
        assert (stored.transaction, stored.user, stored.amount) == (deposit, deposit.user, 500)
        assert (stored.verdict, stored.applied, stored.mode) == ("allow", "allow", "enforce")
        assert (stored.facts, stored.findings) == (QUIET.as_json(), [])
        assert stored.decided_at == NOON

    def test_a_denial_is_stored_without_a_deposit(self, customer: User) -> None:
        store(customer, HASTY)

        stored = Decision.objects.get()
        assert (stored.transaction, stored.verdict, stored.applied) == (None, "review", "review")
        assert [finding["rule"] for finding in stored.findings] == ["velocity"]

    def test_a_deposit_that_shadow_let_pass_keeps_its_verdict(self, deposit: Transaction) -> None:
        store(deposit.user, HASTY, Mode.SHADOW, transaction_id=deposit.pk)

        stored = Decision.objects.get()
        assert (stored.verdict, stored.applied, stored.mode) == ("review", "allow", "shadow")

    def test_a_decision_about_another_customers_deposit_is_refused(
        self, deposit: Transaction
    ) -> None:
        with pytest.raises(IntegrityError, match="deposit of its own user and amount"):
            store(make_customer(OTHER_PHONE), QUIET, transaction_id=deposit.pk)

    def test_a_second_decision_about_one_deposit_is_refused(self, deposit: Transaction) -> None:
        store(deposit.user, QUIET, transaction_id=deposit.pk)

        with pytest.raises(IntegrityError, match="transaction_id"):
            store(deposit.user, QUIET, transaction_id=deposit.pk)
