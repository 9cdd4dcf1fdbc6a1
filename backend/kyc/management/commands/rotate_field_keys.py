"""`manage.py rotate_field_keys`: re-encrypts ID numbers after FIELD_ENCRYPTION_KEYS changed.

docs/decisions/0015 describes a change of keys.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyc import services


class Command(BaseCommand):
    """May run beside the API, and again; it skips ID numbers that use the right keys already."""

    help = "Encrypt ID numbers with the first key, and fingerprint them with the last."

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-encrypt all submissions' ID numbers; print counts and ids, never an ID number."""
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
