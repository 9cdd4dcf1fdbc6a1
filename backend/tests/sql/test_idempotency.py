"""The functions of payments/sql/functions/idempotency.sql."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError

from payments.models import IdempotencyKey, Transaction
from payments.tests.breaking import run
from payments.tests.building import NOON, OTHER_PHONE, make_customer
from tests.sql.calling import after, row_of
from users.models import User

pytestmark = pytest.mark.django_db

FIRST, SECOND = UUID(int=1), UUID(int=2)
PATIENCE_S = 60
DAY_S = 86_400


def claim(
    user: User, *, by: UUID = FIRST, fingerprint: str = "500", now: datetime = NOON
) -> dict[str, Any]:
    """Claim the key."""
    return row_of(
        "SELECT * FROM idempotency_claim(%(user_id)s, 'key', %(fingerprint)s, %(claim)s,"
        " %(patience_s)s, %(lifetime_s)s, %(now)s)",
        user_id=user.pk,
        fingerprint=fingerprint,
        claim=by,
        patience_s=PATIENCE_S,
        lifetime_s=DAY_S,
        now=now,
    )


def change(**fields: Any) -> None:
    """Change the stored key."""
    IdempotencyKey.objects.update(**fields)


class TestIdempotencyClaim:
    def test_a_new_key_is_claimed(self, customer: User) -> None:
        claimed = claim(customer)

        stored = IdempotencyKey.objects.get()
        assert claimed == {
            "outcome": "claimed",
            "idempotency_id": stored.pk,
            "transaction_id": None,
            "answer": None,
            "retry_after_s": None,
        }
        assert (stored.user, stored.key, stored.fingerprint) == (customer, "key", "500")
        assert (stored.claim, stored.claimed_at, stored.created_at) == (FIRST, NOON, NOON)

    def test_the_same_key_of_another_customer_is_another_key(self, customer: User) -> None:
        claim(customer)

        assert claim(make_customer(OTHER_PHONE))["outcome"] == "claimed"

    def test_the_same_key_with_another_body_is_reused(self, customer: User) -> None:
        claim(customer)

        assert claim(customer, by=SECOND, fingerprint="501")["outcome"] == "reused"
        assert IdempotencyKey.objects.get().claim == FIRST

    def test_a_stored_answer_is_given_again(self, deposit: Transaction) -> None:
        claim(deposit.user)
        change(answer={"outcome": "accepted"}, transaction=deposit)

        replay = claim(deposit.user, by=SECOND, now=after(3600))

        assert (replay["outcome"], replay["transaction_id"]) == ("replay", deposit.pk)
        assert json.loads(replay["answer"]) == {"outcome": "accepted"}

    @pytest.mark.parametrize(("later_s", "wait_s"), [(0, 60), (10.5, 50), (59.9, 1)])
    def test_a_claim_without_an_answer_is_in_progress(
        self, deposit: Transaction, later_s: float, wait_s: int
    ) -> None:
        claim(deposit.user)
        change(transaction=deposit)

        again = claim(deposit.user, by=SECOND, now=after(later_s))

        assert (again["outcome"], again["retry_after_s"]) == ("in_progress", wait_s)
        assert again["transaction_id"] == deposit.pk

    def test_a_claim_that_died_with_a_deposit_is_abandoned(self, deposit: Transaction) -> None:
        claim(deposit.user)
        change(transaction=deposit)

        again = claim(deposit.user, by=SECOND, now=after(PATIENCE_S))

        assert (again["outcome"], again["transaction_id"]) == ("abandoned", deposit.pk)
        assert (again["answer"], IdempotencyKey.objects.get().claim) == (None, FIRST)

    def test_a_claim_that_died_before_any_deposit_is_taken_over(self, customer: User) -> None:
        first = claim(customer)

        again = claim(customer, by=SECOND, now=after(PATIENCE_S))

        stored = IdempotencyKey.objects.get()
        assert (again["outcome"], again["idempotency_id"]) == ("claimed", first["idempotency_id"])
        assert (stored.claim, stored.claimed_at) == (SECOND, after(PATIENCE_S))

    def test_an_expired_key_starts_again(self, deposit: Transaction) -> None:
        first = claim(deposit.user)
        change(answer={"outcome": "accepted"}, transaction=deposit)

        again = claim(deposit.user, by=SECOND, fingerprint="501", now=after(DAY_S))

        assert (again["outcome"], again["transaction_id"]) == ("claimed", None)
        assert again["idempotency_id"] != first["idempotency_id"]

    def test_a_key_lives_until_its_last_moment(self, customer: User) -> None:
        claim(customer)
        change(answer={"outcome": "accepted"})

        assert claim(customer, by=SECOND, now=after(DAY_S - 0.1))["outcome"] == "replay"

    def test_a_key_that_is_released_between_the_two_looks_is_in_progress(
        self, customer: User
    ) -> None:
        # As a concurrent release looks to this function: the insert does nothing, no row is there.
        run(
            "CREATE FUNCTION tests_swallow() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$"
        )
        run(
            "CREATE TRIGGER tests_swallow BEFORE INSERT ON payments_idempotencykey"
            " FOR EACH ROW EXECUTE FUNCTION tests_swallow()"
        )

        released = claim(customer)

        assert (released["outcome"], released["retry_after_s"]) == ("in_progress", 1)
        assert released["idempotency_id"] is None


class TestIdempotencyAnswer:
    def answer(self, user: User, claimed_by: UUID = FIRST, **change: Any) -> None:
        """Answer the key that `claimed_by` has claimed, as FIRST."""
        key = claim(user, by=claimed_by)["idempotency_id"]
        told = {"idempotency_id": key, "claim": str(FIRST), "answer": {"outcome": "accepted"}}
        self.tell({**told, **change})

    def tell(self, told: dict[str, Any] | None) -> None:
        """Tell an answer."""
        row_of("SELECT idempotency_answer(%(told)s::jsonb)", told=told and json.dumps(told))

    def test_an_answer_is_kept(self, customer: User) -> None:
        self.answer(customer)

        assert IdempotencyKey.objects.get().answer == {"outcome": "accepted"}

    def test_no_answer_lets_the_key_go(self, customer: User) -> None:
        self.answer(customer, answer=None)

        assert not IdempotencyKey.objects.exists()

    @pytest.mark.parametrize("answer", [None, {"outcome": "accepted"}])
    def test_a_key_that_was_claimed_again_is_another_requests(
        self, customer: User, answer: dict[str, Any] | None
    ) -> None:
        self.answer(customer, SECOND, answer=answer)

        assert IdempotencyKey.objects.get().answer is None

    def test_without_a_key_nothing_happens(self, customer: User) -> None:
        claim(customer)

        self.tell(None)

        assert IdempotencyKey.objects.get().answer is None

    @pytest.mark.parametrize("missing", ["idempotency_id", "claim", "answer"])
    def test_an_answer_that_is_forgotten_never_lets_a_key_go(
        self, customer: User, missing: str
    ) -> None:
        told = {"idempotency_id": 1, "claim": str(FIRST), "answer": None}
        del told[missing]

        with pytest.raises(DatabaseError, match="a key of p_claim is missing"):
            self.tell(told)
