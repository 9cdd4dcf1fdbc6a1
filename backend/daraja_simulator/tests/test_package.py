"""The package of its own: what it declares is what the code needs, and it carries its data."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from daraja_simulator import __main__, __version__
from daraja_simulator.pages import FOLDER as PAGES
from daraja_simulator.samples import FOLDER as SAMPLES

PACKAGE = Path(__main__.__file__).parent
PROJECT: dict[str, Any] = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).partition(".")[0])
    return names


def test_declares_exactly_what_it_imports() -> None:
    modules = list(PACKAGE.glob("*.py"))
    needed = set().union(*map(imported, modules)) - sys.stdlib_module_names
    declared = {re.split(r"[~<>=]", name)[0] for name in PROJECT["project"]["dependencies"]}

    assert needed == declared


def test_asks_for_the_versions_that_the_product_is_tested_with() -> None:
    ours = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    lists = [ours["project"]["dependencies"], *ours["dependency-groups"].values()]
    known = {entry for entries in lists for entry in entries if isinstance(entry, str)}

    assert set(PROJECT["project"]["dependencies"]) <= known


def test_command_and_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["daraja-simulator", "--version"])
    module, _, name = PROJECT["project"]["scripts"]["daraja-simulator"].partition(":")

    assert module == __main__.__name__
    with pytest.raises(SystemExit) as ended:
        getattr(__main__, name)()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"daraja-simulator {__version__}\n"


def test_wheel_carries_modules_and_data_and_no_tests() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["include"] == ["/*.py", f"/{PAGES.name}", f"/{SAMPLES.name}"]
    assert {PAGES.parent, SAMPLES.parent} == {PACKAGE}
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE, PACKAGE / "tests"}
    assert folders == set()


class TestPage:
    """The page has no build step that would find a wrong id, so this does."""

    html = (PAGES / "phone.html").read_text("utf-8")
    scripts = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.js")}

    def test_every_id_that_a_script_uses_is_there_once(self) -> None:
        ids = re.findall(r'\bid="([^"]+)"', self.html)
        used = {
            name for text in self.scripts.values() for name in re.findall(r'byId\("([^"]+)"', text)
        }

        assert used - set(ids) == set()
        assert len(ids) == len(set(ids))

    def test_every_import_names_an_export(self) -> None:
        for text in self.scripts.values():
            for names, file in re.findall(r'import \{([^}]*)\} from "\./([\w-]+\.js)"', text):
                for name in filter(None, map(str.strip, names.split(","))):
                    assert re.search(
                        rf"export (async )?(const|function) {name}\b", self.scripts[file]
                    )
            for alias, file in re.findall(r'import \* as (\w+) from "\./([\w-]+\.js)"', text):
                for name in re.findall(rf"(?<![\w./]){alias}\.(\w+)\b", text):
                    found = re.search(
                        rf"export (async )?(const|function) {name}\b", self.scripts[file]
                    )
                    assert found, f"{file} has no {name}"

    def test_every_kind_of_message_can_be_chosen_and_has_a_name(self) -> None:
        named = re.search(r"const NAMES = \{(.*?)\};", self.scripts["wire.js"], re.DOTALL)
        assert named is not None
        names = set(re.findall(r"(\w+): \"", named[1]))
        select = self.html.partition('<select id="wire-kind">')[2].partition("</select>")[0]

        assert names == set(re.findall(r'value="(\w+)"', select))
        sources = [path.read_text("utf-8") for path in PACKAGE.glob("*.py")]
        routes = (PACKAGE / "server.py").read_text("utf-8")
        kinds = set(re.findall(r'\("/[\w/]+", "(\w+)", ', routes)) | {"unknown"}
        kinds |= {k for text in sources for k in re.findall(r'Outgoing\(\s*"(\w+)"', text)}
        assert kinds | {"result", "timeout"} == names
