from typing import ClassVar

from django.db import migrations, models

_NAME = "payments_pulled_failed"


class Migration(migrations.Migration):
    """Index the rows of M-Pesa's list that could not be settled."""

    # The index is built while rows are written. A build that was broken off leaves one
    # that is not valid; the next run begins with it.
    atomic = False

    dependencies: ClassVar = [("payments", "0029_questions_of_cases_checked")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    [
                        f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}",
                        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_NAME}"
                        " ON payments_pulledrow (pulled_at) WHERE verdict = 'failed'",
                    ],
                    [f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}"],
                )
            ],
            [
                migrations.AddIndex(
                    "pulledrow",
                    models.Index(
                        condition=models.Q(("verdict", "failed")), fields=["pulled_at"], name=_NAME
                    ),
                ),
            ],
        ),
    ]
