"""A key that a caller forgot never reads as "no limit" or "final": the functions refuse or wait.

A positional parameter cannot be left out; a key of a jsonb parameter can, for one when a release
renames it.
"""

import json
from typing import Any

import pytest
from django.db import DatabaseError

from payments import conf
from payments.models import Transaction
from payments.services.reconciliation import describe_pace
from payments.tests.building import NOON, PHONE, make_customer, make_deposit
from tests.sql.calling import failure, row_of, settle, success, value_of

pytestmark = pytest.mark.django_db

PUSH = {"account_reference": "KP1", "business_short_code": "174379", "callback_token_hash": "h"}
RULES = (
    "phone_number_pattern",
    "prompt_open_s",
    "first_query_s",
    "is_kyc_required",
    "basic_tier",
    "full_tier",
    "prompt_guard",
)


def without(whole: dict[str, Any], key: str) -> str:
    assert key in whole
    return json.dumps({name: value for name, value in whole.items() if name != key})


def initiate(push: str, rules: str) -> dict[str, Any]:
    return row_of(
        "SELECT * FROM deposit_initiate(%(user_id)s, 500, %(push)s::jsonb, %(rules)s::jsonb,"
        " NULL, NULL, '{}', %(now)s)",
        user_id=make_customer().pk,
        push=push,
        rules=rules,
        now=NOON,
    )


class TestInitiating:
    @pytest.mark.parametrize("key", RULES)
    def test_a_rule_that_is_missing_opens_nothing(self, key: str) -> None:
        with pytest.raises(DatabaseError, match="a key of p_push or p_rules is missing"):
            initiate(json.dumps(PUSH), without(conf.deposit_rules().as_json(), key))

    @pytest.mark.parametrize("key", PUSH)
    def test_a_push_that_could_not_be_found_again_opens_nothing(self, key: str) -> None:
        with pytest.raises(DatabaseError, match="a key of p_push or p_rules is missing"):
            initiate(without(PUSH, key), json.dumps(conf.deposit_rules().as_json()))

    def test_these_are_all_the_rules_that_the_product_passes(self) -> None:
        assert set(conf.deposit_rules().as_json()) == set(RULES)

    @pytest.mark.parametrize("key", ["max_amount", "daily_limit"])
    def test_a_tier_without_a_limit_allows_nothing(self, key: str) -> None:
        rules = conf.deposit_rules().as_json()
        rules["full_tier"] = json.loads(without(rules["full_tier"], key))

        with pytest.raises(DatabaseError, match="a limit is missing"):
            initiate(json.dumps(PUSH), json.dumps(rules))


@pytest.mark.parametrize("key", conf.deposit_rules().prompt_guard or [])
def test_a_guard_of_prompts_without_one_of_its_numbers_is_refused(key: str) -> None:
    with pytest.raises(DatabaseError, match="a key of p_guard is missing"):
        value_of(
            "SELECT prompt_free_at(%(phone)s, 500, %(guard)s::jsonb, %(now)s)",
            phone=PHONE,
            guard=without(conf.deposit_rules().prompt_guard or {}, key),
            now=NOON,
        )


@pytest.mark.parametrize("key", ["interval_s", "first_s", "longest_s", "burst", "longest_rest_s"])
def test_workers_without_a_pace_claim_nothing(key: str) -> None:
    make_deposit()

    with pytest.raises(DatabaseError, match="a key of p_pace is missing"):
        value_of(
            "SELECT count(*) FROM deposit_claim_due(10, %(pace)s::jsonb, %(now)s)",
            pace=without(describe_pace(), key),
            now=NOON,
        )


class TestSettling:
    @pytest.mark.parametrize("key", ["is_final", "result_code", "mpesa_receipt_number", "amount"])
    def test_a_success_that_leaves_something_out_is_asked_about(
        self, deposit: Transaction, key: str
    ) -> None:
        assert settle(deposit, json.loads(without(success(), key))) == "hint"
        assert (deposit.status, deposit.next_query_at) == ("PENDING", NOON)

    @pytest.mark.parametrize("key", ["is_final", "result_code"])
    def test_a_missing_key_is_no_failure(self, deposit: Transaction, key: str) -> None:
        assert settle(deposit, json.loads(without(failure(), key))) == "hint"
        assert deposit.status == "PENDING"

    def test_nothing_at_all_is_no_failure(self, deposit: Transaction) -> None:
        assert settle(deposit, {}) == "hint"
        assert deposit.status == "PENDING"

    def test_a_failure_that_is_not_called_certain_keeps_its_next_query(
        self, deposit: Transaction
    ) -> None:
        assert settle(deposit, json.loads(without(failure(), "is_certain"))) == "applied"
        assert (deposit.status, deposit.next_query_at is not None) == ("FAILED", True)
