"""Nothing that the API says of a customer may be stored by a browser or a proxy."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/auth/me/",
        "/api/auth/phone/",
        "/api/kyc/",
        "/api/limits/",
        "/api/payments/limits/",
        "/api/payments/transactions/",
        "/api/payments/weather/",
        "/api/wallet/",
        "/api/wallet/entries/",
    ],
)
def test_answers_about_a_customer_are_not_stored(client: Client, path: str) -> None:
    user = get_user_model().objects.create(phone_number="254712345678")
    client.force_login(user)

    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_a_cache_control_header_set_by_a_view_stays(client: Client) -> None:
    response = client.get("/api/auth/csrf/")

    assert response["Cache-Control"].startswith("max-age=0")


@pytest.mark.django_db
def test_files_are_kept_by_browsers(client: Client) -> None:
    response = client.get("/static/admin/css/base.css")

    response.close()
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]
