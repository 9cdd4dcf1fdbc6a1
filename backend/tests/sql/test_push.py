"""The functions of payments/sql/functions/push.sql."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from payments import conf
from payments.models import IdempotencyKey, Transaction
from payments.tests.breaking import run
from payments.tests.building import NOON, PHONE, broken_table, make_customer, make_deposit
from risk.assessment import Mode, Policy, assess
from risk.inputs import RuleInputs
from risk.models import Decision, Sighting
from risk.tests.building import HASTY
from tests.sql.calling import after, other_session, row_of, value_of
from users.models import User

pytestmark = pytest.mark.django_db

MINE, SOMEBODYS = UUID(int=1), UUID(int=2)
PUSH = {
    "account_reference": "KP23456789AB",
    "business_short_code": "174379",
    "callback_token_hash": "a" * 64,
}
CLAIM = {
    "key": "key",
    "fingerprint": "500",
    "claim": str(MINE),
    "patience_s": 60,
    "lifetime_s": 86_400,
}
ADDRESS, DEVICE = "a" * 64, "d" * 64
ACCEPTED = {"outcome": "accepted"}


def start(
    user: User,
    *,
    claim: dict[str, Any] | None = None,
    inputs: RuleInputs | None = None,
    **rules: Any,
) -> dict[str, Any]:
    """Start a push of KES 500 at NOON; `rules` replace those in force."""
    decision = assess(inputs or RuleInputs(amount=500), Policy(mode=Mode.ENFORCE)).as_json()
    return row_of(
        "SELECT * FROM push_start(%(user_id)s, 500, %(push)s::jsonb, %(rules)s::jsonb,"
        " %(claim)s::jsonb, %(decision)s::jsonb, %(now)s)",
        user_id=user.pk,
        push=json.dumps(PUSH),
        rules=json.dumps({**conf.deposit_rules().as_json(), **rules}),
        claim=claim and json.dumps(claim),
        decision=json.dumps(decision),
        now=NOON,
    )


def make_key(user: User, claim: UUID = MINE, **fields: Any) -> IdempotencyKey:
    """Store a key that is claimed."""
    return IdempotencyKey.objects.create(
        user=user,
        key="key",
        fingerprint="500",
        claim=claim,
        claimed_at=NOON,
        created_at=NOON,
        **fields,
    )


def answered(key: IdempotencyKey, answer: dict[str, Any] | None = ACCEPTED) -> str:
    """Return what stores an answer under a key that this request has claimed."""
    return json.dumps({"idempotency_id": key.pk, "claim": str(MINE), "answer": answer})


def source_of(user: User, **fields: Any) -> str:
    """Return from where a push came."""
    found = {"user_id": user.pk, "address_hash": ADDRESS, "device_hash": DEVICE, **fields}
    return json.dumps(found)


class TestPushStart:
    def test_a_deposit_is_opened_under_its_key(self, customer: User) -> None:
        started = start(customer, claim=CLAIM)

        stored, key = Transaction.objects.get(), IdempotencyKey.objects.get()
        assert started == {
            "outcome": "opened",
            "transaction_id": stored.pk,
            "phone_number": PHONE,
            "retry_after_s": None,
            "limit_amount": None,
            "idempotency_id": key.pk,
            "answer": None,
        }
        assert (stored.status, stored.amount) == ("PENDING", 500)
        assert (key.key, key.fingerprint, key.claim) == ("key", "500", MINE)
        assert (key.transaction_id, key.answer) == (stored.pk, None)

    def test_without_a_key_none_is_stored(self, customer: User) -> None:
        started = start(customer)

        assert (started["outcome"], started["idempotency_id"]) == ("opened", None)
        assert not IdempotencyKey.objects.exists()

    def test_a_key_that_was_claimed_before_is_given_the_deposit(self, customer: User) -> None:
        key = make_key(customer)

        started = start(customer, claim={"idempotency_id": key.pk, "claim": str(MINE)})

        key.refresh_from_db()
        assert (started["outcome"], started["idempotency_id"]) == ("opened", key.pk)
        assert key.transaction_id == started["transaction_id"]

    def test_a_key_that_was_claimed_again_opens_nothing_and_stays(self, customer: User) -> None:
        key = make_key(customer, SOMEBODYS)

        started = start(customer, claim={"idempotency_id": key.pk, "claim": str(MINE)})

        assert started["outcome"] == "claim_lost"
        assert not Transaction.objects.exists()
        assert IdempotencyKey.objects.get().claim == SOMEBODYS

    def test_a_stored_answer_is_given_again(self, deposit: Transaction) -> None:
        make_key(deposit.user, SOMEBODYS, transaction=deposit, answer=ACCEPTED)

        started = start(deposit.user, claim=CLAIM)

        assert (started["outcome"], started["transaction_id"]) == ("replay", deposit.pk)
        assert json.loads(started["answer"]) == ACCEPTED
        assert Transaction.objects.count() == 1

    def test_a_request_under_way_is_reported_with_its_wait(self, deposit: Transaction) -> None:
        make_key(deposit.user, SOMEBODYS, transaction=deposit)

        started = start(deposit.user, claim=CLAIM)

        assert (started["outcome"], started["retry_after_s"]) == ("in_progress", 60)
        assert started["transaction_id"] == deposit.pk

    def test_a_rejection_says_why_and_lets_its_key_go(self, customer: User) -> None:
        User.objects.update(kyc_status="PENDING")

        started = start(customer, claim=CLAIM, is_kyc_required=True)

        assert started["outcome"] == "kyc_required"
        assert not IdempotencyKey.objects.exists()

    def test_a_rejection_lets_go_of_a_key_claimed_before(self, deposit: Transaction) -> None:
        key = make_key(deposit.user)

        started = start(deposit.user, claim={"idempotency_id": key.pk, "claim": str(MINE)})

        assert (started["outcome"], started["transaction_id"]) == (
            "deposit_in_progress",
            deposit.pk,
        )
        assert started["retry_after_s"] == 180
        assert not IdempotencyKey.objects.exists()

    def test_a_limit_is_reported_with_its_amount(self, customer: User) -> None:
        started = start(customer, full_tier={"max_amount": 499, "daily_limit": 900})

        assert (started["outcome"], started["limit_amount"]) == ("invalid_amount", 499)

    def test_a_rejection_by_the_fraud_rules_is_stored_and_lets_the_key_go(
        self, customer: User
    ) -> None:
        assert start(customer, claim=CLAIM, inputs=HASTY)["outcome"] == "risk_review"

        assert Decision.objects.get().transaction is None
        assert not IdempotencyKey.objects.exists()

    def test_an_error_leaves_neither_key_nor_deposit(self, customer: User) -> None:
        with (
            broken_table("risk_decision", event="INSERT"),
            pytest.raises(DatabaseError, match="broken by a test"),
            db_transaction.atomic(),
        ):
            start(customer, claim=CLAIM)

        assert not Transaction.objects.exists()
        assert not IdempotencyKey.objects.exists()

    @pytest.mark.parametrize("key", CLAIM)
    def test_a_claim_that_leaves_something_out_opens_nothing(
        self, customer: User, key: str
    ) -> None:
        claim = {name: value for name, value in CLAIM.items() if name != key}

        with pytest.raises(DatabaseError, match="a key of p_claim is missing"):
            start(customer, claim=claim)


@pytest.mark.django_db(transaction=True)
def test_the_key_is_not_held_while_the_customer_is_waited_for() -> None:
    """The process that holds the customer may want the key next: deposit_initiate does."""
    user = make_customer()

    def start_alone() -> dict[str, Any]:
        try:
            return start(user, claim=CLAIM)
        finally:
            connection.close()

    with other_session() as other, ThreadPoolExecutor(1) as thread:
        other.execute("SELECT customer_lock(%s)", [user.pk])
        waiting = thread.submit(start_alone)
        while not run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not waiting.done()
        other.execute("SET LOCAL lock_timeout = 2000")
        other.execute(
            "SELECT FROM idempotency_claim(%s, 'key', '500', %s, 60, 86400, %s)",
            [user.pk, SOMEBODYS, NOON],
        )
        other.commit()

        assert waiting.result()["outcome"] == "in_progress"


class TestPushAccepted:
    def accept(self, deposit: Transaction, **fields: Any) -> bool:
        """Store that M-Pesa took the push, as ws_1."""
        ids = {"checkout_request_id": "ws_1", "merchant_request_id": "29115-1"}
        found = value_of(
            "SELECT push_accepted(%(id)s, %(ids)s::jsonb, %(claim)s::jsonb, %(source)s::jsonb,"
            " %(now)s)",
            id=deposit.pk,
            ids=json.dumps(ids),
            claim=fields.get("claim"),
            source=fields.get("source", source_of(deposit.user)),
            now=after(1),
        )
        deposit.refresh_from_db()
        return bool(found)

    @pytest.fixture
    def sent(self, customer: User) -> Transaction:
        """Store a deposit whose push is under way."""
        return make_deposit(customer, checkout_request_id=None)

    def test_ids_answer_and_source_are_stored(self, sent: Transaction) -> None:
        key = make_key(sent.user, transaction=sent)

        assert self.accept(sent, claim=answered(key))

        key.refresh_from_db()
        assert (sent.checkout_request_id, sent.merchant_request_id) == ("ws_1", "29115-1")
        assert (sent.status, sent.updated_at) == ("PENDING", after(1))
        assert key.answer == ACCEPTED
        assert set(Sighting.objects.values_list("user", "kind", "value_hash", "last_seen_at")) == {
            (sent.user_id, "address", ADDRESS, after(1)),
            (sent.user_id, "device", DEVICE, after(1)),
        }

    def test_the_same_ids_twice_are_stored_once(self, sent: Transaction) -> None:
        assert self.accept(sent)
        assert self.accept(sent)

    def test_ids_that_a_callback_brought_first_stay(self, sent: Transaction) -> None:
        Transaction.objects.update(checkout_request_id="ws_1", merchant_request_id="first")

        assert self.accept(sent)
        assert sent.merchant_request_id == "first"

    def test_another_id_than_the_callbacks_is_not_stored(self, sent: Transaction) -> None:
        Transaction.objects.update(checkout_request_id="ws_2")

        assert not self.accept(sent)
        assert sent.checkout_request_id == "ws_2"

    def test_the_id_of_another_deposit_is_refused(self, sent: Transaction) -> None:
        make_deposit(sent.user, checkout_request_id="ws_1", token="another")

        with pytest.raises(DatabaseError, match="checkout_request_id"), db_transaction.atomic():
            self.accept(sent)

    def test_a_source_that_cannot_be_stored_loses_nothing_else(self, sent: Transaction) -> None:
        key = make_key(sent.user, transaction=sent)

        with broken_table("risk_sighting"):
            assert self.accept(sent, claim=answered(key))

        key.refresh_from_db()
        assert (sent.checkout_request_id, key.answer) == ("ws_1", ACCEPTED)
        assert not Sighting.objects.exists()


class TestPushUnknown:
    def test_the_answer_and_the_source_are_stored_and_the_deposit_stays(
        self, deposit: Transaction
    ) -> None:
        key = make_key(deposit.user, transaction=deposit)
        before = Transaction.objects.values().get()

        value_of(
            "SELECT push_unknown(%(claim)s::jsonb, %(source)s::jsonb, %(now)s)",
            claim=answered(key, {"outcome": "unknown"}),
            source=source_of(deposit.user, device_hash=None),
            now=NOON,
        )

        key.refresh_from_db()
        assert key.answer == {"outcome": "unknown"}
        assert Sighting.objects.get().kind == "address"
        assert Transaction.objects.values().get() == before


class TestPushRefused:
    def refuse(self, deposit: Transaction, claim: str | None = None, text: str = "no") -> None:
        """Store that M-Pesa said no."""
        value_of(
            "SELECT push_refused(%(id)s, '1001', %(text)s, %(claim)s::jsonb, %(now)s)",
            id=deposit.pk,
            text=text,
            claim=claim,
            now=after(1),
        )
        deposit.refresh_from_db()

    def test_the_deposit_fails_and_the_answer_is_kept(self, deposit: Transaction) -> None:
        key = make_key(deposit.user, transaction=deposit)

        self.refuse(deposit, answered(key))

        key.refresh_from_db()
        assert (deposit.status, deposit.result_code, deposit.result_desc) == (
            "FAILED",
            "1001",
            "no",
        )
        assert (deposit.next_query_at, deposit.regular_query_at) == (None, None)
        assert (deposit.updated_at, key.answer) == (after(1), ACCEPTED)

    def test_an_answer_that_is_not_kept_lets_the_key_go(self, deposit: Transaction) -> None:
        key = make_key(deposit.user, transaction=deposit)

        self.refuse(deposit, answered(key, None))

        assert deposit.status == "FAILED"
        assert not IdempotencyKey.objects.exists()

    def test_a_long_reason_is_cut(self, deposit: Transaction) -> None:
        self.refuse(deposit, text="x" * 300)

        assert deposit.result_desc == "x" * 255

    @pytest.mark.parametrize("change", [{"status": "FAILED"}, {"review_reason": "suspense"}])
    def test_a_deposit_that_has_ended_or_is_under_review_stays_unchanged(
        self, deposit: Transaction, change: dict[str, Any]
    ) -> None:
        Transaction.objects.update(result_code="before", **change)

        self.refuse(deposit)

        assert deposit.result_code == "before"
