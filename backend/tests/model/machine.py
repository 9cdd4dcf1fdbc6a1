"""The steps of a random history: customers pay, M-Pesa reports, processes die, workers query."""

import itertools
from datetime import timedelta
from functools import partial

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common import clock
from common.errors import DomainError
from payments import services
from payments.models import CallbackEvent, SuspenseCase
from payments.services.suspense import CaseAlreadyResolved
from tests.model import breakage
from tests.model.callbacks import TOKENED, Claim, build_body
from tests.model.history import History, expect
from tests.model.mpesa import Payment, ProcessKilled, Prompt, Push, Query, keep_quiet

_ERRORS_BEFORE_THE_PUSH = {
    "deposit_in_progress", "limit_exceeded", "idempotency_in_progress", "idempotency_key_reused",
    "rate_limited",
}  # fmt: skip
_forgeries = itertools.count(1)
_pick = st.integers(min_value=0, max_value=9)
_MANNERS = [*[Query.TRUTH] * 4, *Query]
_CALLBACKS = [None, None, Claim.TRUTH, Claim.OTHER_CHECKOUT, Claim.OTHER_CHECKOUT, *TOKENED]
_FAILURES = [None, None, "23514", "40P01"]


class Deposits(History):
    """One history of two customers."""

    # --- Customers ------------------------------------------------------------------------------

    @rule(
        who=st.integers(0, 1),
        amount=st.sampled_from([100, 500, 2500]),
        manner=st.sampled_from([*[Push.ACCEPTED] * 12, *Push]),
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
        except DomainError as error:
            expect(error, *_ERRORS_BEFORE_THE_PUSH)
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
        breakage.set_broken(failing)
        self.tell(prompt, claim=Claim.TRUTH, nth=nth)
        breakage.set_broken(None)

    @precondition(_has_prompt)
    @rule(pick=_pick, nth=st.integers(0, 1), claim=st.sampled_from(TOKENED))
    def tell_otherwise(self, pick: int, nth: int, claim: Claim) -> None:
        """A callback at the secret address that is incomplete, unclear, or not true."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        self.tell(prompt, claim=claim, nth=nth)

    @precondition(_has_prompt)
    @rule(pick=_pick)
    def inbox_is_down(self, pick: int) -> None:
        """A callback cannot even be stored: M-Pesa gets an error, and nothing else happens."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        if prompt.is_open:
            return
        breakage.set_broken(None, is_inbox_broken=True)
        try:
            self.record(prompt.token, build_body(Claim.TRUTH, prompt, None))
        except DomainError as error:
            expect(error, "callback_not_stored")
        else:
            raise AssertionError("taken in although it was not stored")
        finally:
            breakage.set_broken(None)

    @precondition(_has_prompt)
    @rule(pick=_pick, token=st.sampled_from([None, "guessed"]), claim=st.sampled_from(Claim))
    def forge(self, pick: int, token: str | None, claim: Claim) -> None:
        """A third party writes a callback; it knows everything but the token."""
        prompt = self.mpesa.prompts[pick % len(self.mpesa.prompts)]
        invented = Payment(f"FORGED{next(_forgeries)}", prompt.request.amount)
        try:
            self.record(token, build_body(claim, prompt, invented))
        except DomainError as error:
            expect(error, "malformed_callback")

    # --- Time, the worker, operators ------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 20, 35, 200, 3600]))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.travel.shift(timedelta(seconds=seconds))

    @rule(
        seconds=st.sampled_from([2, 31, 90, 1000]),
        manner=st.sampled_from(_MANNERS),
        meanwhile=st.sampled_from(_CALLBACKS),
    )
    def work(self, seconds: int, manner: Query, meanwhile: Claim | None) -> None:
        """The worker's tasks, after a while; a callback may overtake the answer to a query."""
        if meanwhile is not None:
            self.mpesa.overtake = partial(self.tell, claim=meanwhile, nth=0)
        self.go_round(seconds, manner)
        self.mpesa.overtake = keep_quiet

    @rule(pick=_pick)
    def replay(self, pick: int) -> None:
        """An operator acts on any stored callback again."""
        events = CallbackEvent.objects.filter(transaction__user_id__in=self.user_ids)
        event = events.order_by("-id")[pick : pick + 1].first()
        if event is not None:
            services.replay_callback(event, now=clock.now())

    @rule(pick=_pick, who=st.integers(0, 1))
    def decide(self, pick: int, who: int) -> None:
        """An operator gives a suspense case to a customer; a repetition changes nothing."""
        cases = SuspenseCase.objects.filter(transaction__user_id__in=self.user_ids)
        case = cases.order_by("id")[pick : pick + 1].first()
        if case is None:
            return
        try:
            services.resolve_suspense_case(
                case=case,
                user=self.users[who],
                operator=self.users[1 - who],
                reason="seen on the statement",
                now=clock.now(),
            )
        except CaseAlreadyResolved:
            assert case.status == SuspenseCase.Status.RESOLVED
