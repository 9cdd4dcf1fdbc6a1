"""M-Pesa's side of the model: it prompts, takes money, and is not always clear about it.

What it holds is the truth that wallets and suspense are compared with.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    AddressesRegistered,
    AddressRegistration,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PulledPage,
    PullRegistered,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    QueryOutcome,
    RejectionReason,
    StkCallback,
    TransactionQueryAccepted,
)
from tests.model import breakage


class ProcessKilled(BaseException):
    """Our process ends here: nothing of ours runs after it, as after `kill -9`."""


class Push(Enum):
    """What becomes of a push request."""

    ACCEPTED = auto()
    #: The callback overtakes the answer.
    PAID_EARLY = auto()
    CANCELLED_EARLY = auto()
    ANSWER_LOST = auto()
    #: Lost on the way to M-Pesa; we cannot tell it from a lost answer.
    REQUEST_LOST = auto()
    #: An error of our own after the prompt went out.
    BROKEN = auto()
    #: The answer came, and the database could not store it.
    NOT_STORED = auto()
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()
    REJECTED = auto()
    SUBSCRIBER_BUSY = auto()
    THROTTLED = auto()
    UNREACHABLE = auto()


class Query(Enum):
    """The answer to a status query."""

    TRUTH = auto()
    #: What was paid is reported as failed.
    DENIAL = auto()
    GARBAGE = auto()
    UNREACHABLE = auto()
    THROTTLED = auto()
    #: The truth, and the database breaks while it is settled.
    NOT_SETTLED = auto()


@dataclass(frozen=True)
class Payment:
    """Money that left the customer."""

    receipt: str
    amount: int


@dataclass
class Prompt:
    """A prompt that reached a phone, and what its customer did."""

    request: PushRequest
    checkout_request_id: str
    payments: list[Payment] = field(default_factory=list)
    failure_code: str | None = None
    #: The true callback never arrives.
    is_callback_lost: bool = False
    #: M-Pesa has contradicted itself about this prompt.
    is_contradicted: bool = False
    #: Receipts whose true callback was taken in.
    told: set[str] = field(default_factory=set)

    @property
    def token(self) -> str:
        """Return the secret in its callback address."""
        return self.request.callback_url.rstrip("/").rpartition("/")[2]

    @property
    def is_open(self) -> bool:
        """Say whether the customer may still decide."""
        return not self.payments and self.failure_code is None


_serial = itertools.count(1)


def keep_quiet(_prompt: Prompt) -> None:
    """Say nothing."""


class ModelMpesa:
    """A gateway whose answers are set by the test, push by push and pass by pass."""

    environment = "mock"
    business_short_code = "174379"

    def __init__(self) -> None:
        self.restart(keep_quiet)

    def restart(self, send_early: Callable[[Prompt], None]) -> None:
        """Forget everything; `send_early` delivers a callback before the push is answered."""
        self.prompts: list[Prompt] = []
        self.pushes = 0
        self.next_push = Push.ACCEPTED
        self.queries = Query.TRUTH
        #: What M-Pesa says about a prompt while the answer to a query is on its way.
        self.overtake = keep_quiet
        self._send_early = send_early

    def pay(self, prompt: Prompt, amount: int) -> Payment:
        """Take the customer's money."""
        payment = Payment(f"MOD{next(_serial):07d}", amount)
        prompt.payments.append(payment)
        return payment

    def push(self, request: PushRequest) -> PushAccepted:
        """Do as `next_push` says."""
        self.pushes += 1
        _refuse(self.next_push)
        prompt = Prompt(request, f"ws_CO_MODEL_{next(_serial)}")
        self.prompts.append(prompt)
        self._end_early(prompt)
        match self.next_push:
            case Push.ANSWER_LOST:
                raise OutcomeUnknown("read timeout")
            case Push.BROKEN:
                raise ValueError("a defect of ours")
            case Push.KILLED_AFTER:
                raise ProcessKilled
            case Push.NOT_STORED:
                breakage.set_broken("57P01")
        return PushAccepted(
            checkout_request_id=prompt.checkout_request_id, merchant_request_id="29115-34620561-1"
        )

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Do as `queries` says."""
        _refuse_query(self.queries)
        prompt = self._find(checkout_request_id)
        if self.queries is Query.NOT_SETTLED:
            breakage.set_broken("57P01")
        answer = self._answer(prompt)
        self.overtake(prompt)
        return answer

    def _answer(self, prompt: Prompt) -> QueryAnswer:
        if prompt.is_open:
            return _answer(QueryOutcome.PENDING, "4999")
        if self.queries is Query.DENIAL and prompt.payments:
            prompt.is_contradicted = True
            return _answer(QueryOutcome.FAILED, "1037")
        if prompt.payments:
            return _answer(QueryOutcome.PAID, "0")
        return _answer(QueryOutcome.FAILED, prompt.failure_code or "")

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback as Daraja writes it."""
        return parse_callback(body)

    def register_addresses(self, request: AddressRegistration) -> AddressesRegistered:
        """Register nothing: here nobody pays by hand."""
        raise GatewayRejected("nobody pays by hand")

    def pull_transactions(self, begin: datetime, end: datetime, offset: int) -> PulledPage:
        """List nothing."""
        return PulledPage(rows=())

    def register_pull(self, nominated_number: str, callback_url: str) -> PullRegistered:
        """Register nothing."""
        raise GatewayRejected("there is no list of payments")

    def query_transaction(
        self, receipt: str, result_url: str, timeout_url: str
    ) -> TransactionQueryAccepted:
        """Look into no books."""
        raise GatewayRejected("there are no books to look into")

    def _end_early(self, prompt: Prompt) -> None:
        if self.next_push is Push.PAID_EARLY:
            self.pay(prompt, prompt.request.amount)
            self._send_early(prompt)
        if self.next_push is Push.CANCELLED_EARLY:
            prompt.failure_code = "1032"
            self._send_early(prompt)

    def _find(self, checkout_request_id: str) -> Prompt:
        for prompt in self.prompts:
            if prompt.checkout_request_id == checkout_request_id:
                return prompt
        raise GatewayRejected("Bad Request - Invalid CheckoutRequestID")


def _refuse(manner: Push) -> None:
    match manner:
        case Push.KILLED_BEFORE:
            raise ProcessKilled
        case Push.REQUEST_LOST:
            raise OutcomeUnknown("connection lost")
        case Push.UNREACHABLE:
            raise GatewayUnreachable("no connection")
        case Push.REJECTED:
            raise GatewayRejected("Bad Request")
        case Push.THROTTLED:
            raise GatewayRejected("Spike arrest", reason=RejectionReason.BUSY)
        case Push.SUBSCRIBER_BUSY:
            raise GatewayRejected("Unable to lock", reason=RejectionReason.SUBSCRIBER_BUSY)


def _refuse_query(manner: Query) -> None:
    match manner:
        case Query.GARBAGE:
            raise OutcomeUnknown("HTML")
        case Query.UNREACHABLE:
            raise GatewayUnreachable("no connection")
        case Query.THROTTLED:
            raise GatewayRejected("Spike arrest", reason=RejectionReason.BUSY)


def _answer(outcome: QueryOutcome, result_code: str) -> QueryAnswer:
    return QueryAnswer(outcome=outcome, result_code=result_code, result_desc="as the model says")
