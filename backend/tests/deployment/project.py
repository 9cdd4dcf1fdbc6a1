"""Reads the project's own files: `.env.example`, the compose file, Dockerfiles, the README."""

import json
import os
import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

import environ
import yaml

ROOT = Path(__file__).resolve().parents[3]
BACKEND = ROOT / "backend"
COMPOSE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / ".env.example"
README = ROOT / "README.md"

_VARIABLE = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$")
_REFERENCE = re.compile(r"\$\{([A-Z0-9_]+)(?::([?-])([^}]*))?\}")


def example_variables() -> dict[str, str]:
    """Return each variable that `.env.example` names, with the sentence above it."""
    found: dict[str, str] = {}
    previous = ""
    for line in ENV_EXAMPLE.read_text().splitlines():
        match = _VARIABLE.match(line)
        if match:
            found[match[1]] = previous.removeprefix("# ")
        previous = "" if match else line
    return found


def read_dotenv(text: str, folder: Path) -> dict[str, str]:
    """Return what django-environ makes of the text of a `.env`."""
    path = folder / "sample.env"
    path.write_text(text)
    before = dict(os.environ)
    os.environ.clear()
    try:
        environ.Env.read_env(path, overwrite=False, parse_comments=True)
        return dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(before)


def services() -> dict[str, dict[str, Any]]:
    """Return the compose file's services."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def required_references(text: str) -> set[str]:
    """Return the variables that compose stops without."""
    return {name for name, kind, _ in _REFERENCE.findall(text) if kind == "?"}


def all_references(text: str) -> set[str]:
    """Return every variable that compose takes from `.env`."""
    return {name for name, _, _ in _REFERENCE.findall(text)}


def compose_environment(service: str, dotenv: dict[str, str]) -> dict[str, str]:
    """Return what a container of this service would find in its environment."""
    config = services()[service]

    def value(match: re.Match[str]) -> str:
        given = dotenv.get(match[1], "")
        if not given and match[2] == "?":
            raise LookupError(match[3])
        return given or (match[3] or "" if match[2] == "-" else "")

    from_file = dotenv if "env_file" in config else {}
    written = {
        name: _REFERENCE.sub(value, text) for name, text in config.get("environment", {}).items()
    }
    return {**image_environment(config["build"]), **from_file, **written}


class Dockerfile:
    """One Dockerfile, line by line; `stage` is its last one, which is the image."""

    def __init__(self, folder: str) -> None:
        self.folder = ROOT / folder
        text = (self.folder / "Dockerfile").read_text().replace("\\\n", " ")
        self.steps = [
            (line.split(None, 1)[0], line.split(None, 1)[1])
            for line in text.splitlines()
            if line.strip() and not line.lstrip().startswith("#")
        ]
        starts = [index for index, step in enumerate(self.steps) if step[0] == "FROM"]
        self.stage = self.steps[starts[-1] :]

    def every(self, instruction: str) -> list[str]:
        """Return what follows an instruction, in all stages."""
        return [text for name, text in self.steps if name == instruction]

    def last(self, instruction: str) -> str:
        """Return what follows an instruction's last use in the image's own stage."""
        return [text for name, text in self.stage if name == instruction][-1]

    def health_command(self) -> list[str]:
        """Return the command of HEALTHCHECK."""
        command: list[str] = json.loads(self.last("HEALTHCHECK").split("CMD", 1)[1])
        return command

    def environment(self) -> dict[str, str]:
        """Return ENV of the image's own stage."""
        pairs = [pair for name, text in self.stage if name == "ENV" for pair in shlex.split(text)]
        return dict(pair.split("=", 1) for pair in pairs)


def image_environment(folder: str) -> dict[str, str]:
    """Return what an image puts into the environment, but for PATH, which is the image's."""
    found = Dockerfile(folder).environment()
    found.pop("PATH", None)
    return found


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of one language in a document of the project."""
    text = (ROOT / document).read_text()
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]
