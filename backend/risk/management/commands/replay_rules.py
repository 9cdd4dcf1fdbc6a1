"""`manage.py replay_rules`: applies the present rules to stored decisions, prints differences."""

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from risk.replay import Replayed, replay
from risk.rules import RULES
from risk.thresholds import InvalidThreshold, parse_thresholds
from risk.verdicts import Verdict

#: Exit statuses: 0 no verdict differs, 1 some verdict differs, 2 the arguments are invalid.
_DIFFERS, _SENSELESS = 1, 2


def _moment(text: str) -> datetime:
    """Parse an ISO date or time; without an offset it is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    """`manage.py replay_rules [--since DATE] [--rule NAME] [--threshold NAME=NUMBER ...]`."""

    help = "Judge stored decisions by today's rules; exit status 1 if any verdict would differ."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--since", type=_moment, help="decisions from this date or time on")
        parser.add_argument("--rule", choices=list(RULES), help="look at this rule alone")
        parser.add_argument(
            "--threshold",
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            help="try another threshold than the one in force; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each decision that would differ, then the counts."""
        try:
            thresholds = parse_thresholds([*settings.RISK_THRESHOLDS, *options["threshold"]])
        except InvalidThreshold as error:
            raise CommandError(str(error), returncode=_SENSELESS) from error
        moves: Counter[tuple[Verdict, Verdict]] = Counter()
        for one in replay(thresholds=thresholds, since=options["since"], rule=options["rule"]):
            moves[one.then, one.now] += 1
            if one.then is not one.now:
                self.stdout.write(_describe(one))
        for (then, now), count in sorted(moves.items()):
            self.stdout.write(f"{then} -> {now}: {count}")
        differing = sum(count for (then, now), count in moves.items() if then is not now)
        self.stdout.write(f"{sum(moves.values())} decisions, {differing} would differ")
        if differing:
            sys.exit(_DIFFERS)


def _describe(one: Replayed) -> str:
    about = one.decision.transaction_id
    subject = f"deposit {about}" if about else f"refused, user {one.decision.user_id}"
    reasons = "; ".join(f"{finding.rule}: {finding.reason}" for finding in one.findings)
    line = f"decision {one.decision.pk} ({subject}): {one.then} -> {one.now}"
    return f"{line}: {reasons}" if reasons else line
