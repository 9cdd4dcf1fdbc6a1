"""The base of every expected refusal. It knows no HTTP: common.api maps codes to statuses."""

from common.messages import Message


class DomainError(Exception):
    """An expected refusal with a stable code for machines and a sentence for the customer.

    `error` is short, stable English for developers; `retry_after_s` counts whole seconds until
    trying again makes sense; `transaction_id` names the deposit concerned; `fields` tells the
    faults of single fields.
    """

    def __init__(
        self,
        code: str,
        error: str,
        customer_message: Message,
        *,
        retry_after_s: int | None = None,
        transaction_id: int | None = None,
        fields: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(error)
        self.code = code
        self.error = error
        self.customer_message = customer_message
        self.retry_after_s = retry_after_s
        self.transaction_id = transaction_id
        self.fields = fields
