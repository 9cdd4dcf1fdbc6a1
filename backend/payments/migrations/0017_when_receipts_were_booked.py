from django.db import migrations, models

# Built beside whoever settles payments meanwhile. One that broke half-way leaves an index that is
# not valid; the next run begins with it.
_DROP = "DROP INDEX CONCURRENTLY IF EXISTS payments_receipt_age"
_CREATE = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_receipt_age ON payments_receipt (booked_at)
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0016_transaction_status")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_DROP, migrations.RunSQL.noop),
                migrations.RunSQL(_CREATE, _DROP),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="receipt",
                    index=models.Index(fields=["booked_at"], name="payments_receipt_age"),
                ),
            ],
        ),
    ]
