"""`manage.py second_factor`: enrols an operator's second factor, and prints its secrets once."""

from io import StringIO
from typing import Any

import segno
from django.core.management.base import BaseCommand, CommandError, CommandParser

from users import second_factor
from users.models import User


class Command(BaseCommand):
    """Run by the server's administrator while the operator is present to scan the QR code."""

    help = "Enrol an operator's authenticator app; print key, QR code and ten recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the operator's phone number, and the options --reset and --code."""
        parser.add_argument("phone_number", help="any spelling")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--reset", action="store_true", help="replace the one there is")
        choice.add_argument(
            "--code", action="store_true", help="print a code that works now; with DEBUG only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Enrol the operator, or with --code print a code for a demo account."""
        user = _find_operator(options["phone_number"])
        if options["code"]:
            self.stdout.write(_code_for_play(user))
            return
        try:
            self._print(second_factor.enrol(user, replace=options["reset"]))
        except second_factor.AlreadyEnrolled as error:
            raise CommandError("There is a second factor already; --reset replaces it.") from error

    def _print(self, enrolment: second_factor.Enrolment) -> None:
        self.stdout.write("Scan this with an authenticator app:\n")
        drawing = StringIO()
        segno.make(enrolment.address).terminal(out=drawing, compact=True)
        self.stdout.write(drawing.getvalue())
        self.stdout.write(f"or type the key   {enrolment.key}")
        self.stdout.write(f"or open           {enrolment.address}\n")
        self.stdout.write("Recovery codes, each for one log-in without the app. Write them down:")
        for code in enrolment.recovery_codes:
            self.stdout.write(f"  {code}")
        self.stdout.write("Nothing of this is shown again.")


def _find_operator(phone_number: str) -> User:
    user = User.objects.filter(phone_number=User.objects.normalise(phone_number)).first()
    if user is None or not user.is_staff:
        raise CommandError("No operator has this number (an account with is_staff).")
    return user


def _code_for_play(user: User) -> str:
    if not second_factor.is_enrolled(user):
        raise CommandError("There is no second factor yet.")
    try:
        return second_factor.current_code(user)
    except PermissionError as error:
        raise CommandError("Codes come from the operator's own app: DEBUG is off.") from error
