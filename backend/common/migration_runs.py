"""Lets Django render its models once for many indexes, constraints and guards of a migration.

After each of them Django builds the model, and all that point to it, again: more than half of the
time of a first `migrate`. None of them changes a field, so once after the last of a run is enough.
"""

from itertools import groupby
from typing import Any, cast

from django.db.migrations import Migration
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.state import ProjectState


def join(migration: Migration) -> None:
    """Change the migration, so that each run of such operations renders models once."""
    for is_run, found in groupby(migration.operations, lambda one: isinstance(one, IndexOperation)):
        operations = list(found)
        if is_run and len(operations) > 1:
            models = {cast("Any", one).model_name.lower() for one in operations}
            for operation in operations:
                is_last = operation is operations[-1]
                _replace_state_forwards(operation, models if is_last else set())


def _replace_state_forwards(operation: Any, rendered_after: set[str]) -> None:
    original = operation.state_forwards

    def state_forwards(app_label: str, state: ProjectState) -> None:
        # A state without `apps` is one whose models were not rendered yet: it renders none.
        apps = state.__dict__.pop("apps", None)
        original(app_label, state)
        if apps is not None:
            state.__dict__["apps"] = apps
            if rendered_after:
                state.reload_models([(app_label, name) for name in rendered_after])

    operation.state_forwards = state_forwards
