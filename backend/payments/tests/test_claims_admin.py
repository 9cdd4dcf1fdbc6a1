"""Claims in the admin: what an operator sees of them, and how one is closed."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from payments.models import Claim, SuspenseCase, Transaction
from payments.services import look_at_open_claims, make_claim
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.test_paybill import tell
from users.models import User

pytestmark = pytest.mark.django_db

CLAIMS = "/admin/payments/claim/"
CODE, OTHER_CODE = "UKK51ZDR4F", "UKK61ZDR4F"


def clerk(*rights: str, number: str = "254788888881") -> Client:
    user = User.objects.create_user(number, "a-good-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return str(page.content.decode())


def close(client: Client, *claims: Claim, reason: str | None = "paid to a shop") -> str:
    form: dict[str, Any] = {"action": "close", "_selected_action": [each.pk for each in claims]}
    if reason is not None:
        form["reason"] = reason
    return str(client.post(CLAIMS, form, follow=True).content.decode())


@pytest.fixture
def operator() -> Client:
    return clerk("view_claim", "change_claim", "view_suspensecase")


@pytest.fixture
def claim(customer: User) -> Claim:
    make_claim(user=customer, text=f"{CODE} Confirmed. Ksh500.00", now=NOON)
    return Claim.objects.get()


class TestSeeing:
    def test_the_list_masks_the_customer(self, operator: Client, claim: Claim) -> None:
        page = text(operator, CLAIMS)

        assert CODE in page
        assert "2547****5678" in page
        assert claim.user.phone_number not in page

    @pytest.mark.parametrize("query", [CODE, "254712345678"])
    def test_it_is_found_by_receipt_and_number(
        self, operator: Client, claim: Claim, query: str
    ) -> None:
        assert f"{CLAIMS}{claim.pk}/change/" in text(operator, f"{CLAIMS}?q={query}")
        assert "0 claims" in text(operator, f"{CLAIMS}?q=UKK91ZDR4F")

    def test_those_that_wait_for_an_operator_are_listed_apart(
        self, operator: Client, claim: Claim
    ) -> None:
        assert "0 claims" in text(operator, f"{CLAIMS}?waiting=yes")

        look_at_open_claims(now=claim.ends_at)

        assert "1 claim" in text(operator, f"{CLAIMS}?waiting=yes")

    def test_a_claim_leads_to_the_deposit_that_has_its_receipt(
        self, operator: Client, claim: Claim
    ) -> None:
        assert "nothing yet" in text(operator, f"{CLAIMS}{claim.pk}/change/")
        other = make_deposit(make_customer(OTHER_PHONE))
        receive(success_body(receipt=CODE))

        page = text(operator, f"{CLAIMS}{claim.pk}/change/")

        assert f'{CODE}: <a href="/admin/payments/transaction/{other.pk}/change/">' in page

    def test_a_claim_leads_to_deposits_that_may_be_it(self, operator: Client, claim: Claim) -> None:
        may_be = make_deposit(claim.user)
        failed = make_deposit(claim.user, status="FAILED", checkout_request_id="ws_CO_2", token="2")

        page = text(operator, f"{CLAIMS}{claim.pk}/change/")

        assert f"/admin/payments/transaction/{may_be.pk}/change/" in page
        assert f"/admin/payments/transaction/{failed.pk}/change/" not in page

    def test_a_payment_in_suspense_and_its_claims_lead_to_each_other(
        self, operator: Client, customer: User
    ) -> None:
        tell(receipt=CODE)
        make_claim(user=customer, text=CODE, now=NOON)
        case, claim = SuspenseCase.objects.get(), Claim.objects.get()

        of_case = text(operator, f"/admin/payments/suspensecase/{case.pk}/change/")
        of_claim = text(operator, f"{CLAIMS}{claim.pk}/change/")

        assert f'<a href="{CLAIMS}{claim.pk}/change/">claim {claim.pk}</a>' in of_case
        assert f"/admin/payments/suspensecase/{case.pk}/change/" in of_claim
        assert "a payment in suspense" in of_claim

    def test_the_page_of_a_case_without_claims_names_none(
        self, operator: Client, deposit: Transaction
    ) -> None:
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()

        assert "Claimed by" not in text(operator, f"/admin/payments/suspensecase/{case.pk}/change/")

    def test_claims_are_neither_added_nor_changed_nor_deleted(
        self, operator: Client, claim: Claim
    ) -> None:
        paths = (f"{CLAIMS}add/", f"{CLAIMS}{claim.pk}/delete/")

        assert [operator.get(path).status_code for path in paths] == [403, 403]
        assert operator.post(f"{CLAIMS}{claim.pk}/change/", {"note": "x"}).status_code == 403


class TestClosing:
    def test_a_claim_is_closed_with_a_reason(self, operator: Client, claim: Claim) -> None:
        page = close(operator, claim)

        claim.refresh_from_db()
        assert f"Claim {claim.pk} closed" in page
        assert (claim.status, claim.note) == ("CLOSED", "paid to a shop")
        assert LogEntry.objects.get().get_change_message() == "Closed: paid to a shop"

    def test_the_reason_is_asked_first(self, operator: Client, claim: Claim) -> None:
        page = close(operator, claim, reason=None)

        assert "No money moves" in page
        assert CODE in page
        claim.refresh_from_db()
        assert claim.status == "OPEN"

    def test_a_claim_that_has_ended_is_named(self, operator: Client, claim: Claim) -> None:
        make_deposit(claim.user)
        receive(success_body(receipt=CODE))
        look_at_open_claims(now=claim.ends_at)

        assert f"Claim {claim.pk}: it has ended already" in close(operator, claim)

    def test_a_claim_of_ones_own_is_not_closed(self, operator: Client) -> None:
        own = User.objects.get(phone_number="254788888881")
        make_claim(user=own, text=OTHER_CODE, now=NOON)

        assert "nobody decides about a claim of their own" in close(operator, Claim.objects.get())

    def test_it_takes_the_right_to_change_claims(self, claim: Claim) -> None:
        reader = clerk("view_claim", number="254788888882")

        close(reader, claim)

        claim.refresh_from_db()
        assert claim.status == "OPEN"
