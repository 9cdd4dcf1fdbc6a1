from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

# Built beside whoever writes meanwhile. A build that was broken off leaves an index that is not
# valid; the next run begins with it.
_INDEXES = {
    "users_proposal_open": "users_proposal (proposed_at) WHERE status = 'OPEN'",
    "users_user_name_words": "users_user USING gin (to_tsvector('simple', full_name))",
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

    dependencies: ClassVar = [("users", "0006_proposals_checked")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_BUILD, _REMOVE)],
            [
                migrations.AddIndex(
                    "proposal",
                    models.Index(
                        condition=models.Q(("status", "OPEN")),
                        fields=["proposed_at"],
                        name="users_proposal_open",
                    ),
                ),
                migrations.AddIndex(
                    "user",
                    GinIndex(
                        models.Func(
                            models.Value("simple"),
                            models.F("full_name"),
                            function="to_tsvector",
                            output_field=SearchVectorField(),
                        ),
                        name="users_user_name_words",
                    ),
                ),
            ],
        ),
    ]
