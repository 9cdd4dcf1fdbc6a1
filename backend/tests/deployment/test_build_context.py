"""What goes into an image: all that its build reads, and nothing that is secret or a tool."""

import json
from pathlib import Path

import pytest

from tests.deployment.build_context import BuildContext
from tests.deployment.project import BACKEND, ROOT, Dockerfile

_FOLDERS = ("backend", "kibeezy-poly")
_WEB = ROOT / "kibeezy-poly"


class TestEveryContext:
    @pytest.mark.parametrize("folder", _FOLDERS)
    def test_every_path_that_a_dockerfile_copies_is_in_the_context(self, folder: str) -> None:
        context = BuildContext(ROOT / folder)
        copied = [
            source
            for line in Dockerfile(folder).every("COPY")
            if "--from=" not in line
            for source in [word for word in line.split() if not word.startswith("--")][:-1]
        ]

        assert "." in copied
        for source in set(copied) - {"."}:
            assert context.has(ROOT / folder / source), source

    @pytest.mark.parametrize("folder", _FOLDERS)
    @pytest.mark.parametrize("name", [".env", ".env.local", "Dockerfile", ".dockerignore"])
    def test_secrets_and_the_recipe_itself_stay_out(self, folder: str, name: str) -> None:
        assert not BuildContext(ROOT / folder).lets_in(name)


class TestBackend:
    def test_files_that_a_checkout_gathers_stay_out_of_the_image(self) -> None:
        context = BuildContext(BACKEND)
        gathered = (
            ".venv/bin/python",
            ".data/secret_key",
            "payments/tests/test_x.py",
            "chaos/x.py",
        )

        assert not any(context.lets_in(name) for name in gathered)
        assert context.lets_in("payments/sql/functions/deposit.sql")

    def test_all_sql_and_every_migration_is_in_the_context(self) -> None:
        found = [*BACKEND.glob("*/sql/**/*.sql"), *BACKEND.glob("*/migrations/*.py")]
        # The bench is no part of the product: its SQL measures.
        wanted = [path for path in found if not path.is_relative_to(BACKEND / "bench")]

        assert len(wanted) > 20
        assert all(BuildContext(BACKEND).has(path) for path in wanted)


class TestPage:
    def test_files_that_a_checkout_gathers_stay_out_of_the_image(self) -> None:
        context = BuildContext(_WEB)

        for name in ("node_modules/next/index.js", ".next/BUILD_ID", "gallery/index.html"):
            assert not context.lets_in(name)

    def test_every_imported_file_is_in_the_context(self) -> None:
        assert list(BuildContext(_WEB).missing_imports()) == []

    def test_the_page_imports_no_package_of_the_development_tools(self) -> None:
        package = json.loads((_WEB / "package.json").read_text())
        imported = BuildContext(_WEB).packages()

        assert imported >= {"next", "react"}
        assert not imported & set(package["devDependencies"])

    def test_the_scripts_of_build_and_start_are_in_the_context(self) -> None:
        scripts = json.loads((_WEB / "package.json").read_text())["scripts"]
        named = [
            word
            for name in ("build", "start")
            for word in scripts[name].split()
            if word.endswith(".mjs")
        ]

        assert len(named) == 2
        assert all(BuildContext(_WEB).has(_WEB / word) for word in named)

    def test_a_tool_s_settings_would_be_found(self, tmp_path: Path) -> None:
        (tmp_path / ".dockerignore").write_text(
            "# tools\ne2e\n**/*.test.ts\nplaywright.config.ts\n"
        )
        (tmp_path / "e2e").mkdir()
        (tmp_path / "e2e/browser.ts").touch()
        (tmp_path / "playwright.config.ts").write_text('import { x } from "./e2e/browser";\n')
        (tmp_path / "playwright.states.config.ts").write_text(
            'import { y } from "@playwright/test";\nimport {\n  x,\n} from "./e2e/browser";\n'
        )
        context = BuildContext(tmp_path)

        assert list(context.missing_imports()) == [("playwright.states.config.ts", "./e2e/browser")]
        assert context.packages() == {"@playwright/test"}


class TestRules:
    @pytest.mark.parametrize(
        ("rules", "name", "is_in"),
        [
            ("e2e", "e2e/browser.ts", False),
            ("e2e", "features/e2e/browser.ts", True),
            ("**/tests", "tests/x.py", False),
            ("**/tests", "payments/tests/x.py", False),
            ("**/*.test.ts", "proxy.test.ts", False),
            ("*.ts", "lib/money.ts", True),
            (".env.*", ".env", True),
            (".env*\n!.env.example", ".env.example", True),
            ("!.env.example\n.env*", ".env.example", False),
            ("playwright*.config.ts", "playwright.states.config.ts", False),
        ],
    )
    def test_lines_are_read_as_docker_reads_them(
        self, tmp_path: Path, rules: str, name: str, is_in: bool
    ) -> None:
        (tmp_path / ".dockerignore").write_text(rules)

        assert BuildContext(tmp_path).lets_in(name) is is_in
