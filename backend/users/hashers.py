"""Password hashing: Argon2id with OWASP's parameters, a bounded number of hashes at a time."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from common.turns import Turns
from users.errors import SignInBusy

#: The turns of this process. A hash takes 19 MiB of memory, so 8 at once take 152 MiB.
TURNS = Turns(at_once=8, waiting=32, busy=SignInBusy)


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
