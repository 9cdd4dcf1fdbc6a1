from typing import ClassVar

from django.db import migrations, models

# Built beside whoever writes meanwhile. A build that was broken off leaves an index that is not
# valid; the next run begins with it.
_INDEXES = {
    "payments_statement_waiting": (
        "payments_statementrow (file_id) WHERE verdict = '' AND NOT (action = '')"
    ),
    "payments_paybill_typed": "payments_paybillpayment (account_number)",
}
_REMOVE = [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in _INDEXES]
_BUILD = [
    statement
    for name, on in _INDEXES.items()
    for statement in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}",
    )
]


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("payments", "0021_shares")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "statementrow",
                    models.Index(
                        condition=models.Q(("verdict", ""))
                        & models.Q(("action", ""), _negated=True),
                        fields=["file"],
                        name="payments_statement_waiting",
                    ),
                ),
                migrations.AddIndex(
                    "paybillpayment",
                    models.Index(fields=["account_number"], name="payments_paybill_typed"),
                ),
            ],
        ),
        # The lists and forms of the admin are called as the console's navigation calls them.
        migrations.AlterModelOptions(
            name="paybillpayment",
            options={
                "default_permissions": ("view",),
                "verbose_name": "payment by hand",
                "verbose_name_plural": "payments by hand",
            },
        ),
        migrations.AlterModelOptions(
            name="pullrun",
            options={
                "default_permissions": ("view",),
                "ordering": ["-id"],
                "verbose_name": "pull",
            },
        ),
        migrations.AlterModelOptions(
            name="statementimport",
            options={
                "default_permissions": ("view", "add"),
                "ordering": ["-id"],
                "verbose_name": "statement",
            },
        ),
        migrations.AlterModelOptions(
            name="transaction",
            options={"ordering": ["-created_at", "-id"], "verbose_name": "deposit"},
        ),
        migrations.AlterModelOptions(
            name="transactionquery",
            options={
                "default_permissions": ("view",),
                "ordering": ["-id"],
                "verbose_name": "question to M-PESA",
                "verbose_name_plural": "questions to M-PESA",
            },
        ),
    ]
