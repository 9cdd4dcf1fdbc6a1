"""Copies of the code that are a little different: what the next release will be."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from common.release import RELEASE, as_numbers
from tests.upgrade.databases import BACKEND

_LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".data", "__pycache__", ".*_cache", "staticfiles", "releases", ".coverage*"
)


@dataclass(frozen=True)
class Tree:
    """The backend's folder, copied."""

    path: Path

    def replace(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace texts of a file; each must be there exactly once."""
        text = (self.path / file).read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
            text = text.replace(old, new)
        (self.path / file).write_text(text)

    def write(self, file: str, text: str) -> None:
        """Write a file that is not there."""
        assert not (self.path / file).exists()
        (self.path / file).write_text(text)

    def release_as(self, release: str) -> None:
        """Give the code another release number."""
        self.replace("common/release.py", (f'"{RELEASE}"', f'"{release}"'))


def copy_tree(target: Path, source: Path = BACKEND) -> Tree:
    """Copy the code, without what was made from it."""
    shutil.copytree(source, target, ignore=_LEFT_OUT)
    return Tree(target)


def next_release(steps: int = 1) -> str:
    """Return the number of the release after this one."""
    major, minor, *_ = as_numbers(RELEASE)
    return f"{major}.{minor + steps}.0"
