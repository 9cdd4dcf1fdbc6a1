"""Asks M-Pesa for its own list of payments, and books what is missing here.

python manage.py pull --hours 48
"""

import sys
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from payments import conf
from payments.gateway import GatewayError
from payments.models import PullRun
from payments.services.pull import PullReport, pull_payments, register_pull

_LINES = (
    ("credited", "credited"),
    ("filled", "receipts filled"),
    ("held", "held"),
    ("known", "known already"),
    ("unreadable", "unreadable"),
    ("failed", "not settled"),
)
_WORDS = {
    PullRun.Outcome.COMPLETE: "The whole list came.",
    PullRun.Outcome.QUIET: "M-Pesa lists no payment, and we know of none.",
    PullRun.Outcome.BROKEN: (
        "M-Pesa lists no payment, but we know of some in these hours. The list is not kept for this"
        " short code (run pull --register), or the app lacks the product Pull Transactions."
    ),
    PullRun.Outcome.FAILED: "The list did not come to its end, or not all of it was settled.",
}


class Command(BaseCommand):
    """Exit status: 0 where the whole list came and was understood and settled, else 1."""

    help = (
        "Ask M-Pesa for its own list of the payments of the last hours, and settle those whose"
        " report was lost; it credits nothing twice. Exit status 0 where the whole list came and"
        " was understood and settled, else 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--hours", type=int, default=2, metavar="N", help="1 to 48, how far back; by default 2"
        )
        group.add_argument(
            "--register",
            action="store_true",
            help="have M-Pesa keep the list for the short code, which is needed once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PULL_ENABLED:
            raise CommandError("M-Pesa's list is not asked for: set PULL_ENABLED=True.")
        if not conf.pulls_payments():
            raise CommandError("The mock keeps no list of payments: set MPESA_DEBUG=False.")
        if options["register"]:
            self._register()
            return
        hours = options["hours"]
        if not 1 <= hours <= 48:
            raise CommandError("M-Pesa's list goes back 48 hours: write --hours 1 to 48.")
        report = pull_payments(now=clock.now(), window=timedelta(hours=hours))
        self._write(report)
        if not report.is_good:
            sys.exit(1)

    def _register(self) -> None:
        if not settings.PULL_NOMINATED_NUMBER:
            raise CommandError(
                "Set PULL_NOMINATED_NUMBER to the number that M-Pesa's portal has for the paybill"
                " (Organization, Details)."
            )
        try:
            registered = register_pull()
        except GatewayError as error:
            message = f"Unknown or not registered ({error.detail}). Running it again does no harm."
            raise CommandError(message) from error
        how = "from now on" if registered.is_new else "as before"
        self.stdout.write(f"M-Pesa keeps the list, {how}: {registered.description}")

    def _write(self, report: PullReport) -> None:
        self.stdout.write(f"{'rows':<16}{report.rows:>8}")
        for name, words in _LINES:
            self.stdout.write(f"{words:<16}{report.counts[name]:>8}")
        self.stdout.write(_WORDS[report.outcome])
        if report.detail:
            self.stdout.write(f"M-Pesa: {report.detail}")
