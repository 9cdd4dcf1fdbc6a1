"""`manage.py database_roles`: creates the application's and the reader's role, grants rights.

Run it as the owner of the tables, after `migrate`, with every release.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from common import database_roles
from common.database_roles import Role, TimeLimits


class Command(BaseCommand):
    """Create the roles and grant each its rights."""

    help = "Makes the database's roles of the application and of readers, and grants their rights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--application", default="kibeezy_app", metavar="ROLE")
        parser.add_argument("--reader", default="kibeezy_read", metavar="ROLE")

    def handle(self, *args: Any, **options: Any) -> None:
        # Passwords come from the environment: other users could read arguments in the process list.
        application = Role(options["application"], settings.DATABASE_APPLICATION_PASSWORD)
        reader = Role(options["reader"], settings.DATABASE_READER_PASSWORD)
        limits = TimeLimits(settings.DB_LOCK_TIMEOUT_MS, settings.DB_STATEMENT_TIMEOUT_MS)
        try:
            database_roles.grant(application=application, reader=reader, limits=limits)
        except database_roles.UnsafeRole as error:
            raise CommandError(str(error)) from error
        for role in (application, reader):
            password = "" if role.password is None else ", with its password"
            self.stdout.write(f"{role.name} has its rights{password}")
