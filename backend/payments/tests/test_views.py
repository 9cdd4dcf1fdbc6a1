"""Starting a deposit over HTTP: every row of the contract's table, and the order of its checks."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from payments.gateway import GatewayRejected, GatewayUnreachable, OutcomeUnknown, RejectionReason
from payments.models import Transaction
from payments.tests.building import PHONE, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PUSH = "/api/payments/stk-push/"


def push(user: User | None, body: Any = None, **headers: str) -> Any:
    """Ask for a deposit as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    body = {"amount": 500} if body is None else body
    return client.post(PUSH, body, format="json", headers=headers)


class TestAnswers:
    def test_200_accepted(self, gateway: ScriptedGateway, customer: User) -> None:
        response = push(customer)

        row = Transaction.objects.get()
        assert response.status_code == 200
        assert response.json() == {
            "message": "STK Push initiated successfully",
            "checkout_id": row.checkout_request_id,
            "transaction_id": row.pk,
            "customer_message": "Check your phone for M-Pesa prompt",
            "money": "unknown",
        }
        assert response["X-Environment"] == "mock"
        assert response["Cache-Control"] == "no-store"
        assert "Idempotent-Replayed" not in response

    def test_202_outcome_unknown(self, gateway: ScriptedGateway, customer: User) -> None:
        gateway.on_push = failing(OutcomeUnknown("timeout"))

        response = push(customer)

        body = response.json()
        assert response.status_code == 202
        assert list(body) == [
            "message", "checkout_id", "transaction_id", "customer_message", "money",
        ]  # fmt: skip
        assert (body["checkout_id"], body["money"]) == (None, "unknown")
        assert "Do not start another deposit" in body["customer_message"]

    @pytest.mark.parametrize("language", ["en", "sw"])
    @pytest.mark.parametrize("is_clear", [True, False])
    def test_the_push_and_every_look_at_it_say_the_same(
        self, gateway: ScriptedGateway, customer: User, is_clear: bool, language: str
    ) -> None:
        if not is_clear:
            gateway.on_push = failing(OutcomeUnknown("timeout"))
        client = APIClient(headers={"Accept-Language": language})
        client.force_authenticate(customer)

        pushed = client.post(PUSH, {"amount": 500}, format="json").json()

        deposit = f"/api/payments/transactions/{pushed['transaction_id']}/"
        for path in (deposit, f"{deposit}status/"):
            assert client.get(path).json()["customer_message"] == pushed["customer_message"]

    @pytest.mark.parametrize(("language", "word"), [("en", "your number"), ("sw", "nambari")])
    def test_a_number_that_mpesa_rejects_is_named_as_the_reason(
        self, gateway: ScriptedGateway, customer: User, language: str, word: str
    ) -> None:
        gateway.on_push = failing(GatewayRejected("no", reason=RejectionReason.NUMBER))
        client = APIClient(headers={"Accept-Language": language})
        client.force_authenticate(customer)

        refused = client.post(PUSH, {"amount": 500}, format="json").json()

        seen = client.get(f"/api/payments/transactions/{refused['transaction_id']}/").json()
        assert word in refused["customer_message"]
        assert seen["customer_message"] == refused["customer_message"]
        assert (seen["result_code"], seen["money"]) == ("mpesa_number_rejected", "not_moved")

    @pytest.mark.parametrize(
        ("error", "status", "code", "text", "retry_after"),
        [
            (
                GatewayRejected(
                    "staff: 1", reason=RejectionReason.SUBSCRIBER_BUSY, result_code="1001"
                ),
                409,
                "subscriber_busy",
                "Another M-Pesa request is open on this phone",
                60,
            ),
            (
                GatewayRejected("staff: 2", reason=RejectionReason.AUTHENTICATION),
                502,
                "mpesa_authentication_failed",
                "Failed authentication",
                None,
            ),
            (
                GatewayRejected("staff: 3"),
                502,
                "mpesa_rejected",
                "M-Pesa rejected the request",
                None,
            ),
            (
                GatewayRejected("staff: 3", reason=RejectionReason.NUMBER),
                502,
                "mpesa_rejected",
                "M-Pesa rejected the phone number",
                None,
            ),
            (
                GatewayRejected("staff: 4", reason=RejectionReason.BUSY),
                503,
                "mpesa_busy",
                "M-Pesa is busy",
                60,
            ),
            (
                GatewayUnreachable("staff: 5"),
                503,
                "mpesa_unavailable",
                "M-Pesa could not be reached",
                30,
            ),
        ],
    )
    def test_rejections_by_m_pesa(
        self,
        gateway: ScriptedGateway,
        customer: User,
        error: Exception,
        status: int,
        code: str,
        text: str,
        retry_after: int | None,
    ) -> None:
        gateway.on_push = failing(error)

        response = push(customer)

        body = response.json()
        row = Transaction.objects.get()
        assert (response.status_code, body["code"], body["error"]) == (status, code, text)
        assert (row.status, body["transaction_id"]) == ("FAILED", row.pk)
        assert body.get("retry_after") == retry_after
        assert response.headers.get("Retry-After") == (str(retry_after) if retry_after else None)
        assert "Nothing was charged" in body["customer_message"]
        assert body["money"] == "not_moved"
        assert str(error) not in response.content.decode()

    def test_401_not_signed_in(self, gateway: ScriptedGateway) -> None:
        response = push(None)

        assert response.status_code == 401
        assert response.json()["code"] == "not_authenticated"

    def test_403_a_session_without_its_csrf_token(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(customer)

        response = client.post(PUSH, {"amount": 500}, content_type="application/json")

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
        assert gateway.pushes == []

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"kyc_status": "PENDING"}, "kyc_required"), ({"is_active": False}, "account_blocked")],
    )
    def test_403_without_the_permission(
        self, gateway: ScriptedGateway, fields: dict[str, Any], code: str
    ) -> None:
        response = push(make_customer(**fields))

        assert (response.status_code, response.json()["code"]) == (403, code)

    def test_400_a_number_that_cannot_be_prompted(self, gateway: ScriptedGateway) -> None:
        response = push(make_customer("0201234567"))

        body = response.json()
        assert (response.status_code, body["code"]) == (400, "invalid_phone_number")
        assert body["error"] == "Invalid phone number format"

    def test_409_an_open_prompt(self, gateway: ScriptedGateway, customer: User) -> None:
        first = push(customer).json()

        response = push(customer)

        body = response.json()
        assert (response.status_code, body["code"]) == (409, "deposit_in_progress")
        assert body["transaction_id"] == first["transaction_id"]
        assert 170 <= body["retry_after"] <= 180
        assert response["Retry-After"] == str(body["retry_after"])

    def test_429_too_many_requests(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.STK_PUSH_RATE_USER = "1/m"
        push(customer)

        response = push(customer)

        body = response.json()
        assert (response.status_code, body["code"]) == (429, "rate_limited")
        assert "Nothing was charged for this one." in body["customer_message"]
        assert response["Retry-After"] == str(body["retry_after"])

    def test_looking_at_the_page_is_no_push(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.STK_PUSH_RATE_USER = "1/m"
        client = APIClient()
        client.force_authenticate(customer)
        for ask in (client.get, client.options):
            assert ask("/api/payments/stk-push/").status_code in {200, 405}

        assert push(customer).status_code == 200

    def test_a_customer_over_their_rate_does_not_use_up_the_addresss_rate(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.STK_PUSH_RATE_USER, settings.STK_PUSH_RATE_IP = "1/m", "3/m"
        neighbour = make_customer("254711000222")

        for _ in range(6):
            push(customer)

        assert push(neighbour).status_code == 200

    def test_429_the_daily_limit(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 499

        response = push(customer)

        body = response.json()
        assert (response.status_code, body["code"]) == (429, "limit_exceeded")
        assert 0 < body["retry_after"] <= 86_400
        assert response["Retry-After"] == str(body["retry_after"])

    def test_the_prompt_goes_to_no_number_in_the_body(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        push(customer, {"amount": 500, "phone_number": "254799999999", "user": 1})

        assert gateway.pushes[0].phone_number == PHONE

    def test_the_customer_reads_kiswahili(self, gateway: ScriptedGateway, customer: User) -> None:
        accepted = push(customer, **{"Accept-Language": "sw-KE,en;q=0.5"}).json()
        refused = push(customer, **{"Accept-Language": "sw"}).json()

        assert accepted["customer_message"] == "Tazama ombi la M-PESA kwenye simu yako"
        assert accepted["message"] == "STK Push initiated successfully"
        assert refused["customer_message"].startswith("Tayari una ombi")
        assert refused["error"] == "Deposit in progress"


class TestMoney:
    """What an error says about the money, when it says nothing else about the deposit."""

    KEYS = pytest.mark.parametrize(
        ("headers", "money"), [({}, "not_moved"), ({"Idempotency-Key": "k"}, "unknown")]
    )

    @KEYS
    def test_money_is_unknown_in_an_early_error_only_if_a_key_was_sent(
        self, gateway: ScriptedGateway, customer: User, headers: dict[str, str], money: str
    ) -> None:
        nobody = push(None, **headers).json()
        bad_amount = push(customer, {"amount": 0}, **headers).json()

        assert (nobody["code"], nobody["money"]) == ("not_authenticated", money)
        assert (bad_amount["code"], bad_amount["money"]) == ("invalid_amount", money)

    @KEYS
    def test_money_is_unknown_over_the_rate_only_if_a_key_was_sent(
        self,
        gateway: ScriptedGateway,
        customer: User,
        settings: Any,
        headers: dict[str, str],
        money: str,
    ) -> None:
        settings.STK_PUSH_RATE_USER = "1/m"
        push(customer)

        refused = push(customer, **headers).json()

        assert (refused["code"], refused["money"]) == ("rate_limited", money)

    def test_a_malformed_key_belongs_to_no_earlier_try(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        refused = push(customer, **{"Idempotency-Key": "k" * 256}).json()

        assert (refused["code"], refused["money"]) == ("invalid_idempotency_key", "not_moved")

    def test_after_the_key_nothing_was_sent(self, gateway: ScriptedGateway) -> None:
        blocked = push(make_customer(is_active=False), **{"Idempotency-Key": "k"}).json()

        assert (blocked["code"], blocked["money"]) == ("account_blocked", "not_moved")

    def test_an_open_prompt_may_be_paid(self, gateway: ScriptedGateway, customer: User) -> None:
        push(customer)

        assert push(customer).json()["money"] == "unknown"

    def test_a_stored_error_says_the_same_again(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("no"))
        key = {"Idempotency-Key": "k"}

        first, again = push(customer, **key), push(customer, **key)

        assert again["Idempotent-Replayed"] == "true"
        assert first.json() == again.json()
        assert again.json()["money"] == "not_moved"

    def test_a_lost_database_leaves_it_unknown(
        self, gateway: ScriptedGateway, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lose(**_: Any) -> None:
            raise OperationalError

        monkeypatch.setattr("payments.views.services.initiate_deposit", lose)

        refused = push(customer).json()

        assert (refused["code"], refused["money"]) == ("unavailable", "unknown")

    def test_a_crash_says_that_the_money_is_unknown(
        self, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(**_: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("payments.views.services.initiate_deposit", crash)
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(customer)

        refused = client.post(PUSH, {"amount": 500}, format="json").json()

        assert (refused["code"], refused["money"]) == ("internal_error", "unknown")


class TestOrder:
    def test_the_rate_comes_before_the_body(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.STK_PUSH_RATE_USER = "1/m"
        push(customer)

        assert push(customer, {"amount": "bad"}).status_code == 429

    def test_the_body_comes_before_the_account(self, gateway: ScriptedGateway) -> None:
        blocked = make_customer(is_active=False)

        assert push(blocked, {"amount": "bad"}).json()["code"] == "invalid_amount"

    def test_the_key_comes_before_the_account(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        push(customer, **{"Idempotency-Key": "k"})
        customer.is_active = False

        replayed = push(customer, **{"Idempotency-Key": "k"})
        reused = push(customer, {"amount": 9}, **{"Idempotency-Key": "k"})

        assert (replayed.status_code, reused.status_code) == (200, 422)

    def test_the_account_comes_before_kyc_and_kyc_before_the_phone(
        self, gateway: ScriptedGateway
    ) -> None:
        nobody = make_customer("0201234567", is_active=False, kyc_status="PENDING")
        assert push(nobody).json()["code"] == "account_blocked"

        nobody.is_active = True
        nobody.save()
        assert push(nobody).json()["code"] == "kyc_required"

        nobody.kyc_status = "VERIFIED"
        nobody.save()
        assert push(nobody).json()["code"] == "invalid_phone_number"


def test_only_post_starts_a_deposit(customer: User) -> None:
    client = APIClient()
    client.force_authenticate(customer)

    response = client.get(PUSH)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


class TestLimits:
    def limits_of(self, user: User) -> dict[str, Any]:
        """Return what the customer is told."""
        client = APIClient()
        client.force_authenticate(user)
        found: dict[str, Any] = client.get("/api/payments/limits/").json()
        return found

    def test_the_limits_are_in_the_answer(self, customer: User) -> None:
        assert self.limits_of(customer) == {
            "refused_by": None,
            "deposits_again_at": None,
            "most_now": 150_000,
            "identity_required": False,
            "tier": "full",
            "min_amount": 1,
            "max_amount": 150_000,
            "daily_limit": 500_000,
            "own_daily_limit": None,
            "used_today": 0,
            "remaining_today": 500_000,
            "weekly_limit": None,
            "remaining_this_week": None,
        }

    @pytest.mark.parametrize("kyc_status", ["PENDING", "REJECTED", "VERIFIED"])
    @pytest.mark.parametrize("is_required", [True, False])
    def test_identity_comes_first_exactly_where_a_push_asks_for_it(
        self, gateway: ScriptedGateway, settings: Any, kyc_status: str, is_required: bool
    ) -> None:
        settings.KYC_REQUIRED = is_required
        user = make_customer(kyc_status=kyc_status)

        told = self.limits_of(user)["identity_required"]

        assert told is (push(user, {"amount": 1}).json().get("code") == "kyc_required")
        assert told is (is_required and kyc_status != "VERIFIED")

    def test_the_basic_tier_has_its_own(self) -> None:
        told = self.limits_of(make_customer(tier="basic"))

        assert (told["tier"], told["max_amount"], told["daily_limit"]) == ("basic", 20_000, 50_000)

    def test_the_deposits_of_today_are_counted(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        push(customer, {"amount": 700})

        told = self.limits_of(customer)

        assert (told["used_today"], told["remaining_today"]) == (700, 499_300)


class TestTiers:
    def test_above_the_tier_is_an_invalid_amount_with_the_tiers_numbers(
        self, gateway: ScriptedGateway
    ) -> None:
        response = push(make_customer(tier="basic"), {"amount": 20_001})

        assert (response.status_code, response.json()["code"]) == (400, "invalid_amount")
        assert response.json()["customer_message"] == "Amount must be between 1 and 20,000 KES"

    def test_the_limit_of_the_basic_tier_is_allowed(self, gateway: ScriptedGateway) -> None:
        assert push(make_customer(tier="basic"), {"amount": 20_000}).status_code == 200

    def test_without_kyc_every_customer_has_the_full_tier(
        self, gateway: ScriptedGateway, settings: Any
    ) -> None:
        settings.KYC_REQUIRED = False

        assert push(make_customer(tier="basic"), {"amount": 20_001}).status_code == 200


def test_the_browsable_api_shows_a_form(customer: User) -> None:
    client = APIClient()
    client.force_authenticate(customer)

    page = client.get(PUSH, headers={"Accept": "text/html"})

    assert page.status_code == 405
    assert 'name="amount"' in page.content.decode()
