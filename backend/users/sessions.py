"""Sessions in the database, found by a hash of their key: the table's keys open no session.

The cookie carries the key, `session_key` of django_session a hash of it, so that a copy of the
database signs nobody in. Release 0.1.0 stored the keys themselves. Sessions that it made are read
and written as they are until they end, which is after two weeks at most, or until the next log-in,
which changes the key: its processes may still run beside this code and know no hashes.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

_KEY_LENGTH = 32


def hash_key(session_key: str) -> str:
    """Return what the table stores for a session's key: 240 bits, in 40 characters.

    No salt is needed: the keys are random, of 165 bits.
    """
    digest = sha256(session_key.encode(errors="surrogatepass")).digest()
    return urlsafe_b64encode(digest[:30]).decode()


def stored_keys(session_key: str) -> list[str]:
    """Return the keys under which the table may have this session.

    A hash is longer than a key, so that a hash from the table, sent as a cookie, finds no session
    under itself.
    """
    is_key = len(session_key) == _KEY_LENGTH and session_key.isascii() and session_key.isalnum()
    return [hash_key(session_key), session_key] if is_key else [hash_key(session_key)]


class SessionStore(DatabaseSessionStore):
    """Django's sessions in the database, with hashed keys.

    The class has the name of Django's, which is the salt of the sessions' signatures.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        # The key of a session that was read under the key itself, and is written there too.
        self._unhashed_key: str | None = None

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        if key is None:
            return None
        found: Session | None = Session.objects.filter(
            session_key__in=stored_keys(key), expire_date__gt=timezone.now()
        ).first()
        if found is None:
            self._session_key = None
        elif found.session_key == key:
            self._unhashed_key = key
        return found

    def exists(self, session_key: str) -> bool:
        """Return whether a session has this key."""
        return Session.objects.filter(session_key__in=stored_keys(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row to store."""
        row = cast("Session", super().create_model_instance(data))
        if row.session_key != self._unhashed_key:
            row.session_key = hash_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session, this one by default."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key__in=stored_keys(key)).delete()
