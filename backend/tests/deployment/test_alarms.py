"""docs/alarms.md and docs/runbook.md against the rules of Prometheus, the home and the console."""

import re
from typing import Any

import pytest
import yaml
from django.contrib import admin
from django.core.management import get_commands

from operations.console.places import _GROUPS
from operations.needs import KINDS
from tests.deployment.project import ROOT

_ALARMS = (ROOT / "docs/alarms.md").read_text()
_RUNBOOK = (ROOT / "docs/runbook.md").read_text()
_KINDS = {kind.name: kind for kind in KINDS}
_ANCHOR = re.compile(r"\(runbook\.md#([a-z0-9-]+)\)")


def _rules() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


_RULES = _rules()


def _rows(heading: str) -> list[list[str]]:
    part = _ALARMS.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


_MISHAPS, _OTHERS = _rows("The fifteen mishaps"), _rows("All other alarms")
_HOME_ONLY = _rows("On the home only")


def _chapters() -> dict[str, str]:
    """Return each chapter's text by its anchor, without the chapters below it."""
    found = {}
    for part in re.split(r"(?m)^#{2,3} ", _RUNBOOK)[1:]:
        heading, _, text = part.partition("\n")
        anchor = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found[anchor] = text
    return found


_CHAPTERS = _chapters()


def _kinds_of(rule: dict[str, Any]) -> set[str]:
    found = re.findall(r'kind=~?"([^"]+)"', rule["expr"])
    of_queue = {"jobs"} if rule["expr"].startswith("queue_jobs{") else set()
    return of_queue | {name for names in found for name in names.split("|")}


def _check_alarm(cell: str, told: str, chapter: str) -> dict[str, Any]:
    """Hold what a line says of its alarm against the rule, and return the rule."""
    name, _, delay = cell.partition(", ")
    rule = _RULES[name.strip("`")]
    assert delay == rule.get("for", "at once")
    assert told == rule["labels"]["severity"]
    assert _ANCHOR.findall(chapter) == [rule["annotations"]["runbook"].partition("#")[2]]
    return rule


class TestAlarms:
    def test_all_fifteen_mishaps_are_there(self) -> None:
        assert {int(re.sub(r"\D", "", row[0])) for row in _MISHAPS} == set(range(1, 16))

    @pytest.mark.parametrize("row", _MISHAPS, ids=lambda row: row[0])
    def test_a_line_says_what_rule_and_home_say(self, row: list[str]) -> None:
        _, _, metric, alarm, told, kind, chapter = row

        rule = _check_alarm(alarm, told, chapter)

        assert metric.strip("`") in rule["expr"]
        if kind != "-":
            assert _KINDS[kind.strip("`")].pages <= (told == "page")
        assert kind != "-" or not _kinds_of(rule)

    @pytest.mark.parametrize("row", _OTHERS, ids=lambda row: row[0])
    def test_a_further_alarm_is_as_its_rule_says(self, row: list[str]) -> None:
        _check_alarm(*row)

    def test_every_rule_is_in_the_tables(self) -> None:
        named = [row[3] for row in _MISHAPS] + [row[0] for row in _OTHERS]

        assert {cell.partition(", ")[0].strip("`") for cell in named} == set(_RULES)

    def test_every_kind_of_the_home_is_in_a_rule_or_in_the_tables(self) -> None:
        of_rules = set().union(*(_kinds_of(rule) for rule in _RULES.values()))
        of_mishaps = {row[5].strip("`") for row in _MISHAPS} - {"-"}
        alone = {row[0].strip("`") for row in _HOME_ONLY}

        assert of_rules <= set(_KINDS)
        assert alone == set(_KINDS) - of_rules - of_mishaps

    def test_what_pages_at_home_pages_by_a_rule(self) -> None:
        for kind in KINDS:
            severities = {
                rule["labels"]["severity"]
                for rule in _RULES.values()
                if kind.name in _kinds_of(rule)
            }
            if kind.pages:
                assert "page" in severities, kind.name


class TestRunbook:
    def test_every_alarm_has_its_chapter(self) -> None:
        for rule in _RULES.values():
            document, _, anchor = rule["annotations"]["runbook"].partition("#")
            assert document == "docs/runbook.md"
            assert anchor in _CHAPTERS

    def test_each_alarm_and_each_call_begins_at_a_page(self) -> None:
        of_alarms = {
            *(rule["annotations"]["runbook"].partition("#")[2] for rule in _RULES.values()),
            *(anchor for row in _HOME_ONLY for anchor in _ANCHOR.findall(row[2])),
        } - {"rights-of-operators"}
        of_calls = {anchor for anchor, text in _CHAPTERS.items() if "\n*Customer*:" in text}
        places = {place.label.lower() for _, places in _GROUPS for place in places}
        models = {str(model._meta.verbose_name_plural).lower() for model in admin.site._registry}

        assert len(of_calls) > 10
        for anchor in of_alarms | of_calls:
            first = _CHAPTERS[anchor].strip().splitlines()[0]
            assert first.startswith("**Begin at** "), anchor
            named = {
                page.lower() for page in re.findall(r"\*([^*]+)\*", first[len("**Begin at**") :])
            }
            is_page = named & (places | models) or "the search" in first or "/readyz" in first
            assert is_page, first

    def test_it_asks_for_no_sql_but_to_end_a_session_or_restore(self) -> None:
        for anchor, text in _CHAPTERS.items():
            if anchor not in {
                "the-database-is-away-or-holds-everybody-up",
                "restore-from-a-backup",
            }:
                assert not re.search(r"SELECT |UPDATE \w+ SET|psql|dbshell", text), anchor

    def test_its_commands_exist_and_work_inside_the_containers(self) -> None:
        known = get_commands()
        named = set(re.findall(r"manage\.py ([a-z_]+)", _RUNBOOK))

        assert len(named) > 8
        assert named <= set(known), named - set(known)
        for block in re.findall(r"(?s)```bash\n(.*?)```", _RUNBOOK):
            for line in block.strip().splitlines():
                assert line.strip().startswith("docker compose "), line

    def test_files_reach_the_containers_as_their_own_user_and_into_a_place_to_write(self) -> None:
        # `docker compose cp` leaves a file to root with the mode that it has; a dump's is 0600.
        assert not re.search(r"`docker compose cp", _RUNBOOK.replace("(`docker compose cp`", ""))
        services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        sent = re.findall(
            r"`docker compose exec -T (\w+) sh -c 'cat >(/\S+)/([^/' ]+)[^`]*' <(\S+)`", _RUNBOOK
        )

        assert {service for service, *_ in sent} == {"api", "backup"}
        for service, folder, name, given in sent:
            volumes = [each.split(":")[1] for each in services[service].get("volumes", [])]
            assert folder in [*volumes, *services[service]["tmpfs"]]
            # A statement's name says its short code and its period.
            assert name == given
