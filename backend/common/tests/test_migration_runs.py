"""Runs of indexes, constraints and guards render models once, and end in the same state."""

from typing import Any, ClassVar
from unittest.mock import patch

import pgtrigger
import pgtrigger.migrations
import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState, StateApps

from common import migration_runs

_GUARD = pgtrigger.Trigger(name="none", when=pgtrigger.Before, operation=pgtrigger.Delete, func="x")


class _Many(migrations.Migration):
    operations: ClassVar = [
        migrations.AddIndex("Shilling", models.Index(fields=["year"], name="year")),
        migrations.AddConstraint("Coin", models.UniqueConstraint(fields=["size"], name="size")),
        pgtrigger.migrations.AddTrigger("shilling", _GUARD),
        migrations.AddField("Coin", "weight", models.IntegerField(default=0)),
        migrations.AddIndex("Coin", models.Index(fields=["weight"], name="weight")),
        migrations.RemoveIndex("Shilling", "year"),
    ]


def _migration() -> migrations.Migration:
    return _Many("0002_many", "tests")


def _state() -> ProjectState:
    state = ProjectState()
    for name, field in (("Shilling", "year"), ("Coin", "size")):
        fields: dict[str, Any] = {"id": models.AutoField(primary_key=True)}
        fields[field] = models.IntegerField()
        migrations.CreateModel(name, list(fields.items())).state_forwards("tests", state)
    return state


@pytest.fixture
def joined() -> migrations.Migration:
    migration = _migration()
    migration_runs.join(migration)
    return migration


def _rendered(state: ProjectState, name: str) -> tuple[list[str], list[str], list[str]]:
    meta = state.apps.get_model("tests", name)._meta
    fields = [field.name for field in meta.get_fields()]
    return fields, [it.name for it in meta.indexes], [it.name for it in meta.constraints]


class TestJoin:
    def test_the_models_rendered_in_the_end_are_djangos(self, joined: Any) -> None:
        ours, expected = _state(), _state()
        assert ours.apps
        assert expected.apps

        joined.mutate_state(ours, preserve=False)
        _migration().mutate_state(expected, preserve=False)

        for name in ("shilling", "coin"):
            assert _rendered(ours, name) == _rendered(expected, name)
            mine, wanted = (state.models["tests", name] for state in (ours, expected))
            assert mine.options.keys() == wanted.options.keys()

    def test_a_run_renders_its_models_once(self, joined: Any) -> None:
        state = _state()
        assert state.apps

        with patch.object(StateApps, "render_multiple", autospec=True) as rendered:
            joined.mutate_state(state, preserve=False)

        # The first run, both its models together; the new field; the second run.
        names = [sorted(model.name for model in call.args[1]) for call in rendered.mock_calls]
        assert names == [["Coin", "Shilling"], ["Coin"], ["Coin", "Shilling"]]

    def test_a_state_whose_models_were_not_rendered_stays_so(self, joined: Any) -> None:
        state = _state()

        joined.mutate_state(state, preserve=False)

        assert "apps" not in state.__dict__
        assert [it.name for it in state.models["tests", "coin"].options["indexes"]] == ["weight"]
