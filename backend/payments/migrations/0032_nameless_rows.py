from typing import ClassVar

from django.db import migrations, models

_WHERE = "WHERE kind = 'payment' AND personal_number = '' AND reference = ''"
_TABLE = "payments_statementrow"
_NEW = f"payments_statement_nameless ON {_TABLE} (amount_in, completed_at) {_WHERE}"
_OLD = f"payments_statement_unnamed ON {_TABLE} (file_id, amount_in, completed_at) {_WHERE}"


class Migration(migrations.Migration):
    """Look up rows without a readable account number by amount and time (decision 0069)."""

    # Built while rows are written. A build that was broken off leaves an index that is not valid;
    # the next run begins with it.
    atomic = False

    dependencies: ClassVar = [("payments", "0031_pull_requests")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS payments_statement_nameless",
                        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_NEW}",
                        "DROP INDEX CONCURRENTLY IF EXISTS payments_statement_unnamed",
                    ],
                    [
                        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_OLD}",
                        "DROP INDEX CONCURRENTLY IF EXISTS payments_statement_nameless",
                    ],
                )
            ],
            [
                migrations.RemoveIndex("statementrow", "payments_statement_unnamed"),
                migrations.AddIndex(
                    "statementrow",
                    models.Index(
                        condition=models.Q(
                            ("kind", "payment"), ("personal_number", ""), ("reference", "")
                        ),
                        fields=["amount_in", "completed_at"],
                        name="payments_statement_nameless",
                    ),
                ),
            ],
        ),
    ]
