"""The request that asked for a deposit, on the lines about it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.db import transaction as db_transaction

from common import logs
from payments.models import Transaction
from payments.services import origins
from payments.services.origins import Origin
from payments.tests.building import hidden_table, make_deposit

_BACKEND = Path(__file__).resolve().parents[3]
_APPS = ("common", "config", "users", "kyc", "risk", "wallet", "payments", "operations")
#: An id that is only in a line's text is found by nobody who looks for the field.
_ID_IN_TEXT = re.compile(r"\b(?:deposit|case|claim|user|customer|operator) %s")


def _log_calls() -> Iterator[tuple[str, str]]:
    """Yield each log call of the product as (place, its message)."""
    for app in _APPS:
        for path in sorted((_BACKEND / app).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in {"logger", "access_logger"}
                ):
                    for argument in node.args[:2]:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield f"{path.relative_to(_BACKEND)}:{node.lineno}", argument.value


def _another(deposit: Transaction, request_id: str) -> Transaction:
    return make_deposit(
        deposit.user, request_id=request_id, checkout_request_id="ws_CO_2", token="another"
    )


def test_ids_are_fields_of_a_log_line_and_not_only_text() -> None:
    calls = list(_log_calls())

    assert len(calls) > 40
    assert [call for call in calls if _ID_IN_TEXT.search(call[1])] == []


class TestRead:
    def test_both_parts(self) -> None:
        assert origins.read("tap-1 00-ab-cd-01") == Origin("tap-1", "00-ab-cd-01")

    @pytest.mark.parametrize("text", [None, "", " "])
    def test_nothing_is_known(self, text: str | None) -> None:
        assert origins.read(text) == Origin()


@pytest.mark.django_db
class TestFind:
    def test_the_deposits_own(self, deposit: Transaction) -> None:
        other = _another(deposit, "tap-2")

        assert origins.find(other.pk) == Origin("tap-2")
        assert origins.find(deposit.pk) == Origin()

    def test_no_deposit_has_none(self) -> None:
        assert origins.find(None) == origins.find(0) == Origin()

    @pytest.mark.django_db(transaction=True)
    def test_without_a_database_it_is_unknown_and_nothing_fails(self, deposit: Transaction) -> None:
        with hidden_table("payments_transaction"):
            assert origins.find(deposit.pk) == Origin()


@pytest.mark.django_db
class TestStored:
    def test_the_request_of_a_deposit_never_changes(self, deposit: Transaction) -> None:
        other = _another(deposit, "tap-3")

        for column in ("request_id", "traceparent"):
            with pytest.raises(DatabaseError, match="never change"), db_transaction.atomic():
                Transaction.objects.filter(pk=other.pk).update(**{column: "another"})


class TestAbout:
    def test_fields_are_of_the_lines_inside_only(self) -> None:
        with origins.about(7, Origin("tap-4")):
            inside = dict(logs.current_subject())

        assert inside == {"deposit": 7, "tap": "tap-4"}
        assert dict(logs.current_subject()) == {}

    @pytest.mark.parametrize("stored", ["254712345678 paid", "a\nb", "x" * 65, ""])
    def test_what_could_not_be_a_requests_id_is_left_out(self, stored: str) -> None:
        with origins.about(7, Origin(stored)):
            assert dict(logs.current_subject()) == {"deposit": 7}
