"""Every page of the admin is in the console's layout, and keeps the content policy."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.test import Client

from common import clock
from operations.console.environment import get_stamp
from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.tests.building import make_customer, make_deposit, receive, success_body
from users.models import PhoneChange

pytestmark = pytest.mark.django_db

#: What the policy forbids: `style` and event attributes, `<style>`, scripts without an address.
_INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", re.I)
#: Stylesheets that a template of Django's still asks for: one rule, for its own script.
_STOCK_CSS = re.compile(r"admin/css/(?!unusable_password_field\.css)")


def text_of(client: Client, path: str) -> str:
    """Return a page as text; it must be there."""
    page = client.get(path, follow=True)
    assert page.status_code == 200, path
    return str(page.content.decode())


def list_pages() -> list[str]:
    """Return the addresses of pages without a row: the console's own, each list, each add form."""
    lists = [
        f"/admin/{model._meta.label_lower.replace('.', '/')}/" for model in admin.site._registry
    ]
    own = [
        "/admin/",
        "/admin/tables/",
        "/admin/keys/",
        "/admin/charts/",
        "/admin/exports/",
        "/admin/health/",
        "/admin/payments/",
        "/admin/password_change/",
    ]
    return [*own, *lists, "/admin/users/user/add/", "/admin/auth/group/add/"]


def check_held(text: str) -> None:
    """Check what holds of every page."""
    assert _INLINE.findall(text) == []
    assert _STOCK_CSS.findall(text) == []
    assert "console/console.css" in text
    assert re.search(r"Mock<span[^>]*>, no real money</span>", text)
    assert text.count("<h1") == 1
    assert len(re.findall(r'\sid="([^"]+)"', text)) == len(set(re.findall(r'\sid="([^"]+)"', text)))


class TestEveryPage:
    def test_lists_and_own_pages_are_in_the_layout(self) -> None:
        client = superuser()
        make_deposit()
        receive(success_body(amount=300))

        for path in list_pages():
            check_held(text_of(client, path))

    def test_pages_of_a_row_are_too(self) -> None:
        client = superuser()
        deposit = make_deposit()
        receive(success_body(amount=300))
        row = f"/admin/payments/transaction/{deposit.pk}"

        user = f"/admin/users/user/{deposit.user_id}"
        for path in (f"{row}/change/", f"{row}/history/", f"{user}/change/", f"{user}/password/"):
            check_held(text_of(client, path))

    def test_the_log_in_page_is_too(self, client: Client) -> None:
        text = text_of(client, "/admin/login/")

        check_held(text)
        assert "174379" in text
        assert "/admin/payments/" not in text

    def test_a_wrong_log_in_says_so_beside_the_form(self, client: Client) -> None:
        page = client.post(
            "/admin/login/", {"username": "0712345678", "password": "x", "code": "1"}
        )

        text = page.content.decode()
        check_held(text)
        assert text.count('class="errornote" role="alert"') == 1


class TestNavigation:
    def test_it_shows_only_what_the_operator_may_see(self) -> None:
        client = sign_in(make_operator("view_transaction"))

        text = text_of(client, "/admin/")

        assert "/admin/payments/transaction/" in text
        assert "/admin/payments/suspensecase/" not in text
        assert "/admin/users/user/" not in text

    def test_the_page_that_is_open_is_marked(self) -> None:
        text = text_of(superuser(), "/admin/payments/transaction/")

        marked = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', text)
        assert set(marked) == {"/admin/payments/transaction/"}

    def test_every_place_can_be_opened(self) -> None:
        client = superuser()

        for path in re.findall(r'<a href="([^"]+)"[^>]* data-go', text_of(client, "/admin/")):
            assert client.get(path.replace("&amp;", "&")).status_code == 200, path

    def test_no_key_leads_to_two_places(self) -> None:
        keys = re.findall(r'data-go="(.)"', text_of(superuser(), "/admin/"))

        assert len(keys) == len(set(keys)) >= 12


class TestStamp:
    def test_real_money_looks_different(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("operations.console.environment.environment_name", lambda: "production")

        assert get_stamp().is_live
        assert "stamp is-live" in text_of(superuser(), "/admin/")

    def test_the_sandbox_is_no_real_money(self, settings: Any) -> None:
        settings.MPESA_DEBUG = False
        settings.MPESA_ENVIRONMENT = "sandbox"

        stamp = get_stamp()

        assert (stamp.label, stamp.money) == ("Sandbox", "no real money")
        assert not stamp.is_live


class TestFiles:
    def test_the_stylesheets_are_small(self) -> None:
        size = sum(
            len(gzip.compress(Path(str(finders.find(f"console/{name}.css"))).read_bytes()))
            for name in ("tokens", "console")
        )

        assert 2_000 < size < 14 * 1024

    def test_stylesheets_and_script_load_nothing_from_elsewhere(self) -> None:
        for name in ("tokens.css", "console.css", "console.js"):
            path = finders.find(f"console/{name}")
            assert isinstance(path, str)
            text = Path(path).read_text(encoding="utf-8")
            assert not re.search(r"https?:|@import|url\(|eval\(|\.style\b|innerHTML", text), name

    def test_a_customer_name_is_escaped(self) -> None:
        make_customer(full_name="<b onclick=x>Eve</b>")

        assert "<b onclick" not in text_of(superuser(), "/admin/users/user/")


class TestSorry:
    """A page that is not there, or not for this operator, is in the console's layout."""

    def test_a_missing_deposit_and_a_missing_page_say_so(self) -> None:
        client = superuser()
        for path, why in (
            ("/admin/payments/transaction/999/change/", "No deposit has this id."),
            ("/admin/nothing/of/the/sort/", "Look for it with the search"),
        ):
            page = client.get(path)

            assert page.status_code == 404
            check_held(page.content.decode())
            assert why in page.content.decode()

    def test_what_is_not_of_ones_rights_names_who_is_signed_in(self) -> None:
        operator = make_operator("view_transaction")
        operator.groups.add(Group.objects.get(name="Support"))

        page = sign_in(operator).get("/admin/kyc/unmasking/")

        text = page.content.decode()
        assert page.status_code == 403
        check_held(text)
        assert "You are signed in as Grace Wairimu, in Support." in text

    def test_an_address_that_cannot_be_read_is_no_error_of_the_server(self) -> None:
        page = superuser().get("/admin/payments/transaction/?id__exact=x")

        assert page.status_code in {302, 400}
        if page.status_code == 400:
            check_held(page.content.decode())

    def test_nobody_who_is_signed_out_learns_which_pages_there_are(self) -> None:
        for path in ("/admin/nothing/", "/admin/kyc/unmasking/", "/admin/users/user/1/change/"):
            page = Client().get(path)

            assert (page.status_code, page["Location"].split("?")[0]) == (302, "/admin/login/")


class TestDecisionsOnThePageOfARow:
    """What a list offers for a ticked row, the row's page offers without ticking."""

    def test_a_phone_change_is_asked_about_from_its_page(self) -> None:
        customer = make_customer()
        wish = PhoneChange.objects.create(
            user=customer, old_phone_number=customer.phone_number,
            new_phone_number="254733111222", requested_at=clock.now(),
        )  # fmt: skip
        client = superuser()

        page = client.get(f"/admin/users/phonechange/{wish.pk}/change/").content.decode()
        sent = {"action": "approve", "_selected_action": str(wish.pk)}
        asked = client.post("/admin/users/phonechange/", sent).content.decode()

        assert 'name="action" value="approve"' in page
        assert 'name="reason"' in asked
        wish.refresh_from_db()
        assert wish.status == "PENDING"

    def test_who_may_only_look_is_offered_nothing(self) -> None:
        wish = PhoneChange.objects.create(
            user=make_customer(), old_phone_number="254712345678",
            new_phone_number="254733111222", requested_at=clock.now(),
        )  # fmt: skip
        client = sign_in(make_operator("view_phonechange"))

        page = client.get(f"/admin/users/phonechange/{wish.pk}/change/").content.decode()

        assert 'name="action"' not in page


def test_a_list_without_actions_has_no_boxes_to_tick() -> None:
    make_deposit()
    receive(success_body(amount=300))

    page = superuser().get("/admin/payments/suspensecase/").content.decode()

    assert "Case " in page
    assert "action-select" not in page


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("users/user/", "Customers"), ("users/proposal/", "Approvals"),
        ("wallet/journalentry/", "Ledger"), ("users/erasurerequest/", "Accounts to close"),
        ("payments/callbackevent/", "Callback events"),
    ],
)  # fmt: skip
def test_a_list_is_headed_as_its_place_is_called(path: str, heading: str) -> None:
    page = superuser().get(f"/admin/{path}").content.decode()

    assert f"<h1>{heading}</h1>" in page


class TestWhoIsSignedIn:
    """Every page says what the operator may do alone."""

    def test_one_who_decides_reads_their_limit(self, settings: Any) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 7_500
        operator = make_operator()
        operator.groups.add(Group.objects.get(name="Finance"))

        page = text_of(sign_in(operator), "/admin/keys/")

        assert "Finance, alone up to KES 7,500." in page

    def test_others_read_their_group_alone(self) -> None:
        operator = make_operator()
        operator.groups.add(Group.objects.get(name="Support"))

        page = text_of(sign_in(operator), "/admin/keys/")

        assert "<p>Support. Signed in to" in page
        assert "alone up to" not in page

    def test_a_superuser_has_every_right(self) -> None:
        assert "<p>Every right, alone up to KES 10,000." in text_of(superuser(), "/admin/keys/")
