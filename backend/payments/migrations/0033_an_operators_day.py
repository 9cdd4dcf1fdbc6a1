from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

_TABLE = "payments_suspensecase"
_INDEXES = {
    "payments_suspense_given": "(resolved_by_id, resolved_at) WHERE decision = 'credited'",
    "payments_suspense_corrected": "(corrected_by_id) WHERE corrected_by_id IS NOT NULL",
}
_REMOVE = [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in _INDEXES]
_BUILD = [
    statement
    for name, on in _INDEXES.items()
    for statement in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {_TABLE} {on}",
    )
]


class Migration(migrations.Migration):
    """Sum up what one operator decided alone without reading every case (decision 0084)."""

    # Built while cases are written. A build that was broken off leaves an index that is not valid;
    # the next run begins with it.
    atomic = False

    dependencies: ClassVar = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("payments", "0032_nameless_rows"),
    ]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "suspensecase",
                    models.Index(
                        condition=models.Q(("decision", "credited")),
                        fields=["resolved_by", "resolved_at"],
                        name="payments_suspense_given",
                    ),
                ),
                migrations.AddIndex(
                    "suspensecase",
                    models.Index(
                        condition=models.Q(("corrected_by__isnull", False)),
                        fields=["corrected_by"],
                        name="payments_suspense_corrected",
                    ),
                ),
            ],
        ),
    ]
