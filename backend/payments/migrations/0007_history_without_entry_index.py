from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

# Dropped beside whoever writes deposits meanwhile; Django's own AlterField would lock the table.
_INDEX = "payments_transactionhistory_credit_entry_id_30243b6a"
_DROP = f"DROP INDEX CONCURRENTLY IF EXISTS {_INDEX}"
_CREATE = (
    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_INDEX}"
    " ON payments_transactionhistory (credit_entry_id)"
)


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [
        ("payments", "0006_deposits_to_look_for"),
        ("wallet", "0002_posting_view"),
    ]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_DROP, _CREATE)],
            [
                migrations.AlterField(
                    "transactionhistory",
                    "credit_entry",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="wallet.journalentry",
                    ),
                ),
            ],
        ),
    ]
