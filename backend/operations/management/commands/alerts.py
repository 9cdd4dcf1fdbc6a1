"""`manage.py alerts`: show what operators were told, or try the addresses that are told."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common import clock
from operations import messenger
from operations.ages import say_age
from operations.console.environment import get_stamp
from operations.models import Alert


class Command(BaseCommand):
    """Exit status of `show`: 0. Of `test`: 0 where every address took the message, else 1."""

    help = (
        "Show what waits and who was told (show), or send a message to every address of ALERT_URLS"
        " (test: exit status 1 where one does not take it)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help="what waits, and who was told")
        actions.add_parser("test", help="send a message to every address")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "show":
            self._show()
            return
        if not settings.ALERT_URLS:
            raise CommandError("nobody is told: set ALERT_URLS to addresses of apprise")
        says = "This is a try: nothing waits because of it."
        failure = messenger.send(f"[{get_stamp().label}] A try of Kibeezy's alerts", says)
        if failure:
            self.stderr.write(failure)
            sys.exit(1)
        self.stdout.write(f"taken by all {len(settings.ALERT_URLS)} addresses")

    def _show(self) -> None:
        now = clock.now()
        addresses = [messenger.scheme(url) for url in settings.ALERT_URLS]
        self.stdout.write(f"told: {', '.join(addresses) or 'nobody (ALERT_URLS is empty)'}")
        waiting = Alert.objects.filter(since__isnull=False).select_related("taken_by")
        for alert in waiting:
            age = say_age(now - (alert.since or now))
            self.stdout.write(f"{alert.kind}: for {age}, {_told(alert)}")
        if not waiting:
            self.stdout.write("nothing waits, as of the last look of the worker")


def _told(alert: Alert) -> str:
    if alert.taken_by and alert.taken_at:
        return f"taken by {alert.taken_by.full_name} at {timezone.localtime(alert.taken_at):%H:%M}"
    if alert.failed_at:
        return f"not told: {alert.failure}"
    if alert.told_at:
        return f"told {alert.told_times} times, last at {timezone.localtime(alert.told_at):%H:%M}"
    return "not told yet"
