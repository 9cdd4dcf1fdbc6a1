"""POST /api/auth/signup/."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.utils import timezone

from users import services
from users.models import User
from users.serializers import plain_name
from users.tests.conftest import PASSWORD

PATH = "/api/auth/signup/"


def _body(**changes: Any) -> dict[str, Any]:
    return {
        "phone_number": "0712 345 678", "password": PASSWORD, "full_name": "Asha Mwangi", **changes,
    }  # fmt: skip


def _sign_up(client: Client, **changes: Any) -> Any:
    return client.post(PATH, _body(**changes), "application/json")


@pytest.mark.django_db
class TestNewCustomer:
    def test_is_stored_and_signed_in(self, client: Client) -> None:
        response = _sign_up(client, full_name="  Asha Mwangi ")

        user = User.objects.get()
        me = {
            "id": user.pk,
            "phone_number": "254712345678",
            "full_name": "Asha Mwangi",
            "kyc_status": "PENDING",
        }
        assert (response.status_code, response.json()) == (201, me)
        assert client.get("/api/auth/me/").json() == me
        assert "no-store" in response["Cache-Control"]

    def test_has_no_rights_and_a_hashed_password(self, client: Client) -> None:
        _sign_up(client, is_staff=True, is_superuser=True, kyc_status="VERIFIED", id=987654)

        user = User.objects.get()
        assert (user.is_staff, user.is_superuser, user.kyc_status) == (False, False, "PENDING")
        assert user.password.startswith("argon2$")
        assert user.pk != 987654

    def test_is_verified_at_once_by_the_mock_provider(self, client: Client, settings: Any) -> None:
        settings.KYC_PROVIDER = "mock"

        assert _sign_up(client).json()["kyc_status"] == "VERIFIED"


@pytest.mark.django_db
class TestErrors:
    @pytest.mark.parametrize("spelling", ["0712345678", "+254712345678", "712-345-678"])
    def test_a_taken_number_in_any_spelling(
        self, client: Client, asha: User, spelling: str
    ) -> None:
        response = _sign_up(client, phone_number=spelling)

        assert response.status_code == 409
        assert response.json()["code"] == "phone_number_taken"
        assert "sessionid" not in response.cookies

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("phone_number", "0812345678", "Enter a Kenyan mobile number, such as 0712 345 678."),
            (
                "phone_number",
                "\u0660712345678",
                "Enter a Kenyan mobile number, such as 0712 345 678.",
            ),
            ("phone_number", "", "Please fill this in."),
            ("phone_number", None, "Please fill this in."),
            ("phone_number", 712345678, "This is not in the right form."),
            ("phone_number", ["0712345678"], "This is not in the right form."),
            ("phone_number", "0" * 65, "This is too long."),
            ("password", "short", "Use a password of at least 8 characters."),
            ("password", "password1", "Too many people use this password. Choose another."),
            ("password", "9090990099009", "A password needs letters too, not only digits."),
            ("password", "Asha Mwangi", "This password is too close to your name or number."),
            ("password", "", "Please fill this in."),
            ("password", 12345678, "This is not in the right form."),
            ("password", {"a": 1}, "This is not in the right form."),
            ("password", "a\x00bcdefghij", "This is not in the right form."),
            ("password", "x" * 1025, "This is too long."),
            ("full_name", "   ", "Please fill this in."),
            ("full_name", True, "This is not in the right form."),
            ("full_name", "A\x00sha", "This is not in the right form."),
            ("full_name", "A\nsha", "Please write your name without line breaks or special signs."),
            (
                "full_name",
                "A\u202esha",
                "Please write your name without line breaks or special signs.",
            ),
            *(
                ("full_name", name, "Please write your name without line breaks or special signs.")
                for name in (
                    "\u3164",
                    "\u115f \u1160",
                    "\uffa0",
                    "12",
                    "...",
                    "\u0301",
                    "\u200d",
                    "Asha\u200d",
                    "\u200cAsha",
                    "Asha \u200d Ali",
                    "A\u200d\u200dsha",
                    "\u2066Asha",
                    "\ue000",
                )
            ),
            ("full_name", "x" * 151, "This is too long."),
        ],
    )
    def test_a_faulty_field_is_named(
        self, client: Client, field: str, value: Any, message: str
    ) -> None:
        response = _sign_up(client, **{field: value})

        assert response.status_code == 400
        assert response.json()["code"] == "validation_error"
        assert response.json()["fields"] == {field: [message]}
        assert not User.objects.exists()

    @pytest.mark.parametrize("field", ["phone_number", "password", "full_name"])
    def test_a_missing_field_is_named(self, client: Client, field: str) -> None:
        body = _body()
        del body[field]

        fields = client.post(PATH, body, "application/json").json()["fields"]

        assert fields == {field: ["Please fill this in."]}

    def test_a_single_field_error_is_the_customers_message(self, client: Client) -> None:
        headers = {"Accept-Language": "sw"}
        body = _body(password="short")

        told = client.post(PATH, body, "application/json", headers=headers).json()

        assert told["customer_message"] == "Tumia nenosiri lenye herufi 8 au zaidi."

    def test_several_field_errors_have_a_general_message(self, client: Client) -> None:
        told = _sign_up(client, full_name=" ", phone_number="x").json()

        assert told["customer_message"] == "Please check what you entered and try again."

    def test_too_many_from_one_address(self, client: Client, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.SIGNUP_RATE_IP = True, "1/h"
        _sign_up(client)

        response = _sign_up(client, phone_number="0712345679")

        assert response.status_code == 429
        assert response.json()["code"] == "rate_limited"
        assert 1 <= int(response["Retry-After"]) <= 3600
        assert User.objects.count() == 1

    def test_requests_that_create_no_account_are_not_counted(
        self, client: Client, settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.SIGNUP_RATE_IP = True, "1/h"
        faulty = [
            _sign_up(client, password="short"),
            _sign_up(client, phone_number="x"),
            client.post(PATH, {}, "application/json"),
            client.post(PATH, "[", "application/json"),
        ]

        assert [response.status_code for response in faulty] == [400] * 4
        assert _sign_up(client).status_code == 201

    def test_looking_for_taken_numbers_is_counted(self, client: Client, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.SIGNUP_RATE_IP = True, "2/h"
        _sign_up(client)

        statuses = [_sign_up(Client()).status_code for _ in range(2)]

        assert statuses == [409, 429]

    def test_another_fault_of_the_database_is_no_taken_number(self) -> None:
        with pytest.raises(IntegrityError):
            services.sign_up(phone_number="", password=PASSWORD, full_name="x", now=timezone.now())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_many_sign_ups_with_one_number_one_succeeds(self) -> None:
        customers = 6
        barrier = Barrier(customers)

        def sign_up(_: int) -> int:
            try:
                barrier.wait(10)
                return int(_sign_up(Client()).status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(customers) as pool:
            statuses = sorted(pool.map(sign_up, range(customers)))

        assert statuses == [201] + [409] * (customers - 1)
        assert User.objects.count() == 1

    def test_a_flush_leaves_what_migrations_inserted(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM payments_querypace")
            assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    "name",
    [
        "Asha Mwangi", "Wanjikũ wa Kĩarie", "N'gang'a-Otieno Jr. 2", "\u12a0\u1260\u1260",
        "\u0645\u062d\u0645\u062f", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
    ],
)  # fmt: skip
def test_names_of_every_script_are_taken_with_their_joiners(name: str) -> None:
    assert plain_name(name) == name
