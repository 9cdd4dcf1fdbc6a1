"""A statement that broke under us: whether the same one may work a moment later."""

from django.db import DatabaseError, connection

_DEADLOCK, _SERIALIZATION_FAILURE = "40P01", "40001"


def is_worth_repeating(error: DatabaseError) -> bool:
    """Say whether to send the statement once more; a connection that is dead is let go of.

    Only for statements that are harmless twice. After a restart of PostgreSQL the pool hands out
    a living connection, or waits for one, so that news of money survives it.
    """
    if getattr(error.__cause__, "sqlstate", None) in {_DEADLOCK, _SERIALIZATION_FAILURE}:
        return True
    connection.close_if_unusable_or_obsolete()
    return connection.connection is None
