from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

# Built beside whoever writes meanwhile. A build that was broken off leaves an index that is not
# valid; the next run begins with it.
_INDEXES = {
    "payments_newest": "payments_transaction (created_at, amount)",
    "payments_suspense_open": "payments_suspensecase (opened_at) WHERE status = 'OPEN'",
    "payments_suspense_receipt": "payments_suspensecase (mpesa_receipt_number)",
    "payments_claim_receipts": "payments_claim USING gin (readings)",
    "payments_confirmation_doubt": "payments_confirmation (id) WHERE verdict = 'untrusted'",
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

    dependencies: ClassVar = [("payments", "0017_when_receipts_were_booked")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "transaction",
                    models.Index(fields=["created_at", "amount"], name="payments_newest"),
                ),
                migrations.AddIndex(
                    "suspensecase",
                    models.Index(
                        condition=models.Q(("status", "OPEN")),
                        fields=["opened_at"],
                        name="payments_suspense_open",
                    ),
                ),
                migrations.AddIndex(
                    "suspensecase",
                    models.Index(fields=["mpesa_receipt_number"], name="payments_suspense_receipt"),
                ),
                migrations.AddIndex(
                    "claim", GinIndex(fields=["readings"], name="payments_claim_receipts")
                ),
                migrations.AddIndex(
                    "confirmation",
                    models.Index(
                        condition=models.Q(("verdict", "untrusted")),
                        fields=["id"],
                        name="payments_confirmation_doubt",
                    ),
                ),
            ],
        ),
    ]
