"""The admin's pages about KYC: what operators see, and their decisions."""

import logging
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from kyc import services
from kyc.models import KycSubmission, Unmasking
from kyc.tests.building import (
    ID_NUMBER,
    LATER,
    hand_in,
    make_customer,
    reject,
    statuses,
    verify,
)
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/kyc/kycsubmission/"
CUSTOMERS = "/admin/users/user/"
VERIFY = {"action": "verify", "tier": "basic", "reason": "ID card was seen"}
REJECT = {"action": "reject", "reason_code": "name_mismatch", "reason": "card says Otieno"}
SHOW = {"action": "show_id_number", "reason": "compared with the card"}


@pytest.fixture
def client(operator: User) -> Client:
    """Sign the operator in."""
    return signed_in(operator)


@pytest.fixture
def submission() -> KycSubmission:
    """Hand in."""
    return hand_in()


def signed_in(user: User) -> Client:
    """Sign an operator in to the admin."""
    client = Client()
    client.force_login(user)
    return client


def clerk(*rights: str) -> Client:
    """Sign in an operator who may see submissions and has the rights named."""
    user = make_customer(is_staff=True)
    codenames = ["view_kycsubmission", "view_user", *rights]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return signed_in(user)


def act(client: Client, *rows: Any, path: str = LIST, **form: str) -> str:
    """Send an action about the rows and return the page that follows."""
    sent = {"_selected_action": [str(row.pk) for row in rows], **form}
    return client.post(path, sent, follow=True).content.decode()


class TestReading:
    def test_a_number_is_masked(self, client: Client, submission: KycSubmission) -> None:
        for path in ("", f"{submission.pk}/change/"):
            page = client.get(LIST + path).content.decode()

            assert "****5678" in page
            assert ID_NUMBER not in page
            assert submission.id_number_fingerprint not in page
            assert submission.id_number_encrypted not in page

    def test_an_id_on_another_account_is_warned_of(
        self, client: Client, submission: KycSubmission
    ) -> None:
        path = f"{LIST}{submission.pk}/change/"
        assert "KYC 0" not in client.get(path).content.decode()

        other = hand_in()

        assert str(other) in client.get(path).content.decode()
        assert "icon-yes" in client.get(LIST).content.decode()
        asked = act(client, submission, action="verify")
        assert "same ID number on other accounts" in asked.replace("The same", "same")
        assert str(other) in asked

    def test_nothing_is_added_changed_or_deleted(
        self, client: Client, submission: KycSubmission
    ) -> None:
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}{submission.pk}/change/", {}).status_code == 403
        assert client.post(f"{LIST}{submission.pk}/delete/", {}).status_code == 403

    def test_unmaskings_are_listed(self, client: Client, submission: KycSubmission) -> None:
        act(client, submission, **SHOW)

        page = client.get("/admin/kyc/unmasking/").content.decode()

        assert "compared with the card" in page


class TestVerify:
    def test_tier_and_reason_are_asked_for(self, client: Client, submission: KycSubmission) -> None:
        page = act(client, submission, action="verify")

        assert "Verify customers" in page
        assert "1990-12-31" in page
        assert ID_NUMBER not in page
        assert statuses(submission) == ("PENDING", "PENDING")

    def test_the_number_is_to_be_proven_first(
        self, client: Client, submission: KycSubmission
    ) -> None:
        proof = "the name that M-PESA shows"

        assert proof in act(client, submission, action="verify")
        assert proof in act(client, submission.user, path=CUSTOMERS, action="decide_kyc")
        assert proof not in act(client, submission, action="reject")

    def test_a_verification_is_stored_with_its_reason(
        self, client: Client, operator: User, submission: KycSubmission
    ) -> None:
        page = act(client, submission, **VERIFY)

        decided = KycSubmission.objects.get()
        assert f"Submission {submission.pk}: Verified" in page
        assert statuses(submission) == ("VERIFIED", "VERIFIED")
        assert (decided.decided_by, decided.tier, decided.reason) == (
            operator,
            "basic",
            "ID card was seen",
        )
        assert "Verified: basic, ID card was seen" in LogEntry.objects.get().get_change_message()

    @pytest.mark.parametrize(
        "wrong",
        [{"reason": "  "}, {"reason": "too short"}, {"tier": "gold"}, {"reason": "x" * 501}],
    )
    def test_an_incomplete_decision_decides_nothing(
        self, client: Client, submission: KycSubmission, wrong: dict[str, str]
    ) -> None:
        act(client, submission, **{**VERIFY, **wrong})

        assert statuses(submission) == ("PENDING", "PENDING")

    def test_an_id_that_verified_another_account(
        self, client: Client, submission: KycSubmission
    ) -> None:
        verify(hand_in())

        page = act(client, submission, **VERIFY)

        assert "another account is verified with this ID number" in page
        assert statuses(submission) == ("PENDING", "PENDING")


class TestReject:
    def test_the_customers_words_are_chosen(
        self, client: Client, submission: KycSubmission
    ) -> None:
        assert "the customer reads" in act(client, submission, action="reject").lower()

        act(client, submission, **REJECT)

        decided = KycSubmission.objects.get()
        assert statuses(submission) == ("REJECTED", "REJECTED")
        assert (decided.reason_code, decided.reason) == ("name_mismatch", "card says Otieno")

    @pytest.mark.parametrize("second", [VERIFY, REJECT])
    def test_a_second_decision_is_refused_with_a_message(
        self, client: Client, submission: KycSubmission, second: dict[str, str]
    ) -> None:
        act(client, submission, **REJECT)

        page = act(client, submission, **second)

        assert f"Submission {submission.pk} is decided already" in page
        assert statuses(submission) == ("REJECTED", "REJECTED")


class TestShowIdNumber:
    def test_the_look_is_written_down_first(
        self,
        client: Client,
        operator: User,
        submission: KycSubmission,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.INFO)
        assert ID_NUMBER not in act(client, submission, action="show_id_number")
        assert not Unmasking.objects.exists()

        page = act(client, submission, **SHOW)

        assert ID_NUMBER in page
        look = Unmasking.objects.get()
        assert (look.submission, look.operator) == (submission, operator)
        assert look.reason == "compared with the card"
        (line,) = [each for each in caplog.records if "shown to an operator" in each.message]
        assert (vars(line)["submission"], vars(line)["operator"]) == (submission.pk, operator.pk)
        assert ID_NUMBER not in caplog.text

    def test_no_browser_caches_a_shown_id_number(
        self, client: Client, submission: KycSubmission
    ) -> None:
        response = client.post(LIST, {"_selected_action": str(submission.pk), **SHOW})

        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_showing_an_id_number_needs_a_reason(
        self, client: Client, operator: User, submission: KycSubmission, reason: str
    ) -> None:
        assert ID_NUMBER not in act(client, submission, **{**SHOW, "reason": reason})

        with pytest.raises(services.ReasonMissing):
            services.show_id_number(
                submission=submission, operator=operator, reason=reason, now=LATER
            )
        assert not Unmasking.objects.exists()

    def test_one_id_number_is_shown_at_a_time(
        self, client: Client, submission: KycSubmission
    ) -> None:
        page = act(client, submission, hand_in(id_number="12345678"), **SHOW)

        assert "Choose one submission" in page
        assert not Unmasking.objects.exists()

    def test_without_its_key_an_id_number_stays_hidden(
        self, client: Client, submission: KycSubmission, settings: Any
    ) -> None:
        settings.FIELD_ENCRYPTION_KEYS = ["A" * 43 + "="]

        page = act(client, submission, **SHOW)

        assert "its key is missing from FIELD_ENCRYPTION_KEYS" in page
        assert Unmasking.objects.count() == 1


class TestCustomers:
    @pytest.mark.parametrize("decision", ["basic", "full"])
    def test_a_customer_without_a_submission_is_not_verified(
        self, client: Client, customer: User, decision: str
    ) -> None:
        form = {"action": "decide_kyc", "decision": decision, "reason": "met in person"}
        assert "Decide about customers" in act(
            client, customer, path=CUSTOMERS, action="decide_kyc"
        )

        page = act(client, customer, path=CUSTOMERS, **form)

        assert "nobody is verified without one" in page
        customer.refresh_from_db()
        assert customer.kyc_status == "PENDING"
        assert not LogEntry.objects.exists()

    def test_the_tier_changes(self, client: Client, submission: KycSubmission) -> None:
        verify(submission)
        form = {"action": "decide_kyc", "decision": "basic", "reason": "met in person"}

        act(client, submission.user, path=CUSTOMERS, **form)

        submission.user.refresh_from_db()
        assert (submission.user.kyc_status, submission.user.tier) == ("VERIFIED", "basic")
        assert "KYC basic: met in person" in LogEntry.objects.get().get_change_message()

    def test_a_verification_is_taken_back(self, client: Client, submission: KycSubmission) -> None:
        verify(submission)
        form = {"action": "decide_kyc", "decision": "rejected", "reason": "stolen ID card"}

        act(client, submission.user, path=CUSTOMERS, **form)

        assert statuses(submission) == ("REJECTED", "VERIFIED")
        assert KycSubmission.objects.get().revocation_reason == "stolen ID card"

    def test_the_customers_page_links_to_their_submissions(
        self, client: Client, customer: User, submission: KycSubmission
    ) -> None:
        page = client.get(f"{CUSTOMERS}{submission.user_id}/change/").content.decode()

        assert f'href="{LIST}{submission.pk}/change/"' in page
        assert LIST + "1" not in client.get(f"{CUSTOMERS}{customer.pk}/change/").content.decode()
        assert client.get(f"{CUSTOMERS}add/").status_code == 200

    def test_a_pending_submission_is_not_decided_on_the_customers_page(
        self, client: Client, submission: KycSubmission
    ) -> None:
        form = {"action": "decide_kyc", "decision": "full", "reason": "met in person"}

        page = act(client, submission.user, path=CUSTOMERS, **form)

        assert "decide about the submission" in page
        assert statuses(submission) == ("PENDING", "PENDING")


class TestOneself:
    def test_the_page_says_that_operators_do_not_decide_about_themselves(
        self, client: Client, operator: User
    ) -> None:
        submission = hand_in(operator)
        about_self = {"action": "decide_kyc", "decision": "full", "reason": "it is me myself"}

        own = act(client, submission, **VERIFY)
        reject(submission)
        bare = act(client, operator, path=CUSTOMERS, **about_self)

        assert "nobody decides about themselves" in own
        assert "nobody decides about themselves" in bare
        assert statuses(submission) == ("REJECTED", "REJECTED")


class TestRights:
    @pytest.mark.parametrize("form", [VERIFY, REJECT])
    def test_looking_is_not_deciding(self, submission: KycSubmission, form: dict[str, str]) -> None:
        act(clerk("unmask_id_number"), submission, **form)

        assert statuses(submission) == ("PENDING", "PENDING")

    def test_deciding_is_not_unmasking(self, submission: KycSubmission) -> None:
        assert ID_NUMBER not in act(clerk("change_kycsubmission"), submission, **SHOW)
        assert not Unmasking.objects.exists()

    def test_each_right_is_enough(self, submission: KycSubmission) -> None:
        assert ID_NUMBER in act(clerk("unmask_id_number"), submission, **SHOW)

        act(clerk("change_kycsubmission"), submission, **VERIFY)

        assert statuses(submission) == ("VERIFIED", "VERIFIED")

    def test_looking_after_accounts_is_not_deciding(self, customer: User) -> None:
        form = {"action": "decide_kyc", "decision": "full", "reason": "a friend"}

        act(clerk("change_user"), customer, path=CUSTOMERS, **form)

        customer.refresh_from_db()
        assert customer.kyc_status == "PENDING"
