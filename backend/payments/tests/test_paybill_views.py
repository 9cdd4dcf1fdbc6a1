"""The addresses of payments by hand, as M-Pesa and as customers reach them."""

import json
from typing import Any

import pytest
from django.test import Client

from payments.models import Confirmation, PaybillAccount
from payments.paybill import account_numbers
from payments.tests.building import RECEIPT, broken_table, make_customer, money
from users.models import User

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-the-paybill-0123456789"  # pragma: allowlist secret
NUMBER = "572000000" + account_numbers.check_digit("572000000")
NOTICE = {"TransID": RECEIPT, "TransAmount": "500.00", "BillRefNumber": NUMBER}


@pytest.fixture
def customer(settings: Any) -> User:
    """Store a customer with the account number NUMBER; payments by hand are on."""
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, SECRET
    user = make_customer()
    PaybillAccount.objects.create(user=user, number=NUMBER)
    return user


def post(what: str, body: Any = NOTICE, *, secret: str = SECRET, **headers: str) -> Any:
    """Post as M-Pesa does."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(raise_request_exception=False).generic(
        "POST", f"/api/payments/paybill/{secret}/{what}", content,
        content_type="application/json", headers=headers,
    )  # fmt: skip


class TestPaybill:
    def test_a_customer_reads_their_own_number(self, customer: User) -> None:
        client = Client()
        client.force_login(customer)

        answer = client.get("/api/payments/paybill/")

        assert answer.status_code == 200
        assert answer.json() == {
            "paybill": "174379", "account_number": NUMBER, "payee_name": "Kibeezy",
        }  # fmt: skip

    def test_it_is_not_found_while_payments_by_hand_are_off(
        self, customer: User, settings: Any
    ) -> None:
        settings.PAYBILL_ENABLED = False
        client = Client()
        client.force_login(customer)

        answer = client.get("/api/payments/paybill/")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_nobody_else_reads_one(self, customer: User) -> None:
        assert Client().get("/api/payments/paybill/").status_code == 401


class TestValidation:
    @pytest.mark.parametrize("path", ["validation/", "validation"])
    def test_a_payment_to_a_customer_is_taken(self, customer: User, path: str) -> None:
        answer = post(path)

        assert answer.status_code == 200
        assert answer.json() == {"ResultCode": "0", "ResultDesc": "Accepted"}

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"BillRefNumber": "JANE"}, "C2B00012"),
            ({"TransAmount": "0.50"}, "C2B00013"),
        ],
    )
    def test_another_is_rejected_with_words(
        self, customer: User, fields: dict[str, str], code: str
    ) -> None:
        answer = post("validation/", {**NOTICE, **fields})

        assert (answer.status_code, answer.json()["ResultCode"]) == (200, code)
        assert answer.json()["ResultDesc"]

    def test_it_is_one_look_up(self, customer: User, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            post("validation/")


class TestConfirmation:
    @pytest.mark.parametrize("path", ["confirmation/", "confirmation"])
    def test_a_payment_is_credited_before_it_is_acknowledged(
        self, customer: User, path: str
    ) -> None:
        answer = post(path)

        assert answer.status_code == 200
        assert answer.json() == {"ResultCode": 0, "ResultDesc": "Success"}
        assert money(customer) == (500, 0)

    def test_it_is_one_statement(self, customer: User, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            post("confirmation/")

    def test_what_cannot_be_read_is_kept_and_answered_400(self, customer: User) -> None:
        answer = post("confirmation/", b"no JSON")

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_callback")
        assert Confirmation.objects.get().verdict == "malformed"

    @pytest.mark.django_db(transaction=True)
    def test_what_cannot_be_stored_is_answered_503(self, customer: User) -> None:
        with broken_table("payments_confirmation"):
            answer = post("confirmation/")

        assert (answer.status_code, answer.json()["code"]) == (503, "callback_not_stored")
        assert int(answer["Retry-After"]) > 0

    def test_any_accept_header_is_answered(self, customer: User) -> None:
        assert post("confirmation/", Accept="application/xml").status_code == 200

    def test_no_redirect_loses_a_report(self, customer: User, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True

        assert post("confirmation/").status_code == 200


class TestSecret:
    @pytest.mark.parametrize("what", ["validation/", "confirmation/"])
    @pytest.mark.parametrize("secret", ["x" * 34, SECRET[:-1], SECRET.upper()])
    def test_without_it_the_address_does_not_exist(
        self, customer: User, what: str, secret: str
    ) -> None:
        answer = post(what, secret=secret)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert not Confirmation.objects.exists()

    @pytest.mark.parametrize("what", ["validation/", "confirmation/"])
    def test_nothing_exists_while_payments_by_hand_are_off(
        self, customer: User, settings: Any, what: str
    ) -> None:
        settings.PAYBILL_ENABLED = False

        assert post(what).status_code == 404
        assert not Confirmation.objects.exists()

    def test_it_is_in_no_log(self, customer: User, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level("DEBUG"):
            post("confirmation/")
            post("confirmation/", b"no JSON")

        assert caplog.records
        assert SECRET not in caplog.text
