"""Finds words of a list in what people read: comments, docstrings, identifiers and documents.

Strings are not read: they hold stored values, keys of the API and sentences for customers.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

_ROW = re.compile(r"^\| (`[^|]+) \| ([^|]+) \|$", re.M)
#: A name of code within prose.
_IDENTIFIER = re.compile(r"[A-Za-z]\w*(?:_|[a-z][A-Z])\w*")
_CODE_IN_MARKDOWN = re.compile(r"^```.*?^```|`[^`\n]*`|\]\([^)\s]*\)", re.M | re.S)
#: The first alternative that matches wins, so that a quote in a comment opens no string.
_SQL = re.compile(r"(?P<comment>--[^\n]*)|'(?:[^']|'')*'|(?P<name>[A-Za-z_]\w*)")
_TYPESCRIPT = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"
    r"|(?P<name>[A-Za-z_$][\w$]*)",
    re.S,
)


def read_list(glossary: str) -> dict[str, str]:
    """Return the glossary's words we do not use, each with what we say."""
    section = glossary.split("## Words we do not use", 1)[1].split("\n## ", 1)[0]
    rows = _ROW.findall(section)
    return {word: said for words, said in rows for word in re.findall(r"`([^`]+)`", words)}


def pattern_of(words: dict[str, str]) -> re.Pattern[str]:
    """Return one pattern for all words; a phrase may go on in the next line."""
    phrases = (re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.I)


def read_text(path: Path) -> str:
    """Return what a reader reads of a file, identifiers split into their words."""
    source = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            return "\n".join(_read_python(source))
        case ".sql":
            return "\n".join(_read(source, _SQL))
        case ".ts" | ".tsx":
            return "\n".join(_read(source, _TYPESCRIPT))
    return _CODE_IN_MARKDOWN.sub(" ", source)


def _read_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield _with_identifiers(ast.get_docstring(node) or "")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield _with_identifiers(token.string.lstrip("#: "))
        elif token.type == tokenize.NAME:
            yield _words_of(token.string)


def _read(source: str, pattern: re.Pattern[str]) -> Iterator[str]:
    for found in pattern.finditer(source):
        if found["comment"]:
            text = re.sub(r"^\s*(?:--|//|/?\*+)", "", found["comment"], flags=re.M)
            yield _with_identifiers(text)
        elif found["name"]:
            yield _words_of(found["name"])


def _with_identifiers(prose: str) -> str:
    """Return prose, and after it the words of the identifiers that it names."""
    return "\n".join([prose, *map(_words_of, _IDENTIFIER.findall(prose))])


def _words_of(identifier: str) -> str:
    """Return "find amount" of `findAmount` or `_FIND_AMOUNT`, ended so that no phrase goes on."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", identifier)
    return f"{spaced.replace('_', ' ')} ;"
