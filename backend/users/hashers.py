"""Password hashing: Argon2id with OWASP's parameters, a bounded number of hashes at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

from users.errors import SignInBusy


class Turns:
    """Lets `at_once` callers run and `waiting` more wait; any further caller gets SignInBusy."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._admitted = BoundedSemaphore(at_once + waiting)
        self._inside = BoundedSemaphore(at_once)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Run the body of the `with` statement once it is this caller's turn.

        Raises:
            SignInBusy: too many callers run and wait already.
        """
        if not self._admitted.acquire(blocking=False):
            raise SignInBusy
        try:
            with self._inside:
                yield
        finally:
            self._admitted.release()


#: The turns of this process. A hash takes 19 MiB of memory, so 8 at once take 152 MiB. The waiting
#: are bounded too, because each holds a thread that a callback might need.
TURNS = Turns(at_once=8, waiting=32)


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes, as OWASP's Password Storage Cheat Sheet recommends.

    Django's parameters take 100 MiB a hash. Each of the API's hundreds of threads may have to hash,
    so that only TURNS bounds the memory.
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
