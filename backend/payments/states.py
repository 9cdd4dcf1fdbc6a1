"""Statuses of a deposit and the allowed moves between them. Pure: no Django, no I/O."""

PENDING = "PENDING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"

#: Our result code of a deposit that a whole statement of M-Pesa's proves unpaid.
NOT_IN_STATEMENT = "not_in_statement"

STATUSES = (PENDING, COMPLETED, FAILED)

#: FAILED -> COMPLETED is a verified late success; COMPLETED never changes. The trigger
#: `deposit_moves` (payments.models) refuses every other change in the database.
ALLOWED_MOVES = frozenset({(PENDING, COMPLETED), (PENDING, FAILED), (FAILED, COMPLETED)})


def is_final(status: str) -> bool:
    """Return whether the customer may stop waiting. A late success can still follow FAILED."""
    return status != PENDING
