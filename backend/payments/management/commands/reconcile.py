"""Run one pass of the reconciliation by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from common import clock
from payments.models import NO_ANSWER, UnansweredDeposit
from payments.services import reconcile_due_deposits
from users.phone import mask_phone_number

#: The admin lists them all.
_SHOWN = 50


class Command(BaseCommand):
    """`manage.py reconcile`: send one status query for each deposit that is due."""

    help = (
        "Ask M-Pesa about every deposit that is due, settle the answers, print what was done, and"
        " which deposits have to be looked for in M-Pesa's statement."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        report = reconcile_due_deposits(now=clock.now())
        for transaction_id, outcome in report.outcomes.items():
            self.stdout.write(f"deposit {transaction_id}: {outcome}")
        counts = ", ".join(f"{count} {name}" for name, count in sorted(report.counts().items()))
        self.stdout.write(
            f"asked about {len(report.outcomes)} deposits ({counts or 'none due'}); "
            f"{report.escalated} escalated to operators"
        )
        for txn in UnansweredDeposit.objects.filter(review_reason=NO_ANSWER)[:_SHOWN]:
            self.stdout.write(
                f"deposit {txn.pk} has no answer: look in M-Pesa's statement for"
                f" {txn.account_reference}, KES {txn.amount:.0f},"
                f" {mask_phone_number(txn.phone_number)}, {txn.created_at:%Y-%m-%d %H:%M} UTC"
            )
