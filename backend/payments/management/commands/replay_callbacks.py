"""Replay stored callbacks: settle them again."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from common import clock
from payments.models import CallbackEvent
from payments.services import replay_callback


class Command(BaseCommand):
    """`manage.py replay_callbacks [--id N ...] [--all]`."""

    help = "Settle stored callbacks again: those never settled, the ids given, or all of them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--id", type=int, nargs="*", dest="ids", help="these callbacks")
        parser.add_argument("--all", action="store_true", help="every callback; harmless")

    def handle(self, *args: Any, **options: Any) -> None:
        events = CallbackEvent.objects.order_by("id")
        if options["ids"]:
            events = events.filter(pk__in=options["ids"])
        elif not options["all"]:
            events = events.filter(verdict=CallbackEvent.Verdict.RECEIVED)
        for event in events.iterator():
            try:
                verdict = replay_callback(event, now=clock.now())
            except DatabaseError as error:
                self.stderr.write(f"callback {event.pk}: failed again: {error}")
            else:
                self.stdout.write(f"callback {event.pk}: {verdict}")
