"""What precedes a second try of a statement that broke under us and is harmless twice."""

from django.db import connection


def let_go_of_connection() -> None:
    """Drop this thread's connection if it is dead or old: the pool then gives out a living one.

    After a deadlock, a serialization failure or a restart of PostgreSQL the same statement may
    work a moment later, so that news of money survives it.
    """
    connection.close_if_unusable_or_obsolete()
