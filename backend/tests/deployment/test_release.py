"""The release has the same number in packages, schema, code and changelog."""

import json
import re
import tomllib

from django.conf import settings

from common.release import RELEASE, as_numbers
from tests.deployment.project import ROOT


def test_packages_schema_and_code_name_the_same_release() -> None:
    project = tomllib.loads((ROOT / "backend/pyproject.toml").read_text())
    page = json.loads((ROOT / "kibeezy-poly/package.json").read_text())

    assert project["project"]["version"] == page["version"] == RELEASE
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == RELEASE


def test_the_changelog_lists_the_release_and_the_earlier_ones() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"(?m)^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", text)

    assert releases[0] == RELEASE
    assert releases == sorted(releases, key=as_numbers, reverse=True)
