"""The state machine: customers push and pay, M-Pesa talks, processes die, the worker goes round."""

import itertools
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import clock
from common.errors import DomainError
from payments import conf, services
from payments.models import CallbackEvent, SuspenseCase, Transaction
from payments.services.housekeeping import replay_open_callbacks
from payments.services.suspense import CaseAlreadyResolved
from tests.model import books, breakage
from tests.model.callbacks import TOKENED, Claim, build_body, contradicts
from tests.model.mpesa import ModelMpesa, Payment, ProcessKilled, Prompt, Push, Query
from users.models import User
from wallet.audit import seal_ledger

_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_REFUSALS_BEFORE_THE_PUSH = {
    "deposit_in_progress", "limit_exceeded", "idempotency_in_progress", "idempotency_key_reused",
}  # fmt: skip
_FORGET_EARLIER_HISTORIES = """
UPDATE payments_transaction SET next_query_at = NULL WHERE next_query_at IS NOT NULL;
UPDATE payments_callbackevent SET verdict = 'malformed' WHERE verdict = 'received';
UPDATE payments_querypace SET next_slot_at = NULL, paused_until = NULL, failures_in_a_row = 0;
"""
_pick = st.integers(min_value=0, max_value=9)
_numbers = itertools.count(1)


def _customer() -> User:
    return User.objects.create(
        phone_number=f"2541{next(_numbers):08d}", kyc_status=User.KycStatus.VERIFIED
    )


def _expect(refusal: DomainError, *codes: str) -> None:
    """Let only these refusals pass."""
    assert refusal.code in codes


_MANNERS = [*[Query.TRUTH] * 4, *Query]
_FAILURES = [None, None, "23514", "40P01"]


class Deposits(RuleBasedStateMachine):
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
        self.mpesa.begin_anew(self._send_truth)
        self.users = [_customer(), _customer()]
        self.user_ids = [user.pk for user in self.users]
        self.prompt_under_key: dict[tuple[int, str], int] = {}
        self.ends: dict[int, str] = {}

    # --- Customers ------------------------------------------------------------------------------

    @rule(
        who=st.integers(0, 1),
        amount=st.sampled_from([100, 500, 2500]),
        manner=st.sampled_from([*[Push.ACCEPTED] * 6, *Push]),
        key=st.sampled_from([None, None, "a", "b"]),
    )
    def push(self, who: int, amount: int, manner: Push, key: str | None) -> None:
        """A customer asks for a deposit, perhaps again under the same key."""
        user, self.mpesa.next_push = self.users[who], manner
        pushes, prompts = self.mpesa.pushes, len(self.mpesa.prompts)
        try:
            outcome = services.initiate_deposit(
                user=user, amount=amount, idempotency_key=key, now=clock.now()
            )
        except DomainError as refusal:
            _expect(refusal, *_REFUSALS_BEFORE_THE_PUSH)
            assert self.mpesa.pushes == pushes
        except ProcessKilled:
            connection.close()
        else:
            assert self.mpesa.pushes == pushes + (not outcome.is_replay)
            if manner is Push.ACCEPTED and not outcome.is_replay:
                newest = self.mpesa.prompts[-1]
                assert outcome.checkout_request_id == newest.checkout_request_id
        finally:
            breakage.set_broken(None)
        if key is not None and len(self.mpesa.prompts) > prompts:
            assert (who, key) not in self.prompt_under_key, "a second prompt under one key"
            self.prompt_under_key[who, key] = self.mpesa.pushes

    def _has_open_prompt(self) -> bool:
        return any(prompt.is_open for prompt in self.mpesa.prompts)

    @precondition(_has_open_prompt)
    @rule(pick=_pick, what=st.sampled_from(["pay", "pay", "pay", "pay other", "cancel"]))
    def answer_prompt(self, pick: int, what: str) -> None:
        """A customer pays what was asked, another sum, or cancels."""
        open_prompts = [prompt for prompt in self.mpesa.prompts if prompt.is_open]
        prompt = open_prompts[pick % len(open_prompts)]
        if what == "cancel":
            prompt.failure_code = "1032"
        else:
            asked = prompt.request.amount
            self.mpesa.pay(prompt, asked if what == "pay" else asked - 1)

    def _has_paid_prompt(self) -> bool:
        return any(prompt.payments for prompt in self.mpesa.prompts)

    def _paid_prompt(self, pick: int) -> Prompt:
        paid = [prompt for prompt in self.mpesa.prompts if prompt.payments]
        return paid[pick % len(paid)]

    @precondition(_has_paid_prompt)
    @rule(pick=_pick)
    def pay_again(self, pick: int) -> None:
        """One prompt takes money twice."""
        prompt = self._paid_prompt(pick)
        if len(prompt.payments) == 1 and not prompt.is_callback_lost:
            self.mpesa.pay(prompt, prompt.request.amount)

    @precondition(_has_paid_prompt)
    @rule(pick=_pick)
    def lose_callback(self, pick: int) -> None:
        """The report of a payment is lost for good."""
        prompt = self._paid_prompt(pick)
        if len(prompt.payments) == 1:
            prompt.is_callback_lost = True

    # --- M-Pesa talks ---------------------------------------------------------------------------

    def _has_prompt(self) -> bool:
        return bool(self.mpesa.prompts)

    @precondition(_has_prompt)
    @rule(pick=_pick, nth=st.integers(0, 1), failing=st.sampled_from(_FAILURES))
    def tell_truth(self, pick: int, nth: int, failing: str | None) -> None:
        """A true callback, perhaps a repetition, perhaps while the database fails."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        if not prompt.is_open and not prompt.is_callback_lost:
            breakage.set_broken(failing)
            self._send(Claim.TRUTH, prompt, nth)
            breakage.set_broken(None)

    @precondition(_has_prompt)
    @rule(pick=_pick, nth=st.integers(0, 1), claim=st.sampled_from(TOKENED))
    def tell_otherwise(self, pick: int, nth: int, claim: Claim) -> None:
        """A callback at the secret address that is incomplete, unclear, or not true."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        needs_end = claim in {Claim.TRUTH, Claim.NO_AMOUNT, Claim.NO_RECEIPT, Claim.OTHER_CHECKOUT}
        if prompt.is_callback_lost or (needs_end and prompt.is_open):
            return
        prompt.is_contradicted |= contradicts(claim, prompt)
        self._send(claim, prompt, nth)

    @precondition(_has_prompt)
    @rule(pick=_pick)
    def inbox_is_down(self, pick: int) -> None:
        """Not even storing works: M-Pesa is told so, and nothing else happened."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        if prompt.is_open:
            return
        breakage.set_broken(None, is_inbox_broken=True)
        try:
            self._record(prompt.token, build_body(Claim.TRUTH, prompt, None))
        except DomainError as refusal:
            _expect(refusal, "callback_not_stored")
        else:
            raise AssertionError("taken in although it was not stored")
        finally:
            breakage.set_broken(None)

    @precondition(_has_prompt)
    @rule(pick=_pick, token=st.sampled_from([None, "guessed"]), claim=st.sampled_from(Claim))
    def forge(self, pick: int, token: str | None, claim: Claim) -> None:
        """A third party writes a callback; it knows everything but the token."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        invented = Payment(f"FORGED{pick}", prompt.request.amount)
        try:
            self._record(token, build_body(claim, prompt, invented))
        except DomainError as refusal:
            _expect(refusal, "malformed_callback")

    def _send_truth(self, prompt: Prompt) -> None:
        self._send(Claim.TRUTH, prompt, 0)

    def _send(self, claim: Claim, prompt: Prompt, nth: int) -> None:
        payment = prompt.payments[nth % len(prompt.payments)] if prompt.payments else None
        about = self._used_payment(prompt) if claim is Claim.USED_RECEIPT else payment
        if claim is Claim.USED_RECEIPT and about is None:
            return
        try:
            self._record(prompt.token, build_body(claim, prompt, about))
        except DomainError as refusal:
            _expect(refusal, "malformed_callback")
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
    def _record(token: str | None, body: bytes) -> None:
        services.record_callback(
            token=token, body=body, headers={}, source_address=None, now=clock.now()
        )

    # --- Time, the worker, people ---------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 20, 35, 200, 3600]))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.travel.shift(timedelta(seconds=seconds))

    @rule(
        seconds=st.sampled_from([2, 31, 90, 1000]),
        manner=st.sampled_from(_MANNERS),
    )
    def go_round(self, seconds: int, manner: Query) -> None:
        """The worker's tasks, after a while."""
        self.travel.shift(timedelta(seconds=seconds))
        self.mpesa.queries = manner
        services.reconcile_due_deposits(now=clock.now())
        breakage.set_broken(None)
        replay_open_callbacks(now=clock.now())
        seal_ledger(now=clock.now())

    @rule(pick=_pick)
    def replay(self, pick: int) -> None:
        """An operator acts on any stored callback again."""
        events = CallbackEvent.objects.filter(transaction__user_id__in=self.user_ids)
        event = events.order_by("-id")[pick : pick + 1].first()
        if event is not None:
            services.replay_callback(event, now=clock.now())

    @rule(pick=_pick, who=st.integers(0, 1))
    def decide(self, pick: int, who: int) -> None:
        """An operator gives a parked payment to a customer; twice is once."""
        cases = SuspenseCase.objects.filter(transaction__user_id__in=self.user_ids)
        case = cases.order_by("id")[pick : pick + 1].first()
        if case is None:
            return
        try:
            services.resolve_suspense_case(
                case=case,
                user=self.users[who],
                operator=self.users[0],
                reason="seen on the statement",
                now=clock.now(),
            )
        except CaseAlreadyResolved:
            assert case.status == SuspenseCase.Status.RESOLVED

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
                    self._send(Claim.TRUTH, prompt, nth)
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
