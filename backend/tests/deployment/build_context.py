"""What an image's build sees: the files of its folder that `.dockerignore` lets through."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

#: What is installed or built in a checkout, and would only be slow to walk. Each is ignored anyway.
_NOT_WALKED = {"node_modules", ".next", ".venv", ".data"}
_IMPORT = re.compile(
    r"""(?m)^\s*(?:import|export)\b[^"';=()]*?["']([^"']+)["']|\b(?:import|require)\(\s*["']([^"']+)["']"""
)
_ENDINGS = ("", ".ts", ".tsx", ".mjs", ".css", "/index.ts", "/index.tsx")


class BuildContext:
    """A folder with a Dockerfile, seen through its `.dockerignore`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / ".dockerignore").read_text().splitlines()
        self._rules = [_rule(line) for line in lines if line.strip() and line[0] != "#"]

    def lets_in(self, name: str) -> bool:
        """Say whether the build sees a path: the last line that fits it or a parent decides."""
        path = PurePosixPath(name)
        tried = [str(part) for part in (path, *path.parents) if part.name]
        is_in = True
        for pattern, lets_in in self._rules:
            if any(pattern.fullmatch(part) for part in tried):
                is_in = lets_in
        return is_in

    def files(self, *endings: str) -> Iterator[Path]:
        """Find what the build sees, of these endings if any are given."""
        for top in self.folder.iterdir():
            for path in [top, *top.rglob("*")] if top.name not in _NOT_WALKED else []:
                wanted = not endings or path.suffix in endings
                if wanted and path.is_file() and self.lets_in(self._name(path)):
                    yield path

    def has(self, path: Path) -> bool:
        """Say whether the build finds something at a path."""
        return path.exists() and self.lets_in(self._name(path))

    def missing_imports(self) -> Iterator[tuple[str, str]]:
        """Find each file and import that would not be there when the page is built."""
        for path in self.files(".ts", ".tsx", ".mjs"):
            for wanted in imports(path):
                target = self._target(path, wanted)
                if target is not None and not any(
                    self.has(Path(f"{target}{ending}")) for ending in _ENDINGS
                ):
                    yield self._name(path), wanted

    def packages(self) -> set[str]:
        """Return the packages that the build's files import."""
        found = {
            wanted
            for path in self.files(".ts", ".tsx", ".mjs")
            for wanted in imports(path)
            if not wanted.startswith((".", "@/", "node:"))
        }
        return {"/".join(name.split("/")[: 1 + name.startswith("@")]) for name in found}

    def _target(self, path: Path, wanted: str) -> Path | None:
        if wanted.startswith("@/"):
            return self.folder / wanted.removeprefix("@/")
        return (path.parent / wanted).resolve() if wanted.startswith(".") else None

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Find what a script imports, as it is written."""
    for static, dynamic in _IMPORT.findall(path.read_text()):
        yield static or dynamic


def _rule(line: str) -> tuple[re.Pattern[str], bool]:
    """Read one line as Docker does: `**` is any number of folders, `*` no slash, `!` lets in."""
    text = line.strip().removeprefix("!").strip("/")
    pattern = re.escape(text).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    return re.compile(pattern.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")), line[0] == "!"
