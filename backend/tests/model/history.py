"""One history's world: two customers, M-Pesa, the clock, and what must be true at every moment."""

import itertools
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from hypothesis.stateful import RuleBasedStateMachine, invariant

from common import clock
from common.errors import DomainError
from payments import conf, services
from payments.models import CallbackEvent, Transaction
from payments.services.housekeeping import replay_open_callbacks
from tests.model import books, breakage
from tests.model.callbacks import Claim, build_body, contradicts
from tests.model.mpesa import ModelMpesa, Payment, Prompt, Query
from users.models import User
from wallet.audit import seal_ledger

_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_FORGET_EARLIER_HISTORIES = """
UPDATE payments_transaction SET next_query_at = NULL, regular_query_at = NULL
 WHERE next_query_at IS NOT NULL;
UPDATE payments_callbackevent SET verdict = 'malformed' WHERE verdict = 'received';
UPDATE payments_querypace SET next_slot_at = NULL, paused_until = NULL, failures_in_a_row = 0;
"""
_numbers = itertools.count(1)


def _customer() -> User:
    return User.objects.create(
        phone_number=f"2541{next(_numbers):08d}", kyc_status=User.KycStatus.VERIFIED
    )


def expect(error: DomainError, *codes: str) -> None:
    """Let only these errors pass."""
    assert error.code in codes


class History(RuleBasedStateMachine):
    """One history of two customers."""

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(_START, tick=False)
        self.travel = self.time.start()
        breakage.set_broken(None)
        with connection.cursor() as cursor:
            cursor.execute(_FORGET_EARLIER_HISTORIES)
        gateway = conf.get_gateway()
        assert isinstance(gateway, ModelMpesa)
        self.mpesa = gateway
        self.mpesa.restart(self._send_truth)
        self.users = [_customer(), _customer()]
        self.user_ids = [user.pk for user in self.users]
        self.prompt_under_key: dict[tuple[int, str], int] = {}
        self.ends: dict[int, str] = {}

    def _send_truth(self, prompt: Prompt) -> None:
        self.send(Claim.TRUTH, prompt, 0)

    def tell(self, prompt: Prompt, *, claim: Claim, nth: int) -> None:
        """Let M-Pesa report about a prompt, if it can say that now."""
        needs_end = claim in {Claim.TRUTH, Claim.NO_AMOUNT, Claim.NO_RECEIPT, Claim.OTHER_CHECKOUT}
        if prompt.is_callback_lost or (needs_end and prompt.is_open):
            return
        prompt.is_contradicted |= contradicts(claim, prompt)
        self.send(claim, prompt, nth)

    def send(self, claim: Claim, prompt: Prompt, nth: int) -> None:
        """Let a callback arrive at the prompt's own address."""
        payment = prompt.payments[nth % len(prompt.payments)] if prompt.payments else None
        about = self._used_payment(prompt) if claim is Claim.USED_RECEIPT else payment
        if claim is Claim.USED_RECEIPT and about is None:
            return
        try:
            self.record(prompt.token, build_body(claim, prompt, about))
        except DomainError as error:
            expect(error, "malformed_callback")
            return
        if payment is not None and claim in {Claim.TRUTH, Claim.OTHER_CHECKOUT}:
            prompt.told.add(payment.receipt)

    def _used_payment(self, prompt: Prompt) -> Payment | None:
        """Return a payment of another deposit whose receipt is booked already."""
        for deposit in books.read_deposits(self.user_ids):
            is_own = deposit.account_reference == prompt.request.account_reference
            if deposit.receipt is not None and not is_own:
                return Payment(deposit.receipt, prompt.request.amount)
        return None

    @staticmethod
    def record(token: str | None, body: bytes) -> None:
        """Let a callback arrive."""
        services.record_callback(
            token=token, body=body, headers={}, source_address=None, now=clock.now()
        )

    def go_round(self, seconds: int, manner: Query) -> None:
        """Let the worker's tasks run once, after a while."""
        self.travel.shift(timedelta(seconds=seconds))
        self.mpesa.queries = manner
        services.reconcile_due_deposits(now=clock.now())
        breakage.set_broken(None)
        replay_open_callbacks(now=clock.now())
        seal_ledger(now=clock.now())

    # --- What must be true ----------------------------------------------------------------------

    def _prompts_by_reference(self) -> dict[str, Prompt]:
        return {prompt.request.account_reference: prompt for prompt in self.mpesa.prompts}

    @invariant()
    def nothing_is_minted(self) -> None:
        """Every booking has its payment, every wallet its bookings; no end is taken back."""
        deposits = books.read_deposits(self.user_ids)
        books.assert_nothing_minted(deposits, self._prompts_by_reference(), self.user_ids)
        for deposit in deposits:
            before = self.ends.get(deposit.id, Transaction.Status.PENDING)
            assert before in {deposit.status, "PENDING", "FAILED"}
            assert (before, deposit.status) != ("FAILED", "PENDING")
            self.ends[deposit.id] = deposit.status

    def teardown(self) -> None:
        """Deliver what is deliverable, let the worker finish, and hold all against the truth."""
        try:
            self._settle()
            self.nothing_is_minted()
            prompts = self._prompts_by_reference()
            for deposit in books.read_deposits(self.user_ids):
                books.assert_settled(deposit, prompts.get(deposit.account_reference))
        finally:
            self.time.stop()

    def _settle(self) -> None:
        breakage.set_broken(None)
        for prompt in self.mpesa.prompts:
            for nth, payment in enumerate(prompt.payments):
                if payment.receipt not in prompt.told and not prompt.is_callback_lost:
                    self.send(Claim.TRUTH, prompt, nth)
        for seconds in (310, 1000, 1000, 1000, 1000, 90_000):
            self.go_round(seconds, Query.TRUTH)
            while self._ask_the_rest():
                pass
        assert not CallbackEvent.objects.filter(verdict="received").exists()
        assert not Transaction.objects.filter(next_query_at__isnull=False).exists()

    def _ask_the_rest(self) -> bool:
        """Go round again at once: a pass asks about three deposits at most."""
        self.travel.shift(timedelta(seconds=1))
        return bool(services.reconcile_due_deposits(now=clock.now()).outcomes)
