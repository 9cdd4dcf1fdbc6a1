"""One Idempotency-Key, one prompt: what is replayed, what starts afresh, what never repeats."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection

from common.errors import DomainError
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    PushRequest,
    RejectionReason,
)
from payments.models import IdempotencyKey, Transaction
from payments.services import PushOutcome, housekeeping, idempotency, initiate_deposit
from payments.tests.building import NOON, OTHER_PHONE, broken_table, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from risk.models import OwnLimits
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
_STORED = [
    (None, "accepted"),
    (OutcomeUnknown("timeout"), "unknown"),
    (GatewayRejected("busy", reason=RejectionReason.SUBSCRIBER_BUSY), "subscriber_busy"),
    (GatewayRejected("keys", reason=RejectionReason.AUTHENTICATION), "mpesa_authentication_failed"),
    (GatewayRejected("no"), "mpesa_rejected"),
]
_NOT_STORED = [
    GatewayRejected("busy", reason=RejectionReason.BUSY),
    GatewayUnreachable("no connection"),
]


def start(user: User, *, amount: int = 500, key: str = KEY, now: datetime = NOON) -> PushOutcome:
    """Start a deposit under a key."""
    return initiate_deposit(user=user, amount=amount, idempotency_key=key, now=now)


def error_of(user: User, **arguments: Any) -> DomainError:
    """Return how a request was refused before M-Pesa was called."""
    with pytest.raises(DomainError) as error:
        start(user, **arguments)
    return error.value


def _set_kyc_status(user: User, status: str) -> None:
    """Decide about the customer, as the row that the push reads again has it."""
    User.objects.filter(pk=user.pk).update(kyc_status=status)


def after(seconds: float) -> datetime:
    """Return a moment after the first request."""
    return NOON + timedelta(seconds=seconds)


class TestReplay:
    @pytest.mark.parametrize(("error", "name"), _STORED, ids=[name for _, name in _STORED])
    def test_the_same_request_gets_the_same_answer_and_no_second_prompt(
        self, gateway: ScriptedGateway, customer: User, error: Exception | None, name: str
    ) -> None:
        gateway.on_push = failing(error) if error else gateway.accept
        first = start(customer)

        again = start(customer, now=after(86_399))

        assert len(gateway.pushes) == 1
        assert (first.is_replay, again.is_replay) == (False, True)
        assert (again.transaction_id, again.checkout_request_id) == (
            first.transaction_id,
            first.checkout_request_id,
        )
        assert _described(again.error) == _described(first.error)

    def test_the_answer_is_the_first_one_whatever_became_of_the_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        first = start(customer)
        Transaction.objects.update(status="FAILED")

        assert start(customer).checkout_request_id == first.checkout_request_id

    def test_another_body_is_refused(self, gateway: ScriptedGateway, customer: User) -> None:
        start(customer)

        assert error_of(customer, amount=501).code == "idempotency_key_reused"

    def test_a_replay_comes_before_every_rule_about_the_account(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        start(customer)
        customer.is_active = False

        assert start(customer).is_replay

    def test_the_same_key_of_two_customers_is_two_keys(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        first = start(customer)

        second = start(make_customer(OTHER_PHONE), amount=9)

        assert second.transaction_id != first.transaction_id
        assert not second.is_replay

    def test_after_a_day_the_key_starts_afresh(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        first = start(customer)

        second = start(customer, now=after(86_400))

        assert second.transaction_id != first.transaction_id
        assert IdempotencyKey.objects.count() == 1


class TestStartingAfresh:
    @pytest.mark.parametrize("error", _NOT_STORED)
    def test_a_push_that_was_never_sent_may_be_sent_under_the_same_key(
        self, gateway: ScriptedGateway, customer: User, error: Exception
    ) -> None:
        gateway.on_push = failing(error)
        first = start(customer)
        gateway.on_push = gateway.accept

        second = start(customer, now=after(1))

        assert first.error is not None
        assert second.checkout_request_id is not None
        assert not second.is_replay

    def test_an_error_before_the_push_is_not_stored(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        _set_kyc_status(customer, "PENDING")
        error_of(customer)
        _set_kyc_status(customer, "VERIFIED")

        assert start(customer).checkout_request_id is not None

    def test_an_open_prompt_is_not_stored_under_the_key(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        start(customer, key="another")
        assert error_of(customer).code == "deposit_in_progress"

        assert start(customer, now=after(180)).checkout_request_id is not None

    def test_a_gateway_that_is_not_configured_leaves_no_claim(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.PAYMENTS_GATEWAY = {"CLASS": "payments.gateway.Nothing", "OPTIONS": {}}
        with pytest.raises(ImportError):
            start(customer)

        assert not IdempotencyKey.objects.exists()


class TestUnderWay:
    def test_a_second_request_meanwhile_has_to_wait(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        raised: list[DomainError] = []

        def repeat(request: PushRequest) -> PushAccepted:
            raised.append(error_of(customer, now=after(10)))
            return gateway.accept(request)

        gateway.on_push = repeat

        outcome = start(customer)

        assert [error.code for error in raised] == ["idempotency_in_progress"]
        assert raised[0].transaction_id == outcome.transaction_id
        assert raised[0].retry_after_s == 30
        assert len(gateway.pushes) == 1

    def test_another_body_meanwhile_is_refused_as_reused(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        codes: list[str] = []

        def repeat(request: PushRequest) -> PushAccepted:
            codes.append(error_of(customer, amount=9).code)
            return gateway.accept(request)

        gateway.on_push = repeat

        start(customer)

        assert codes == ["idempotency_key_reused"]


class TestAfterADeath:
    @pytest.fixture
    def dead(self, gateway: ScriptedGateway, customer: User) -> PushOutcome:
        """Leave a deposit behind whose process died between push and answer."""
        outcome = start(customer)
        IdempotencyKey.objects.update(answer=None)
        return outcome

    def test_a_dead_request_counts_as_under_way_for_twice_the_timeout(
        self, gateway: ScriptedGateway, customer: User, dead: PushOutcome
    ) -> None:
        error = error_of(customer, now=after(39.5))

        assert (error.code, error.retry_after_s) == ("idempotency_in_progress", 1)
        assert error.transaction_id == dead.transaction_id

    def test_after_the_claim_the_pending_deposit_is_the_answer(
        self, gateway: ScriptedGateway, customer: User, dead: PushOutcome
    ) -> None:
        again = start(customer, now=after(40))

        assert (again.transaction_id, again.is_replay) == (dead.transaction_id, True)
        assert (again.checkout_request_id, again.error) == (None, None)
        assert len(gateway.pushes) == 1

    def test_the_configured_timeout_counts(
        self, gateway: ScriptedGateway, customer: User, dead: PushOutcome, settings: Any
    ) -> None:
        settings.MPESA_TIMEOUT_SECONDS = 5

        assert start(customer, now=after(10)).is_replay

    def test_a_rejection_that_cannot_free_its_key_claims_none(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        with broken_table("payments_idempotencykey", event="DELETE"):
            _set_kyc_status(customer, "PENDING")
            with pytest.raises(Exception, match="broken by a test"):
                start(customer)
        _set_kyc_status(customer, "VERIFIED")

        assert not IdempotencyKey.objects.exists()
        assert start(customer).checkout_request_id is not None

    def test_an_answer_that_could_not_be_stored_counts_as_a_death(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(OutcomeUnknown("timeout"))
        with broken_table("payments_idempotencykey", event="UPDATE OF answer"):
            first = start(customer)

        assert first.checkout_request_id is None
        assert error_of(customer, now=after(39)).code == "idempotency_in_progress"
        assert start(customer, now=after(40)).transaction_id == first.transaction_id


class TestWhileAProviderIsAsked:
    """Then the key is claimed before, and alone."""

    @pytest.fixture(autouse=True)
    def asked(self, settings: Any) -> Iterator[list[Callable[[], None]]]:
        """Let the test do something while the provider is asked."""
        settings.SIM_SWAP_PROVIDER = "payments.tests.services.test_idempotency.Provider"
        Provider.meanwhile = []
        yield Provider.meanwhile
        Provider.meanwhile = []

    def test_a_repetition_asks_no_sim_swap_provider(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        first = start(customer)
        Provider.meanwhile.append(lambda: pytest.fail("asked again"))

        again = start(customer)

        assert (again.is_replay, again.transaction_id) == (True, first.transaction_id)

    def test_a_second_request_meanwhile_has_to_wait(
        self, gateway: ScriptedGateway, customer: User, asked: list[Callable[[], None]]
    ) -> None:
        raised: list[DomainError] = []
        asked.append(lambda: raised.append(error_of(customer)))

        outcome = start(customer)

        assert outcome.checkout_request_id is not None
        assert [error.code for error in raised] == ["idempotency_in_progress"]

    def test_a_rejection_lets_the_key_go(self, gateway: ScriptedGateway, customer: User) -> None:
        OwnLimits.objects.create(user=customer, daily_cap=1)

        assert error_of(customer).code == "limit_exceeded"
        assert not IdempotencyKey.objects.exists()

    def test_a_defect_lets_the_key_go(self, gateway: ScriptedGateway, customer: User) -> None:
        with (
            broken_table("payments_transaction", event="INSERT"),
            pytest.raises(Exception, match="broken by a test"),
        ):
            start(customer)

        assert not IdempotencyKey.objects.exists()

    def test_a_process_that_died_then_leaves_a_key_to_start_again(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        claim = idempotency.new_claim(KEY, {"amount": 500})
        assert claim is not None
        idempotency.claim_key(claim, user_id=customer.pk, now=NOON)
        assert error_of(customer, now=after(39)).code == "idempotency_in_progress"

        outcome = start(customer, now=after(40))

        assert outcome.checkout_request_id is not None
        assert not outcome.is_replay

    def test_a_claim_that_was_lost_never_pushes(
        self, gateway: ScriptedGateway, customer: User, asked: list[Callable[[], None]]
    ) -> None:
        # The process stalled so long that another one claimed its key again.
        asked.append(lambda: _claim_again("00000000-0000-4000-8000-000000000000"))

        error = error_of(customer)

        assert error.code == "idempotency_in_progress"
        assert not Transaction.objects.exists()
        assert IdempotencyKey.objects.count() == 1


class Provider:
    """Knows of no swap; whatever a test wants done happens first, once."""

    meanwhile: ClassVar[list[Callable[[], None]]] = []

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Do it, in the thread of the question."""
        while self.meanwhile:
            self.meanwhile.pop()()
        connection.close()
        return None


def _claim_again(claim: str) -> None:
    IdempotencyKey.objects.update(claim=claim)


def test_old_keys_are_purged(gateway: ScriptedGateway, customer: User) -> None:
    start(customer)

    assert housekeeping.purge_idempotency_keys(now=after(86_399)) == 0
    assert housekeeping.purge_idempotency_keys(now=after(86_400)) == 1
    assert Transaction.objects.count() == 1


def _described(error: DomainError | None) -> tuple[Any, ...] | None:
    if error is None:
        return None
    return (
        error.code,
        error.error,
        error.customer_message,
        error.transaction_id,
        error.retry_after_s,
    )
