"""The privacy notice, consent, the wish to close the account, and the customer's own data."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.deployment.project import ROOT
from users import erasure, privacy
from users.models import Consent, ErasureRequest, Proposal, User
from users.tests.approving import WHY
from users.tests.conftest import PASSWORD, signed_in

NOTICE, CONSENT = "/api/auth/privacy/notice/", "/api/auth/privacy/"
CLOSING, MY_DATA, SIGN_UP = "/api/auth/closing/", "/api/auth/my-data/", "/api/auth/signup/"
REQUESTS, USERS = "/admin/users/erasurerequest/", "/admin/users/user/"
PROPOSALS = "/admin/users/accountproposal/"
pytestmark = pytest.mark.django_db
#: The export reads one snapshot, in a transaction of its own.
_APART = pytest.mark.django_db(transaction=True)


def post(client: Client, path: str, **body: Any) -> Any:
    """Post JSON."""
    return client.post(path, body, "application/json", REMOTE_ADDR="41.90.64.17")


def press(operator: User, page: str, action: str, row: int, **form: Any) -> str:
    """Send an action of a list, and return the page that follows."""
    sent = {"action": action, "_selected_action": str(row), **form}
    return signed_in(operator).post(page, sent, follow=True).content.decode()


class TestNotice:
    def test_anybody_reads_its_numbers(self, settings: Any) -> None:
        settings.RETENTION_YEARS, settings.PRIVACY_CONTACT = 9, "dpo@example.com"

        assert Client().get(NOTICE).json() == {
            "version": privacy.VERSION,
            "keep_years": 9,
            "answer_days": 7,
            "contact": "dpo@example.com",
        }

    def test_the_page_has_the_same_version(self) -> None:
        text = (ROOT / "kibeezy-poly/features/privacy/version.ts").read_text()

        assert f'"{privacy.VERSION}"' in text


class TestConsent:
    def test_a_sign_up_records_version_time_and_network(self) -> None:
        client = Client()
        body = {"phone_number": "0712345678", "password": PASSWORD, "full_name": "Asha"}

        answer = post(client, SIGN_UP, **body, privacy_version=privacy.VERSION)

        assert answer.status_code == 201
        consent = Consent.objects.get()
        assert (consent.version, consent.network) == (privacy.VERSION, "41.90.64.0/24")
        assert client.get(CONSENT).json()["accepted_version"] == privacy.VERSION

    @pytest.mark.parametrize("more", [{}, {"privacy_version": "2019-01-01"}])
    def test_one_without_the_present_version_records_none(self, more: dict[str, str]) -> None:
        client = Client()
        body = {"phone_number": "0712345678", "password": PASSWORD, "full_name": "Asha"}

        assert post(client, SIGN_UP, **body, **more).status_code == 201
        assert client.get(CONSENT).json() == {
            "version": privacy.VERSION, "accepted_version": None, "accepted_at": None,
        }  # fmt: skip

    def test_a_new_version_is_accepted_once(self, asha: User) -> None:
        Consent.objects.create(user=asha, version="2026-01-01", accepted_at=timezone.now())
        client = signed_in(asha)
        assert client.get(CONSENT).json()["accepted_version"] == "2026-01-01"

        for _ in range(2):
            answer = post(client, CONSENT, version=privacy.VERSION)

        assert answer.json()["accepted_version"] == privacy.VERSION
        assert Consent.objects.count() == 2

    def test_another_version_or_none_is_not_recorded(self, asha: User) -> None:
        assert post(signed_in(asha), CONSENT, version="2031-01-01").status_code == 200
        assert post(signed_in(asha), CONSENT, version="yes").status_code == 400
        assert post(Client(), CONSENT, version=privacy.VERSION).status_code == 401
        assert not Consent.objects.exists()

    def test_of_an_unknown_address_no_network_is_kept(self, asha: User) -> None:
        client = signed_in(asha)
        client.post(CONSENT, {"version": privacy.VERSION}, "application/json", REMOTE_ADDR="")

        assert Consent.objects.get().network == ""

    def test_of_ipv6_the_first_48_bits_are_kept(self, asha: User) -> None:
        client = signed_in(asha)
        address = "2c0f:fe38:2401:1::7"
        client.post(CONSENT, {"version": privacy.VERSION}, "application/json", REMOTE_ADDR=address)

        assert Consent.objects.get().network == "2c0f:fe38:2401::/48"


class TestClosing:
    def test_the_customer_asks_with_the_password_and_takes_it_back(self, asha: User) -> None:
        client = signed_in(asha)
        assert client.get(CLOSING).json() == {"request": None, "hindrances": [], "keep_years": 7}
        wrong = post(client, CLOSING, current_password="wrong")
        assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["current_password"])

        asked = post(client, CLOSING, current_password=PASSWORD)
        again = post(client, CLOSING, current_password=PASSWORD)

        assert (asked.status_code, again.status_code) == (201, 201)
        wish = asked.json()["request"]
        assert (wish["status"], wish["answer"]) == ("OPEN", None)
        assert wish["answer_by"][:10] > wish["asked_at"][:10]
        assert ErasureRequest.objects.count() == 1
        assert client.delete(CLOSING).status_code == 204
        assert client.delete(CLOSING).status_code == 204
        assert client.get(CLOSING).json()["request"]["status"] == "WITHDRAWN"

    def test_what_has_to_end_first_is_told(self, operator: User) -> None:
        assert signed_in(operator).get(CLOSING).json()["hindrances"] == ["operator"]


class TestAdmin:
    def test_a_wish_is_proposed_approved_and_done(self, asha: User, operator: User) -> None:
        wish = erasure.ask(asha, password=PASSWORD, now=timezone.now())
        other = User.objects.create_superuser("254700000055", PASSWORD)
        assert "nothing" in signed_in(operator).get(REQUESTS).content.decode()
        assert "closed for good" in press(operator, REQUESTS, "propose", wish.pk)

        assert "Proposed" in press(operator, REQUESTS, "propose", wish.pk, reason=WHY)
        proposal = Proposal.objects.get()
        assert "proposed already" in press(operator, REQUESTS, "propose", wish.pk, reason=WHY)
        page = press(other, PROPOSALS, "approve", proposal.pk, reason=WHY)

        assert "done" in page
        wish.refresh_from_db()
        asha.refresh_from_db()
        assert wish.status == ErasureRequest.Status.DONE
        assert asha.phone_number == f"erased-{asha.pk}"
        assert f"close the account of customer {asha.pk}" in page

    def test_what_hinders_is_said_and_nothing_is_proposed(self, asha: User, operator: User) -> None:
        asha.is_active = False
        asha.save()

        page = press(operator, USERS, "propose_erasure", asha.pk, reason=WHY)

        assert "switched off" in page
        assert not Proposal.objects.exists()

    def test_an_answer_is_read_by_the_customer_once(self, asha: User, operator: User) -> None:
        wish = erasure.ask(asha, password=PASSWORD, now=timezone.now())
        answer = "First take your money out, please."
        assert "reads your answer" in press(operator, REQUESTS, "decline", wish.pk)

        press(operator, REQUESTS, "decline", wish.pk, reason=answer)

        assert signed_in(asha).get(CLOSING).json()["request"]["answer"] == answer
        assert "ended already" in press(operator, REQUESTS, "decline", wish.pk, reason=answer)

    def test_nobody_answers_their_own(self, operator: User) -> None:
        wish = erasure.ask(operator, password=PASSWORD, now=timezone.now())

        assert "your own" in press(operator, REQUESTS, "decline", wish.pk, reason=WHY)


class TestMyData:
    @_APART
    def test_the_customer_gets_a_file_for_the_password(self, asha: User) -> None:
        Consent.objects.create(user=asha, version=privacy.VERSION, accepted_at=timezone.now())
        client = signed_in(asha)

        answer = post(client, MY_DATA, current_password=PASSWORD)

        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Cache-Control"] == "no-store"
        data = json.loads(answer.content)
        assert data["account"][0]["full_name"] == "Asha Mwangi"
        assert data["consents_to_the_privacy_notice"][0]["version"] == privacy.VERSION
        assert "decisions_of_fraud_rules" not in data
        assert "decisions_of_fraud_rules" in data["left_out"]
        assert asha.password not in answer.content.decode()

    def test_not_without_the_password(self, asha: User) -> None:
        assert post(signed_in(asha), MY_DATA, current_password="wrong").status_code == 400
        assert post(Client(), MY_DATA, current_password=PASSWORD).status_code == 401

    def test_not_more_often_than_the_rate(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.EXPORT_RATE_USER = True, "2/d"
        client = signed_in(asha)

        answers = [post(client, MY_DATA, current_password="wrong") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [400, 400, 429]
