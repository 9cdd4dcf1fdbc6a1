"""Statuses of a deposit and the allowed moves between them. Pure: no Django, no I/O."""

PENDING = "PENDING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"

STATUSES = (PENDING, COMPLETED, FAILED)

#: FAILED -> COMPLETED is a verified late success; COMPLETED never changes.
#: The guard `deposit_moves` holds the same table inside the database.
ALLOWED_MOVES = frozenset({(PENDING, COMPLETED), (PENDING, FAILED), (FAILED, COMPLETED)})


def is_final(status: str) -> bool:
    """Say whether the customer may stop waiting. A late success can still follow FAILED."""
    return status != PENDING
