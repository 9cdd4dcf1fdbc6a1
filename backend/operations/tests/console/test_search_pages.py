"""The search's pages: one hit at once, no number in an address, other sessions see nothing."""

import logging

import pytest
from django.test import Client

from operations.tests.console.operators import make_operator, sign_in, superuser
from payments.tests.building import PHONE, make_customer, make_deposit, receive, success_body

pytestmark = pytest.mark.django_db


def find(client: Client, words: str) -> tuple[str, str]:
    """Search for words; return the address and the text of the page that is shown."""
    page = client.post("/admin/find/", {"words": words}, follow=True)
    assert page.status_code == 200
    (address, _), *_ = reversed(page.redirect_chain)
    return address, page.content.decode()


class TestFind:
    def test_a_single_hit_is_shown_at_once(self) -> None:
        deposit = make_deposit()

        address, _ = find(superuser(), f"#{deposit.pk}")

        assert address == f"/admin/payments/transaction/{deposit.pk}/change/"

    def test_a_single_case_too(self) -> None:
        make_deposit()
        receive(success_body(amount=300))

        address, _ = find(sign_in(make_operator("view_suspensecase")), "NLJ7RT61SV")

        assert address.startswith("/admin/payments/suspensecase/")

    def test_several_are_listed_and_masked(self, caplog: pytest.LogCaptureFixture) -> None:
        make_deposit()
        with caplog.at_level(logging.DEBUG):
            address, text = find(superuser(), "0712 345 678")

        assert address.startswith("/admin/find/")
        assert "2547****5678" in text
        assert "Wanjiku Kamau" in text
        assert PHONE not in text + address + caplog.text
        assert "345 678" not in text + address + caplog.text

    def test_nothing_found_says_what_is_read(self) -> None:
        _, text = find(superuser(), "0712345678")

        assert "Nothing found" in text
        assert "Read as a phone number" in text

    def test_words_that_are_nothing(self) -> None:
        _, text = find(superuser(), "???")

        assert "These words are nothing that the search knows" in text

    def test_a_wrong_check_digit_is_said(self) -> None:
        _, text = find(superuser(), "4821093700")

        assert "its check digit is wrong" in text

    def test_rights_are_said(self) -> None:
        make_customer()

        _, text = find(sign_in(make_operator("view_claim")), "kamau")

        assert "Wanjiku" not in text
        assert "your rights do not include them: customers, deposits" in text

    @pytest.mark.parametrize("words", ["", "   "])
    def test_no_words_lead_home(self, words: str) -> None:
        assert find(superuser(), words)[0] == "/admin/"

    def test_a_get_leads_home(self) -> None:
        assert superuser().get("/admin/find/").headers["Location"] == "/admin/"

    def test_words_are_escaped(self) -> None:
        _, text = find(superuser(), "<img src=x>")

        assert "<img src=x>" not in text


class TestFound:
    def test_another_session_has_no_such_search(self) -> None:
        address, _ = find(superuser(), "kamau")

        assert sign_in(make_operator("view_user")).get(address).status_code == 404

    def test_the_oldest_search_is_forgotten(self) -> None:
        client = superuser()
        addresses = [find(client, f"nothing{'x' * number}")[0] for number in range(11)]

        assert client.get(addresses[0]).status_code == 404
        assert client.get(addresses[1]).status_code == 200

    def test_without_a_log_in_there_is_none(self, client: Client) -> None:
        page = client.post("/admin/find/", {"words": "kamau"})

        assert page.headers["Location"].startswith("/admin/login/")
