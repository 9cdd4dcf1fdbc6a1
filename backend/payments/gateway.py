"""The interface of every payment gateway. Pure: no Django, no HTTP, none of Daraja's field names.

Errors are named by what the caller may conclude, not by what happened in the network: rejected,
never sent, or sent without a clear answer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

SUCCESS = "0"
STILL_PROCESSING = "4999"


@dataclass(frozen=True, kw_only=True)
class PushRequest:
    """One prompt to put on a phone. `amount` is whole KES; `phone_number` an MSISDN, no plus."""

    phone_number: str
    amount: int
    account_reference: str
    transaction_desc: str
    callback_url: str


@dataclass(frozen=True, kw_only=True)
class PushAccepted:
    """M-Pesa accepted the push. No money has moved, and perhaps no prompt was shown.

    `callback_body` is set only by a gateway without a network (the mock): the body of its callback,
    which the caller passes to the callback service once this answer is stored.
    """

    checkout_request_id: str
    merchant_request_id: str | None
    callback_body: bytes | None = None


class QueryOutcome(StrEnum):
    """What the answer to a status query says about the customer's payment."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class QueryAnswer:
    """A clear answer to a status query. It never names receipt or amount."""

    outcome: QueryOutcome
    result_code: str
    result_desc: str


@dataclass(frozen=True, kw_only=True)
class StkCallback:
    """The outcome of one push as M-Pesa's callback reports it; None for a field it leaves out.

    `result_code` is always text ("0" is success); `transaction_date` is aware, in UTC.
    """

    checkout_request_id: str
    result_code: str
    merchant_request_id: str | None = None
    result_desc: str = ""
    amount: Decimal | None = None
    mpesa_receipt_number: str | None = None
    transaction_date: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Return whether this is a final outcome. "Still processing" is not (docs/daraja.md §6)."""
        return self.result_code != STILL_PROCESSING


@dataclass(frozen=True, kw_only=True)
class AddressRegistration:
    """The addresses where M-Pesa asks whether to take a payment by hand, and reports one.

    Both hold a secret. `version` is Daraja's version of registering ("v1", "v2"); `response_type`
    is what M-Pesa does while the validation cannot be reached ("Completed", "Cancelled").
    """

    version: str
    response_type: str
    validation_url: str = field(repr=False)
    confirmation_url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AddressesRegistered:
    """M-Pesa has registered the addresses; `conversation_id` is its id of this answer, or ""."""

    conversation_id: str
    description: str


@dataclass(frozen=True, kw_only=True)
class PaybillNotice:
    """What M-Pesa says of one payment. `receipt` None: a validation that names none.

    `amount` in KES, None where it is unreadable (of a validation only). `payer_number` is masked,
    `payer_hash` the SHA-256 of the whole number; each is "" where M-Pesa does not tell it.
    `business_short_code` is as M-Pesa names it, for the caller to compare; "" where it names none.
    """

    receipt: str | None
    amount: Decimal | None
    account_number: str
    business_short_code: str
    transaction_type: str
    paid_at: datetime | None
    payer_name: str
    payer_number: str
    payer_hash: str


@dataclass(frozen=True, kw_only=True)
class PulledPayment:
    """One row of M-Pesa's own list of payments.

    `notice` None: it has no receipt or no amount that can be read. `raw` is the row as it came, for
    an operator; the payer's number is masked in it.
    """

    notice: PaybillNotice | None
    raw: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PulledPage:
    """One answer of the list. `total_pages` None: M-Pesa does not say how many pages there are.

    An empty page may mean that nobody paid, or that M-Pesa does not keep the list for this short
    code: it answers both alike, with `description`.
    """

    rows: tuple[PulledPayment, ...]
    description: str = ""
    total_pages: int | None = None


@dataclass(frozen=True, kw_only=True)
class PullRegistered:
    """M-Pesa keeps the list for this short code; `is_new` False: it did so before."""

    is_new: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class TransactionQueryAccepted:
    """M-Pesa will say what became of a transaction, by a post to the result's address.

    `conversation_id` is M-Pesa's id of this question, "" where it names none.
    """

    conversation_id: str
    originator_conversation_id: str


@dataclass(frozen=True, kw_only=True)
class TransactionResult:
    """What M-Pesa says became of a transaction. "" or None: it does not say, or contradicts itself.

    `receipt` and `amount` (KES) are those of the transaction, `credit_party` is the number that got
    the money. `payer_msisdn` is the payer's whole number where M-Pesa shows it: it is compared and
    never stored; `payer_number` is masked. `raw` is the body, for an operator, without secrets and
    with the payer's number masked.
    """

    result_code: str
    result_desc: str
    conversation_id: str
    receipt: str | None
    transaction_status: str
    amount: Decimal | None
    credit_party: str
    reason_type: str
    paid_at: datetime | None
    payer_name: str
    payer_number: str
    payer_msisdn: str = field(repr=False)
    raw: dict[str, object] = field(repr=False)


class GatewayError(Exception):
    """Base of the three errors of a gateway; `detail` is for operators and holds no secret."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RejectionReason(StrEnum):
    """Why M-Pesa rejected a request."""

    AUTHENTICATION = "mpesa_authentication_failed"
    REJECTED = "mpesa_rejected"
    #: M-Pesa does not take the phone number: it may be mistyped, or have no M-Pesa.
    NUMBER = "mpesa_number_rejected"
    SUBSCRIBER_BUSY = "subscriber_busy"
    BUSY = "mpesa_busy"


class GatewayRejected(GatewayError):
    """M-Pesa rejected the request; after a push, no prompt is on the phone.

    `retry_after_s`: the wait, where M-Pesa's rules name one.
    """

    def __init__(
        self,
        detail: str,
        *,
        reason: RejectionReason = RejectionReason.REJECTED,
        result_code: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.result_code = result_code
        self.retry_after_s = retry_after_s


class InitiatorRejected(GatewayRejected):
    """The initiator or its security credential is wrong. Trying again may lock it for good."""


class AlreadyRegistered(GatewayRejected):
    """M-Pesa has addresses for this short code already. It does not say which."""


class ProductMissing(GatewayRejected):
    """The app does not have the product, or has it in another version."""


class GatewayUnreachable(GatewayError):
    """The request was not sent: no connection, no access token, or a limit of our own."""

    def __init__(self, detail: str, *, retry_after_s: int = 30) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(GatewayError):
    """The request was sent, without a clear answer: a prompt may be on the phone and be paid."""


class MalformedCallback(Exception):
    """The body is not a callback (docs/api.md §3 says what is one)."""


class PaymentGateway(Protocol):
    """A service that sends payment prompts. Every implementation must pass gateway_contract.py."""

    #: "mock", "sandbox" or "production"; the page shows it.
    environment: str
    #: The short code that is paid; the ledger's clearing account is `mpesa:<short code>`.
    business_short_code: str

    def push(self, request: PushRequest) -> PushAccepted:
        """Put a prompt on the phone, at most once.

        Raises:
            GatewayRejected: M-Pesa rejected the push; no prompt was sent to the phone.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: the request was sent, and no clear answer came back.
        """

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Send a status query: ask how one push ended.

        Raises:
            GatewayRejected: M-Pesa rejected the query (`RejectionReason.BUSY`: throttled); the
                payment's outcome is unknown.
            GatewayUnreachable: the query was not sent.
            OutcomeUnknown: the answer is unreadable, has a code that we do not know, or is about
                another push.
        """

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback's body.

        Raises:
            MalformedCallback: the body is not a callback.
        """

    def register_addresses(self, request: AddressRegistration) -> AddressesRegistered:
        """Register the addresses for payments by hand; in production this can be done once.

        Raises:
            AlreadyRegistered: there are addresses for this short code.
            ProductMissing: the app lacks the product, or has another version of it.
            GatewayRejected: another clear no; nothing was registered.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and the addresses may be registered.
        """

    def pull_transactions(self, begin: datetime, end: datetime, offset: int) -> PulledPage:
        """Ask for the payments from `begin` to `end` (both aware), beginning at `offset`.

        Asking changes nothing. Whether `offset` counts rows or pages, M-Pesa's pages disagree.

        Raises:
            ProductMissing: the app lacks the product Pull Transactions.
            GatewayRejected: another clear no.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and no clear answer came back.
        """

    def register_pull(self, nominated_number: str, callback_url: str) -> PullRegistered:
        """Have M-Pesa keep the list for this short code. Needed once; again it changes nothing.

        Raises:
            ProductMissing: the app lacks the product Pull Transactions.
            GatewayRejected: another clear no; nothing was registered.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and the short code may be registered.
        """

    def query_transaction(
        self, receipt: str, result_url: str, timeout_url: str
    ) -> TransactionQueryAccepted:
        """Ask what became of the transaction with this receipt; the answer is posted to the URLs.

        It is asked by the initiator, whom M-Pesa locks after a few wrong credentials: so it is sent
        once, and never again automatically.

        Raises:
            InitiatorRejected: M-Pesa rejected the initiator; no answer will be posted.
            GatewayRejected: M-Pesa rejected the question (`RejectionReason.BUSY`: for now); no
                answer will be posted.
            GatewayUnreachable: the question was not sent.
            OutcomeUnknown: it was sent, and may be answered.
        """
