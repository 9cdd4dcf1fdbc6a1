"""The page is built once, again when its sources change, and never half."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from devtools import frontend
from tests.deployment.project import ROOT

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
    def test_the_page_is_built_once_and_again_when_a_source_changes(self, page: Page) -> None:
        assert page.build() == 1
        assert page.build() == 1

        page.write("app/page.tsx", "two")
        assert page.build() == 2

    @pytest.mark.parametrize("name", ["app/page.test.tsx", "tsconfig.tsbuildinfo", "next-env.d.ts"])
    def test_changed_tests_and_files_left_by_tools_cause_no_build(
        self, name: str, page: Page
    ) -> None:
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


class TestAnotherOrigin:
    """A page whose API is of another origin reads and sends only what CORS lets through."""

    #: What every browser lets through (https://fetch.spec.whatwg.org, "CORS-safelisted").
    _SAFELISTED = {
        "content-type", "cache-control", "content-language", "content-length", "expires",
        "last-modified", "pragma",
    }  # fmt: skip

    def test_the_api_exposes_every_header_that_the_page_reads(self, settings: Any) -> None:
        read = _headers_in_page(r"headers\.(?:get|has)\((?:\"([\w-]+)\"|([A-Z_]+))\)")

        assert {"date", "retry-after", "x-account", "content-disposition"} <= read
        exposed = {name.lower() for name in settings.CORS_EXPOSE_HEADERS}
        assert read - self._SAFELISTED <= exposed

    def test_the_api_takes_every_header_that_the_page_sends(self, settings: Any) -> None:
        sent = _headers_in_page(r"(?:\"((?:X-)?[A-Z][\w-]+-[\w-]+)\"|\[([A-Z_]+)\]): ") | (
            _headers_in_page(r"headers\[\"([\w-]+)\"()\]")
        )

        assert {"x-csrftoken", "x-account", "idempotency-key", "content-type"} <= sent
        assert sent <= set(settings.CORS_ALLOW_HEADERS)


def _headers_in_page(pattern: str) -> set[str]:
    """Return the headers in the page's own requests, by a pattern of a name or of its constant."""
    # Only these talk to the API from the browser; the rest of lib/ runs on the page's server.
    servers = {"askApi.ts", "csp.ts", "forward.ts", "offlinePage.ts", "plainForms.ts"}
    sources = [
        path.read_text()
        for folder in ("components", "features", "lib")
        for path in (frontend.WEB_DIRECTORY / folder).rglob("*.ts*")
        if ".test." not in path.name and path.name not in servers
    ]
    constants = dict(re.findall(r"const ([A-Z_]+) = \"([\w-]+)\"", "\n".join(sources)))
    found = [pair for text in sources for pair in re.findall(pattern, text)]
    return {(name or constants[constant]).lower() for name, constant in found}


def test_html_is_set_past_react_in_two_files_with_constants() -> None:
    """docs/asvs.md 3.2.2 names the places."""
    web = ROOT / "kibeezy-poly"
    found = [
        path.relative_to(web).as_posix()
        for folder in ("app", "components", "features", "lib", "ui")
        for path in (web / folder).rglob("*.ts*")
        if re.search(r"dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML", path.read_text())
    ]

    assert found == ["app/(app)/layout.tsx", "features/history/DepositPageView.tsx"]
    # React drops the children of <noscript> in a browser, and its text is a constant.
    reload_page = (web / found[1]).read_text()
    assert re.findall(r"__html: (.+?) \}", reload_page) == [
        '\'<meta http-equiv="refresh" content="5">\''
    ]
    layout = (web / found[0]).read_text()
    assert re.findall(r"__html: (\w+)", layout) == ["EARLY_READS", "SHOWN_WITHOUT_SCRIPT"]
    assert re.search(r"const SHOWN_WITHOUT_SCRIPT =\n  \"[^\"]+\";", layout)
    assert re.search(r"import \{[^}]*EARLY_READS[^}]*\} from", layout)
