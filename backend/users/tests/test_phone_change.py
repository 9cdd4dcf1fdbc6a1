"""Another phone number: asked for with the password, decided by an operator, with a reason."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from common.errors import DomainError
from users import phone_change
from users.models import PhoneChange, User
from users.services import issue_token
from users.tests.conftest import NEW_NUMBER, PASSWORD, signed_in

URL = "/api/auth/phone/"
ME = "/api/auth/me/"


def _ask(client: Client, number: str = "0722 000 111", password: str = PASSWORD) -> Any:
    body = {"new_phone_number": number, "password": password}
    return client.post(URL, body, "application/json")


def _approve(change: PhoneChange, operator: User) -> None:
    phone_change.approve_change(
        change.pk, operator=operator, reason="SIM and ID seen", now=timezone.now()
    )


class TestAsking:
    def test_nothing_asked_is_null(self, asha: User) -> None:
        assert signed_in(asha).get(URL).json() == {"change": None}

    def test_a_request_waits_and_changes_nothing(self, asha: User) -> None:
        client = signed_in(asha)

        response = _ask(client)

        assert response.status_code == 201
        change = response.json()["change"]
        assert change.pop("requested_at").endswith("Z")
        assert change == {
            "new_phone_number": NEW_NUMBER, "status": "PENDING", "decided_at": None,
            "reason": None,
        }  # fmt: skip
        assert client.get(URL).json()["change"]["status"] == "PENDING"
        assert client.get(ME).json()["phone_number"] == "254712345678"

    def test_a_second_one_is_refused(self, asha: User) -> None:
        client = signed_in(asha)
        _ask(client)

        response = _ask(client, "0733000111")

        assert (response.status_code, response.json()["code"]) == (409, "phone_change_pending")

    def test_a_taken_number_is_refused(self, asha: User) -> None:
        User.objects.create_user(NEW_NUMBER, PASSWORD)

        response = _ask(signed_in(asha))

        assert (response.status_code, response.json()["code"]) == (409, "phone_number_taken")
        assert "contact support" in response.json()["customer_message"]

    def test_only_with_the_password_does_an_answer_say_that_a_number_is_taken(
        self, asha: User
    ) -> None:
        User.objects.create_user(NEW_NUMBER, PASSWORD)

        response = _ask(signed_in(asha), password="wrong")

        assert response.status_code == 400
        assert response.json()["fields"] == {"password": ["This is not your password."]}

    @pytest.mark.parametrize("number", ["0812345678", "", "x", "+44 20 7946 0000", "0712 345 678"])
    def test_other_numbers_and_their_own_are_refused(self, asha: User, number: str) -> None:
        response = _ask(signed_in(asha), number)

        assert response.status_code == 400
        assert list(response.json()["fields"]) == ["new_phone_number"]
        assert not PhoneChange.objects.exists()

    def test_attempts_are_counted_per_user(self, asha: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.PHONE_CHANGE_RATE_USER = True, "1/h"
        client = signed_in(asha)

        assert [_ask(client, password="wrong").status_code for _ in range(2)] == [400, 429]
        assert client.get(URL).status_code == 200
        assert client.delete(URL).status_code == 204

    @pytest.mark.parametrize("method", ["get", "post", "delete"])
    def test_a_request_without_a_sign_in_is_401(self, db: None, method: str) -> None:
        assert getattr(Client(), method)(URL).status_code == 401

    @pytest.mark.parametrize("method", ["post", "delete"])
    def test_a_session_needs_its_csrf_token(self, browser: Client, asha: User, method: str) -> None:
        browser.force_login(asha)

        assert getattr(browser, method)(URL).json()["code"] == "csrf_failed"


class TestWithdrawing:
    def test_withdrawing_makes_another_request_possible(
        self, asha: User, change: PhoneChange
    ) -> None:
        client = signed_in(asha)

        assert client.delete(URL).status_code == 204
        assert client.get(URL).json()["change"]["status"] == "CANCELLED"
        assert _ask(client, "0733000111").status_code == 201

    def test_withdrawing_is_harmless_without_a_request(self, asha: User) -> None:
        assert signed_in(asha).delete(URL).status_code == 204

    def test_withdrawing_does_not_change_another_users_request(self, change: PhoneChange) -> None:
        juma = User.objects.create_user("0712345679", PASSWORD)

        signed_in(juma).delete(URL)

        change.refresh_from_db()
        assert change.status == "PENDING"

    def test_too_late_it_changes_nothing(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        _approve(change, operator)

        phone_change.withdraw_change(asha, now=timezone.now())

        change.refresh_from_db()
        assert change.status == "APPROVED"


class TestApproval:
    def test_the_account_has_the_new_number(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        _approve(change, operator)

        asha.refresh_from_db()
        change.refresh_from_db()
        assert asha.phone_number == NEW_NUMBER
        assert (change.status, change.decided_by, change.reason) == (
            "APPROVED", operator, "SIM and ID seen",
        )  # fmt: skip
        assert change.old_phone_number == "254712345678"

    def test_every_sign_in_ends_and_the_new_number_logs_in(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        client, (_, token) = signed_in(asha), AuthToken.objects.create(asha)

        _approve(change, operator)

        assert client.get(ME).status_code == 401
        assert Client().get(ME, headers={"Authorization": f"Token {token}"}).status_code == 401
        statuses = [
            Client()
            .post("/api/auth/login/", {"phone_number": n, "password": PASSWORD}, "application/json")
            .status_code
            for n in ("254712345678", NEW_NUMBER)
        ]
        assert statuses == [401, 200]

    def test_a_later_session_lasts(self, asha: User, change: PhoneChange, operator: User) -> None:
        _approve(change, operator)

        assert signed_in(User.objects.get(pk=asha.pk)).get(ME).status_code == 200

    def test_a_password_checked_before_the_approval_issues_no_token_after_it(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        stale = User.objects.get(pk=asha.pk)
        _approve(change, operator)

        with pytest.raises(DomainError):
            issue_token(stale)

    def test_a_number_taken_meanwhile_changes_nothing(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        User.objects.create_user(NEW_NUMBER, PASSWORD)
        client = signed_in(asha)

        with pytest.raises(DomainError, match="taken"):
            _approve(change, operator)

        change.refresh_from_db()
        assert change.status == "PENDING"
        assert client.get(ME).json()["phone_number"] == "254712345678"

    def test_a_change_is_approved_once(self, change: PhoneChange, operator: User) -> None:
        _approve(change, operator)

        with pytest.raises(phone_change.NotPending):
            _approve(change, operator)

    def test_operators_do_not_decide_about_their_own_number(
        self, asha: User, change: PhoneChange
    ) -> None:
        with pytest.raises(phone_change.OwnRequest):
            _approve(change, asha)

    def test_the_customer_reads_a_rejection_with_its_reason(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        phone_change.reject_change(
            change.pk, operator=operator, reason="The SIM is not yours", now=timezone.now()
        )

        answer = signed_in(asha).get(URL).json()["change"]
        assert (answer["status"], answer["reason"]) == ("REJECTED", "The SIM is not yours")
        assert answer["decided_at"].endswith("Z")
        assert User.objects.get(pk=asha.pk).phone_number == "254712345678"


class TestDatabase:
    @pytest.mark.parametrize(
        "fields",
        [
            {"new_phone_number": "254812345678"},
            {"new_phone_number": "254712345678"},
            {"status": "APPROVED"},
            {"status": "REJECTED", "decided_at": timezone.now(), "reason": "by nobody"},
            {"status": "CANCELLED"},
            {"reason": "none yet"},
            {"status": "LOST"},
        ],
    )
    def test_the_database_refuses_inconsistent_rows(self, asha: User, fields: Any) -> None:
        row = {
            "user": asha, "old_phone_number": "254712345678", "new_phone_number": NEW_NUMBER,
            "requested_at": timezone.now(),
        }  # fmt: skip

        with pytest.raises(IntegrityError), db_transaction.atomic():
            PhoneChange.objects.create(**{**row, **fields})

    def test_the_database_refuses_an_operators_decision_about_their_own_number(
        self, asha: User, change: PhoneChange
    ) -> None:
        decision = {"status": "APPROVED", "decided_at": timezone.now(), "reason": "mine"}

        with pytest.raises(IntegrityError), db_transaction.atomic():
            PhoneChange.objects.update(**decision, decided_by=asha)

    def test_the_database_keeps_one_waiting_request_per_user(
        self, asha: User, change: PhoneChange
    ) -> None:
        with pytest.raises(IntegrityError), db_transaction.atomic():
            PhoneChange.objects.create(
                user=asha,
                old_phone_number=asha.phone_number,
                new_phone_number="254733000111",
                requested_at=timezone.now(),
            )

    def test_the_requested_number_never_changes(self, change: PhoneChange) -> None:
        with pytest.raises(DatabaseError), db_transaction.atomic():
            PhoneChange.objects.update(new_phone_number="254733000111")

    def test_a_decision_never_changes(self, change: PhoneChange, operator: User) -> None:
        _approve(change, operator)

        with pytest.raises(DatabaseError), db_transaction.atomic():
            PhoneChange.objects.update(reason="another")

    def test_nothing_is_deleted(self, change: PhoneChange) -> None:
        with pytest.raises(DatabaseError), db_transaction.atomic():
            PhoneChange.objects.all().delete()
