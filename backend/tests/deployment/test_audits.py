"""The audits fail on a fault, are skipped where the index is away, and never pass without it."""

import json
from pathlib import Path
from typing import Any

import pytest

from devtools import audits, results, steps

_PYTHON_HOLE = {
    "name": "django",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": []}],
}
_PYTHON_GOOD = {"name": "django", "version": "5.2.19", "vulns": []}
_PYTHON_UNKNOWN = {"name": "django", "skip_reason": "Dependency not found on PyPI"}
_WEB = {"auditReportVersion": 2, "vulnerabilities": {}}


def _python(*packages: dict[str, Any]) -> list[str]:
    return audits.python_findings(json.dumps({"dependencies": packages}), "")


class TestPython:
    def test_vulnerabilities_are_reported_even_if_some_packages_are_unknown(self) -> None:
        assert _python(_PYTHON_GOOD) == []
        assert _python(_PYTHON_GOOD, _PYTHON_HOLE, _PYTHON_UNKNOWN) == ["django 1.0: PYSEC-1"]

    def test_a_package_that_the_index_does_not_know_is_not_passed_over(self) -> None:
        with pytest.raises(audits.Unavailable, match="1 of 2"):
            _python(_PYTHON_GOOD, _PYTHON_UNKNOWN)

    def test_an_empty_list_is_a_finding(self) -> None:
        assert _python() == ["pip-audit looked at nothing"]

    def test_without_a_network_the_audit_of_python_is_skipped(self) -> None:
        with pytest.raises(audits.Unavailable):
            audits.python_findings("", "ConnectionError: Max retries exceeded")

    def test_a_broken_check_is_not(self) -> None:
        with pytest.raises(RuntimeError, match="not hashed"):
            audits.python_findings("", "ERROR: requirement django is not hashed")


class TestWeb:
    def test_vulnerabilities_are_reported(self) -> None:
        holes = {"next": {"severity": "critical"}}

        assert audits.web_findings(json.dumps(_WEB), "") == []
        found = audits.web_findings(json.dumps({**_WEB, "vulnerabilities": holes}), "")
        assert found == ["next: critical"]

    @pytest.mark.parametrize("words", ["405 Method Not Allowed - POST", "ENOTFOUND registry"])
    def test_without_advisories_the_audit_of_npm_is_skipped(self, words: str) -> None:
        with pytest.raises(audits.Unavailable):
            audits.web_findings(json.dumps({"message": words}), "")

    def test_a_broken_check_is_not(self) -> None:
        with pytest.raises(RuntimeError, match="lockfile"):
            audits.web_findings(json.dumps({"error": {"summary": "no lockfile"}}), "")


class TestSecrets:
    def test_a_key_is_found_and_a_marked_one_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audits, "_ROOT", tmp_path)
        key = "".join(("AKIA", "IOSFODNN7", "EXAMPLD"))
        (tmp_path / "settings.py").write_text(f'KEY = "{key}"\n')
        (tmp_path / "tests.py").write_text(f'KEY = "{key}"  # pragma: allowlist secret\n')

        assert audits._secrets_in(["settings.py", "tests.py"]) == ["settings.py:1: AWS Access Key"]

    def test_outside_of_a_checkout_the_search_for_secrets_is_skipped(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audits, "_ROOT", tmp_path)

        with pytest.raises(audits.Unavailable):
            audits.find_secrets(tmp_path)


class TestSteps:
    def test_a_skipped_audit_is_counted_as_skipped(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def no_answer(_: Path) -> int:
            raise audits.Unavailable("nobody answers")

        is_good, counts = steps.Step("audit-web", function=no_answer).run()

        assert is_good
        assert counts == results.Counts(skipped=1)
        assert "skipped: nobody answers" in capsys.readouterr().out

    def test_a_finding_fails(self) -> None:
        is_good, counts = steps.Step("audit-web", function=lambda _: 1).run()

        assert not is_good
        assert counts == results.Counts(failed=1)

    def test_all_three_are_steps(self) -> None:
        names = [step.name for step in steps.STEPS]

        assert {"audit-python", "audit-web", "secrets"} <= set(names)
