"""`manage.py report_backup`: tells the watch that the database was backed up, or could not be."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from common import clock
from operations import backups


class Command(BaseCommand):
    """To be called at the end of your own backup, where it is not deploy/backup.sh."""

    help = "Report a backup of the database, for the home and the alerts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the time, and that it failed."""
        parser.add_argument(
            "--at",
            help="when it began, as 2026-12-01T02:00:00+03:00 (now, unless given): what was"
            " written later is not in it",
        )
        parser.add_argument("--failed", action="store_true", help="there is no backup of that time")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store it."""
        now = clock.now()
        at = now if options["at"] is None else _parse(options["at"])
        try:
            backups.report(at, now=now, is_good=not options["failed"])
        except backups.InFuture as error:
            says = f"{options['at']} is not over yet"
            raise CommandError(says) from error
        says = "failed" if options["failed"] else "is known"
        self.stdout.write(f"The backup of {at:%Y-%m-%d %H:%M:%S %Z} {says}.")


def _parse(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        says = f"{text!r} is no time with its zone, such as 2026-12-01T02:00:00+03:00"
        raise CommandError(says)
    return at
