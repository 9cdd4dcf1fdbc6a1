"""The page is built once, again when its sources change, and never half."""

import os
import time
from pathlib import Path

import pytest

from devtools import frontend

#: Stands for npm: notes each build, and waits or fails where a file says so.
_NPM = """#!/bin/sh
echo built >> "$BUILDS"
mkdir -p .next
if [ -e slow ]; then sleep 60; fi
if [ -e broken ]; then echo "does not compile"; exit 1; fi
"""


class Page:
    """A folder with the sources of a page, and how often it was built."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "page"
        self.builds = folder / "builds"
        self.environment = {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "BUILDS": str(self.builds),
        }
        (self.folder / "app").mkdir(parents=True)
        self.write("app/page.tsx", "one")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def build(self) -> int:
        """Build if needed, and return how many builds there have been."""
        with frontend.building(self.environment):
            pass
        return len(self.builds.read_text().splitlines())


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page(tmp_path)
    (tmp_path / "npm").write_text(_NPM)
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", page.environment["PATH"])
    monkeypatch.setattr(frontend, "WEB_DIRECTORY", page.folder)
    monkeypatch.setattr(frontend, "_STAMP", page.folder / ".next" / "sources.sha256")
    return page


class TestBuilding:
    def test_it_is_built_once_and_again_when_a_source_changes(self, page: Page) -> None:
        assert page.build() == 1
        assert page.build() == 1

        page.write("app/page.tsx", "two")
        assert page.build() == 2

    @pytest.mark.parametrize("name", ["app/page.test.tsx", "tsconfig.tsbuildinfo", "next-env.d.ts"])
    def test_tests_and_what_tools_leave_behind_build_nothing(self, name: str, page: Page) -> None:
        page.build()

        page.write(name, "changed")

        assert page.build() == 1

    def test_a_build_that_fails_says_why_and_is_tried_again(self, page: Page) -> None:
        page.write("broken", "")
        with pytest.raises(SystemExit, match="does not compile"):
            page.build()

        (page.folder / "broken").unlink()
        assert page.build() == 2

    def test_a_failure_beside_it_ends_the_build(self, page: Page) -> None:
        page.write("slow", "")
        started = time.monotonic()
        # Ctrl-C, or a database that does not come up.
        with pytest.raises(SystemExit, match="stopped"), frontend.building(page.environment):
            raise SystemExit("stopped")

        assert time.monotonic() - started < 30
        (page.folder / "slow").unlink()
        builds = page.build()
        assert page.build() == builds
