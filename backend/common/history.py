"""History tables: what a row was after each change, kept by triggers, never changed or emptied."""

from collections.abc import Callable
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory import trigger

from common.guards import WithoutSwitch, append_only, no_truncate

#: pghistory's own function reads settings that are mostly not set, raising and catching an error
#: for each; this asks first.
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
    """A history row for each new row."""


class Updated(_PlainTracker, pghistory.UpdateEvent):
    """A history row for each change of a tracked field, or of those that `condition` names."""


def keep_history(
    *trackers: pghistory.Tracker, model_name: str, fields: list[str] | None = None
) -> Callable[[type[models.Model]], type[models.Model]]:
    """Give a model its history table `model_name`; who and why come from `pghistory.context`."""
    track: Callable[[type[models.Model]], type[models.Model]] = pghistory.track(
        *trackers,
        fields=fields,
        model_name=model_name,
        # pghistory's own guard can be switched off by a session setting.
        append_only=False,
        meta={"triggers": [append_only(), no_truncate()]},
        # 32 bits, pghistory's own choice, run out at the rates this is built for.
        # Nothing asks for the rows of one context, and each change would pay for the index.
        context_field=pghistory.ContextForeignKey(db_index=False),
        attrs={"pgh_id": models.BigAutoField(primary_key=True)},
    )
    return track
