"""What every payment gateway promises. Pure: no Django, no HTTP, no vendor's spelling.

Failures are named by what the caller may conclude from them, never by how they looked on the
wire: a clear no, never sent, or sent without a clear answer.
"""

from dataclasses import dataclass
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
    """M-Pesa took the request. No money has moved, and perhaps no prompt was shown.

    `callback_body` is the callback of a gateway without a network (the mock): it travels with the
    answer, and the caller hands it to the callback service once the answer is stored.
    """

    checkout_request_id: str
    merchant_request_id: str | None
    callback_body: bytes | None = None


class QueryOutcome(StrEnum):
    """What a status query says about the customer's payment."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class QueryAnswer:
    """A clear answer about our own checkout_request_id. It never carries receipt or amount."""

    outcome: QueryOutcome
    result_code: str
    result_desc: str


@dataclass(frozen=True, kw_only=True)
class StkCallback:
    """The outcome of one prompt as M-Pesa reports it; None where it left something out.

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
        """Say whether this is an end. "Still processing" is not (docs/daraja.md §6)."""
        return self.result_code != STILL_PROCESSING


class GatewayError(Exception):
    """Base of the three things that can go wrong; `detail` is for staff and holds no secret."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RejectionReason(StrEnum):
    """Why M-Pesa said no before anything happened to the customer."""

    AUTHENTICATION = "mpesa_authentication_failed"
    REJECTED = "mpesa_rejected"
    SUBSCRIBER_BUSY = "subscriber_busy"
    BUSY = "mpesa_busy"


class GatewayRejected(GatewayError):
    """A clear no: no prompt is on the phone. `retry_after_s` where M-Pesa's rules give one."""

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


class GatewayUnreachable(GatewayError):
    """Never sent: no connection, no token, or our own cap on calls in flight is full."""

    def __init__(self, detail: str, *, retry_after_s: int = 30) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(GatewayError):
    """Sent, without a clear answer: a prompt may be on the phone, and may be paid."""


class MalformedCallback(Exception):
    """The body is not a callback at all. Well-formed: docs/api.md §3."""


class PaymentGateway(Protocol):
    """Somebody who can prompt a phone for money. Both implementations pass gateway_contract.py."""

    #: "mock", "sandbox" or "production": the stamp on every screen.
    environment: str
    #: The account money arrives on; names the ledger's clearing account `mpesa:<short code>`.
    business_short_code: str

    def push(self, request: PushRequest) -> PushAccepted:
        """Put a prompt on the phone, at most once.

        Raises:
            GatewayRejected: a clear no; nothing was sent to the phone.
            GatewayUnreachable: the request never left us.
            OutcomeUnknown: it left us, and no clear answer came back.
        """

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Ask how one prompt ended.

        Raises:
            GatewayRejected: refused (`RejectionReason.BUSY`: throttled); the payment is unknown.
            GatewayUnreachable: the question never left us.
            OutcomeUnknown: the answer is unreadable, unlisted or about another prompt.
        """

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback's body.

        Raises:
            MalformedCallback: it is not one.
        """
