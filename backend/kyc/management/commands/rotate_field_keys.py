"""Re-encrypts ID numbers after a change of FIELD_ENCRYPTION_KEYS (docs/decisions/0015)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyc import services


class Command(BaseCommand):
    """Safe beside running processes and to run again: a number that needs nothing is left alone."""

    help = "Encrypt ID numbers with the first key, and fingerprint them with the last."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all submissions and say what came of it, without a number."""
        done = services.rotate_keys()
        self.stdout.write(f"{done.rewritten} ID numbers rewritten, {done.checked} looked at.")
        for title, submission_ids in (
            ("No key opens the ID number of submission", done.unreadable),
            ("The same ID number verified somebody else, so decide about submission", done.twice),
        ):
            for submission_id in submission_ids:
                self.stderr.write(f"{title} {submission_id}.")
        if done.unreadable or done.twice:
            raise CommandError("Not all could be rewritten: keep the old keys until they can.")
