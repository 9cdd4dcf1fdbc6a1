"""Each file of SQL functions has its test module, each function its class, and nothing else."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from common.sql_functions import SqlFile, list_files, list_names

FILES = list_files()
_COMMENT = re.compile(r"--.*")
_BODY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_FUNCTION = re.compile(r"CREATE OR REPLACE FUNCTION (\w+)\(.*", re.DOTALL)
_DEFINES_MORE = re.compile(r"\b(?:CREATE (?!OR REPLACE FUNCTION)|ALTER|DROP|TRUNCATE)\b")


def module_name(file: SqlFile) -> str:
    """Return the name of the module that tests a file."""
    return f"test_{Path(file.name).stem}"


def class_name(function: str) -> str:
    """Return the name of the class that tests a function."""
    return "Test" + "".join(word.capitalize() for word in function.split("_"))


def untested(file: SqlFile) -> list[str]:
    """Return the functions of a file without a class of tests in its module."""
    module = import_module(f"tests.sql.{module_name(file)}")
    return [
        name
        for name in list_names(file)
        if not any(test.startswith("test_") for test in dir(getattr(module, class_name(name), "")))
    ]


def foreign_statements(text: str) -> list[str]:
    """Return what a file holds besides comments and CREATE OR REPLACE FUNCTION."""
    code = _COMMENT.sub("", text)
    statements = [statement.strip() for statement in _BODY.sub("''", code).split(";")]
    others = [found for found in statements if found and not _FUNCTION.fullmatch(found)]
    return others + _DEFINES_MORE.findall(code)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
class TestEachFile:
    def test_every_sql_file_has_a_test_module_of_its_name(self, file: SqlFile) -> None:
        assert Path(__file__).with_name(f"{module_name(file)}.py").is_file()

    def test_each_function_has_a_class_of_tests(self, file: SqlFile) -> None:
        assert list_names(file)
        assert untested(file) == []

    def test_every_sql_file_holds_only_comments_and_functions(self, file: SqlFile) -> None:
        assert foreign_statements(file.text) == []


class TestAllFiles:
    def test_no_two_files_have_the_same_name(self) -> None:
        names = [module_name(file) for file in FILES]

        assert len(names) == len(set(names))

    def test_no_function_is_defined_in_two_files(self) -> None:
        places: dict[str, set[str]] = {}
        for file in FILES:
            for name in list_names(file):
                places.setdefault(name, set()).add(file.name)

        assert {name: found for name, found in places.items() if len(found) > 1} == {}


class TestTheseChecks:
    """A check that finds nothing has to be able to find something."""

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;",
            "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();",
            "CREATE TABLE a (b int);",
            "ALTER TABLE a ADD c int;",
            "DROP FUNCTION f();",
            "INSERT INTO a VALUES (1);",
        ],
    )
    def test_another_statement_is_found(self, statement: str) -> None:
        assert foreign_statements(f"{FILES[0].text}\n{statement}") != []

    def test_a_statement_inside_a_function_is_found(self) -> None:
        text = "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP TABLE a $$;"

        assert foreign_statements(text) == ["DROP"]

    def test_a_function_without_a_class_is_found(self) -> None:
        file = SqlFile(FILES[0].name, "CREATE OR REPLACE FUNCTION not_tested()")

        assert untested(file) == ["not_tested"]
