"""Prometheus' own tool reads our rules, and tries each with its cause and without it."""

import shutil
import subprocess

import pytest
import yaml

from tests.deployment.project import ROOT

_FOLDER = ROOT / "deploy/prometheus"


def _promtool(*arguments: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Debian's package prometheus")
    done = subprocess.run(
        [promtool, *arguments], cwd=_FOLDER, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_fires_with_its_cause_and_is_silent_without_it() -> None:
    _promtool("test", "rules", "alerts_test.yml")


def test_the_configuration_is_right() -> None:
    _promtool("check", "config", "--syntax-only", "prometheus.yml")
    _promtool("check", "rules", "alerts.yml")


def test_pages_and_tickets_go_two_ways_and_what_is_mended_none() -> None:
    path = _FOLDER / "alertmanager.yml"
    config = yaml.safe_load(path.read_text())
    routes = {tuple(route["matchers"]): route for route in config["route"]["routes"]}
    page, ticket = routes[("severity = page",)], routes[("severity = ticket",)]
    hooks = [hook for each in config["receivers"] for hook in each["webhook_configs"]]

    assert page["receiver"] != ticket["receiver"]
    assert "mute_time_intervals" not in page
    assert ticket["mute_time_intervals"] == ["night"]
    assert not any(hook["send_resolved"] for hook in hooks)
    if amtool := shutil.which("amtool"):
        subprocess.run([amtool, "check-config", path], check=True, capture_output=True, timeout=60)


def test_every_rule_is_tried_both_ways() -> None:
    groups = yaml.safe_load((_FOLDER / "alerts.yml").read_text())["groups"]
    rules = {rule["alert"] for group in groups for rule in group["rules"]}
    tried: dict[str, set[bool]] = {name: set() for name in rules}
    for test in yaml.safe_load((_FOLDER / "alerts_test.yml").read_text())["tests"]:
        for asked in test["alert_rule_test"]:
            tried[asked["alertname"]].add(bool(asked["exp_alerts"]))

    assert all(ways == {True, False} for ways in tried.values()), tried
