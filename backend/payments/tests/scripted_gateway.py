"""A gateway that does what a test tells it: each push and query runs the test's own function."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import NoReturn

from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    AddressesRegistered,
    AddressRegistration,
    PulledPage,
    PullRegistered,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    QueryOutcome,
    StkCallback,
    TransactionQueryAccepted,
)

CLASS = "payments.tests.scripted_gateway.ScriptedGateway"
PAID = QueryAnswer(outcome=QueryOutcome.PAID, result_code="0", result_desc="Paid")
PENDING = QueryAnswer(outcome=QueryOutcome.PENDING, result_code="4999", result_desc="Processing")
CANCELLED = QueryAnswer(
    outcome=QueryOutcome.FAILED, result_code="1032", result_desc="Request cancelled by user"
)


class ScriptedGateway:
    """Accepts every push under a new id and answers every query with "pending", unless told."""

    environment = "mock"
    business_short_code = "174379"

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.pushes: list[PushRequest] = []
        self.queries: list[str] = []
        self.on_push: Callable[[PushRequest], PushAccepted] = self.accept
        self.on_query: Callable[[str], QueryAnswer] = lambda _: PENDING
        self.registrations: list[AddressRegistration] = []
        self.on_register: Callable[[AddressRegistration], AddressesRegistered] = lambda _: (
            AddressesRegistered(conversation_id="6e86-45dd", description="Success")
        )
        self.pulls: list[tuple[datetime, datetime, int]] = []
        self.on_pull: Callable[[int], PulledPage] = lambda _: PulledPage(rows=())
        self.pull_registrations: list[tuple[str, str]] = []
        self.on_register_pull: Callable[[str], PullRegistered] = lambda _: PullRegistered(
            is_new=True, description="Shortcode Registered Successfully"
        )
        self.transaction_queries: list[tuple[str, str, str]] = []
        self.on_query_transaction: Callable[[str], TransactionQueryAccepted] = lambda _: (
            TransactionQueryAccepted(
                conversation_id="AG_20261120_1", originator_conversation_id="1236-7134259-1"
            )
        )
        self._numbers = count(1)

    def push(self, request: PushRequest) -> PushAccepted:
        """Remember the request, then do as told."""
        self.pushes.append(request)
        return self.on_push(request)

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Remember the question, then do as told."""
        self.queries.append(checkout_request_id)
        return self.on_query(checkout_request_id)

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read as Daraja's parser does."""
        return parse_callback(body)

    def register_addresses(self, request: AddressRegistration) -> AddressesRegistered:
        """Remember the addresses, then do as told."""
        self.registrations.append(request)
        return self.on_register(request)

    def pull_transactions(self, begin: datetime, end: datetime, offset: int) -> PulledPage:
        """Remember the question, then do as told for this offset."""
        self.pulls.append((begin, end, offset))
        return self.on_pull(offset)

    def register_pull(self, nominated_number: str, callback_url: str) -> PullRegistered:
        """Remember the number, then do as told."""
        self.pull_registrations.append((nominated_number, callback_url))
        return self.on_register_pull(nominated_number)

    def query_transaction(
        self, receipt: str, result_url: str, timeout_url: str
    ) -> TransactionQueryAccepted:
        """Remember the question, then do as told."""
        self.transaction_queries.append((receipt, result_url, timeout_url))
        return self.on_query_transaction(receipt)

    def accept(self, request: PushRequest) -> PushAccepted:
        """Accept under a new checkout_request_id."""
        return PushAccepted(
            checkout_request_id=f"ws_CO_{self.name}_{next(self._numbers)}",
            merchant_request_id="29115-1",
        )

    @property
    def token(self) -> str:
        """Return the secret in the callback address of the last push."""
        return self.pushes[-1].callback_url.rstrip("/").rpartition("/")[2]


def failing(error: Exception) -> Callable[[object], NoReturn]:
    """Return a script that raises."""

    def fail(_: object) -> NoReturn:
        raise error

    return fail
