"""The navigation says how many wait in each place, within the rights, by one kept statement."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations.console import places
from operations.console.places import _GROUPS
from operations.needs import KINDS
from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.models import PaybillPayment, PullRun, StatementImport, Transaction, TransactionQuery
from payments.tests.building import make_deposit, receive, success_body

pytestmark = pytest.mark.django_db


def waiting(client: Client, path: str = "/admin/keys/") -> dict[str, int]:
    """Return the numbers in the navigation by address, without its query."""
    page = client.get(path).content.decode()
    links = re.findall(r'<a href="([^"?]+)[^>]*>(?:(?!</a>).)*<span class="waiting">(\d+)', page)
    return {address: int(number) for address, number in links}


def hold() -> None:
    """Hold a payment in suspense."""
    make_deposit()
    receive(success_body(amount=300))


class TestWaiting:
    def test_places_say_how_many_wait(self) -> None:
        hold()

        assert waiting(superuser())["/admin/payments/suspensecase/"] == 1

    def test_the_home_has_the_sum_of_what_the_operator_may_see(self) -> None:
        hold()

        client = sign_in(make_operator("view_suspensecase"))

        assert waiting(client) == {"/admin/": 1, "/admin/payments/suspensecase/": 1}

    def test_without_the_right_there_is_no_number(self) -> None:
        hold()

        assert waiting(sign_in(make_operator("view_transaction"))) == {}

    def test_it_is_one_statement_and_kept(self) -> None:
        client = sign_in(make_operator("view_suspensecase"))
        waiting(client)
        hold()

        with CaptureQueriesContext(connection) as queries:
            assert waiting(client) == {}

        assert not [each for each in queries if "suspensecase" in each["sql"]]

    def test_a_page_is_not_refused_for_its_numbers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**_: Any) -> dict[str, int]:
            raise DatabaseError

        monkeypatch.setattr(places, "count_needs", fail)

        assert waiting(superuser()) == {}

    def test_every_kind_that_waits_has_a_place(self) -> None:
        known = {place.url_name for _, group in _GROUPS for place in group}
        elsewhere = {
            "backup", "callbacks", "confirmations", "initiator", "ledger", "messages",
            "no_callbacks",
        }  # fmt: skip

        missing = {kind.name for kind in KINDS if kind.url_name not in known}

        assert missing <= elsewhere


class TestWords:
    def test_lists_are_called_as_the_navigation_calls_them(self) -> None:
        labels = {place.url_name: place.label for _, group in _GROUPS for place in group}
        for model in (Transaction, PullRun, TransactionQuery, PaybillPayment, StatementImport):
            name = f"admin:payments_{model._meta.model_name}_changelist"
            assert labels[name].lower() == str(model._meta.verbose_name_plural).lower()

    def test_statements_charts_exports_and_health_have_keys(self) -> None:
        page = superuser().get("/admin/keys/").content.decode()

        for name, key in (
            ("payments_statementimport_changelist", "s"), ("charts", "g"), ("exports", "e"),
            ("health", "y"),
        ):  # fmt: skip
            assert f'<a href="{reverse(f"admin:{name}")}" data-go="{key}"' in page
        assert page.count("<dd>Statements</dd>") == 2
