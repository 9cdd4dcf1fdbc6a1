from django.db import migrations, models

# Built beside whoever writes deposits meanwhile. A build that was broken off leaves an index that
# nothing uses, and that would count as there.
_BUILD = [
    "DROP INDEX CONCURRENTLY IF EXISTS payments_user_unpaid",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_user_unpaid ON payments_transaction"
    " (user_id, status, created_at DESC, id DESC) WHERE status IN ('PENDING', 'FAILED')",
]
_REMOVE = ["DROP INDEX CONCURRENTLY IF EXISTS payments_user_unpaid"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0003_oldest_queries")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "transaction",
                    models.Index(
                        condition=models.Q(("status__in", ["PENDING", "FAILED"])),
                        fields=["user", "status", "-created_at", "-id"],
                        name="payments_user_unpaid",
                    ),
                ),
            ],
        ),
    ]
