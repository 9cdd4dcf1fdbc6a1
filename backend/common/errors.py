"""The base of every expected error. It knows no HTTP: common.api maps codes to statuses."""

from enum import StrEnum

from common.messages import Message


class Money(StrEnum):
    """Whether a deposit's money has left the customer's M-Pesa. Unknown is never "not moved"."""

    NOT_MOVED = "not_moved"
    UNKNOWN = "unknown"
    MOVED = "moved"


class DomainError(Exception):
    """An expected error: each kind is a class of its own, so that callers can catch it by name.

    `code` is stable, for machines; `error` is short, stable English for developers;
    `customer_message` is for the customer. `money` is told by what is about a deposit.
    `retry_after_s` counts whole seconds until trying again makes sense; `transaction_id` names the
    deposit concerned; `fields` tells the faults of single fields.
    """

    code: str
    error: str
    customer_message: Message
    money: Money | None = None

    def __init__(
        self,
        *,
        retry_after_s: int | None = None,
        transaction_id: int | None = None,
        fields: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(self.error)
        self.retry_after_s = retry_after_s
        self.transaction_id = transaction_id
        self.fields = fields
