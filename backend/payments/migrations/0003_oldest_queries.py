from django.db import migrations, models

# Built beside whoever writes deposits meanwhile. One that broke half-way leaves an index that is
# not valid; the next run begins with it.
_DROP = "DROP INDEX CONCURRENTLY IF EXISTS payments_oldest_queries"
_CREATE = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_oldest_queries
    ON payments_transaction (created_at) WHERE next_query_at IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0002_storage")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_DROP, migrations.RunSQL.noop),
                migrations.RunSQL(_CREATE, _DROP),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="transaction",
                    index=models.Index(
                        fields=["created_at"],
                        name="payments_oldest_queries",
                        condition=models.Q(next_query_at__isnull=False),
                    ),
                ),
            ],
        ),
    ]
