"""M-PESA has one spelling in what customers read: Safaricom's own, as its SMS write it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.project import ROOT

#: What the published API promises word by word, and what is stored with it.
_PROMISED = ("Check your phone for M-Pesa prompt",)
_OTHER_SPELLING = re.compile(r"m-?pesa", re.I)


def _list_files(*patterns: str) -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("needs git and its folder")
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def find_sentences(source: str) -> Iterator[str]:
    """Yield each string within a `Message(...)`, that is each sentence for customers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Message"):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def is_misspelt(sentence: str) -> bool:
    """Return whether the sentence spells M-PESA in another way."""
    written = _OTHER_SPELLING.findall(sentence)
    return sentence not in _PROMISED and any(name != "M-PESA" for name in written)


def test_sentences_of_the_api_and_of_its_files() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in _list_files("backend/*.py")
        if not {"migrations", "daraja_simulator", "tests"} & set(path.parts)
        for sentence in find_sentences(path.read_text(encoding="utf-8"))
        if is_misspelt(sentence)
    ]

    assert wrong == []


def test_sentences_of_the_page() -> None:
    catalogues = _list_files("kibeezy-poly/*messages.ts", "kibeezy-poly/*Messages.ts")
    quoted = re.compile(r'"(?:[^"\\\n]|\\.)*"')

    assert len(catalogues) > 15
    assert [
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in catalogues
        for sentence in quoted.findall(path.read_text(encoding="utf-8"))
        if " " in sentence and is_misspelt(sentence)
    ] == []


@pytest.mark.parametrize("sentence", ["Your M-Pesa PIN", "PIN ya Mpesa", "M-PESA or m-pesa"])
def test_another_spelling_is_found(sentence: str) -> None:
    assert is_misspelt(sentence)
    assert next(iter(find_sentences(f"x = Message(en={sentence!r}, sw='')"))) == sentence


@pytest.mark.parametrize("sentence", ["Your M-PESA PIN", "Pesa zako", *_PROMISED])
def test_the_right_spelling_is_left(sentence: str) -> None:
    assert not is_misspelt(sentence)
