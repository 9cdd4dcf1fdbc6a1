"""What a translator changes in the .po file lands in the sources, and nothing else does."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from devtools import translations
from devtools.translations import WrongTranslation, apply, find_all, read_po, write_po
from tests.deployment.project import ROOT

PAGE = """\
export const walletMessages = {
  balance: { en: "Balance", sw: "Salio" },
  "a-b": { en: "Two parts", sw: "Mbili" },
  stale: {
    en: "What you see is from {time}.",
    sw: "Unachoona ni cha {time}.",
  },
  quoted: { en: "Say \\"yes\\".", sw: "Sema \\"ndiyo\\"." },
} satisfies Catalogue;
"""
API = """\
# Ufunguo wa pesa: é is before the message.
GONE = Message(en="It is gone.", sw="Haipo.")
LONG = messages.Message(
    en="M-PESA is slow, " "please wait.",
    sw=(
        "M-PESA inachelewa, "
        "tafadhali subiri."
    ),
)
AGAIN = Message("It is gone.", "Haipo tena.")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one catalogue of the page and one module of the API."""
    for name, text in (("kibeezy-poly/messages.ts", PAGE), ("backend/sayings.py", API)):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def _texts(root: Path) -> dict[str, str]:
    return {f"{one.context} {one.english}": one.swahili for one in find_all(root)}


def _translate(root: Path, old: str, new: str) -> tuple[int, list[str]]:
    file = write_po(find_all(root))
    assert file.count(old) == 1
    return apply(root, read_po(file.replace(old, new)))


def test_every_sentence_of_both_is_in_the_file(root: Path) -> None:
    entries = read_po(write_po(find_all(root)))

    assert [(entry.english, entry.swahili) for entry in entries] == [
        ("It is gone.", "Haipo."),
        ("M-PESA is slow, please wait.", "M-PESA inachelewa, tafadhali subiri."),
        ("It is gone.", "Haipo tena."),
        ("Balance", "Salio"),
        ("Two parts", "Mbili"),
        ("What you see is from {time}.", "Unachoona ni cha {time}."),
        ('Say "yes".', 'Sema "ndiyo".'),
    ]
    assert len({(entry.context, entry.english) for entry in entries}) == len(entries)


def test_taken_back_unchanged_it_changes_nothing(root: Path) -> None:
    assert apply(root, read_po(write_po(find_all(root)))) == (0, [])
    assert (root / "backend/sayings.py").read_text(encoding="utf-8") == API


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Salio"', '"Pesa zako"'),
        ('"Unachoona ni cha {time}."', '"Hii ni ya {time}."'),
        ('"Haipo tena."', '"Haipo kabisa."'),
        ('"M-PESA inachelewa, tafadhali subiri."', '"Subiri: " "M-PESA" " inachelewa."'),
        ('"Haipo."', '"Haipo \\"kabisa\\" ' + "neno refu " * 12 + '."'),
        ('"Sema \\"ndiyo\\"."', '"Sema \\"sawa\\"."'),
    ],
)
def test_a_new_translation_lands_where_the_old_one_was(root: Path, old: str, new: str) -> None:
    before = _texts(root)
    expected = "".join(map(ast.literal_eval, re.findall(r'"(?:[^"\\]|\\.)*"', new)))
    lines = re.sub(r'"\s+"', '"\n"', new)

    assert _translate(root, f"msgstr {old}", f"msgstr {lines}") == (1, [])

    after = _texts(root)
    assert [after[name] for name in after if after[name] != before[name]] == [expected]
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Unachoona ni cha {time}."', '"Unachoona ni cha {saa}."'),
        ('"Unachoona ni cha {time}."', '"Unachoona ni cha sasa."'),
        ('"Salio"', '""'),
        ('"Salio"', '" "'),
        ('"Salio"', '"Salio la M-Pesa"'),
    ],
)
def test_a_wrong_one_is_refused_and_nothing_is_written(root: Path, old: str, new: str) -> None:
    file = write_po(find_all(root)).replace('"Haipo."', '"Imeondoka."')

    with pytest.raises(WrongTranslation):
        apply(root, read_po(file.replace(f"msgstr {old}", f"msgstr {new}")))

    assert (root / "backend/sayings.py").read_text(encoding="utf-8") == API
    assert (root / "kibeezy-poly/messages.ts").read_text(encoding="utf-8") == PAGE


def test_what_changed_meanwhile_or_is_doubted_is_left_and_named(root: Path) -> None:
    file = write_po(find_all(root)).replace('msgid "Balance"', 'msgid "Old balance"')
    doubted = "msgctxt " + file.split("msgctxt ")[1]
    file = file.replace(doubted, "#, fuzzy\n" + doubted.replace("Haipo.", "Imeondoka."))

    count, left = apply(root, read_po(file + '\n\n#~ msgid "gone"\n#~ msgstr "x"\n'))

    assert count == 0
    assert left == ["backend/sayings.py#1", "kibeezy-poly/messages.ts#balance"]


def test_our_own_sentences_are_all_found() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("needs git and its folder")
    found = find_all(ROOT)
    page = [path for path in translations._list_files(ROOT) if path.suffix == ".ts"]

    written = sum(len(re.findall(r"\ben:", path.read_text(encoding="utf-8"))) for path in page)
    assert written == sum(one.path.suffix == ".ts" for one in found) > 500
    assert sum(one.path.suffix == ".py" for one in found) > 150
    entries = read_po(write_po(found))
    assert [(entry.english, entry.swahili) for entry in entries] == [one[1:3] for one in found]
    assert len({(entry.context, entry.english) for entry in entries}) == len(found)


def test_the_command_says_what_it_did(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(translations, "_ROOT", root)
    file = root / "sw.po"

    assert translations.main(["export", str(file)]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("Haipo tena.", "Haipo leo."))
    assert translations.main(["import", str(file)]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace('msgstr "Salio"', 'msgstr ""'))
    assert translations.main(["import", str(file)]) == 1
    assert translations.main([]) == 2

    told = capsys.readouterr()
    assert "7 sentences" in told.out
    assert "1 sentences changed" in told.out
    assert "messages.ts#balance" in told.err
