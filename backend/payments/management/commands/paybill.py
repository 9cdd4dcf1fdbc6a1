"""`manage.py paybill`: register the addresses for payments by hand at M-Pesa, and show them."""

import getpass
import os
import socket
import sys
from itertools import chain
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.checks import moves_real_money
from payments.gateway import ProductMissing
from payments.models import PaybillRegistration
from payments.paybill_addresses import Fault, find_faults, probe_faults
from payments.services.registrations import (
    Knowledge,
    Registering,
    RegistrationReport,
    RegistrationStatus,
    judge_registrations,
    list_registrations,
    plan_registration,
    register_addresses,
)

#: Exit statuses; 2 is argparse's own, for arguments that cannot be read.
NOT_REGISTERED, ALREADY_REGISTERED, UNKNOWN = 1, 3, 4
_STATUS_BY_OUTCOME = {
    PaybillRegistration.Outcome.ALREADY_REGISTERED: ALREADY_REGISTERED,
    PaybillRegistration.Outcome.UNKNOWN: UNKNOWN,
}
_DELETE_FIRST = (
    "To register others, two managers delete these in the Daraja portal (Self Services, URL"
    " Management), or write to apisupport@safaricom.co.ke"
)
_SHOWN_STEPS = 20


class Command(BaseCommand):
    """`paybill register` and `paybill show`.

    Exit status of `register`: 0 registered, or a dry run that would go ahead; 1 not registered;
    3 M-Pesa has addresses already; 4 unknown whether it has registered these. Of `show`: 0 where
    the configured addresses are those recorded as registered, else 1.
    """

    help = (
        "Register the addresses where M-Pesa validates and confirms payments by hand, or show"
        " them. register: exit status 0 registered, 1 not, 3 there are addresses already, 4"
        " unknown. show: 0 where the configured addresses are the registered ones, else 1."
    )

    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        register = actions.add_parser("register", help="register the addresses at M-Pesa")
        register.add_argument(
            "--dry-run",
            action="store_true",
            help="look at settings and addresses; send M-Pesa nothing, record nothing",
        )
        register.add_argument(
            "--confirm",
            metavar="SHORTCODE",
            help="in place of typing the short code; not where money is real",
        )
        show = actions.add_parser("show", help="show the addresses and what is registered")
        show.add_argument(
            "--show-secret",
            action="store_true",
            help="write the whole addresses, for a letter to Safaricom: with them anybody can"
            " report payments",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Take the terminal to read from, which tests replace."""
        self._stdin: TextIO = options.pop("stdin", None) or sys.stdin
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PAYBILL_ENABLED:
            raise CommandError("Payments by hand are off: set PAYBILL_ENABLED=True.")
        if settings.MPESA_DEBUG:
            raise CommandError(
                "The mock registers nothing, since nobody can pay it by hand: set MPESA_DEBUG=False"
                " (make sandbox registers the addresses at the simulator)."
            )
        wanted = plan_registration(settings, recorded_by=_name_operator())
        if options["action"] == "show":
            self._show(wanted, is_secret_shown=options["show_secret"])
        else:
            self._register(wanted, options)

    def _show(self, wanted: Registering, *, is_secret_shown: bool) -> None:
        self._write_plan(wanted, is_secret_shown=is_secret_shown)
        rows = list_registrations(wanted)
        status = judge_registrations(wanted, rows)
        for row in rows[-_SHOWN_STEPS:]:
            self.stdout.write(_describe_row(row))
        self.stdout.write(_describe_status(status))
        if status.knowledge is not Knowledge.SAME:
            sys.exit(1)

    def _register(self, wanted: Registering, options: dict[str, Any]) -> None:
        self._write_plan(wanted, is_secret_shown=False)
        self.stdout.write(_describe_status(judge_registrations(wanted, list_registrations(wanted))))
        self._refuse_faults()
        if options["dry_run"]:
            self.stdout.write("Dry run: M-Pesa was sent nothing, and nothing is recorded.")
            return
        self._confirm(wanted, options["confirm"])
        self._finish(register_addresses(wanted))

    def _write_plan(self, wanted: Registering, *, is_secret_shown: bool) -> None:
        found = wanted.addresses
        validation, confirmation = (
            (found.validation_url, found.confirmation_url)
            if is_secret_shown
            else (found.masked_validation_url, found.masked_confirmation_url)
        )
        for name, value in (
            ("short code", wanted.business_short_code),
            ("at", wanted.daraja_host),
            ("version", wanted.version),
            ("response type", wanted.response_type),
            ("validation", validation),
            ("confirmation", confirmation),
        ):
            self.stdout.write(f"{name:<14} {value}")

    def _refuse_faults(self) -> None:
        """Write what is wrong with the addresses; refuse it where money is real and it is grave.

        Raises:
            CommandError: a grave fault, and real money.
        """
        is_real = moves_real_money(settings)
        grave = 0
        for fault in chain(find_faults(settings), probe_faults(settings)):
            stops = is_real and fault.is_grave
            grave += stops
            self.stdout.write(_describe_fault(fault, stops=stops))
        if grave:
            raise CommandError(
                "Not registered: in production M-Pesa takes addresses once, so mend them first.",
                returncode=NOT_REGISTERED,
            )

    def _confirm(self, wanted: Registering, given: str | None) -> None:
        """Let the operator type the short code.

        Raises:
            CommandError: there is no terminal, or something else was typed.
        """
        if given is not None and moves_real_money(settings):
            raise CommandError("Money is real here: type the short code at a terminal.")
        if given is None and not self._stdin.isatty():
            raise CommandError(
                "Not registered: the short code has to be typed, and this is no terminal (docker"
                " compose exec gives one; elsewhere than in production, --confirm SHORTCODE)."
            )
        if given is None:
            self.stdout.write(
                "In production M-Pesa takes addresses once, and nobody can read them back."
            )
            self.stdout.write("Type the short code to register them: ", ending="")
            self.stdout.flush()
            given = self._stdin.readline()
        if given.strip() != wanted.business_short_code:
            raise CommandError("Not registered: that is not the short code.")

    def _finish(self, report: RegistrationReport) -> None:
        """Write M-Pesa's answer.

        Raises:
            CommandError: M-Pesa did not say that it has registered the addresses.
        """
        if not report.is_recorded:
            self.stderr.write(
                f"M-Pesa's answer could not be recorded; write it down: {report.outcome}"
                f" {report.answer}"
            )
        if report.error is None:
            self.stdout.write(f"Registered: {report.answer}")
            self.stdout.write("Now pay one shilling by hand, and see it arrive.")
            return
        raise CommandError(
            _describe_error(report),
            returncode=_STATUS_BY_OUTCOME.get(report.outcome, NOT_REGISTERED),
        )


def _name_operator() -> str:
    """Return who runs the command: the account of this machine, and the machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may have no account of this number
        account = f"uid {os.getuid()}"
    return f"{account}@{socket.gethostname()}"[:150]


def _describe_fault(fault: Fault, *, stops: bool) -> str:
    return f"{'PROBLEM' if stops else 'warning'}  {fault.says}  ->  {fault.fix}"


def _describe_row(row: PaybillRegistration) -> str:
    answer = f": {row.answer}" if row.answer else ""
    return (
        f"{row.recorded_at:%Y-%m-%d %H:%M:%S} UTC  {row.outcome:<18} {row.version}"
        f" {row.response_type}  {row.confirmation_url_masked}  by {row.recorded_by}{answer}"
    )


def _describe_status(status: RegistrationStatus) -> str:
    at = f"{status.row.recorded_at:%Y-%m-%d %H:%M} UTC" if status.row else ""
    match status.knowledge:
        case Knowledge.SAME:
            return f"Recorded as registered since {at}: these addresses."
        case Knowledge.OTHER:
            names = ", ".join(status.differences)
            return (
                f"Recorded as registered since {at}, with different values: {names}."
                f" {_DELETE_FIRST}."
            )
        case Knowledge.UNCERTAIN:
            return (
                f"An attempt of {at} has no clear answer: its addresses may be registered. One"
                " shilling paid by hand tells."
            )
        case Knowledge.UNRECORDED:
            return (
                "M-Pesa has addresses for this short code that were not recorded here."
                f" {_DELETE_FIRST}."
            )
        case _:
            return "No registration is recorded."


def _describe_error(report: RegistrationReport) -> str:
    if isinstance(report.error, ProductMissing):
        other = "v1" if settings.PAYBILL_REGISTER_VERSION == "v2" else "v2"
        return (
            f"Not registered: the app has no C2B of this version ({report.answer}). Set"
            f" PAYBILL_REGISTER_VERSION={other}, or have the product added to the app; the keys"
            " are right."
        )
    match report.outcome:
        case PaybillRegistration.Outcome.ALREADY_REGISTERED:
            return (
                f"M-Pesa has addresses for this short code already, and does not say which"
                f" ({report.answer}). {_DELETE_FIRST}."
            )
        case PaybillRegistration.Outcome.UNKNOWN:
            return (
                f"Unknown whether they are registered: no clear answer ({report.answer}). Run this"
                " again: if M-Pesa then has addresses already, they are probably these."
            )
        case PaybillRegistration.Outcome.NOT_SENT:
            return f"Not registered: M-Pesa was not reached ({report.answer})."
        case _:
            return f"Not registered: M-Pesa rejects it ({report.answer})."
