"""Replay stored callbacks and confirmations: settle them again."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from common import clock
from payments.models import CallbackEvent, Confirmation
from payments.services import replay_callback, replay_confirmation

_KINDS: tuple[tuple[str, type[CallbackEvent] | type[Confirmation], Any], ...] = (
    ("callback", CallbackEvent, replay_callback),
    ("confirmation", Confirmation, replay_confirmation),
)


class Command(BaseCommand):
    """`manage.py replay_callbacks [--id N ...] [--confirmation N ...] [--all]`."""

    help = (
        "Settle stored callbacks and confirmations again: those never settled, those given, or all."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--id", type=int, nargs="*", dest="callback", help="these callbacks")
        parser.add_argument("--confirmation", type=int, nargs="*", help="these confirmations")
        parser.add_argument("--all", action="store_true", help="every one of both; harmless")

    def handle(self, *args: Any, **options: Any) -> None:
        are_given = bool(options["callback"] or options["confirmation"])
        for name, model, replay in _KINDS:
            rows = model._default_manager.order_by("id")
            if are_given:
                rows = rows.filter(pk__in=options[name] or [])
            elif not options["all"]:
                rows = rows.filter(verdict=model.Verdict.RECEIVED)
            for row in rows.iterator():
                self._replay(name, row, replay)

    def _replay(self, name: str, row: CallbackEvent | Confirmation, replay: Any) -> None:
        try:
            verdict = replay(row, now=clock.now())
        except DatabaseError as error:
            self.stderr.write(f"{name} {row.pk}: failed again: {error}")
        else:
            self.stdout.write(f"{name} {row.pk}: {verdict}")
