"""How passwords are hashed: Argon2id with OWASP's parameters, a bounded number at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

from users.errors import SignInBusy


class Turns:
    """Lets `at_once` callers in at a time and `waiting` further ones wait; refuses all others."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._admitted = BoundedSemaphore(at_once + waiting)
        self._inside = BoundedSemaphore(at_once)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn.

        Raises:
            SignInBusy: as many wait already as may.
        """
        if not self._admitted.acquire(blocking=False):
            raise SignInBusy
        try:
            with self._inside:
                yield
        finally:
            self._admitted.release()


#: Of one process. A hash takes 19 MiB, so they take 152 MiB at most; those who wait hold a thread
#: each, which a callback might need.
TURNS = Turns(at_once=8, waiting=32)


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """19 MiB and two passes: as strong as OWASP asks (Password Storage Cheat Sheet).

    Django's own take 100 MiB. The API has hundreds of threads, and each may be asked to hash: that
    they take turns is what bounds the memory.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with TURNS.take():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with TURNS.take():
            return super().verify(password, encoded)
