"""Run one pass of the reconciliation by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from common import clock
from payments.services import reconcile_due_deposits


class Command(BaseCommand):
    """`manage.py reconcile`: send one status query for each deposit that is due."""

    help = "Ask M-Pesa about every deposit that is due, settle the answers, print what was done."

    def handle(self, *args: Any, **options: Any) -> None:
        report = reconcile_due_deposits(now=clock.now())
        for transaction_id, outcome in report.outcomes.items():
            self.stdout.write(f"deposit {transaction_id}: {outcome}")
        counts = ", ".join(f"{count} {name}" for name, count in sorted(report.counts().items()))
        self.stdout.write(
            f"asked about {len(report.outcomes)} deposits ({counts or 'none due'}); "
            f"{report.escalated} escalated to operators"
        )
