"""Own limits over HTTP."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from risk.models import OwnLimits
from risk.tests.wishes import PASSWORD, make_customer
from users.models import User

pytestmark = pytest.mark.django_db

LIMITS = "/api/limits/"
PAUSE = "/api/limits/pause/"
EXCLUSION = "/api/limits/self-exclusion/"
NOTHING = {
    "daily_cap": None,
    "weekly_cap": None,
    "pending": None,
    "paused_until": None,
    "excluded_until": None,
}


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


@pytest.fixture
def client(customer: User) -> APIClient:
    """Sign the customer in."""
    client = APIClient()
    client.force_authenticate(customer)
    return client


class TestCaps:
    def test_nothing_is_set_at_first(self, client: APIClient) -> None:
        assert client.get(LIMITS).json() == NOTHING
        assert not OwnLimits.objects.exists()

    def test_the_first_caps_count_at_once(self, client: APIClient) -> None:
        response = client.put(LIMITS, {"daily_cap": 1000, "weekly_cap": None})

        assert response.status_code == 200
        assert response.json() == client.get(LIMITS).json() == {**NOTHING, "daily_cap": 1000}

    def test_raising_is_pending(self, client: APIClient) -> None:
        client.put(LIMITS, {"daily_cap": 1000, "weekly_cap": None})
        body = client.put(LIMITS, {"daily_cap": 2000, "weekly_cap": None}).json()

        assert body["daily_cap"] == 1000
        assert body["pending"].pop("effective_at").endswith("Z")
        assert body["pending"] == {"daily_cap": 2000, "weekly_cap": None}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"daily_cap": 0, "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": -1, "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": 1.5, "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": "1000", "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": True, "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": 10**10, "weekly_cap": None}, "daily_cap"),
            ({"daily_cap": None}, "weekly_cap"),
            ({"daily_cap": 1000, "weekly_cap": 999}, "weekly_cap"),
            ({}, "daily_cap"),
        ],
    )
    def test_a_senseless_cap_is_refused(
        self, client: APIClient, body: dict[str, Any], field: str
    ) -> None:
        response = client.put(LIMITS, body)

        assert (response.status_code, response.json()["code"]) == (400, "validation_error")
        assert field in response.json()["fields"]
        assert not OwnLimits.objects.exists()

    def test_the_error_of_a_daily_cap_above_the_weekly_one_is_in_both_languages(
        self, client: APIClient
    ) -> None:
        body = {"daily_cap": 1000, "weekly_cap": 999}
        in_swahili = client.put(LIMITS, body, headers={"Accept-Language": "sw"}).json()

        assert "week" in client.put(LIMITS, body).json()["customer_message"]
        assert in_swahili["customer_message"].startswith("Kikomo cha wiki")


class TestCoolOff:
    def test_a_pause_is_answered_with_its_end(self, client: APIClient) -> None:
        response = client.post(PAUSE, {"days": 7, "password": PASSWORD})

        assert response.status_code == 200
        assert response.json()["paused_until"] == client.get(LIMITS).json()["paused_until"]

    @pytest.mark.parametrize("days", [7, 30])
    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ({}, "Please fill this in."),
            ({"password": ""}, "Please fill this in."),
            ({"password": "another"}, "This is not your password."),
        ],
    )
    def test_more_than_a_day_needs_the_password(
        self, client: APIClient, days: int, more: dict[str, str], told: str
    ) -> None:
        response = client.post(PAUSE, {"days": days, **more})

        assert response.status_code == 400
        assert response.json()["fields"] == {"password": [told]}
        assert client.get(LIMITS).json()["paused_until"] is None

    def test_a_pause_of_a_day_needs_no_password(self, client: APIClient) -> None:
        assert client.post(PAUSE, {"days": 1}).status_code == 200

    def test_wrong_passwords_for_pauses_and_exclusions_share_one_count(
        self, client: APIClient, settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.PASSWORD_RATE_USER = True, "2/h"
        client.post(PAUSE, {"days": 7, "password": "another"})
        client.post(EXCLUSION, {"months": 6, "password": "another"})

        assert client.post(PAUSE, {"days": 7, "password": PASSWORD}).status_code == 429

    @pytest.mark.parametrize("days", [0, 2, -1, None, "seven", True, 365])
    def test_a_pause_has_one_of_the_allowed_lengths(self, client: APIClient, days: Any) -> None:
        assert client.post(PAUSE, {"days": days}).json()["code"] == "validation_error"

    def test_an_exclusion_is_answered_with_its_end(self, client: APIClient) -> None:
        response = client.post(EXCLUSION, {"months": 6, "password": PASSWORD})

        assert response.status_code == 200
        assert response.json()["excluded_until"] is not None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"months": 6, "password": "another"}, "password"),
            ({"months": 6}, "password"),
            ({"months": 1, "password": PASSWORD}, "months"),
            ({"password": PASSWORD}, "months"),
        ],
    )
    def test_an_exclusion_needs_months_and_the_password(
        self, client: APIClient, body: dict[str, Any], field: str
    ) -> None:
        response = client.post(EXCLUSION, body)

        assert (response.status_code, list(response.json()["fields"])) == (400, [field])
        assert not OwnLimits.objects.exists()

    def test_passwords_cannot_be_tried_without_end(self, client: APIClient, settings: Any) -> None:
        settings.PASSWORD_RATE_USER = "2/m"

        answers = [client.post(EXCLUSION, {"months": 6, "password": "guess"}) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [400, 400, 429]
        assert int(answers[-1]["Retry-After"]) == answers[-1].json()["retry_after"] > 0

    def test_changes_are_counted_together_and_looking_is_free(
        self, client: APIClient, settings: Any
    ) -> None:
        settings.OWN_LIMITS_RATE_USER = "2/h"
        client.put(LIMITS, {"daily_cap": 1000, "weekly_cap": None})
        client.post(PAUSE, {"days": 1})

        changes = client.put(LIMITS, {}), client.post(PAUSE, {"days": 7})

        assert [answer.status_code for answer in changes] == [429, 429]
        assert all(int(answer["Retry-After"]) > 0 for answer in changes)
        assert client.get(LIMITS).status_code == 200

    def test_a_pause_cannot_be_deleted(self, client: APIClient) -> None:
        assert client.delete(LIMITS).status_code == 405
        assert client.delete(PAUSE).status_code == 405
        assert client.delete(EXCLUSION).status_code == 405


@pytest.mark.parametrize("path", [LIMITS, PAUSE, EXCLUSION])
class TestWho:
    def test_own_limits_need_a_sign_in(self, path: str) -> None:
        assert APIClient().post(path, {}).status_code == 401

    def test_no_session_without_its_csrf_token(self, path: str, customer: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(customer)

        send = browser.put if path == LIMITS else browser.post
        response = send(path, {"days": 7}, content_type="application/json")

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    def test_not_for_a_blocked_account(self, path: str, customer: User) -> None:
        customer.is_active = False
        client = APIClient()
        client.force_authenticate(customer)

        assert client.post(path, {}).json()["code"] == "account_blocked"


def test_one_customer_never_sees_or_touches_another(client: APIClient) -> None:
    other = APIClient()
    other.force_authenticate(make_customer())

    client.put(LIMITS, {"daily_cap": 10, "weekly_cap": 10})
    client.post(PAUSE, {"days": 30, "password": PASSWORD})

    assert other.get(LIMITS).json() == NOTHING
