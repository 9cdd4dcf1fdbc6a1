"""The base class of all expected errors, free of HTTP: common.api maps codes to statuses."""

from enum import StrEnum

from common.messages import Message


class Money(StrEnum):
    """Whether a deposit's money has left the customer's M-Pesa; `UNKNOWN` wherever unsure."""

    NOT_MOVED = "not_moved"
    UNKNOWN = "unknown"
    MOVED = "moved"


class DomainError(Exception):
    """An expected error. Each kind is its own class, so that callers can catch it by name.

    `code` is stable, for machines; `error` is short, stable English for developers;
    `customer_message` is for the customer. `money` is set by errors about a deposit.
    `retry_after_s` is the whole seconds until a retry makes sense; `transaction_id` is the deposit
    concerned; `fields` holds messages by field name.
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
