from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Let questions name two more reasons. The release before writes none of them."""

    dependencies: ClassVar = [("payments", "0027_statement_lookups")]

    operations: ClassVar = [
        migrations.AlterField(
            "transactionquery",
            "why",
            models.CharField(
                choices=[
                    ("claim", "Claim"),
                    ("unbooked", "Unbooked"),
                    ("case", "Case"),
                    ("old_receipt", "Old Receipt"),
                    ("operator", "Operator"),
                ],
                max_length=16,
            ),
        ),
        migrations.RemoveConstraint("transactionquery", "payments_txnquery_why"),
        # Wider than the constraint that it replaces, so every row has it already.
        AddConstraintNotValid(
            "transactionquery",
            models.CheckConstraint(
                condition=Q(
                    why__in=["claim", "unbooked", "case", "old_receipt"], asked_by__isnull=True
                )
                | Q(why="operator", asked_by__isnull=False),
                name="payments_txnquery_reason",
            ),
        ),
    ]
