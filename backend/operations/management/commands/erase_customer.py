"""`manage.py erase_customer`: close an account, and erase its customer's name and number."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from users import erasure
from users.models import User

_SHORTEST_REASON = 10


class Command(BaseCommand):
    """For the server, where no two operators are at hand, and after a restore from a backup."""

    help = "Close a customer's account and erase name and number; what the law asks for is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the customer and the reason."""
        parser.add_argument("customer", help="the account's number, any spelling, or its id as #17")
        parser.add_argument("--reason", required=True, help="at least ten characters, for the log")
        parser.add_argument(
            "--check", action="store_true", help="say what prevents it, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase the customer, or say what prevents it.

        Raises:
            CommandError: no such account, no reason, or something prevents it.
        """
        reason = options["reason"].strip()
        if len(reason) < _SHORTEST_REASON:
            raise CommandError("A reason has at least ten characters.")
        user = _find(options["customer"])
        if options["check"]:
            found = erasure.find_hindrances(user, now=clock.now())
            if found:
                raise CommandError(" ".join(erasure.WORDS[word] for word in found))
            self.stdout.write("Nothing prevents it.")
            return
        try:
            is_new = erasure.erase_by_command(user, reason=reason, now=clock.now())
        except erasure.Hindered as error:
            says = f"Nothing was changed. {error}"
            raise CommandError(says) from error
        self.stdout.write(
            f"Customer {user.pk} is erased. {_kept()}" if is_new else "It was done before."
        )


def _find(text: str) -> User:
    by_id = text.removeprefix("#")
    if text.startswith("#") and by_id.isdigit():
        user = User.objects.filter(pk=int(by_id)).first()
    else:
        user = User.objects.filter(phone_number=User.objects.normalise(text)).first()
    if user is None:
        raise CommandError("No such account.")
    return user


def _kept() -> str:
    return (
        "Tell the customer: the record of payments, and the identity as it was handed in, is kept"
        f" for {settings.RETENTION_YEARS} years, because the law against money laundering asks for"
        " it (docs/retention.md)."
    )
