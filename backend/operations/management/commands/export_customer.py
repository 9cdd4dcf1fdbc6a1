"""`manage.py export_customer`: write everything that is held about a customer, as JSON."""

import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from common import clock
from common.security_log import log_event
from operations.customer_export import export_customer
from users.models import User

_SHORTEST_REASON = 10


class Command(BaseCommand):
    """For a customer who asks for their data; the log keeps who was exported, when and why."""

    help = "Write everything that is held about a customer as JSON, without secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the customer's phone number, the reason and the file."""
        parser.add_argument("phone_number", help="the account's number, any spelling")
        parser.add_argument("--reason", required=True, help="at least ten characters, for the log")
        parser.add_argument(
            "--output", help="a new file, which only its owner may read; else standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the export.

        Raises:
            CommandError: no such account, no reason, or the file is there already.
        """
        reason = options["reason"].strip()
        if len(reason) < _SHORTEST_REASON:
            raise CommandError("A reason has at least ten characters.")
        number = User.objects.normalise(options["phone_number"])
        user = User.objects.filter(phone_number=number).first()
        if user is None:
            raise CommandError("No account has this number.")
        export = export_customer(user, now=clock.now())
        # Before anybody can read it: a broken pipe must not leave a copy that no line tells of.
        log_event("customer_exported", user=user.pk, reason=reason)
        text = json.dumps(export, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        self._write(text, options["output"])

    def _write(self, text: str, name: str | None) -> None:
        if name is None:
            self.stdout.write(text)
            return
        try:
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError("The file is there already.") from error
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
