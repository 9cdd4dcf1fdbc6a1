"""The release has one number, wherever it is said."""

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


def test_the_changelog_tells_of_it_and_of_the_ones_before() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"(?m)^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", text)

    assert releases[0] == RELEASE
    assert releases == sorted(releases, key=as_numbers, reverse=True)
