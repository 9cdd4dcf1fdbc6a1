"""Recompute the whole ledger and print every difference."""

import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from payments import audit as deposits_audit
from wallet import audit as wallet_audit


class Command(BaseCommand):
    """`manage.py check_ledger`: exit status 1 if anything differs."""

    help = "Recompute balances, zero sums, seals and credits; exit status 1 if any differs."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = list(chain(wallet_audit.find_problems(), deposits_audit.find_problems()))
        for found in problems:
            self.stdout.write(f"{found.row}: {found.problem}")
        if problems:
            self.stderr.write(f"{len(problems)} differences")
            sys.exit(1)
        self.stdout.write("ledger is in order: 0 differences")
