"""Other people's libraries: how they are pinned and installed, and what the guide says of them."""

import base64
import hashlib
import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import libraries
from tests.deployment.project import BACKEND, ROOT
from tests.libraries.catalogue import LIBRARIES, PACKAGES, is_node, program

_GUIDE = ROOT / "docs/simulator.md"
_PYTHON = sorted(name for name in LIBRARIES if not is_node(name))
_NODE = sorted(name for name in LIBRARIES if is_node(name))
#: What the guide calls the calls.
_APIS = {
    "push": "push",
    "query": "query",
    "callback": "callback",
    "register": "register",
    "simulate": "simulate",
    "b2c": "B2C",
    "result": "result",
    "status": "status",
    "balance": "balance",
    "reversal": "reversal",
    "pull": "Pull",
    "qr": "QR",
}


def _version(name: str) -> str:
    """Return the version that our own list of a library asks for."""
    if is_node(name):
        wanted: dict[str, str] = json.loads((PACKAGES / name / "package.json").read_text())[
            "dependencies"
        ]
        return wanted[name]
    library, _, version = (PACKAGES / name / "requirements.in").read_text().strip().partition("==")
    assert library == name
    return version


def _guide_rows() -> dict[str, list[str]]:
    section = _GUIDE.read_text().partition("## Other people's libraries")[2].partition("\n## ")[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in section.splitlines()]
    return {name: cells for name, *cells in rows if name in LIBRARIES}


class TestLists:
    def test_there_are_five_at_least_and_each_has_its_list_and_program(self) -> None:
        folders = {path.name for path in PACKAGES.iterdir() if path.is_dir()}

        assert len(LIBRARIES) >= 5
        assert folders == {*LIBRARIES, libraries.SIMULATOR}
        assert all(program(name).is_file() for name in LIBRARIES)

    @pytest.mark.parametrize("name", [*_PYTHON, libraries.SIMULATOR])
    def test_every_python_package_has_a_hash_and_nothing_an_address(self, name: str) -> None:
        text = (PACKAGES / name / "requirements.txt").read_text()
        entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]

        assert entries
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
        assert "://" not in text
        assert "-index-url" not in text

    @pytest.mark.parametrize("name", _PYTHON)
    def test_the_compiled_list_pins_the_version_that_was_asked_for(self, name: str) -> None:
        text = (PACKAGES / name / "requirements.txt").read_text()

        assert re.search(rf"(?m)^{re.escape(name)}=={re.escape(_version(name))}( |$)", text)

    @pytest.mark.parametrize("name", _NODE)
    def test_every_node_package_has_a_hash_and_nothing_an_address(self, name: str) -> None:
        text = (PACKAGES / name / "package-lock.json").read_text()
        packages = json.loads(text)["packages"]
        ours = packages.pop("")

        assert ours["dependencies"] == {name: _version(name)}
        assert packages[f"node_modules/{name}"]["version"] == _version(name)
        assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
        assert '"resolved"' not in text

    def test_none_of_them_is_a_package_of_the_product_or_its_tools(self) -> None:
        listed = "".join(path.read_text() for path in BACKEND.glob("requirements*.txt"))
        ours = set(re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[^]]*\])?==", listed))
        lock = json.loads((ROOT / "kibeezy-poly/package-lock.json").read_text())["packages"]

        assert ours
        assert not ours & set(LIBRARIES)
        assert not {f"node_modules/{name}" for name in LIBRARIES} & set(lock)


class TestGuide:
    def test_it_lists_each_library_with_its_version(self) -> None:
        assert {name: cells[0] for name, cells in _guide_rows().items()} == {
            name: _version(name) for name in LIBRARIES
        }

    @pytest.mark.parametrize("name", LIBRARIES)
    def test_it_lists_what_is_run_of_each(self, name: str) -> None:
        shown = [api for call, api in _APIS.items() if call in LIBRARIES[name]]

        assert _guide_rows()[name][2] == ", ".join(shown)


_WHEEL = {
    "tried.py": "",
    "tried-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tried\nVersion: 1.0\n",
    "tried-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tried-1.0.dist-info/RECORD": "",
}


def _requirement(folder: Path, *, digest: str | None = None) -> None:
    """Write a Python list whose one package lies in a file beside it."""
    folder.mkdir(parents=True)
    wheel = folder / "tried-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, text in _WHEEL.items():
            packed.writestr(name, text)
    real = hashlib.sha256(wheel.read_bytes()).hexdigest()
    line = f"tried @ {wheel.as_uri()} --hash=sha256:{digest or real}\n"
    (folder / "requirements.txt").write_text(line)


def _lock(folder: Path, *, is_right: bool) -> None:
    """Write a lock file for Node whose one package lies in a file beside it."""
    folder.mkdir(parents=True)
    archive, about = folder / "tried-1.0.0.tgz", folder / "package.json"
    about.write_text('{"name": "tried", "version": "1.0.0"}')
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(about, "package/package.json")
    digest = hashlib.sha512(archive.read_bytes() if is_right else b"").digest()
    wanted = {"tried": f"file:{archive}"}
    about.write_text(json.dumps({"private": True, "dependencies": wanted}))
    entry = {
        "version": "1.0.0",
        "resolved": wanted["tried"],
        "integrity": f"sha512-{base64.b64encode(digest).decode()}",
    }
    lock = {
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": {"dependencies": wanted}, "node_modules/tried": entry},
    }
    (folder / "package-lock.json").write_text(json.dumps(lock))


@pytest.fixture
def install(tmp_path: Path) -> Callable[[], Path]:
    """Return a function that installs the packages of a folder, and returns where."""

    def run() -> Path:
        libraries.install_all(tmp_path / "packages", tmp_path / "installed")
        return tmp_path / "installed"

    return run


class TestInstalling:
    def test_a_library_gets_an_environment_of_its_own(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried")

        folder = install()

        assert libraries.missing(folder, "tried") is None
        assert list((folder / "tried").glob("lib/python*/site-packages/tried.py"))

    def test_the_same_list_is_not_installed_twice_and_another_one_is(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried")
        mark = install() / "tried/mark"
        mark.touch()

        install()
        kept = mark.exists()
        (tmp_path / "packages/tried/requirements.in").write_text("tried==1.0\n")
        install()

        assert (kept, mark.exists()) == (True, False)

    def test_one_that_was_killed_half_way_is_installed_again(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried")
        half = tmp_path / "installed/tried/lib/half"
        half.mkdir(parents=True)

        folder = install()

        assert not half.exists()
        assert list((folder / "tried").glob("lib/python*/site-packages/tried.py"))

    def test_one_that_does_not_install_is_named_and_the_others_are_there(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried")
        _requirement(tmp_path / "packages/gone")
        (tmp_path / "packages/gone/tried-1.0-py3-none-any.whl").unlink()

        folder = install()

        assert libraries.missing(folder, "gone")
        assert libraries.missing(folder, "tried") is None

    def test_one_that_was_missing_is_tried_again(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried")
        wheel = tmp_path / "packages/tried/tried-1.0-py3-none-any.whl"
        kept = wheel.rename(tmp_path / "away")
        assert libraries.missing(install(), "tried")

        kept.rename(wheel)

        assert libraries.missing(install(), "tried") is None

    def test_another_package_than_the_pinned_one_fails(
        self, tmp_path: Path, install: Callable[[], Path]
    ) -> None:
        _requirement(tmp_path / "packages/tried", digest="0" * 64)

        with pytest.raises(RuntimeError, match=r"(?i)hash"):
            install()

    @pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
    @pytest.mark.parametrize("is_right", [True, False])
    def test_a_node_package_is_checked_by_its_hash(
        self, tmp_path: Path, install: Callable[[], Path], is_right: bool
    ) -> None:
        _lock(tmp_path / "packages/tried", is_right=is_right)

        if is_right:
            assert (install() / "tried/node_modules/tried/package.json").exists()
        else:
            with pytest.raises(RuntimeError, match="EINTEGRITY"):
                install()
