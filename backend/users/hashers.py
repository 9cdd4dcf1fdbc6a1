"""How passwords are hashed: Argon2id with OWASP's parameters."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """19 MiB and two passes: as strong as OWASP asks (Password Storage Cheat Sheet).

    Django's own take 100 MiB. With one hash per thread, WEB_THREADS log-ins at once from many
    addresses would need gigabytes, and the process that takes payments would die of them.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
