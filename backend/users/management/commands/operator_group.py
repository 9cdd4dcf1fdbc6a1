"""`manage.py operator_group`: puts an account into a group of operators, on the server."""

from typing import Any

import pghistory
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.db import transaction as db_transaction

from users.models import User


class Command(BaseCommand):
    """For the first Admins, before there are two who could approve, and where too few are left who
    are switched on; the history names it.
    """

    help = (
        "Make an account an operator of a group: Support, Finance, Compliance or Admin. An account"
        " that is switched off is switched on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account's phone number, and the group."""
        parser.add_argument("phone_number", help="any spelling")
        parser.add_argument("group")

    def handle(self, *args: Any, **options: Any) -> None:
        """Put the account into the group."""
        number = User.objects.normalise(options["phone_number"])
        user = User.objects.filter(phone_number=number).first()
        group = Group.objects.filter(name=options["group"]).first()
        if user is None:
            raise CommandError("No account has this number; sign up, or createsuperuser, first.")
        if group is None:
            raise CommandError("No group has this name; `migrate` makes the four.")
        try:
            with db_transaction.atomic(), pghistory.context(command="operator_group"):
                user.groups.add(group)
                User.objects.filter(pk=user.pk).update(is_staff=True, is_active=True)
        except IntegrityError as error:
            raise CommandError(str(error).splitlines()[0]) from error
        names = ", ".join(sorted(user.groups.values_list("name", flat=True)))
        self.stdout.write(f"{user} is in: {names}")
