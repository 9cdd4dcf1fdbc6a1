"""History tables: triggers store a copy of a row after each change; copies are append-only."""

from collections.abc import Callable
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory import trigger

from common.guards import WithoutSwitch, append_only, no_truncate

#: Calls pghistory's function only where its setting is set: without settings the function raises
#: and catches an error for each, which is slow.
_CONTEXT = (
    "CASE WHEN nullif(current_setting('pghistory.context_id', true), '') IS NOT NULL"
    " THEN _pgh_attach_context() END"
)


class _HistoryTrigger(WithoutSwitch, trigger.Event):
    def get_func(self, model: models.Model) -> pgtrigger.Func:
        written: pgtrigger.Func = super().get_func(model)  # type: ignore[no-untyped-call]
        text = written.func.replace("_pgh_attach_context()", _CONTEXT)
        return pgtrigger.Func(text)  # type: ignore[no-untyped-call]


class _PlainTracker(pghistory.RowEvent):
    def add_event_trigger(self, event_model: Any) -> None:
        pgtrigger.register(
            _HistoryTrigger(  # type: ignore[no-untyped-call]
                event_model=event_model,
                label=self.label,
                name=self.trigger_name,
                row=self.row,
                operation=self.operation,
                condition=self.condition,
                level=self.level,
            )
        )(event_model.pgh_tracked_model)


class Inserted(_PlainTracker, pghistory.InsertEvent):
    """Stores a history row for each INSERT."""


class Updated(_PlainTracker, pghistory.UpdateEvent):
    """Stores a history row for each UPDATE of a tracked field, or of the fields in `condition`."""


def keep_history(
    *trackers: pghistory.Tracker,
    model_name: str,
    fields: list[str] | None = None,
    attrs: dict[str, Any] | None = None,
    guard: pgtrigger.Trigger | None = None,
) -> Callable[[type[models.Model]], type[models.Model]]:
    """Give a model its history table `model_name`; `pghistory.context` adds operator and reason.

    `attrs` are fields of the history in place of the copies that pghistory makes of `fields`.
    `guard` replaces the plain append-only guard, under the same name.
    """
    track: Callable[[type[models.Model]], type[models.Model]] = pghistory.track(
        *trackers,
        fields=fields,
        model_name=model_name,
        # pghistory's own append-only trigger can be switched off by a session setting.
        append_only=False,
        meta={"triggers": [guard or append_only(), no_truncate()]},
        # No query looks up rows by context, and each change would pay for the index.
        context_field=pghistory.ContextForeignKey(db_index=False),
        # pghistory's default key has 32 bits, too few for the rates this is built for.
        attrs={"pgh_id": models.BigAutoField(primary_key=True), **(attrs or {})},
    )
    return track
