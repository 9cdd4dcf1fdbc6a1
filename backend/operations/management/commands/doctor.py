"""`manage.py doctor`: check this deployment, and say how to fix each problem."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from operations.doctor.connections import database_checks, other_checks
from operations.doctor.paybill import paybill_checks
from operations.doctor.push import push_and_follow
from operations.doctor.results import (
    DoctorResult,
    as_json,
    has_problem,
    problem,
    run_checks,
    run_group,
    write_lines,
    write_summary,
)
from operations.doctor.safaricom import safaricom_checks
from operations.doctor.surroundings import is_live, surroundings_checks
from payments.conf import deposit_rules
from users.models import User
from users.phone import InvalidPhoneNumber, parse_phone_number


class Command(BaseCommand):
    """Exit status 1 where a check finds a problem, 0 where there are only warnings."""

    help = (
        "Check this deployment and say what to do, one line per result. "
        "--push 1 254712345678 also sends a test prompt and follows it."
    )
    # Django must not stop at a failed system check: the command reports it instead.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the results for machines")
        parser.add_argument(
            "--push",
            nargs=2,
            metavar=("AMOUNT", "PHONE"),
            help="prompt the account with this number for the smallest deposit, and follow it",
        )
        parser.add_argument("--yes", action="store_true", help="really push where money is real")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all checks, then the test push where --push is given."""
        if options["push"]:
            self._refuse_push(options)
        results = self._report(_look(), is_silent=options["json"])
        if options["push"]:
            results += self._report(self._push(*options["push"]), is_silent=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(results), indent=2))
        else:
            self.stdout.write(write_summary(results))
        if has_problem(results):
            sys.exit(1)

    def _report(self, results: Iterable[DoctorResult], *, is_silent: bool) -> list[DoctorResult]:
        """Print each result at once, because a push takes minutes; return them all."""
        found = []
        for result in results:
            found.append(result)
            if not is_silent:
                self.stdout.write(next(write_lines([result])))
                self.stdout.flush()
        return found

    def _refuse_push(self, options: dict[str, Any]) -> None:
        """Refuse a --push that is no test.

        Raises:
            CommandError: not the smallest amount, or real money without --yes.
        """
        smallest = deposit_rules().lowest_amount
        if options["push"][0] != str(smallest):
            message = f"A test push is for the smallest deposit: --push {smallest} PHONE"
            raise CommandError(message)
        if is_live(settings) and not options["yes"]:
            raise CommandError("Money is real here: say --yes as well.")

    def _push(self, amount: str, phone: str) -> Iterator[DoctorResult]:
        """Send a push to the account with this phone number, and follow it."""
        try:
            user = User.objects.filter(phone_number=parse_phone_number(phone)).first()
        except (InvalidPhoneNumber, DatabaseError) as error:
            yield problem("push", f"no account could be found: {type(error).__name__}", _WHOM)
            return
        if user is None:
            yield problem("push", "no account has this phone number", _WHOM)
            return
        yield from push_and_follow(user, int(amount))


_WHOM = "name the number of an account that exists here"


def _look() -> Iterator[DoctorResult]:
    errors = [error for error in checks.run_checks() if error.level >= checks.ERROR]
    yield from run_checks(surroundings_checks(settings, os.environ, errors))
    yield from run_checks(safaricom_checks(settings))
    yield from run_checks(paybill_checks(settings))
    yield from run_group(database_checks(settings))
    yield from run_checks(other_checks(settings))
