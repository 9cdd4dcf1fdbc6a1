"""Checks the documents against the code where a machine can, and git for secrets."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, resolve

from common.catalogue import BY_STATUS, STATUS_BY_CODE
from tests.deployment.project import README, ROOT, blocks

API = ROOT / "docs/api.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
_DOCUMENTS = sorted(
    str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)


def _git_files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and its folder")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def _heading_anchor(heading: str) -> str:
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


class TestReadme:
    def test_the_bodies_of_its_curl_lines_are_json(self) -> None:
        lines = [block for block in blocks("README.md", "bash") if "curl" in block]
        bodies = re.findall(r"-d '([^']*)'", "\n".join(lines))

        assert {"amount": 500} in [json.loads(body) for body in bodies]

    def test_the_readme_has_the_guides_own_curl_line(self) -> None:
        line = (
            "curl -X POST http://localhost:8000/api/payments/stk-push/ \\\n"
            '  -H "Content-Type: application/json" \\\n'
            '  -H "X-User-Phone-Number: 254712345678" \\\n'
            "  -d '{\"amount\": 500}'\n"
        )

        assert line in blocks("README.md", "bash")

    def test_the_answers_in_the_readme_are_json(self) -> None:
        answers = [json.loads(block) for block in blocks("README.md", "json")]

        assert set(answers[0]) == {
            "message", "checkout_id", "transaction_id", "customer_message", "money",
        }  # fmt: skip

    def test_the_addresses_it_names_exist(self) -> None:
        text = README.read_text()
        paths = {
            path.replace("<id>", "1").replace("<token>", "abc").replace("123", "1")
            for path in re.findall(r"(?<![\w.])(/api/[a-z0-9/<>-]*/)", text)
        }

        assert len(paths) > 10
        for path in paths:
            try:
                resolve(path)
            except Resolver404:
                assert path == "/api/", path

    def test_the_readme_is_short(self) -> None:
        assert len(README.read_text().splitlines()) <= 300

    @pytest.mark.parametrize("number", range(1, 13))
    def test_the_readme_has_every_section_of_the_guide(self, number: int) -> None:
        assert re.search(rf"(?m)^## {number}\. ", README.read_text())


class TestContract:
    def test_its_error_table_has_every_code(self) -> None:
        section = API.read_text().split("### Errors")[1].split("\n## ")[0]

        codes = {*STATUS_BY_CODE, *(error.code for error in BY_STATUS.values())}
        assert codes <= set(re.findall(r"`([a-z_]+)`", section))

    def test_the_addresses_it_names_exist(self) -> None:
        written = re.findall(r"`[^`]*?(/api/[a-z0-9/<>.-]*)", API.read_text())

        assert len(set(written)) > 15
        for path in written:
            try:
                resolve(path.replace("<id>", "1").replace("<token>", "abc"))
            except Resolver404:
                assert path == "/api/", path


class TestArchitecture:
    def _section(self, heading: str) -> str:
        return ARCHITECTURE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]

    def test_the_architecture_names_the_middlewares_in_their_order(self) -> None:
        section = self._section("The way of a request through the middlewares")

        assert re.findall(r"(?m)^\d+\. `([\w.]+)`", section) == settings.MIDDLEWARE

    def test_the_architectures_table_lists_every_sql_file_with_the_tables_it_touches(self) -> None:
        rows = {
            line.split("`")[1]: line
            for line in self._section("The database under the apps").splitlines()
            if line.startswith("| `")
        }
        tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

        for path in sorted((ROOT / "backend").glob("*/sql/functions/*.sql")):
            row = rows.pop(str(path.relative_to(ROOT)))
            code = re.sub(r"--.*", "", path.read_text())
            touched = set(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(\w+)", code)) & tables
            assert touched <= set(re.findall(r"`(\w+)`", row)), path.name
        assert rows == {}

    def test_its_diagrams_are_well_formed(self) -> None:
        diagrams = blocks("docs/architecture.md", "mermaid")

        assert len(diagrams) >= 3
        for diagram in diagrams:
            kind, *lines = [line.strip() for line in diagram.splitlines() if line.strip()]
            assert re.fullmatch(r"flowchart (LR|TD)|sequenceDiagram|stateDiagram-v2", kind), kind
            opened = [line for line in lines if re.match(r"(rect|alt|opt|loop|subgraph)\b", line)]
            assert len(opened) == lines.count("end")
            for line in lines:
                assert line.count('"') % 2 == 0, line
                for left, right in ("()", "[]", "{}"):
                    assert line.count(left) == line.count(right), line

    def test_every_name_in_a_sequence_is_a_participant(self) -> None:
        (diagram,) = [b for b in blocks("docs/architecture.md", "mermaid") if "sequence" in b]

        known = set(re.findall(r"participant (\w+)", diagram))

        sent = re.findall(r"(?m)^\s*(\w+)--?>>(\w+):", diagram)
        assert len(sent) > 10
        assert {name for pair in sent for name in pair} <= known


class TestSecurityDocuments:
    @pytest.mark.parametrize("name", ["docs/security.md", "docs/asvs.md"])
    def test_the_evidence_they_name_exists(self, name: str) -> None:
        named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+)`", (ROOT / name).read_text()))
        paths = {path for path in named if not path.startswith("application/")}

        places = (ROOT, ROOT / "backend", ROOT / "kibeezy-poly")
        assert len(paths) > 5
        assert [path for path in paths if not any((at / path).exists() for at in places)] == []

    def test_every_line_of_the_standard_is_named_once(self) -> None:
        lines = re.findall(r"(?m)^\| (\d[\d., -]*) \|", (ROOT / "docs/asvs.md").read_text())
        single = [number.strip() for line in lines for number in re.split(r",| - ", line)]

        assert len(single) > 150
        assert len(single) == len(set(single))


class TestAllDocuments:
    @pytest.mark.parametrize("name", _DOCUMENTS)
    def test_their_links_lead_somewhere(self, name: str) -> None:
        document = ROOT / name
        for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", document.read_text()):
            link = "".join(target)
            if link.startswith(("http://", "https://")):
                continue
            path, _, anchor = link.partition("#")
            linked = (document.parent / path) if path else document
            assert linked.exists(), link
            if anchor:
                headings = re.findall(r"(?m)^#+ (.+)$", linked.read_text())
                assert anchor in map(_heading_anchor, headings), link

    @pytest.mark.parametrize("name", _DOCUMENTS)
    def test_the_make_targets_they_name_exist(self, name: str) -> None:
        targets = set(re.findall(r"(?m)^([a-z0-9-]+):", (ROOT / "Makefile").read_text()))

        named = re.findall(r"(?:`|^)make ([a-z0-9-]+)", (ROOT / name).read_text(), re.MULTILINE)

        assert set(named) <= targets

    @pytest.mark.parametrize("name", _DOCUMENTS)
    def test_the_files_they_name_exist(self, name: str) -> None:
        pattern = r"`((?:backend|kibeezy-poly|docs|deploy)/[\w./()\[\]-]+)`"
        for path in re.findall(pattern, (ROOT / name).read_text()):
            is_made = path.startswith("backend/.data")
            assert is_made or (ROOT / path).exists(), path

    def test_every_decision_has_its_four_parts(self) -> None:
        decisions = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))

        assert [path.name[:4] for path in decisions] == [
            f"{number:04}" for number in range(1, len(decisions) + 1)
        ]
        for path in decisions:
            for part in ("Context", "Decision", "Consequences", "Alternatives"):
                assert f"**{part}.**" in path.read_text(), path.name

    def test_every_decision_stands_in_the_index_with_its_title(self) -> None:
        index = (ROOT / "docs/decisions/README.md").read_text()
        state = r"accepted|superseded by \[\d{4}\]"

        for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
            heading = path.read_text().splitlines()[0]
            number, title = path.name[:4], heading.removeprefix(f"# {path.name[:4]} ")
            assert heading == f"# {number} {title}", heading
            row = rf"(?m)^\| \[{number}\]\({re.escape(path.name)}\) \| {re.escape(title)} \| "
            assert re.search(rf"{row}[^|]+ \| ({state})", index), path.name


_CODE = {".py", ".sql", ".ts", ".tsx", ".mjs", ".json", ".md", ".yml", ".yaml", ".toml"}
#: A document by its name, and the sections that are cited with it: `docs/daraja.md §4, §10`.
#: Links and names in quotes are looked at elsewhere, or are a program's own.
_CITATION = re.compile(
    r"(?<![\w/.*-])(?<!\]\()((?:[\w.-]+/)*[\w-]+[.]md)(?![\w\"])((?:[,;]? ?§ ?\d+)*)"
)


def _citations() -> list[tuple[Path, str, list[str]]]:
    found = []
    for path in _git_files():
        if path.suffix in _CODE or path.name in {"Makefile", ".env.example"}:
            for name, sections in _CITATION.findall(path.read_text()):
                found.append((path, name, re.findall(r"\d+", sections)))
    return found


class TestCitations:
    """Whatever document a file names is in the repository, and has the section it names."""

    def test_every_document_exists(self) -> None:
        folders = (ROOT, ROOT / "kibeezy-poly")
        missing = {
            f"{path.relative_to(ROOT)}: {name}"
            for path, name, _ in _citations()
            # Its sources are files of other repositories; its links are looked at above.
            if path != ROOT / "docs/daraja.md"
            and not any((folder / name).is_file() for folder in (*folders, path.parent))
        }

        assert sorted(missing) == []

    def test_every_section_exists(self) -> None:
        cited = {(name, number) for _, name, numbers in _citations() for number in numbers}

        assert len(cited) > 8
        for name, number in sorted(cited):
            text = (ROOT / name).read_text()
            assert re.search(rf"(?m)^## {number}\. ", text), f"{name} §{number}"

    def test_the_public_schema_cites_no_document(self) -> None:
        for name in ("backend/openapi.yaml", "kibeezy-poly/types/api.ts"):
            assert re.search(r"\w\.md\b|§", (ROOT / name).read_text()) is None, name

    def test_every_decision_that_is_cited_exists(self) -> None:
        numbers = {
            number
            for path in _git_files()
            if path.suffix in _CODE
            for number in re.findall(r"docs/decisions/(\d{4})\b", path.read_text())
        }

        assert len(numbers) > 3
        assert [n for n in numbers if not list((ROOT / "docs/decisions").glob(f"{n}-*.md"))] == []


#: Put together here, so that this file does not match itself.
_TOO_MUCH = {
    "an address of a package registry": r"registry[.]npmjs|pypi[.](org|python)/|python[h]osted",
    "a folder of one machine": "(?<![\\w.])/(" + "root|work|home/[a-z]+)/",
    "a private key": "BEGIN [A-Z ]*" + "PRIVATE KEY-",
    "a cloud key": "AKIA" + "[0-9A-Z]{16}",
    "unfinished work": r"\b(TO" + r"DO|FIX" + r"ME)\b",
}


class TestWhatIsInGit:
    @pytest.mark.parametrize("what", sorted(_TOO_MUCH))
    def test_no_file_holds(self, what: str) -> None:
        pattern = re.compile(_TOO_MUCH[what].encode())

        found = [
            str(path.relative_to(ROOT))
            for path in _git_files()
            if path.suffix != ".png" and pattern.search(path.read_bytes())
        ]

        assert found == []

    def test_no_dotenv_and_nothing_large(self) -> None:
        files = _git_files()

        assert [path for path in files if path.name == ".env"] == []
        large = [p for p in files if p.stat().st_size > 500 * 1024 and "lock" not in p.name]
        assert large == []


class TestPreCommit:
    def _hooks(self) -> dict[str, dict[str, str]]:
        config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
        assert [repo["repo"] for repo in config["repos"]] == ["local"]
        return {hook["id"]: hook for repo in config["repos"] for hook in repo["hooks"]}

    def test_its_hooks_are_our_own_tools(self) -> None:
        for hook in self._hooks().values():
            assert hook["language"] == "system"

    @pytest.mark.parametrize(
        ("name", "text", "passes"),
        [
            ("fine.txt", "MPESA_CONSUMER_SECRET=<your consumer secret>\n", True),
            ("leak.txt", "MPESA_CONSUMER_SECRET=" + "Ab3" * 8 + "\n", False),
            ("key.pem", "-----BEGIN RSA " + "PRIVATE KEY-----\n", False),
            (".env", "DEBUG=True\n", False),
        ],
    )
    def test_the_hook_for_secrets(self, name: str, text: str, passes: bool, tmp_path: Path) -> None:
        (tmp_path / name).write_text(text)
        command = f"{self._hooks()['secrets']['entry']} {tmp_path / name}"

        done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)

        assert (done.returncode == 0) is passes
