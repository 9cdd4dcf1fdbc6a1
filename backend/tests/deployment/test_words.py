"""The words we do not use (docs/glossary.md) are used nowhere: the reader learns no dialect."""

import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.deployment.project import ROOT
from tests.deployment.words import pattern_of, read_list, read_text

GLOSSARY = ROOT / "docs/glossary.md"
#: What is read.
_READ = ("*.py", "*.sql", "*.md", "kibeezy-poly/*.ts", "kibeezy-poly/*.tsx")
#: What is not: the list itself, what is frozen, and what is made by a program.
_LEFT_OUT = ("docs/glossary.md", "*/migrations/*", "*/retired.sql", "kibeezy-poly/types/api.ts")
#: Files that have to name a word of the list, with the words.
_ALLOWED: dict[str, set[str]] = {
    # The name of an environment variable.
    "kibeezy-poly/playwright.config.ts": {"stories"},
}


def _list_files() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and its folder")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        name
        for name in listed.stdout.split("\0")
        if any(fnmatch(name, read) for read in _READ)
        and not any(fnmatch(name, left_out) for left_out in _LEFT_OUT)
        and (ROOT / name).is_file()
    ]


def test_no_word_of_the_list_is_used() -> None:
    words = pattern_of(read_list(GLOSSARY.read_text(encoding="utf-8")))

    used = {}
    for name in _list_files():
        found = {" ".join(word.lower().split()) for word in words.findall(read_text(ROOT / name))}
        if found - _ALLOWED.get(name, set()):
            used[name] = sorted(found - _ALLOWED.get(name, set()))

    assert used == {}


def test_nothing_is_allowed_that_is_not_used() -> None:
    words = pattern_of(read_list(GLOSSARY.read_text(encoding="utf-8")))

    for name, allowed in _ALLOWED.items():
        found = {word.lower() for word in words.findall(read_text(ROOT / name))}
        assert allowed <= found, name


def test_the_list_says_what_to_say_instead() -> None:
    listed = read_list(GLOSSARY.read_text(encoding="utf-8"))

    assert listed["weather"] == "provider status"
    assert len(listed) > 20


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        (".py", "# How the weather is.\n"),
        (".py", "# As `find_weather` says.\n"),
        (".py", "def look():\n    'The weather.'\n"),
        (".py", "find_weather = 1\n"),
        (".py", "class WeatherView: ...\n"),
        (".py", "# It ends by\nvalue = '''by itself'''  # by itself\n"),
        (".sql", "SELECT 1; -- don't ask for the weather\n"),
        (".sql", "weather_report := 'x';\n"),
        (".ts", "/* the\n * weather */\n"),
        (".ts", 'const url = "x"; // the weather\n'),
        (".tsx", "const getWeather = () => `x`;\n"),
        (".md", "# The weather\n"),
        (".md", "It ends by\nitself.\n"),
    ],
)
def test_a_word_is_found(tmp_path: Path, suffix: str, source: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_text(source, encoding="utf-8")

    assert pattern_of({"weather": "", "by itself": ""}).search(read_text(path))


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        (".py", "path = '/api/payments/weather/'\n"),
        (".py", "leather = 1  # whether\n"),
        (".sql", "RETURN 'weather';\n"),
        (".ts", 'const url = "/weather/"; const other = `weather`;\n'),
        (".md", "`GET /api/payments/weather/` and [a link](weather.md)\n\n```\nweather\n```\n"),
    ],
)
def test_stored_values_and_paths_are_not_read(tmp_path: Path, suffix: str, source: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_text(source, encoding="utf-8")

    assert not pattern_of({"weather": "", "by itself": ""}).search(read_text(path))
