"""Hands every sentence for customers to a translator as one .po file, and takes it back.

`python -m devtools.translations export kibeezy-sw.po` writes the sentences of page and API.
`python -m devtools.translations import kibeezy-sw.po` writes the translator's Kiswahili into the
sources; then run `make format` and look at the difference. Nothing is written if one sentence is
wrong. What was changed in the sources since the export is left as it is, and named.
"""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parents[2]
_WIDTH = 88
_PAGE_ENTRY = re.compile(
    r'(?P<name>"[^"\n]+"|\w+):\s*\{\s*en:\s*(?P<en>"(?:[^"\\]|\\.)*"),\s*'
    r'sw:\s*(?P<sw>"(?:[^"\\]|\\.)*"),?\s*\}'
)
_PLACE = re.compile(r"\{\w*\}")
_NO_SENTENCES = {"migrations", "tests", "daraja_simulator", "devtools"}


class Sentence(NamedTuple):
    """One sentence in the sources: where its Kiswahili stands, and both texts."""

    #: File and name, unique: the `msgctxt`.
    context: str
    english: str
    swahili: str
    path: Path
    #: The Kiswahili's literal in the file's text.
    start: int
    end: int


class Entry(NamedTuple):
    """One entry of a .po file."""

    context: str
    english: str
    swahili: str
    is_fuzzy: bool


class WrongTranslation(ValueError):
    """A translated sentence would break the page or the API."""

    def __init__(self, context: str, swahili: str) -> None:
        super().__init__(f"{context}: {swahili!r}")


def find_all(root: Path) -> list[Sentence]:
    """Return all sentences below `root`, in the order of their files."""
    found: list[Sentence] = []
    for path in _list_files(root):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        read = _find_in_page if path.suffix == ".ts" else _find_in_api
        found.extend(sentence._replace(path=path) for sentence in read(name, text))
    return found


def _list_files(root: Path) -> list[Path]:
    patterns = ["kibeezy-poly/*essages.ts", "backend/*.py"]
    # Only what is in the repository, and never an installed package.
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=root, capture_output=True, text=True, check=True
    )
    paths = [root / name for name in sorted(filter(None, listed.stdout.split("\0")))]
    return [path for path in paths if path.is_file() and not _NO_SENTENCES & set(path.parts)]


def _find_in_page(name: str, text: str) -> Iterator[Sentence]:
    for entry in _PAGE_ENTRY.finditer(text):
        english, swahili = (ast.literal_eval(entry[part]) for part in ("en", "sw"))
        context = f"{name}#{entry['name'].strip(chr(34))}"
        yield Sentence(context, english, swahili, Path(), *entry.span("sw"))


def _find_in_api(name: str, text: str) -> Iterator[Sentence]:
    if "Message(" not in text:
        return
    lines = _line_starts(text)
    same: Counter[str] = Counter()
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if not ast.unparse(call.func).endswith("Message"):
            continue
        english, swahili = _both(call)
        if english is None or swahili is None:
            continue
        says = str(english.value)
        same[says] += 1
        start, end = (
            lines[line - 1] + len(_line(text, lines, line).encode()[:column].decode())
            for line, column in (
                (swahili.lineno, swahili.col_offset),
                (swahili.end_lineno or 0, swahili.end_col_offset or 0),
            )
        )
        # The English is its name: a module names most of its messages, but not all.
        context = f"{name}#{same[says]}"
        yield Sentence(context, says, str(swahili.value), Path(), start, end)


def _both(call: ast.Call) -> list[ast.Constant | None]:
    given: dict[str, ast.expr] = dict(zip(("en", "sw"), call.args, strict=False))
    given |= {keyword.arg or "": keyword.value for keyword in call.keywords}
    parts = (given.get("en"), given.get("sw"))
    return [
        part if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
        for part in parts
    ]


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _line(text: str, starts: list[int], number: int) -> str:
    end = starts[number] if number < len(starts) else len(text)
    return text[starts[number - 1] : end]


def write_po(sentences: Iterable[Sentence]) -> str:
    """Return the .po file of the sentences."""
    head = [
        'msgid ""',
        'msgstr ""',
        '"Language: sw\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
    ]
    blocks = ["\n".join(head)]
    for sentence in sentences:
        fields = ("msgctxt", sentence.context), ("msgid", sentence.english)
        lines = [f"{name} {_quote(text)}" for name, text in fields]
        blocks.append("\n".join([*lines, f"msgstr {_quote(sentence.swahili)}"]))
    return "\n\n".join(blocks) + "\n"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def read_po(text: str) -> list[Entry]:
    """Read the entries of a .po file; obsolete ones (`#~`) and its head are left out."""
    entries = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        last = ""
        for line in block.splitlines():
            match = re.match(r'(?:(msgctxt|msgid|msgstr)\s+)?("(?:[^"\\]|\\.)*")\s*$', line)
            if match:
                last = match[1] or last
                fields[last] = fields.get(last, "") + _unquote(match[2])
        is_fuzzy = re.search(r"^#,.*\bfuzzy\b", block, re.M) is not None
        if fields.get("msgctxt"):
            english, swahili = fields.get("msgid", ""), fields.get("msgstr", "")
            entries.append(Entry(fields["msgctxt"], english, swahili, is_fuzzy))
    return entries


def _unquote(quoted: str) -> str:
    signs = {"n": "\n", "t": "\t"}
    return re.sub(r"\\(.)", lambda match: signs.get(match[1], match[1]), quoted[1:-1])


def apply(root: Path, entries: Iterable[Entry]) -> tuple[int, list[str]]:
    """Write the translations into the sources; return how many, and what was left as it is.

    Raises:
        WrongTranslation: one of them is empty, loses a `{place}` or misspells M-PESA; then nothing
            is written.
    """
    known = {(one.context, one.english): one for one in find_all(root)}
    changed: dict[Path, list[tuple[Sentence, str]]] = {}
    left = []
    for entry in entries:
        sentence = known.get((entry.context, entry.english))
        if sentence is None or entry.is_fuzzy:
            left.append(entry.context)
        elif entry.swahili != sentence.swahili:
            _check(entry)
            changed.setdefault(sentence.path, []).append((sentence, entry.swahili))
    for path, changes in changed.items():
        text = path.read_text(encoding="utf-8")
        # From the last one on, so that the places of the others stay right.
        for sentence, swahili in sorted(changes, key=lambda one: -one[0].start):
            literal = _quote(swahili) if path.suffix == ".ts" else _literal(swahili)
            text = text[: sentence.start] + literal + text[sentence.end :]
        path.write_text(text, encoding="utf-8")
    return sum(map(len, changed.values())), left


def _check(entry: Entry) -> None:
    places = [sorted(_PLACE.findall(text)) for text in (entry.english, entry.swahili)]
    names = re.findall(r"m[-\u2011]?pesa", entry.swahili, re.I)
    is_spelt = all(name == "M-PESA" for name in names) or "M-Pesa" in entry.english
    if not entry.swahili.strip() or places[0] != places[1] or not is_spelt:
        raise WrongTranslation(entry.context, entry.swahili)


def _literal(text: str) -> str:
    """Return the text as Python's literal, in parts that fit into a line."""
    quoted = _quote(text)
    if len(quoted) <= _WIDTH // 2:
        return quoted
    parts, line = [], ""
    for word in re.findall(r"\S+\s*", text):
        if line and len(line) + len(word) > _WIDTH - 20:
            parts.append(line)
            line = ""
        line += word
    return "(" + " ".join(_quote(part) for part in [*parts, line]) + ")"


def main(arguments: list[str]) -> int:
    """Run `export FILE` or `import FILE`; return the exit status."""
    match arguments:
        case ["export", name]:
            sentences = find_all(_ROOT)
            Path(name).write_text(write_po(sentences), encoding="utf-8")
            print(f"{len(sentences)} sentences in {name}")
        case ["import", name]:
            try:
                count, left = apply(_ROOT, read_po(Path(name).read_text(encoding="utf-8")))
            except WrongTranslation as error:
                print(f"Nothing was written. {error}", file=sys.stderr)
                return 1
            for context in left:
                print(f"left as it is: {context}")
            print(f"{count} sentences changed; run `make format`.")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
