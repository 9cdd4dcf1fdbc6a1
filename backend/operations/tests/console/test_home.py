"""The console's home: a queue by rights, and an all-clear only when its checks ran."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from common import clock
from operations import book
from operations.console import home
from operations.needs import KINDS, Kind
from operations.templatetags.console_amounts import kes, of_length
from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.models import SuspenseCase
from payments.tests.building import make_deposit, receive, success_body
from wallet.audit import seal_ledger

pytestmark = pytest.mark.django_db


def let_the_worker_report() -> None:
    """Store a worker that has just reported."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def show(client: Client) -> str:
    """Return the home as text."""
    page = client.get("/admin/")
    assert page.status_code == 200
    return str(page.content.decode())


class TestQueue:
    def test_a_line_says_age_sum_and_its_action(self) -> None:
        make_deposit()
        receive(success_body(amount=300))
        SuspenseCase.objects.get()

        text = show(superuser())

        assert "Payments held in suspense" in text
        assert "Another amount than asked for" in text
        assert "300.00" in text
        assert "/admin/payments/suspensecase/?status__exact=OPEN&amp;o=1" in text

    def test_its_link_shows_the_row_that_waits(self) -> None:
        make_deposit()
        receive(success_body(amount=300))

        page = superuser().get("/admin/payments/suspensecase/?status__exact=OPEN&o=1")

        assert "NLJ7RT61SV" in page.content.decode()

    @pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
    def test_its_right_opens_its_list(self, kind: Kind) -> None:
        app, codename = kind.right.split(".")
        client = sign_in(make_operator(codename))

        assert client.get(reverse(kind.url_name) + kind.query).status_code == 200, app

    def test_without_the_right_there_is_no_line(self) -> None:
        make_deposit()
        receive(success_body(amount=300))
        let_the_worker_report()
        seal_ledger(now=clock.now())

        text = show(sign_in(make_operator("view_claim")))

        assert "Payments held in suspense" not in text
        assert "Nothing waits for you" in text

    def test_the_totals_take_the_right_to_see_the_ledger(self) -> None:
        assert "At M-PESA" in show(superuser())
        assert "At M-PESA" not in show(sign_in(make_operator("view_claim")))


class TestAllClear:
    def test_nothing_waits_and_every_check_ran(self) -> None:
        let_the_worker_report()

        text = show(superuser())

        assert "Nothing waits for you" in text
        assert "No line, and no all-clear" not in text

    def test_a_lost_worker_keeps_it_from_everybody(self) -> None:
        text = show(sign_in(make_operator("view_claim")))

        assert "Nothing waits for you" not in text
        assert "No line, and no all-clear" in text

    def test_totals_that_are_not_known_keep_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        let_the_worker_report()
        monkeypatch.setattr(home, "find_book", lambda now: None)

        text = show(superuser())

        assert "No line, and no all-clear" in text
        assert "not known" in text

    def test_totals_that_differ_keep_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        let_the_worker_report()
        wrong = book.Book(Decimal(10), Decimal(0), Decimal(0), Decimal(7), clock.now())
        monkeypatch.setattr(home, "find_book", lambda now: wrong)

        text = show(superuser())

        assert "No line, and no all-clear" in text
        assert "A stored balance is wrong" in text


class TestLastActions:
    def test_they_are_ones_own(self) -> None:
        client = superuser()
        let_the_worker_report()
        assert "What you did last" not in show(client)
        operator = make_operator("view_claim")

        client.post(
            f"/admin/users/user/{operator.pk}/change/",
            {"full_name": "Grace W", "is_active": "on", "is_staff": "on", "reason": "has married"},
        )

        assert "What you did last" in show(client)
        assert "What you did last" not in show(sign_in(operator))


class TestWords:
    def test_amounts(self) -> None:
        assert kes(Decimal("1234567.5")) == "1,234,567.50"
        assert kes(Decimal(-5)) == "\N{MINUS SIGN}5.00"
        assert of_length(0.5, 56) == "28.0"
