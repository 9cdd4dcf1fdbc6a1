"""Creates the two demo accounts: a verified customer and an operator. Never in production."""

import os
from contextlib import suppress
from typing import Any

import pghistory
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from users import second_factor
from users.models import User

CUSTOMER = "254712345678"
OPERATOR = "254700000001"


class Command(BaseCommand):
    """Run by `make run` and `make sandbox`; running it again changes nothing."""

    help = "Create the demo customer and the demo operator if they are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add options for the passwords; defaults come from the environment, else are public."""
        environment = os.environ.get
        parser.add_argument("--password", default=environment("DEMO_PASSWORD") or "kibeezy-demo")
        parser.add_argument(
            "--operator-password", default=environment("OPERATOR_PASSWORD") or "kibeezy-operator"
        )
        # Saves a separate `manage.py migrate`, since each start of Django takes a second.
        parser.add_argument("--migrate", action="store_true", help="Migrate the database first.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the missing accounts and print who can log in."""
        # The passwords are public, so these accounts may exist only where no money is real.
        is_play = settings.DEBUG or settings.MPESA_DEBUG
        if settings.MPESA_ENVIRONMENT == "production" or not is_play:
            raise CommandError("The demo accounts have public passwords: not where money is real.")
        if options["migrate"]:
            call_command("migrate", verbosity=0)
        verified = User.KycStatus.VERIFIED
        self._ensure(CUSTOMER, options["password"], full_name="Demo Customer", kyc_status=verified)
        rights = {"is_staff": True, "is_superuser": True}
        self._ensure(OPERATOR, options["operator_password"], full_name="Demo Operator", **rights)
        with suppress(second_factor.AlreadyEnrolled):
            # `manage.py second_factor --code` prints its codes, so its secrets need not be shown.
            second_factor.enrol(User.objects.get(phone_number=OPERATOR))

    def _ensure(self, phone_number: str, password: str, **fields: Any) -> None:
        name = fields["full_name"]
        if User.objects.filter(phone_number=phone_number).exists():
            self.stdout.write(f"{name}: {phone_number} (exists; its password was not changed)")
            return
        with pghistory.context(command="seed_demo"):
            User.objects.create_user(phone_number, password, **fields)
        self.stdout.write(f"{name}: {phone_number}, password {password}")
