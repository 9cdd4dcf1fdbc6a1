from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Built beside whoever writes deposits meanwhile. A build that was broken off leaves an index that
# is not valid; the next run begins with it.
_DROP = "DROP INDEX CONCURRENTLY IF EXISTS payments_to_look_for"


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("payments", "0005_completed_after_created")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="UnansweredDeposit",
            fields=[],
            options={
                "verbose_name": "deposit to look for",
                "verbose_name_plural": "deposits to look for",
                "ordering": ["id"],
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("payments.transaction",),
        ),
        migrations.RunSQL(_DROP, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("review_reason", "no_answer")),
                fields=["id"],
                name="payments_to_look_for",
            ),
        ),
    ]
