from typing import ClassVar

from django.db import migrations, models

# Built beside whoever writes deposits meanwhile. A build that was broken off leaves an index that
# is not valid; the next run begins with it.
_REMOVE = ["DROP INDEX CONCURRENTLY IF EXISTS payments_to_look_for"]
_BUILD = [
    *_REMOVE,
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_to_look_for ON payments_transaction (id)"
    " WHERE review_reason = 'no_answer'",
]


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
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "transaction",
                    models.Index(
                        condition=models.Q(("review_reason", "no_answer")),
                        fields=["id"],
                        name="payments_to_look_for",
                    ),
                ),
            ],
        ),
    ]
