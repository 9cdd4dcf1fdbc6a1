"""GET and POST /api/kyc/."""

import json
from typing import Any

import pytest
from django.test import Client

from kyc import services
from kyc.models import KycSubmission
from kyc.reasons import REASONS, WITHDRAWN
from kyc.tests.building import (
    ID_NUMBER,
    LATER,
    hand_in,
    make_customer,
    make_operator,
    reject,
    verify,
)
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/kyc/"
BODY = {"full_name": " Asha Mwangi ", "id_number": "2876 5678", "date_of_birth": "1990-12-31"}


@pytest.fixture(autouse=True)
def _no_counts(settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False


@pytest.fixture
def client(customer: User) -> Client:
    """Sign the customer in."""
    client = Client()
    client.force_login(customer)
    return client


def post(client: Client, body: Any = None, **headers: str) -> Any:
    """Hand in over HTTP."""
    return client.post(PATH, body or BODY, "application/json", headers=headers)


class TestGet:
    def test_before_anything_was_handed_in(self, client: Client) -> None:
        assert client.get(PATH).json() == {
            "kyc_status": "PENDING", "tier": "full", "submission": None, "may_submit": True,
        }  # fmt: skip

    def test_only_for_signed_in_customers(self) -> None:
        assert Client().get(PATH).status_code == 401
        assert post(Client()).status_code == 401

    def test_a_blocked_account_hands_in_nothing(self, client: Client, customer: User) -> None:
        User.objects.update(is_active=False)
        blocked = post(client)

        assert blocked.status_code in {401, 403}
        assert not KycSubmission.objects.exists()

    def test_a_rejection_comes_with_its_reason(self, client: Client, customer: User) -> None:
        reject(hand_in(customer))

        told = client.get(PATH, headers={"Accept-Language": "sw"}).json()

        assert (told["kyc_status"], told["may_submit"]) == ("REJECTED", True)
        assert told["submission"]["status"] == "REJECTED"
        assert told["submission"]["reason"] == REASONS["name_mismatch"].sw
        assert told["submission"]["decided_at"] == "2026-11-21T09:00:00Z"
        assert "Otieno" not in json.dumps(told)

    def test_a_verified_customer_sees_the_tier(self, client: Client, customer: User) -> None:
        verify(hand_in(customer), tier=User.Tier.BASIC)

        told = client.get(PATH).json()

        assert (told["kyc_status"], told["tier"], told["may_submit"]) == (
            "VERIFIED",
            "basic",
            False,
        )
        assert told["submission"]["reason"] is None

    def test_where_kyc_is_not_required_the_tier_is_full(
        self, client: Client, customer: User, settings: Any
    ) -> None:
        verify(hand_in(customer), tier=User.Tier.BASIC)
        settings.KYC_REQUIRED = False

        assert client.get(PATH).json()["tier"] == "full"

    def test_a_verification_that_was_taken_back_says_so(
        self, client: Client, customer: User
    ) -> None:
        verify(hand_in(customer))
        decide(customer, None)

        told = client.get(PATH).json()

        assert (told["kyc_status"], told["may_submit"]) == ("REJECTED", True)
        assert told["submission"]["status"] == "REJECTED"
        assert told["submission"]["reason"] == WITHDRAWN.en

    def test_an_older_submission_explains_no_later_decision(
        self, client: Client, customer: User
    ) -> None:
        reject(hand_in(customer))
        User.objects.filter(pk=customer.pk).update(kyc_status="VERIFIED")

        assert client.get(PATH).json()["submission"] is None

    def test_other_customers_submissions_are_not_shown(self, client: Client) -> None:
        hand_in(make_customer())

        assert client.get(PATH).json()["submission"] is None


def decide(customer: User, tier: User.Tier | None) -> None:
    """Let an operator decide without a submission."""
    services.decide_about_customer(
        user=customer, operator=make_operator(), tier=tier, reason="seen", now=LATER
    )


class TestPost:
    def test_a_submission_waits_for_its_decision(self, client: Client) -> None:
        response = post(client)

        told = response.json()
        assert response.status_code == 201
        assert (told["kyc_status"], told["may_submit"]) == ("PENDING", False)
        submitted_at = told["submission"].pop("submitted_at")
        assert submitted_at.endswith("Z")
        assert told["submission"] == {
            "status": "PENDING",
            "full_name": "Asha Mwangi",
            "id_number": "****5678",
            "date_of_birth": "1990-12-31",
            "decided_at": None,
            "reason": None,
        }
        assert ID_NUMBER not in response.content.decode()

    def test_the_mock_verifies_in_the_same_answer(self, client: Client, settings: Any) -> None:
        settings.KYC_VERIFICATION = {"CLASS": "kyc.mock_provider.MockProvider", "OPTIONS": {}}

        assert post(client).json()["kyc_status"] == "VERIFIED"

    @pytest.mark.parametrize(
        ("prepare", "code"),
        [(lambda _: None, "kyc_already_submitted"), (verify, "kyc_already_verified")],
    )
    def test_a_second_submission_is_refused(
        self, client: Client, customer: User, prepare: Any, code: str
    ) -> None:
        prepare(hand_in(customer))

        response = post(client)

        assert (response.status_code, response.json()["code"]) == (409, code)
        assert KycSubmission.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("id_number", "12345", "Enter the number as it stands on your ID, passport or alien"),
            ("id_number", "\u0662\u0668765678", "Enter the number as it stands"),
            ("id_number", "ABCDEFGH", "Enter the number as it stands"),
            ("id_number", 28765678, "This is not in the right form."),
            ("id_number", "", "Please fill this in."),
            ("id_number", "1" * 65, "This is too long."),
            ("id_number", "2876\x005678", "This is not in the right form."),
            ("full_name", "A\nsha", "Please write your name without line breaks"),
            ("full_name", "  ", "Please fill this in."),
            ("full_name", "x" * 151, "This is too long."),
            ("date_of_birth", "31.12.1990", "Enter your date of birth, such as"),
            ("date_of_birth", "1990-02-30", "Enter your date of birth, such as"),
            ("date_of_birth", "\u0661990-12-31", "Enter your date of birth, such as"),
            ("date_of_birth", "1890-12-31", "Enter your date of birth, such as"),
            ("date_of_birth", "9999-12-31", "Enter your date of birth, such as"),
            ("date_of_birth", "1990-12-31T00:00:00", "Enter your date of birth, such as"),
            ("date_of_birth", None, "Please fill this in."),
            ("date_of_birth", 19901231, "This is not in the right form."),
            ("date_of_birth", "2020-12-31", "You must be 18 or older"),
        ],
    )
    def test_a_faulty_field_is_named(
        self, client: Client, field: str, value: Any, message: str
    ) -> None:
        response = post(client, {**BODY, field: value})

        told = response.json()
        assert (response.status_code, told["code"]) == (400, "validation_error")
        assert list(told["fields"]) == [field]
        [said] = told["fields"][field]
        assert said.startswith(message)
        assert not KycSubmission.objects.exists()

    def test_the_customer_reads_swahili(self, client: Client) -> None:
        told = post(
            client, {**BODY, "date_of_birth": "2020-12-31"}, **{"Accept-Language": "sw"}
        ).json()

        assert told["customer_message"].startswith("Lazima uwe na miaka 18")

    def test_trying_numbers_is_counted(self, client: Client, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.KYC_RATE_USER = True, "2/d"
        for _ in range(2):
            post(client, {**BODY, "id_number": "1"})

        response = post(client)

        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert int(response["Retry-After"]) > 0
        assert client.get(PATH).status_code == 200

    def test_the_page_needs_its_csrf_token(self, customer: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(customer)

        assert post(browser).json()["code"] == "csrf_failed"
